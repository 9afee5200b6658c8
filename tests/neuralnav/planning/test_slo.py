import pytest

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import SLOTargets
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.slo import derive_targets
from tests.neuralnav.planning.conftest import Specify


@pytest.fixture(scope="module")
def chatbot(use_cases: tuple[UseCaseTemplate, ...]) -> UseCaseTemplate:
    return next(template for template in use_cases if template.use_case is UseCase.CHATBOT)


def targets(template: UseCaseTemplate, words: dict[str, str] | None = None, **intent: object) -> SLOTargets:
    return derive_targets(DeploymentIntent.model_validate(intent), template, words or {})


def latencies(found: SLOTargets) -> tuple[float, float, float]:
    return found.ttft_p95_ms, found.itl_p95_ms, found.e2e_p95_ms


@pytest.mark.parametrize("priority", ["balanced", "latency", "accuracy"])
def test_defaults_are_the_use_cases(priority: str, chatbot: UseCaseTemplate) -> None:
    found = targets(chatbot, priority=priority)
    assert latencies(found) == (150, 25, 7000)
    assert found.reliability_pct == 99
    assert "Chatbot" in found.reasons["ttft_p95_ms"]


def test_cost_first_relaxes_the_defaults_and_says_so(chatbot: UseCaseTemplate) -> None:
    found = targets(chatbot, priority="cost")
    assert latencies(found) == (225, 37.5, 8750)
    assert "1.5" in found.reasons["itl_p95_ms"]


def test_what_was_said_is_kept_as_said_with_the_words(chatbot: UseCaseTemplate) -> None:
    found = targets(chatbot, {"ttft_p95_ms": "first token in 200 ms"}, priority="cost", ttft_p95_ms=200)
    assert latencies(found) == (200, 37.5, 8750)
    assert "first token in 200 ms" in found.reasons["ttft_p95_ms"]


def test_a_whole_answer_target_tighter_than_the_tokens_is_noted(spec: Specify) -> None:
    (note,) = spec(output_tokens=400, ttft_p95_ms=300).notes
    assert "10.3 s" in note
    assert "16.8 ms" in note


def test_a_whole_answer_before_its_first_token_is_noted(spec: Specify) -> None:
    (note,) = spec(e2e_p95_ms=100).notes
    assert "nothing can meet both" in note


def test_the_use_cases_own_targets_raise_no_note(spec: Specify) -> None:
    for use_case in UseCase:
        assert spec(use_case=use_case.value).notes == ()
