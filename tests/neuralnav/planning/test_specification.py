import math
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent, IntentReading, RejectedValue
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import GpuType
from neuralnav.planning.specification import edit_specification, editable_fields, specify
from tests.neuralnav.planning.conftest import Specify

AT = "2026-11-20T10:00:00+00:00"
UseCases = tuple[UseCaseTemplate, ...]


def edited(before: DeploymentSpecification, use_cases: UseCases, changes: dict[str, Any]) -> DeploymentSpecification:
    return edit_specification(before, changes, use_cases, at=AT)


def test_the_golden_sentence_becomes_the_expected_specification(use_cases: UseCases) -> None:
    intent = DeploymentIntent.model_validate(
        {"use_case": "chatbot_conversational", "user_count": 1000, "priority": "latency"}
    )
    found = specify(IntentReading(intent=intent, evidence={"user_count": "1000 users"}), use_cases)
    assert found.traffic.peak_qps == pytest.approx(9)
    assert (found.slo_targets.ttft_p95_ms, found.slo_targets.itl_p95_ms, found.slo_targets.e2e_p95_ms) == (
        150,
        25,
        7000,
    )
    assert (found.weights.latency, found.weights.accuracy) == (0.40, 0.25)
    assert found.evidence == {"user_count": "1000 users"}
    assert {"active_fraction", "prompt_tokens", "ttft_p95_ms"} <= set(found.assumed)
    assert "priority" not in found.assumed


def test_what_is_missing_is_asked_for_in_one_question(use_cases: UseCases) -> None:
    with pytest.raises(QuestionPendingError, match=r"chatbot conversational.*how many"):
        specify(DeploymentIntent(), use_cases)
    with pytest.raises(QuestionPendingError, match="What will the model do"):
        specify(DeploymentIntent(user_count=10), use_cases)
    with pytest.raises(QuestionPendingError, match="How many"):
        specify(DeploymentIntent.model_validate({"use_case": "translation"}), use_cases)


def test_a_readings_own_question_is_the_one_asked(use_cases: UseCases) -> None:
    with pytest.raises(QuestionPendingError, match="Who will use it"):
        specify(IntentReading(question="Who will use it?"), use_cases)


def test_an_edit_is_recorded_and_makes_the_next_version(spec: Specify, use_cases: UseCases) -> None:
    after = edited(spec(), use_cases, {"ttft_p95_ms": 200, "user_count": 2000})
    assert (after.version, after.slo_targets.ttft_p95_ms) == (2, 200)
    assert after.traffic.peak_qps == pytest.approx(18)
    assert [(edit.version, edit.field, edit.old, edit.new, edit.at) for edit in after.edits] == [
        (2, "user_count", 1000, 2000, AT),
        (2, "ttft_p95_ms", None, 200.0, AT),
    ]
    again = edited(after, use_cases, {"ttft_p95_ms": None})
    assert (again.version, again.slo_targets.ttft_p95_ms, len(again.edits)) == (3, 150, 3)


def test_an_edit_that_changes_nothing_gives_the_same_specification(spec: Specify, use_cases: UseCases) -> None:
    before = spec(ttft_p95_ms=200)
    assert edited(before, use_cases, {"ttft_p95_ms": 200, "user_count": 1000}) == before


def test_a_new_load_replaces_the_one_that_hid_it(spec: Specify, use_cases: UseCases) -> None:
    after = edited(spec(expected_qps=40), use_cases, {"user_count": 3000})
    assert after.traffic.peak_qps == pytest.approx(27)
    assert after.intent.expected_qps is None
    both = edited(spec(), use_cases, {"user_count": 3000, "expected_qps": 50})
    assert both.traffic.peak_qps == 50


