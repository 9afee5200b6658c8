"""What to change: edits of the specification that the planner can evaluate, each with the figures that speak for it.

Nothing here says what a change saves or costs: planning the changed specification does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, JsonValue

from neuralnav.models.base import Frozen, PlainText
from neuralnav.models.figures import figure, listed, plural
from neuralnav.models.outcome import Outcome
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.drift import LENGTH_ALLOWANCE, DriftKind
from neuralnav.observability.observed import ObservedWindow, span_words
from neuralnav.planning.changes import round_up

UNUSED_BELOW = 0.6
"""A peak below this share of the plan's is worth planning again; of two replicas, one can go at half."""

LEAST_DEMAND_SEEN = timedelta(hours=1)
"""A shorter time says nothing of the peak."""

LEAST_REQUESTS = 100
"""Requests from which a lighter load is planned with."""

SLOW = frozenset(
    {
        DriftKind.TTFT_MISSED,
        DriftKind.ITL_MISSED,
        DriftKind.E2E_MISSED,
        DriftKind.TTFT_ABOVE_PREDICTION,
        DriftKind.ITL_ABOVE_PREDICTION,
        DriftKind.E2E_ABOVE_PREDICTION,
    }
)
_MISSED = SLOW & {DriftKind.TTFT_MISSED, DriftKind.ITL_MISSED, DriftKind.E2E_MISSED}


class Demand(Frozen):
    """The load that came over a time."""

    since: AwareDatetime
    until: AwareDatetime
    requests: float
    peak_qps: float
    prompt_tokens_mean: float | None = None
    output_tokens_mean: float | None = None

    @property
    def length(self) -> timedelta:
        """Of the time; what lies between windows is part of it."""
        return self.until - self.since

    @classmethod
    def of_window(cls, window: ObservedWindow) -> Demand:
        """The load of one window."""
        prompt, output = window.prompt_tokens, window.output_tokens
        return cls(
            since=window.window_from,
            until=window.window_to,
            requests=window.requests,
            peak_qps=window.peak_qps,
            prompt_tokens_mean=prompt.mean if prompt else None,
            output_tokens_mean=output.mean if output else None,
        )

    @classmethod
    def of_outcomes(cls, outcomes: Sequence[Outcome]) -> Demand | None:
        """The load of all windows that are kept; ``None``: there are none."""
        if not outcomes:
            return None
        return cls(
            since=min(outcome.window_from for outcome in outcomes),
            until=max(outcome.window_to for outcome in outcomes),
            requests=sum(outcome.requests for outcome in outcomes),
            peak_qps=max(outcome.peak_qps for outcome in outcomes),
            prompt_tokens_mean=_weighted((one.prompt_tokens_mean, one.requests - one.errors) for one in outcomes),
            output_tokens_mean=_weighted((one.output_tokens_mean, one.requests - one.errors) for one in outcomes),
        )


class AdviceKind(StrEnum):
    """What is proposed."""

    PLAN_FOR_MORE = "plan_for_more"
    """The load is above the plan's, in requests or in their lengths."""
    PLAN_FOR_LESS = "plan_for_less"
    ADD_REPLICA = "add_replica"
    """It is too slow under a load that was planned for."""
    LOOK_INTO_IT = "look_into_it"
    """It is too slow under little load, where more replicas would not help."""


class Advice(Frozen):
    """A change to plan, and why."""

    kind: AdviceKind
    changes: dict[str, JsonValue]
    """Fields of ``edit_specification`` and their new values; none where nothing is to be planned."""
    sentence: PlainText


def advise(
    demand: Demand,
    lasting: Iterable[DriftKind],
    choice: Recommendation,
    specification: DeploymentSpecification,
) -> tuple[Advice, ...]:
    """What the load that came and the departures that last speak for; at most one advice.

    Args:
        demand: as much of the past as there is; an hour at least, or nothing is said of a lighter load.
        lasting: departures that lasted over several windows.
        choice: what is deployed.
        specification: what it was planned for.
    """
    kinds = frozenset(lasting)
    more = _more(demand, kinds, specification)
    if more:
        return (more,)
    if kinds & SLOW:
        return (_slow(demand, kinds, choice, specification),)
    less = _less(demand, specification)
    return (less,) if less else ()


