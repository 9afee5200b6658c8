"""One function from what is known to a whole specification, used whenever something is said, edited or read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from neuralnav.errors import QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.figures import figure, listed
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import (
    Constraints,
    DeploymentSpecification,
    Pinned,
    PlanningPolicy,
    ScoreWeights,
    SLOTargets,
    SpecificationEdit,
    SpecificationOverrides,
    TrafficProfile,
)
from neuralnav.models.vocabulary import Priority, UseCase
from neuralnav.planning.slo import LATENCY_FIELDS, contradictions, derive_targets
from neuralnav.planning.traffic import LOAD_QUESTION, derive_traffic, has_load, peak_factor

USE_CASE_QUESTION = "What will the model do: " + ", ".join(case.value.replace("_", " ") for case in UseCase)
LARGE_LOAD_QPS = 5_000.0
"""Peak from which a person is asked to check the load: more than the largest public chat services see in a region."""
DEFAULT_WEIGHTS: Mapping[Priority, ScoreWeights] = MappingProxyType(
    {
        Priority.BALANCED: ScoreWeights(accuracy=0.40, price=0.40, latency=0.10, complexity=0.10),
        Priority.ACCURACY: ScoreWeights(accuracy=0.55, price=0.25, latency=0.10, complexity=0.10),
        Priority.COST: ScoreWeights(accuracy=0.25, price=0.55, latency=0.10, complexity=0.10),
        Priority.LATENCY: ScoreWeights(accuracy=0.25, price=0.25, latency=0.40, complexity=0.10),
    }
)


def find_template(use_case: UseCase | None, use_cases: Sequence[UseCaseTemplate]) -> UseCaseTemplate:
    """The template of a use case.

    Raises:
        QuestionPendingError: no use case is known.
    """
    for template in use_cases:
        if template.use_case is use_case:
            return template
    raise QuestionPendingError(f"{USE_CASE_QUESTION}?")


def derive_specification(
    intent: DeploymentIntent,
    use_cases: Sequence[UseCaseTemplate],
    *,
    evidence: Mapping[str, str],
    overrides: SpecificationOverrides,
    policy: PlanningPolicy,
    pinned: Pinned,
    version: int = 1,
    edits: tuple[SpecificationEdit, ...] = (),
) -> DeploymentSpecification:
    """The specification that follows from an intent and what was set directly.

    Raises:
        QuestionPendingError: the use case or the load is missing; the error is the question.
        InvalidInputError: the load is outside what can be planned.
    """
    if intent.use_case is None and not has_load(intent, overrides):
        raise QuestionPendingError(f"{USE_CASE_QUESTION}? And {LOAD_QUESTION[0].lower()}{LOAD_QUESTION[1:]}")
    template = find_template(intent.use_case, use_cases)
    traffic = derive_traffic(intent, template, overrides)
    targets = derive_targets(intent, template, evidence)
    return DeploymentSpecification(
        version=version,
        intent=intent,
        evidence=dict(evidence),
        traffic=traffic,
        slo_targets=targets,
        constraints=Constraints(**{field: getattr(intent, field) for field in Constraints.model_fields}),
        weights=overrides.weights or DEFAULT_WEIGHTS[intent.priority],
        policy=policy,
        pinned=pinned,
        overrides=overrides,
        assumed=_assumed(intent, evidence, overrides),
        notes=(
            *_target_notes(intent, overrides, targets, traffic),
            *_load_notes(traffic),
            *_policy_notes(traffic, policy),
            *_pin_notes(pinned),
        ),
        edits=edits,
    )


def _assumed(
    intent: DeploymentIntent, evidence: Mapping[str, str], overrides: SpecificationOverrides
) -> tuple[str, ...]:
    """Fields that took a default, in the order in which people read them."""
    assumed = [] if intent.priority is not Priority.BALANCED or "priority" in evidence else ["priority"]
    rate_given = overrides.average_qps is not None or overrides.peak_qps is not None
    by_users = intent.expected_qps is None and intent.concurrent_users is None and not rate_given
    if intent.user_count is not None and by_users and intent.active_fraction is None:
        assumed.append("active_fraction")
    lengths = () if overrides.mix else ("prompt_tokens", "output_tokens")
    assumed += [f for f in lengths if getattr(intent, f) is None and getattr(overrides, f) is None]
    later = ("burstiness", *LATENCY_FIELDS, "reliability_pct")
    return (*assumed, *(field for field in later if getattr(intent, field) is None))


def _target_notes(
    intent: DeploymentIntent,
    overrides: SpecificationOverrides,
    targets: SLOTargets,
    traffic: TrafficProfile,
) -> tuple[str, ...]:
    """Contradictions, where the person had a part in them; the use cases' own targets are meant as they are."""
    own = (intent.output_tokens, overrides.output_tokens, *(getattr(intent, field) for field in LATENCY_FIELDS))
    return contradictions(targets, traffic) if overrides.mix or any(own) else ()


def _load_notes(traffic: TrafficProfile) -> tuple[str, ...]:
    if traffic.peak_qps <= LARGE_LOAD_QPS:
        return ()
    return (
        f"{traffic.peak_qps:,.0f} requests/s at peak is an exceptionally large load; please check the number of "
        "users or requests.",
    )


def _policy_notes(traffic: TrafficProfile, policy: PlanningPolicy) -> tuple[str, ...]:
    """What is planned for, where the policy asks for more than the peak."""
    factor = peak_factor(policy)
    if factor == 1:
        return ()
    return (
        f"{figure(traffic.peak_qps * factor)} requests/s are planned for: the peak of {figure(traffic.peak_qps)} x "
        f"burst factor {figure(policy.burst_factor)} x (1 + headroom {figure(policy.headroom)}).",
    )


def _pin_notes(pinned: Pinned) -> tuple[str, ...]:
    fixed = [f"{field.replace('_', ' ')} {value}" for field, value in pinned if value is not None]
    return (f"Pinned: {listed(fixed)}; everything else is free.",) if fixed else ()
