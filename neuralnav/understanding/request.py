"""Reads a whole request: each reader's findings, settled, checked and put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from neuralnav.models.intent import DeploymentIntent, IntentReading, RejectedValue
from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.bounds import reason_against, settled
from neuralnav.understanding.fields.budget import read_budget
from neuralnav.understanding.fields.cluster import cluster_wish
from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.fields.hardware import read_hardware
from neuralnav.understanding.fields.hearsay import told_of_others
from neuralnav.understanding.fields.lengths import read_lengths
from neuralnav.understanding.fields.models import read_model_wishes
from neuralnav.understanding.fields.people import read_people
from neuralnav.understanding.fields.places import read_places
from neuralnav.understanding.fields.preferences import read_preferences
from neuralnav.understanding.fields.priorities import read_priority
from neuralnav.understanding.fields.rates import read_rates
from neuralnav.understanding.fields.slo import read_slo
from neuralnav.understanding.fields.use_cases import read_use_case
from neuralnav.understanding.questions import missing_fields, question_for
from neuralnav.understanding.reading.utterance import Span, Utterance, phrase, read_utterance

_CORRECTION = r"actually|i mean|i meant|sorry|no ,|no wait|wait no|correction|or rather|make that|scratch that|oop"
_LONGEST_VALUE = 60


def read_request(text: str, *, known_models: Sequence[str] = ()) -> IntentReading:
    """What ``text`` says about a deployment: values with their words, what is missing, what cannot be.

    ``known_models`` are the catalogue's short names. Nothing that was not said is filled in.

    Raises:
        InvalidInputError: ``text`` is longer than ``MAX_TEXT_CHARACTERS``.
    """
    utterance = read_utterance(text, known_models)
    use_case = read_use_case(utterance)
    named = use_case.finding.value if use_case.finding else None
    outcomes = list(field_outcomes(utterance, named, known_models))
    if use_case.finding:
        outcomes.append(use_case.finding)
    values, evidence, rejected = settle(utterance, outcomes)
    if values:
        values["description"] = utterance.plain.strip()
    intent = DeploymentIntent.model_validate(values)
    return IntentReading(
        intent=intent,
        evidence=evidence,
        missing=missing_fields(intent),
        rejected=rejected,
        question=question_for(intent, rejected, use_case.candidates),
        from_cluster=cluster_wish(utterance) is not None,
    )


def field_outcomes(
    utterance: Utterance,
    use_case: UseCase | None,
    known_models: Sequence[str] = (),
    *,
    supposing: bool = False,
) -> Iterator[Finding | Refused]:
    """What each reader found for its fields, but for what is told of others; all fields but the use case."""
    told = told_of_others(utterance)
    return (
        outcome
        for outcome in _all_outcomes(utterance, use_case, known_models, supposing=supposing)
        if outcome.span not in told
    )


def _all_outcomes(
    utterance: Utterance, use_case: UseCase | None, known_models: Sequence[str], *, supposing: bool
) -> Iterator[Finding | Refused]:
    return chain(
        read_people(utterance),
        read_rates(utterance, use_case),
        read_slo(utterance),
        read_budget(utterance),
        read_lengths(utterance, use_case),
        read_hardware(utterance, supposing=supposing),
        read_model_wishes(utterance, known_models, supposing=supposing),
        read_places(utterance),
        read_priority(utterance),
        read_preferences(utterance),
    )


def settle(
    utterance: Utterance, outcomes: Sequence[Finding | Refused]
) -> tuple[dict[str, Any], dict[str, str], tuple[RejectedValue, ...]]:
    """One checked value a field with its words, and the values that cannot be."""
    rejected = [
        _rejected(utterance, outcome.field, outcome.span, outcome.reason)
        for outcome in outcomes
        if isinstance(outcome, Refused)
    ]
    by_field: dict[str, list[Finding]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Finding):
            by_field.setdefault(outcome.field, []).append(outcome)
    values: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    for field, findings in by_field.items():
        chosen = _chosen(utterance, findings)
        if isinstance(chosen, Refused):
            rejected.append(_rejected(utterance, field, chosen.span, chosen.reason))
            continue
        value = settled(field, chosen.value)
        if (reason := reason_against(field, value)) is not None:
            rejected.append(_rejected(utterance, field, chosen.span, reason))
            continue
        values[field] = value
        evidence[field] = utterance.words(chosen.span)
    return values, evidence, tuple(rejected)


def _chosen(utterance: Utterance, findings: list[Finding]) -> Finding | Refused:
    """The finding of greatest weight after the last correction; of several different ones none."""
    ordered = sorted(findings, key=lambda finding: finding.span.start)
    for index in range(len(ordered) - 1, 0, -1):
        if phrase(_CORRECTION).search(utterance.joint(ordered[index - 1].span, ordered[index].span)):
            ordered = ordered[index:]
            break
    weight = max(finding.weight for finding in ordered)
    best = [finding for finding in ordered if finding.weight == weight]
    if len({str(finding.value) for finding in best}) == 1:
        return best[0]
    said = " and ".join(utterance.words(finding.span) for finding in best[:2])
    return Refused(best[-1].field, best[-1].span, f"two different values were said: {said[:100]}")


def _rejected(utterance: Utterance, field: str, span: Span, reason: str) -> RejectedValue:
    value = " ".join(utterance.words(span).split())
    shown = value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"
    return RejectedValue(field=field, value=shown, reason=reason)
