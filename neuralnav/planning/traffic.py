"""The load that a deployment must carry: one formula, with what was said in place of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.problems import invalid_input
from neuralnav.models.specification import (
    DeploymentSpecification,
    Derivation,
    LengthDistribution,
    PlanningPolicy,
    SpecificationOverrides,
    TrafficProfile,
)
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.lengths import mixture_moments

LOAD_QUESTION = "How many people will use it, or how many requests a second should it carry at peak?"
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class _Rates:
    average: float
    peak: float
    average_from: Derivation
    peak_from: Derivation


def derive_traffic(
    intent: DeploymentIntent, template: UseCaseTemplate, overrides: SpecificationOverrides
) -> TrafficProfile:
    """The traffic that follows from an intent: rates, lengths and concurrency, each with its derivation.

    Average requests/s = users x active fraction x requests per active user and minute / 60; peak = average x the use
    case's peak multiplier. A stated concurrency replaces users x active fraction, a stated rate is the peak, and a
    throughput to carry raises the peak where it is higher.

    Raises:
        QuestionPendingError: nothing was said that a rate follows from.
        InvalidInputError: the rate is outside what can be planned, or average and peak contradict each other.
    """
    rates = _rates(intent, template, overrides)
    prompt, prompt_from = _lengths("prompt_tokens", intent.prompt_tokens, template.prompt_tokens, overrides)
    output, output_from = _lengths("output_tokens", intent.output_tokens, template.output_tokens, overrides)
    active = rates.average * SECONDS_PER_MINUTE / template.activity.requests_per_active_user_per_min
    try:
        return TrafficProfile(
            prompt_tokens=prompt,
            output_tokens=output,
            average_qps=rates.average,
            peak_qps=rates.peak,
            burstiness=intent.burstiness or Burstiness.STEADY,
            steady_concurrency=active,
            peak_concurrency=active * rates.peak / rates.average,
            mix=overrides.mix,
            prefix_cache_hit_ratio=overrides.prefix_cache_hit_ratio or 0.0,
            derivations={
                "average_qps": rates.average_from,
                "peak_qps": rates.peak_from,
                "prompt_tokens": prompt_from,
                "output_tokens": output_from,
                "steady_concurrency": _from(
                    "average_qps x 60 / requests_per_active_user_per_min",
                    average_qps=rates.average,
                    requests_per_active_user_per_min=template.activity.requests_per_active_user_per_min,
                ),
                "peak_concurrency": _from(
                    "steady_concurrency x peak_qps / average_qps",
                    steady_concurrency=active,
                    peak_qps=rates.peak,
                    average_qps=rates.average,
                ),
            },
        )
    except ValidationError as error:
        raise invalid_input(error, "load") from None


def planned_peak_qps(specification: DeploymentSpecification) -> float:
    """Requests per second that replicas are planned for: the peak with the policy's bursts and room to grow."""
    return specification.traffic.peak_qps * peak_factor(specification.policy)


def peak_factor(policy: PlanningPolicy) -> float:
    """What is planned for over the peak: ``burst_factor`` x (1 + ``headroom``)."""
    return policy.burst_factor * (1 + policy.headroom)


def has_load(intent: DeploymentIntent, overrides: SpecificationOverrides) -> bool:
    """Whether a request rate follows from what is known."""
    return intent.has_load or overrides.peak_qps is not None or overrides.average_qps is not None


def _rates(intent: DeploymentIntent, template: UseCaseTemplate, overrides: SpecificationOverrides) -> _Rates:
    rates = _carried(_overridden(_worked_out(intent, template), template, overrides), intent, template)
    if rates is None:
        raise QuestionPendingError(LOAD_QUESTION)
    if not 0 < rates.average <= rates.peak:
        raise InvalidInputError(
            f"The peak of {rates.peak:g} requests/s is below the average of {rates.average:g}, or the load is zero.",
            (FieldProblem("peak_qps", rates.peak, f"at least average_qps ({rates.average:g}), and above 0"),),
        )
    return rates


