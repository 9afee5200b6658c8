"""What to change: edits of the specification that the planner can evaluate, each with the figures that speak for it.

Nothing here says what a change saves or costs: planning the changed specification does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from pydantic import JsonValue

from neuralnav.models.base import Frozen, PlainText
from neuralnav.models.figures import figure, listed, plural
from neuralnav.models.outcome import Outcome
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.drift import DriftKind
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

    watched: timedelta
    """How long it was looked at; what lies between windows is no part of it."""
    requests: float
    peak_qps: float
    prompt_tokens_mean: float | None = None
    output_tokens_mean: float | None = None

    @classmethod
    def of_window(cls, window: ObservedWindow) -> Demand:
        """The load of one window."""
        prompt, output = window.prompt_tokens, window.output_tokens
        return cls(
            watched=window.length,
            requests=window.requests,
            peak_qps=window.peak_qps,
            prompt_tokens_mean=prompt.mean if prompt else None,
            output_tokens_mean=output.mean if output else None,
        )

    @classmethod
    def of_outcomes(cls, outcomes: Sequence[Outcome]) -> Demand | None:
        """The load of ``outcomes``, whose windows do not overlap; ``None``: there are none."""
        if not outcomes:
            return None
        return cls(
            watched=sum((outcome.window_to - outcome.window_from for outcome in outcomes), timedelta()),
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
    lasting: Mapping[DriftKind, Demand],
    choice: Recommendation,
    specification: DeploymentSpecification,
) -> tuple[Advice, ...]:
    """What the load that came and the departures that last speak for; at most one advice.

    Args:
        demand: as much of the past as there is; an hour at least, or nothing is said of a lighter load.
        lasting: departures that lasted over several windows, each with the load that came since it began: what was
            longer ago says nothing of it.
        choice: what is deployed.
        specification: what it was planned for.
    """
    more = _more(lasting, specification)
    if more:
        return (more,)
    slow = {kind: seen for kind, seen in lasting.items() if kind in SLOW}
    if slow:
        return (_slow(slow, choice, specification),)
    less = _less(demand, specification)
    return (less,) if less else ()


def _more(lasting: Mapping[DriftKind, Demand], specification: DeploymentSpecification) -> Advice | None:
    """To plan for what came while each departure lasted: it lasts, so that is no chance, however little it is."""
    traffic = specification.traffic
    changes: dict[str, JsonValue] = {}
    reasons = []
    rise = lasting.get(DriftKind.TRAFFIC_ABOVE_PLAN)
    if rise is not None and rise.peak_qps > traffic.peak_qps:
        changes["peak_qps"] = round_up(rise.peak_qps)
        came = f"{figure(rise.peak_qps)} requests/s at peak, planned were {figure(traffic.peak_qps)}"
        reasons.append(f"{came} ({_time(rise)})")
    lengths = (
        (DriftKind.PROMPTS_ABOVE_PLAN, "prompt_tokens", "prompt_tokens_mean", traffic.prompt_tokens.mean),
        (DriftKind.ANSWERS_ABOVE_PLAN, "output_tokens", "output_tokens_mean", traffic.output_tokens.mean),
    )
    for kind, field, of, planned in lengths:
        longer = lasting.get(kind)
        mean: float | None = getattr(longer, of) if longer else None
        if longer is not None and mean is not None and mean > planned:
            changes[field] = math.ceil(mean)
            came = (
                f"{figure(math.ceil(mean))} {field.replace('_', ' ')} on average, planned were {figure(round(planned))}"
            )
            reasons.append(f"{came} ({_time(longer)})")
    if not changes:
        return None
    changes |= _replicas_freed(specification)
    sentence = f"More comes than was planned for: {listed(reasons)}. Plan for what comes."
    return Advice(kind=AdviceKind.PLAN_FOR_MORE, changes=changes, sentence=sentence)


def _slow(slow: Mapping[DriftKind, Demand], choice: Recommendation, specification: DeploymentSpecification) -> Advice:
    demand = max(slow.values(), key=lambda seen: seen.watched)
    share = demand.peak_qps / specification.traffic.peak_qps
    names = listed(sorted({kind.value.split("_")[0].upper() for kind in slow}))
    what = "misses its target" if slow.keys() & _MISSED else "is above what was predicted"
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
    long_enough = demand.watched >= LEAST_DEMAND_SEEN and demand.requests >= LEAST_REQUESTS
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
    return f"{plural(round(demand.requests), 'request')} in {span_words(demand.watched)}"


def _weighted(parts: Iterable[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in parts if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
