import json
from typing import Any

import pytest

from neuralnav.errors import InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.partial import PartialSpecification, read_partial, read_specification
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify

UseCases = tuple[UseCaseTemplate, ...]
AT = "2026-11-20T10:00:00+00:00"
CHATBOT = {"use_case": "chatbot_conversational"}


def test_a_complete_specification_comes_back_as_it_was(spec: Specify, use_cases: UseCases) -> None:
    edits: dict[str, Any] = {
        "prefix_cache_hit_ratio": 0.3,
        "weights.price": 0.6,
        "policy.max_utilisation": 0.7,
        "ttft_p95_ms": 180,
        "prompt_tokens": {"kind": "uniform_0.8_1.0", "mean": 900},
    }
    for use_case in UseCase:
        plain = spec(use_case=use_case.value, priority="cost", max_gpus=8)
        for whole in (plain, edit_specification(plain, edits, use_cases, at=AT)):
            assert read_specification(json.loads(whole.model_dump_json()), use_cases) == whole


def test_an_intent_alone_is_enough(use_cases: UseCases, spec: Specify) -> None:
    found = read_specification({"intent": {**CHATBOT, "user_count": 1000, "priority": "latency"}}, use_cases)
    assert found == spec()


def test_rates_and_bare_lengths_are_enough_with_a_use_case(use_cases: UseCases) -> None:
    found = read_specification(
        {"intent": CHATBOT, "traffic": {"peak_qps": 20, "average_qps": 5, "prompt_tokens": 600}}, use_cases
    )
    assert (found.traffic.average_qps, found.traffic.peak_qps) == (5, 20)
    assert (found.traffic.prompt_tokens.mean, found.traffic.prompt_tokens.p95) == (600, 1200)
    assert found.overrides.peak_qps == 20


def test_every_section_is_taken_over_and_survives_an_edit(use_cases: UseCases) -> None:
    document = {
        "intent": CHATBOT,
        "traffic": {"steady_concurrency": 200, "burstiness": "bursty", "output_tokens": {"kind": "fixed", "mean": 80}},
        "slo_targets": {"ttft_p95_ms": 400, "reliability_pct": 99.9},
        "constraints": {"available_gpus": ["L4"], "max_monthly_cost_usd": 5000},
        "weights": {"accuracy": 0.1, "price": 0.7, "latency": 0.1, "complexity": 0.1},
        "policy": {"max_utilisation": 0.5},
    }
    found = read_specification(document, use_cases)
    after = edit_specification(found, {"itl_p95_ms": 30}, use_cases, at=AT)
    for one in (found, after):
        assert one.traffic.average_qps == pytest.approx(200 * 2.7 / 60)
        assert one.traffic.burstiness == "bursty"
        assert one.traffic.output_tokens.p95 == 80
        assert (one.slo_targets.ttft_p95_ms, one.slo_targets.reliability_pct) == (400, 99.9)
        assert one.constraints.max_monthly_cost_usd == 5000
        assert one.weights.price == 0.7
        assert one.policy.max_utilisation == 0.5


def test_a_figure_changed_by_hand_in_a_complete_one_is_kept(spec: Specify, use_cases: UseCases) -> None:
    document = json.loads(spec().model_dump_json())
    document["traffic"]["peak_qps"] = 33
    document["slo_targets"]["itl_p95_ms"] = 40
    found = read_specification(document, use_cases)
    assert (found.traffic.peak_qps, found.traffic.average_qps) == (33, 4.5)
    assert found.slo_targets.itl_p95_ms == 40
    assert edit_specification(found, {"max_gpus": 3}, use_cases, at=AT).traffic.peak_qps == 33


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        None,
        {"colour": "red"},
        {"intent": {"use_case": "chess"}},
        {"intent": CHATBOT, "traffic": {"peak_qps": float("nan")}},
        {"intent": CHATBOT, "traffic": {"prompt_tokens": -4}},
        {"intent": CHATBOT, "weights": {"accuracy": 1, "price": 1, "latency": 1, "complexity": 1}},
        {"intent": CHATBOT, "slo_targets": {"ttft_p95_ms": float("inf")}},
        {"intent": {**CHATBOT, "user_count": True}},
        {"intent": {**CHATBOT, "user_count": "1000"}},
        {"intent": CHATBOT, "traffic": {"peak_qps": "20"}},
        {"intent": CHATBOT, "traffic": {"prompt_tokens": True}},
        {"intent": CHATBOT, "traffic": {"prompt_tokens": {"mean": "600"}}},
        {"intent": CHATBOT, "traffic": {"steady_concurrency": True}},
        {"intent": CHATBOT, "slo_targets": {"reliability_pct": "99.9"}},
        {"intent": CHATBOT, "constraints": {"max_gpus": True}},
        {"intent": CHATBOT, "weights": {"accuracy": True, "price": 0, "latency": 0, "complexity": 0}},
        {"intent": CHATBOT, "policy": {"max_utilisation": "0.5"}},
        {"version": True},
    ],
)
def test_a_document_that_cannot_be_used_is_refused_by_name(document: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_partial(document)
    assert caught.value.problems


def test_a_constraint_is_held_to_what_an_intent_allows(use_cases: UseCases) -> None:
    document = {"intent": {**CHATBOT, "user_count": 10}, "constraints": {"region": "a: b\n\x00"}}
    with pytest.raises(InvalidInputError, match="region"):
        read_specification(document, use_cases)


def test_a_document_without_load_is_asked_about(use_cases: UseCases) -> None:
    with pytest.raises(QuestionPendingError):
        read_specification({"intent": CHATBOT}, use_cases)


def test_the_json_schema_takes_numbers_for_lengths() -> None:
    schema = PartialSpecification.model_json_schema()
    assert schema["additionalProperties"] is False
    lengths = schema["$defs"]["PartialTraffic"]["properties"]["prompt_tokens"]["anyOf"]
    assert {"number", "null"} <= {choice.get("type") for choice in lengths}