def _more(demand: Demand, kinds: frozenset[DriftKind], specification: DeploymentSpecification) -> Advice | None:
    traffic = specification.traffic
    changes: dict[str, JsonValue] = {}
    reasons = []
    if DriftKind.TRAFFIC_ABOVE_PLAN in kinds and demand.peak_qps > traffic.peak_qps:
        changes["peak_qps"] = round_up(demand.peak_qps)
        reasons.append(f"{figure(demand.peak_qps)} requests/s at peak, planned were {figure(traffic.peak_qps)}")
    lengths = (
        (DriftKind.PROMPTS_ABOVE_PLAN, "prompt_tokens", demand.prompt_tokens_mean, traffic.prompt_tokens.mean),
        (DriftKind.ANSWERS_ABOVE_PLAN, "output_tokens", demand.output_tokens_mean, traffic.output_tokens.mean),
    )
    for kind, field, seen, planned in lengths:
        if kind in kinds and seen is not None and seen > planned * (1 + LENGTH_ALLOWANCE):
            changes[field] = math.ceil(seen)
            words = field.replace("_", " ")
            reasons.append(f"{figure(math.ceil(seen))} {words} on average, planned were {figure(round(planned))}")
    if not changes:
        return None
    changes |= _replicas_freed(specification)
    sentence = f"More comes than was planned for: {listed(reasons)} ({_time(demand)}). Plan for what comes."
    return Advice(kind=AdviceKind.PLAN_FOR_MORE, changes=changes, sentence=sentence)


def _slow(
    demand: Demand, kinds: frozenset[DriftKind], choice: Recommendation, specification: DeploymentSpecification
) -> Advice:
    share = demand.peak_qps / specification.traffic.peak_qps
    names = listed(sorted({kind.value.split("_")[0].upper() for kind in kinds & SLOW}))
    what = "misses its target" if kinds & _MISSED else "is above what was predicted"
    busy = f"{names} {what} at {share:.0%} of the planned peak ({_time(demand)})"
    if share < UNUSED_BELOW:
        sentence = (
            f"{busy}. So little load slows nothing down: look at the replicas' GPUs, logs and events, and hold the "
            "plan's GPU and engine settings against what runs."
        )
        return Advice(kind=AdviceKind.LOOK_INTO_IT, changes={}, sentence=sentence)
    changes: dict[str, JsonValue] = {
        "pinned.model": choice.model,
        "pinned.gpu_type": choice.gpu_type.value,
        "pinned.precision": choice.precision.value,
        "pinned.tensor_parallel": choice.tensor_parallel,
        "pinned.replicas": choice.replicas + 1,
    }
    sentence = f"{busy}. Plan with {plural(choice.replicas + 1, 'replica')} in place of {choice.replicas}."
    return Advice(kind=AdviceKind.ADD_REPLICA, changes=changes, sentence=sentence)


def _less(demand: Demand, specification: DeploymentSpecification) -> Advice | None:
    planned = specification.traffic.peak_qps
    long_enough = demand.length >= LEAST_DEMAND_SEEN and demand.requests >= LEAST_REQUESTS
    if not long_enough or demand.peak_qps >= UNUSED_BELOW * planned:
        return None
    peak = round_up(demand.peak_qps)
    changes: dict[str, JsonValue] = {"peak_qps": peak}
    if (specification.intent.throughput_rps or 0) > peak:
        changes["throughput_rps"] = peak
    changes |= _replicas_freed(specification)
    sentence = (
        f"Requests are at {demand.peak_qps / planned:.0%} of the planned peak: {figure(demand.peak_qps)} of "
        f"{figure(planned)} requests/s ({_time(demand)}). Plan for {figure(peak)} requests/s to see what is enough."
    )
    return Advice(kind=AdviceKind.PLAN_FOR_LESS, changes=changes, sentence=sentence)


def _replicas_freed(specification: DeploymentSpecification) -> dict[str, JsonValue]:
    """A number of replicas that was fixed for the planned load is open for another one."""
    return {} if specification.pinned.replicas is None else {"pinned.replicas": None}


def _time(demand: Demand) -> str:
    return f"{plural(round(demand.requests), 'request')} in {span_words(demand.length)}"


def _weighted(parts: Iterable[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in parts if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
