from typing import Any

import pytest
from pydantic import ValidationError

from neuralnav.errors import InvalidInputError
from neuralnav.models.gpus import gpu_aliases
from neuralnav.models.intent import DeploymentIntent, IntentReading, update_intent
from neuralnav.models.specification import Constraints, LengthDistribution
from neuralnav.models.vocabulary import GpuType

FULL: dict[str, Any] = {
    "use_case": "translation",
    "description": "translation\nfor 40 people",
    "subject_matter": "legal",
    "user_count": 40,
    "expected_qps": 2.5,
    "ttft_p95_ms": 300,
    "reliability_pct": 99.9,
    "preferred_models": ["Qwen3-8B", "granite-3.1-8b"],
    "available_gpus": list(GpuType),
    "streaming": True,
}


def test_a_stored_intent_comes_back_as_it_was() -> None:
    intent = DeploymentIntent.model_validate(FULL)
    for mode in ("json", "python"):
        assert DeploymentIntent.model_validate(intent.model_dump(mode=mode)) == intent
    assert DeploymentIntent.model_validate_json(intent.model_dump_json()) == intent
    assert intent.preferred_models == ("granite-3.1-8b", "qwen3-8b")


@pytest.mark.parametrize("model", [DeploymentIntent, Constraints])
def test_a_gpu_is_not_both_available_and_excluded(model: type[DeploymentIntent | Constraints]) -> None:
    apart = model.model_validate({"available_gpus": ["H100", "L4"], "excluded_gpus": "t4, nvidia a100"})
    assert apart.excluded_gpus == (GpuType.A100_40GB, GpuType.A100_80GB, GpuType.T4)
    with pytest.raises(ValidationError, match="none of available_gpus: H100 cannot be both"):
        model.model_validate({"available_gpus": ["H100", "L4"], "excluded_gpus": ["H100"]})


def test_an_edit_that_makes_a_gpu_both_is_refused_by_field() -> None:
    with pytest.raises(InvalidInputError) as caught:
        update_intent(DeploymentIntent(excluded_gpus=(GpuType.T4,)), {"available_gpus": ["T4"]})
    assert [problem.field for problem in caught.value.problems] == ["excluded_gpus"]


def test_control_characters_and_lone_surrogates_leave_a_persons_words() -> None:
    text = "chat\x00bot\x1b[31m für\r\n10\tusers \ud800\x85"
    intent = update_intent(DeploymentIntent(), {"description": text})
    assert intent.description == "chatbot[31m für\n10\tusers \N{REPLACEMENT CHARACTER}"
    reading = IntentReading.model_validate({"evidence": {"user_count": "10\x00 users \udcff"}})
    assert reading.model_dump(mode="json")["evidence"] == {"user_count": "10 users \N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize("name", ["le\x00gal", "le\ngal", "legal\ud800"])
@pytest.mark.parametrize("field", ["subject_matter", "preferred_models"])
def test_a_name_with_such_characters_is_refused(field: str, name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        update_intent(DeploymentIntent(), {field: [name] if field == "preferred_models" else name})
    assert field in caught.value.problems[0].field
    assert "without control characters" in caught.value.problems[0].allowed


@pytest.mark.parametrize("value", [True, False, "1000", "1e3", b"7"])
@pytest.mark.parametrize(
    "field",
    [
        "user_count",
        "active_fraction",
        "expected_qps",
        "prompt_tokens",
        "max_monthly_cost_usd",
        "ttft_p95_ms",
        "reliability_pct",
        "max_gpus",
        "max_tensor_parallel",
    ],
)
def test_texts_and_truth_values_are_no_numbers(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        update_intent(DeploymentIntent(), {field: value})
    assert [(p.field, p.allowed) for p in caught.value.problems] == [
        (field, "a number, not a text and not true or false")
    ]


def test_whole_floats_are_whole_numbers() -> None:
    assert update_intent(DeploymentIntent(), {"user_count": 1000.0}).user_count == 1000
    with pytest.raises(InvalidInputError):
        update_intent(DeploymentIntent(), {"user_count": 10.5})


@pytest.mark.parametrize(
    "names", ["A100, nvidia l4", ["l4", "a100"], ("L4", GpuType.A100_80GB, "a100-40gb"), {"L4", "A100"}]
)
def test_gpus_are_understood_by_any_of_their_names(names: object) -> None:
    expected = (GpuType.A100_40GB, GpuType.A100_80GB, GpuType.L4)
    assert update_intent(DeploymentIntent(), {"available_gpus": names}).available_gpus == expected
    assert Constraints.model_validate({"available_gpus": names}).available_gpus == expected


def test_every_alias_and_every_id_names_a_gpu() -> None:
    for name in (*gpu_aliases(), *GpuType):
        assert DeploymentIntent.model_validate({"available_gpus": [name]}).available_gpus


@pytest.mark.parametrize("nothing", [None, [], "", [" "]])
def test_no_names_at_all_are_no_limit(nothing: object) -> None:
    changes = {"available_gpus": nothing, "excluded_models": nothing}
    assert update_intent(DeploymentIntent.model_validate(FULL), changes).available_gpus is None


@pytest.mark.parametrize("value", [7, True, {"L4": 1}, [4], ["H9000"]])
def test_what_names_no_gpu_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        update_intent(DeploymentIntent(), {"available_gpus": value})
    assert caught.value.problems[0].field == "available_gpus"


def test_an_unknown_gpu_gets_the_closest_ids() -> None:
    with pytest.raises(InvalidInputError) as caught:
        update_intent(DeploymentIntent(), {"available_gpus": ["H1000"]})
    assert "H100" in caught.value.problems[0].allowed


@pytest.mark.parametrize(
    "lengths", [True, "600", {"mean": True}, {"mean": "600"}, {"mean": 5, "kind": []}, {"mean": 10**400}, 10**400, {}]
)
def test_lengths_that_are_no_numbers_are_refused(lengths: object) -> None:
    with pytest.raises(ValidationError):
        LengthDistribution.model_validate(lengths)
