"""How what is observed departs from what was planned: each departure by name, in a sentence with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pydantic import AwareDatetime

from neuralnav.models.base import Frozen, PlainText
from neuralnav.models.figures import banded, duration, figure, plural
from neuralnav.models.plan import Estimate
from neuralnav.models.specification import SLOTargets
from neuralnav.observability.compliance import P95, Compliance, Verdict, judge_window, quantile_words, requests_behind
from neuralnav.observability.confidence import SURE, confidence_above
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.observed import LATENCIES, Distribution, LatencyName, ObservedWindow, span_words

LENGTH_ALLOWANCE = 0.2
"""By how much mean lengths may be above the plan's. Lognormal lengths whose p95 is twice their mean spread by 0.53 of
it, so that the mean of ``LEAST_REQUESTS`` is 10 % off by chance alone, and 20 % one time in forty."""

LEAST_REQUESTS = 30
"""Requests from which a mean length is judged."""

SURE_SIGMAS = 1.645
"""Standard deviations of a Poisson count that chance exceeds one time in twenty."""


class DriftKind(StrEnum):
    """What can depart from the plan or its targets."""

    TTFT_MISSED = "ttft_missed"
    ITL_MISSED = "itl_missed"
    E2E_MISSED = "e2e_missed"
    ERRORS = "errors"
    """More requests fail than reliability allows."""
    TRAFFIC_ABOVE_PLAN = "traffic_above_plan"
    PROMPTS_ABOVE_PLAN = "prompts_above_plan"
    ANSWERS_ABOVE_PLAN = "answers_above_plan"
    TTFT_ABOVE_PREDICTION = "ttft_above_prediction"
    ITL_ABOVE_PREDICTION = "itl_above_prediction"
    E2E_ABOVE_PREDICTION = "e2e_above_prediction"
    REPLICAS_MISSING = "replicas_missing"
    RESTARTS = "restarts"


class Drift(Frozen):
    """One departure."""

    kind: DriftKind
    sentence: PlainText
    figures: PlainText
    """What was observed and what it is held against, in a few words: ``612 ms against 500 ms``."""


class Reading(Frozen):
    """What one window tells: the targets, the departures, and which departures could be judged at all."""

    compliance: tuple[Compliance, ...]
    drifts: tuple[Drift, ...]
    judged: frozenset[DriftKind]
    """Of the others nothing can be said: no request came, or too few."""
    window_from: AwareDatetime
    """The beginning of the window."""


class _Departure(NamedTuple):
    """What is said of a departure, in full and in figures alone."""

    sentence: str
    figures: str


_MISSED = MappingProxyType(
    {
        "TTFT": DriftKind.TTFT_MISSED,
        "ITL": DriftKind.ITL_MISSED,
        "E2E": DriftKind.E2E_MISSED,
        "answered": DriftKind.ERRORS,
    }
)
_ABOVE: MappingProxyType[LatencyName, DriftKind] = MappingProxyType(
    {
        "TTFT": DriftKind.TTFT_ABOVE_PREDICTION,
        "ITL": DriftKind.ITL_ABOVE_PREDICTION,
        "E2E": DriftKind.E2E_ABOVE_PREDICTION,
    }
)


def read_window(window: ObservedWindow, targets: SLOTargets, expected: Expectation) -> Reading:
    """``window`` held against the targets and the plan."""
    compliance = judge_window(window, targets)
    found: dict[DriftKind, _Departure | None] = {}
    for one in compliance:
        if one.verdict in (Verdict.MET, Verdict.MISSED):
            missed = one.verdict is Verdict.MISSED
            found[_MISSED[one.target]] = _Departure(one.sentence, _against(one)) if missed else None
    for judge in (_traffic, _lengths, _latencies, _replicas):
        found |= dict(judge(window, expected))
    drifts = tuple(Drift(kind=kind, **departure._asdict()) for kind, departure in found.items() if departure)
    return Reading(compliance=compliance, drifts=drifts, judged=frozenset(found), window_from=window.window_from)


Judged = Iterator[tuple[DriftKind, _Departure | None]]
"""Kinds that could be judged, each with what is said of it where it departs."""


def _against(one: Compliance) -> str:
    """What was observed of a target that is missed, and what is allowed."""
    if one.observed is None:
        return f"{figure(100 * (1 - one.least_over))} % answered, {figure(one.allowed)} % must be"
    seen = one.observed
    observed = f"more than {duration(seen.low)}" if seen.value is None else duration(seen.value)
    return f"{observed} against {duration(one.allowed)}"


def _traffic(window: ObservedWindow, expected: Expectation) -> Judged:
    """Above the plan where the whole window is, beyond what chance makes of Poisson arrivals at the planned rate."""
    planned = expected.planned_qps * window.length.total_seconds()
    above = window.requests > planned + SURE_SIGMAS * math.sqrt(planned)
    sentence = (
        f"{figure(window.average_qps)} requests/s came on average over {span_words(window.length)} and "
        f"{figure(window.peak_qps)} in the busiest minute; planned for were {figure(expected.planned_qps)}."
    )
    figures = f"{figure(window.average_qps)} requests/s on average, planned for were {figure(expected.planned_qps)}"
    yield DriftKind.TRAFFIC_ABOVE_PLAN, _Departure(sentence, figures) if above else None


def _lengths(window: ObservedWindow, expected: Expectation) -> Judged:
    pairs = (
        (DriftKind.PROMPTS_ABOVE_PLAN, "Prompts", window.prompt_tokens, expected.prompt_tokens_mean),
        (DriftKind.ANSWERS_ABOVE_PLAN, "Answers", window.output_tokens, expected.output_tokens_mean),
    )
    for kind, what, seen, planned in pairs:
        if seen is None or seen.count < LEAST_REQUESTS:
            continue
        above = seen.mean > planned * (1 + LENGTH_ALLOWANCE)
        mean, plan = figure(round(seen.mean)), figure(round(planned))
        counted = plural(round(seen.count), "request")
        sentence = f"{what} have {mean} tokens on average ({counted}); planned for were {plan}."
        yield kind, _Departure(sentence, f"{mean} tokens on average, planned for were {plan}") if above else None


def _latencies(window: ObservedWindow, expected: Expectation) -> Judged:
    """Above the band of the prediction, which is for the planned peak: only where no more than that came."""
    if window.peak_qps > expected.planned_qps:
        return
    predicted = expected.predicted
    bands: dict[LatencyName, Estimate] = {
        "TTFT": predicted.ttft_p95_ms,
        "ITL": predicted.itl_p95_ms,
        "E2E": predicted.e2e_p95_ms,
    }
    for name, _ in LATENCIES:
        seen = window.latency(name)
        if seen is None or seen.count < LEAST_REQUESTS:
            continue
        yield _ABOVE[name], _above_band(name, seen, requests_behind(window, seen), bands[name])


def _above_band(name: LatencyName, seen: Distribution, requests: float, band: Estimate) -> _Departure | None:
    least, _ = seen.buckets.share_above(band.high / 1000)
    if confidence_above(least * requests, requests, 1 - P95) < SURE:
        return None
    sentence = (
        f"{name} at p95 is {quantile_words(seen.p95)} with no more traffic than planned; predicted were "
        f"{banded(band)} ({band.source.value}), and {figure(round(100 * least, 1))} % of "
        f"{plural(round(requests), 'request')} took longer than {duration(band.high)}."
    )
    return _Departure(sentence, f"{quantile_words(seen.p95)}, predicted were {banded(band)}")


def _replicas(window: ObservedWindow, expected: Expectation) -> Judged:
    if expected.replicas is not None:
        sentence = f"{plural(window.replicas, 'replica')} can be read, {expected.replicas} should run."
        missing = _Departure(sentence, sentence[:-1]) if window.replicas < expected.replicas else None
        yield DriftKind.REPLICAS_MISSING, missing
    if window.restarts is not None:
        figures = f"{plural(window.restarts, 'time')} within {span_words(window.length)}"
        again = _Departure(f"Replicas began anew {figures}.", figures)
        yield DriftKind.RESTARTS, again if window.restarts else None
