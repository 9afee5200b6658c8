"""Changes said in replies: what a near miss says reads as its change, lists add up, values start from the present."""

from typing import Any

import pytest

from neuralnav.models.intent import DeploymentIntent, update_intent
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.planning.changes import change_words
from neuralnav.understanding import read_reply

KNOWN_MODELS = ("llama-3.1-8b", "qwen2.5-7b")
NOW = DeploymentIntent(
    user_count=400, available_gpus=None, excluded_gpus=("H100", "T4"), excluded_models=("deepseek", "qwen")
)


def read_one(text: str, checkpoint: str = "present_options", current: DeploymentIntent | None = NOW) -> ReplyAction:
    reading = read_reply(text, checkpoint=checkpoint, known_models=KNOWN_MODELS, current=current)
    assert reading.question is None
    (action,) = reading.actions
    return action


@pytest.mark.parametrize("checkpoint", ["review_specification", "present_options", "failed", "operate"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ttft_p95_ms", 900.0),
        ("ttft_p95_ms", 1500.0),
        ("itl_p95_ms", 45.0),
        ("e2e_p95_ms", 12_000.0),
        ("max_gpus", 20),
        ("prompt_tokens", 3584),
        ("prompt_tokens", 65_536),
        ("output_tokens", 512),
        ("max_monthly_cost_usd", 2720.0),
        ("max_monthly_cost_usd", 1_230_000.0),
        ("max_hourly_cost_usd", 12.5),
        ("max_cost_per_1k_tokens_usd", 0.0123),
        ("throughput_rps", 120.0),
        ("available_gpus", ["L4", "L40S"]),
        ("excluded_gpus", ["H100"]),
        ("excluded_gpus", None),
        ("region", None),
        ("region", "us-east-1"),
        ("cloud_provider", None),
        ("cloud_provider", "aws"),
        ("licence", None),
        ("licence", "commercial"),
        ("quality", None),
        ("quality", "standard"),
        ("quality", "high"),
        ("preferred_models", None),
        ("preferred_models", ["llama-3.1-8b"]),
        ("excluded_models", None),
        ("excluded_models", ["deepseek"]),
        ("max_tensor_parallel", 4),
        ("max_tensor_parallel", None),
    ],
)
def test_the_words_of_a_change_said_back_are_that_change_and_nothing_else(
    field: str, value: Any, checkpoint: str
) -> None:
    words = change_words(field, value)
    action = read_one(f"{words[:1].upper()}{words[1:]}", checkpoint)
    assert action.action is ActionKind.EDIT
    assert action.changes == {field: value}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Plan for 37,000 requests/s at peak", {"expected_qps": 37_000.0}),
        ("Plan without a spare replica", {"reliability_pct": None}),
        ("set the reliability to 99%", {"reliability_pct": 99.0}),
        ("set reliability to 99", {"reliability_pct": 99.0}),
        (
            "Relax TTFT to 900 ms, allow 20 GPUs and raise the budget a month to $2,720",
            {"ttft_p95_ms": 900.0, "max_gpus": 20, "max_monthly_cost_usd": 2720.0},
        ),
        ("Leave the GPU open", {"excluded_gpus": None}),
    ],
)
def test_other_words_of_near_misses_are_read_alike(text: str, changes: dict[str, Any]) -> None:
    assert read_one(text).changes == changes


def test_taking_the_budget_away_is_no_wish_to_save() -> None:
    action = read_one("any GPU is fine, 20 GPUs, TTFT 3 s, no budget", current=DeploymentIntent(user_count=400))
    assert action.changes == {
        "ttft_p95_ms": 3000.0,
        "max_gpus": 20,
        "max_monthly_cost_usd": None,
        "available_gpus": None,
    }


def test_without_limits_on_gpus_the_gpu_left_open_stays_open() -> None:
    assert read_one("Leave the GPU open", current=None).changes == {"available_gpus": None}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("also not on L4", {"excluded_gpus": ["H100", "L4", "T4"]}),
        ("no L4 either", {"excluded_gpus": ["H100", "L4", "T4"]}),
        ("not on L4", {"excluded_gpus": ["H100", "L4", "T4"]}),
        ("also no Mistral", {"excluded_models": ["deepseek", "mistral", "qwen"]}),
        ("H100 is fine after all", {"excluded_gpus": ["T4"]}),
        ("H100 is ok again", {"excluded_gpus": ["T4"]}),
        ("allow H100 again", {"excluded_gpus": ["T4"]}),
        ("H100 may be used after all", {"excluded_gpus": ["T4"]}),
        ("H100 and T4 are fine again", {"excluded_gpus": None}),
        ("Qwen is fine after all", {"excluded_models": ["deepseek"]}),
        ("only H100", {"available_gpus": ["H100"], "excluded_gpus": ["T4"]}),
        ("use L4", {"available_gpus": ["L4"]}),
    ],
)
def test_what_is_ruled_out_stays_so_until_it_is_let_in_again(text: str, changes: dict[str, Any]) -> None:
    action = read_one(text)
    assert action.changes == changes
    assert action.evidence.keys() == changes.keys()
    update_intent(NOW, action.changes)


def test_a_gpu_that_is_ruled_out_leaves_the_ones_to_be_used() -> None:
    current = DeploymentIntent(available_gpus=("H100", "L4"))
    assert read_one("not on H100", current=current).changes == {"available_gpus": ["L4"], "excluded_gpus": ["H100"]}


def test_a_gpu_let_in_again_joins_the_ones_to_be_used() -> None:
    current = DeploymentIntent(available_gpus=("L4",), excluded_gpus=("H100",))
    assert read_one("H100 is ok again", current=current).changes == {
        "available_gpus": ["H100", "L4"],
        "excluded_gpus": None,
    }


def test_a_gpu_added_where_any_may_be_used_is_asked_about() -> None:
    reading = read_reply("also allow L4", checkpoint="review_specification", current=DeploymentIntent(user_count=4))
    assert reading.actions == ()
    assert "only L4?" in (reading.question or "")
    assert reading.readings[0] == "only L4"


@pytest.mark.parametrize("checkpoint", ["review_specification", "present_options", "operate"])
@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("what if twice as many came?", 800),
        ("what happens if users double?", 800),
        ("what if the users tripled?", 1200),
        ("what if we had 5 times as many users?", 2000),
        ("what if half as many people used it?", 200),
        ("what if only half of them came?", 200),
    ],
)
def test_a_supposed_multiple_of_the_people_starts_from_the_present(text: str, users: int, checkpoint: str) -> None:
    action = read_one(text, checkpoint)
    assert (action.action, action.changes) == (ActionKind.WHAT_IF, {"user_count": users})


def test_more_people_are_more_of_every_count_of_people_that_was_said() -> None:
    both = DeploymentIntent(user_count=400, concurrent_users=40)
    assert read_one("double the users", current=both).changes == {"user_count": 800, "concurrent_users": 80}
    rate = DeploymentIntent(expected_qps=5)
    assert read_one("what if twice as many came?", current=rate).changes == {"expected_qps": 10.0}
    assert read_one("double the traffic").changes == {"user_count": 800}