def test_traffic_weights_and_policy_can_be_set(spec: Specify, use_cases: UseCases) -> None:
    after = edited(
        spec(),
        use_cases,
        {
            "prefix_cache_hit_ratio": 0.5,
            "prompt_tokens": {"kind": "fixed", "mean": 900},
            "traffic.peak_qps": 20,
            "weights.price": 0.7,
            "policy.max_utilisation": 0.6,
        },
    )
    assert after.traffic.prefix_cache_hit_ratio == 0.5
    assert (after.traffic.prompt_tokens.kind, after.traffic.prompt_tokens.p95) == ("fixed", 900)
    assert after.traffic.peak_qps == 20
    assert (after.weights.price, after.weights.latency) == pytest.approx((0.7, 0.3 * 0.4 / 0.75))
    assert after.policy.max_utilisation == 0.6
    kept = edited(after, use_cases, {"output_tokens": 300})
    assert kept.traffic.prompt_tokens.kind == "fixed"
    assert kept.traffic.prefix_cache_hit_ratio == 0.5
    assert kept.weights == after.weights
    assert edited(kept, use_cases, {"prompt_tokens": 600}).traffic.prompt_tokens.mean == 600


def test_gpus_can_be_named_as_people_do(spec: Specify, use_cases: UseCases) -> None:
    after = edited(spec(), use_cases, {"available_gpus": ["nvidia l40s", "a100"]})
    assert after.constraints.available_gpus == (GpuType.A100_40GB, GpuType.A100_80GB, GpuType.L40S)
    assert edited(after, use_cases, {"available_gpus": "H100, L4"}).constraints.available_gpus == (
        GpuType.H100,
        GpuType.L4,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_count", 0),
        ("user_count", -5),
        ("user_count", 1_000_000_000),
        ("user_count", "many"),
        ("user_count", True),
        ("user_count", "1000"),
        ("use_case", True),
        ("subject_matter", "le\x00gal"),
        ("policy.max_utilisation", True),
        ("user_count", math.nan),
        ("ttft_p95_ms", math.inf),
        ("ttft_p95_ms", -1),
        ("expected_qps", 1e308),
        ("max_monthly_cost_usd", 0),
        ("use_case", "mining"),
        ("available_gpus", ["H9000"]),
        ("available_gpus", 7),
        ("region", "a: b\n"),
        ("weights.price", 1.5),
        ("weights.price", "half"),
        ("policy.max_utilisation", 0),
        ("prefix_cache_hit_ratio", 2),
        ("prompt_tokens", {"mean": 0}),
        ("mix", [{"weight": 2}]),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(
    field: str, value: object, spec: Specify, use_cases: UseCases
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        edited(spec(), use_cases, {field: value})
    assert any(field.split(".")[-1] in problem.field for problem in caught.value.problems)
    assert all(problem.allowed for problem in caught.value.problems)


def test_one_bad_change_leaves_all_undone(spec: Specify, use_cases: UseCases) -> None:
    before = spec()
    with pytest.raises(InvalidInputError):
        edited(before, use_cases, {"ttft_p95_ms": 200, "user_count": -1})
    assert before == spec()


def test_an_unknown_field_gets_the_closest_names(spec: Specify, use_cases: UseCases) -> None:
    with pytest.raises(InvalidInputError) as caught:
        edited(spec(), use_cases, {"ttft_p95": 200})
    assert "ttft_p95_ms" in caught.value.problems[0].allowed
    assert "ttft_p95_ms" in editable_fields()


def test_taking_the_load_away_is_asked_about(spec: Specify, use_cases: UseCases) -> None:
    with pytest.raises(QuestionPendingError):
        edited(spec(), use_cases, {"user_count": None})


def test_an_absurd_load_is_pointed_out(spec: Specify) -> None:
    (note,) = spec(user_count=100_000_000).notes
    assert "900,000 requests/s" in note


def test_what_was_refused_is_noted_with_its_reason(use_cases: UseCases) -> None:
    intent = DeploymentIntent.model_validate({"use_case": "chatbot_conversational", "expected_qps": 10})
    refused = RejectedValue(field="ttft_p95_ms", value="ttft 0 ms", reason="A latency is more than 0 ms.")
    found = specify(IntentReading(intent=intent, rejected=(refused,)), use_cases)
    assert found.notes == ('Left out, TTFT p95 "ttft 0 ms": A latency is more than 0 ms.',)
