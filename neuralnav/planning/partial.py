"""Specifications from files: any part of one is enough, and a complete one comes back as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError, QuestionPendingError
from neuralnav.models.base import Frozen, Milliseconds, Number, PlainText, Ratio, RequestsPerSecond, WholeNumber
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.problems import invalid_input, shown
from neuralnav.models.specification import (
    Constraints,
    DeploymentSpecification,
    Derivation,
    LengthDistribution,
    Pinned,
    PlanningPolicy,
    ScoreWeights,
    SpecificationEdit,
    SpecificationOverrides,
    TrafficShape,
)
from neuralnav.models.vocabulary import Burstiness
from neuralnav.planning.derivation import derive_specification

MOST_AT_ONCE = 1e12
"""Users active at once; the rate that follows from them is held to narrower bounds."""
Lengths = Annotated[Number, Field(ge=1, le=10_000_000)] | LengthDistribution


class PartialTraffic(Frozen):
    """Traffic as far as it is known; the rest follows from the intent and the use case."""

    prompt_tokens: Lengths | None = None
    """A number is the mean of lognormal lengths."""
    output_tokens: Lengths | None = None
    average_qps: RequestsPerSecond | None = None
    peak_qps: RequestsPerSecond | None = None
    burstiness: Burstiness | None = None
    steady_concurrency: Annotated[Number | None, Field(ge=0, le=MOST_AT_ONCE)] = None
    """Users active at once; without a rate, what the rate is worked out from."""
    peak_concurrency: Annotated[Number | None, Field(ge=0, le=MOST_AT_ONCE)] = None
    mix: Annotated[tuple[TrafficShape, ...], Field(max_length=20)] = ()
    prefix_cache_hit_ratio: Ratio | None = None
    derivations: dict[str, Derivation] = Field(default_factory=dict)
    """Written by the planner; not read."""


class PartialTargets(Frozen):
    """SLO targets as far as they are set; the rest takes the use case's defaults."""

    ttft_p95_ms: Milliseconds | None = None
    itl_p95_ms: Milliseconds | None = None
    e2e_p95_ms: Milliseconds | None = None
    reliability_pct: Annotated[Number | None, Field(ge=50, lt=100)] = None
    experience_class: str | None = None
    """Written by the planner; not read."""
    reasons: dict[str, str] = Field(default_factory=dict)
    """Written by the planner; not read."""


class PartialSpecification(Frozen):
    """Any part of a deployment specification; a complete one is a special case."""

    schema_version: Literal[1] = 1
    version: Annotated[WholeNumber, Field(ge=1)] = 1
    intent: DeploymentIntent = DeploymentIntent()
    evidence: dict[str, PlainText] = Field(default_factory=dict)
    traffic: PartialTraffic = PartialTraffic()
    slo_targets: PartialTargets = PartialTargets()
    constraints: Constraints = Constraints()
    weights: ScoreWeights | None = None
    policy: PlanningPolicy = PlanningPolicy()
    pinned: Pinned = Pinned()
    """Parts of a configuration that are fixed."""
    overrides: SpecificationOverrides = SpecificationOverrides()
    assumed: tuple[str, ...] = ()
    """Written by the planner; not read."""
    notes: tuple[str, ...] = ()
    """Written by the planner; not read."""
    edits: tuple[SpecificationEdit, ...] = ()


def read_partial(document: JsonValue | Mapping[str, Any]) -> PartialSpecification:
    """The partial specification that a JSON document holds.

    Raises:
        InvalidInputError: it is no object, or a field is unknown or out of range.
    """
    if not isinstance(document, Mapping):
        raise InvalidInputError(
            "A specification is a JSON object.", (FieldProblem("specification", shown(document), "an object"),)
        )
    try:
        return PartialSpecification.model_validate(document)
    except ValidationError as error:
        raise invalid_input(error, "specification") from None


def complete(partial: PartialSpecification, use_cases: Sequence[UseCaseTemplate]) -> DeploymentSpecification:
    """The whole specification: what is missing follows from the intent, what differs from that is kept as set.

    Raises:
        QuestionPendingError: the use case or the load is missing; the error is the question.
        InvalidInputError: a constraint or the load is outside what is allowed.
    """
    intent, overrides = _with_constraints(partial), partial.overrides
    try:
        worked_out = _derive(partial, intent, overrides, use_cases)
    except QuestionPendingError:
        worked_out = None
    return _derive(partial, _set_in_intent(partial, intent, worked_out), _set_directly(partial, worked_out), use_cases)


def read_specification(
    document: JsonValue | Mapping[str, Any], use_cases: Sequence[UseCaseTemplate]
) -> DeploymentSpecification:
    """The whole specification that a document with any part of one leads to.

    Raises:
        InvalidInputError: a field is unknown or out of range.
        QuestionPendingError: the use case or the load is missing.
    """
    return complete(read_partial(document), use_cases)


def _derive(
    partial: PartialSpecification,
    intent: DeploymentIntent,
    overrides: SpecificationOverrides,
    use_cases: Sequence[UseCaseTemplate],
) -> DeploymentSpecification:
    return derive_specification(
        intent,
        use_cases,
        evidence=partial.evidence,
        overrides=overrides,
        policy=partial.policy,
        pinned=partial.pinned,
        version=partial.version,
        edits=partial.edits,
    )


def _with_constraints(partial: PartialSpecification) -> DeploymentIntent:
    given = {field: value for field, value in partial.constraints if value is not None}
    try:
        return DeploymentIntent.model_validate(partial.intent.model_dump() | given)
    except ValidationError as error:
        raise invalid_input(error, "specification") from None


def _set_in_intent(
    partial: PartialSpecification, intent: DeploymentIntent, worked_out: DeploymentSpecification | None
) -> DeploymentIntent:
    """The intent with targets, burstiness and concurrency that were set where the planner writes them."""
    set_there: dict[str, Any] = {}
    for field in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "reliability_pct"):
        value = getattr(partial.slo_targets, field)
        if value is not None and (worked_out is None or getattr(worked_out.slo_targets, field) != value):
            set_there[field] = value
    burstiness = partial.traffic.burstiness
    if burstiness is not None and (worked_out is None or worked_out.traffic.burstiness is not burstiness):
        set_there["burstiness"] = burstiness
    active = partial.traffic.steady_concurrency
    rate_given = partial.traffic.average_qps is not None or partial.traffic.peak_qps is not None
    if active is not None and worked_out is None and not rate_given:
        set_there["concurrent_users"] = max(round(active), 1)
    return intent.model_copy(update=set_there)


def _set_directly(partial: PartialSpecification, worked_out: DeploymentSpecification | None) -> SpecificationOverrides:
    """What was set in the traffic and weights and does not follow from the intent."""
    traffic = partial.traffic
    given: dict[str, Any] = {
        "prompt_tokens": _distribution(traffic.prompt_tokens),
        "output_tokens": _distribution(traffic.output_tokens),
        "average_qps": traffic.average_qps,
        "peak_qps": traffic.peak_qps,
        "mix": traffic.mix or None,
        "prefix_cache_hit_ratio": traffic.prefix_cache_hit_ratio,
        "weights": partial.weights,
    }
    follows = {} if worked_out is None else {**dict(worked_out.traffic), "weights": worked_out.weights}
    set_there = {field: value for field, value in given.items() if value is not None and follows.get(field) != value}
    return partial.overrides.model_copy(update=set_there)


def _distribution(lengths: float | LengthDistribution | None) -> LengthDistribution | None:
    if lengths is None or isinstance(lengths, LengthDistribution):
        return lengths
    return LengthDistribution.model_validate(lengths)