def _worked_out(intent: DeploymentIntent, template: UseCaseTemplate) -> _Rates | None:
    activity = template.activity
    multiplier = activity.peak_multiplier
    if intent.expected_qps is not None:
        return _from_peak(intent.expected_qps, multiplier, _from("as said", expected_qps=intent.expected_qps))
    requests = activity.requests_per_active_user_per_min
    if intent.concurrent_users is not None:
        average_from = _from(
            "concurrent_users x requests_per_active_user_per_min / 60",
            concurrent_users=intent.concurrent_users,
            requests_per_active_user_per_min=requests,
        )
        return _from_average(intent.concurrent_users * requests / SECONDS_PER_MINUTE, multiplier, average_from)
    if intent.user_count is None:
        return None
    share = activity.active_fraction if intent.active_fraction is None else intent.active_fraction
    if share <= 0:
        raise InvalidInputError(
            "With no user active there is no load to plan for.",
            (FieldProblem("active_fraction", share, "more than 0, at most 1"),),
        )
    average_from = _from(
        "user_count x active_fraction x requests_per_active_user_per_min / 60",
        user_count=intent.user_count,
        active_fraction=share,
        requests_per_active_user_per_min=requests,
    )
    average = intent.user_count * share * requests / SECONDS_PER_MINUTE
    return _from_average(average, multiplier, average_from)


def _overridden(rates: _Rates | None, template: UseCaseTemplate, overrides: SpecificationOverrides) -> _Rates | None:
    multiplier = template.activity.peak_multiplier
    average, peak = overrides.average_qps, overrides.peak_qps
    if average is not None:
        average_from = _from("as set", average_qps=average)
        rates = _from_average(average, multiplier, average_from)
        return rates if peak is None else _Rates(average, peak, average_from, _from("as set", peak_qps=peak))
    if peak is None:
        return rates
    peak_from = _from("as set", peak_qps=peak)
    if rates is None or rates.average > peak:
        return _from_peak(peak, multiplier, peak_from)
    return _Rates(rates.average, peak, rates.average_from, peak_from)


def _carried(rates: _Rates | None, intent: DeploymentIntent, template: UseCaseTemplate) -> _Rates | None:
    """The rates with the throughput to carry as a floor of the peak."""
    floor = intent.throughput_rps
    if floor is None or (rates is not None and rates.peak >= floor):
        return rates
    peak_from = _from("throughput_rps, which is above the peak of the load", throughput_rps=floor)
    if rates is None:
        return _from_peak(floor, template.activity.peak_multiplier, _from("throughput_rps", throughput_rps=floor))
    return _Rates(rates.average, floor, rates.average_from, peak_from)


def _from_average(average: float, multiplier: float, average_from: Derivation) -> _Rates:
    peak_from = _from("average_qps x peak_multiplier", average_qps=average, peak_multiplier=multiplier)
    return _Rates(average, average * multiplier, average_from, peak_from)


def _from_peak(peak: float, multiplier: float, peak_from: Derivation) -> _Rates:
    average_from = _from("peak_qps / peak_multiplier", peak_qps=peak, peak_multiplier=multiplier)
    return _Rates(peak / multiplier, peak, average_from, peak_from)


def _lengths(
    field: str, said: int | None, default: int, overrides: SpecificationOverrides
) -> tuple[LengthDistribution, Derivation]:
    if overrides.mix:
        parts = [(part.weight, getattr(part, field)) for part in overrides.mix]
        mixed = mixture_moments(parts)
        of_mix = LengthDistribution(mean=mixed.mean, p95=max(mixed.p95, mixed.mean))
        return of_mix, _from("the mix of the load's parts", parts=len(parts))
    given: LengthDistribution | None = getattr(overrides, field)
    if given is not None:
        return given, _from("as set", mean=given.mean, p95=given.p95, kind=given.kind)
    mean = default if said is None else said
    formula = "default of the use case" if said is None else "as said"
    lengths = LengthDistribution.model_validate({"mean": mean})
    return lengths, _from(f"{formula}; lognormal with p95 = 2 x mean", mean=mean, p95=lengths.p95)


def _from(formula: str, **inputs: JsonValue) -> Derivation:
    return Derivation(formula=formula, inputs=inputs)
