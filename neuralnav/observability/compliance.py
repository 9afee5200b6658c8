"""Service levels: what was observed against each target, and how sure the verdict is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, PlainText, Ratio
from neuralnav.models.figures import duration, figure, plural
from neuralnav.models.outcome import OutcomeSource
from neuralnav.models.specification import SLOTargets
from neuralnav.observability.confidence import SURE, confidence_above, confidence_below
from neuralnav.observability.histograms import Quantile
from neuralnav.observability.observed import LATENCIES, Distribution, LatencyName, ObservedWindow, span_words

P95 = 0.95
_SOURCE_WORDS = {
    OutcomeSource.PROMETHEUS: "Prometheus",
    OutcomeSource.SCRAPED: "the replicas' metrics",
    OutcomeSource.VALIDATION: "validation",
}


class Verdict(StrEnum):
    """What can be said of a target."""

    MET = "met"
    MISSED = "missed"
    NOT_SURE = "not sure"
    """Too few requests, or a bucket that reaches from below the target to above it."""
    NOT_SEEN = "not seen"


class Compliance(Frozen):
    """One target and what was observed of it."""

    target: str
    """``TTFT``, ``ITL``, ``E2E`` or ``answered``."""
    verdict: Verdict
    allowed: float
    """At p95 in ms; of ``answered``, the least share of requests in %."""
    observed: Quantile | None = None
    """The p95 in ms; none of ``answered``."""
    least_over: Ratio = 0.0
    """Share of requests that are over the target for sure."""
    most_over: Ratio = 1.0
    """Share of requests that may be over it: buckets tell no more."""
    requests: Annotated[float, Field(ge=0)] = 0.0
    confidence: Ratio = 0.0
    """Of met or missed, as if requests were independent; of not sure, that of the likelier of both."""
    sentence: PlainText


def judge_window(window: ObservedWindow, targets: SLOTargets) -> tuple[Compliance, ...]:
    """TTFT, ITL and E2E at p95 and the share of answered requests, each against its target."""
    allowed = {"TTFT": targets.ttft_p95_ms, "ITL": targets.itl_p95_ms, "E2E": targets.e2e_p95_ms}
    latencies = (judge_latency(window, name, allowed[name]) for name, _ in LATENCIES)
    return (*latencies, _answered(window, targets.reliability_pct))


def judge_latency(window: ObservedWindow, name: LatencyName, allowed_ms: float) -> Compliance:
    """Whether 95 % of requests had a latency of at most ``allowed_ms``."""
    seen = window.latency(name)
    source = _SOURCE_WORDS[window.source]
    if seen is None:
        sentence = f"{name} was not seen: no request was answered in the last {span_words(window.length)} ({source})."
        return Compliance(target=name, verdict=Verdict.NOT_SEEN, allowed=allowed_ms, sentence=sentence)
    least, most = seen.buckets.share_above(allowed_ms / 1000)
    requests = requests_behind(window, seen)
    verdict, confidence = _verdict(least, most, requests, 1 - P95)
    sentence = (
        f"{name} at p95 is {quantile_words(seen.p95)}, allowed are {duration(allowed_ms)}: {verdict}. "
        f"{_over(least, most)} of {_requests(requests, window)} took longer"
        f"{_how_sure(verdict, confidence)} ({source})."
    )
    return Compliance(
        target=name,
        verdict=verdict,
        allowed=allowed_ms,
        observed=seen.p95,
        least_over=least,
        most_over=most,
        requests=requests,
        confidence=confidence,
        sentence=sentence,
    )


def requests_behind(window: ObservedWindow, seen: Distribution) -> float:
    """Requests that observations come from: those of one request are not independent of each other."""
    return min(seen.count, window.answered) if window.answered else seen.count


def quantile_words(quantile: Quantile) -> str:
    """A duration with the bounds of its bucket: ``41 ms (40 ms to 60 ms)``."""
    if quantile.value is None or quantile.high is None:
        return f"more than {duration(quantile.low)}"
    return f"{duration(quantile.value)} (between {duration(quantile.low)} and {duration(quantile.high)})"


def _answered(window: ObservedWindow, reliability_pct: float) -> Compliance:
    failing = 1 - reliability_pct / 100
    source = _SOURCE_WORDS[window.source]
    if window.requests <= 0:
        sentence = f"No request ended in the last {span_words(window.length)} ({source})."
        return Compliance(target="answered", verdict=Verdict.NOT_SEEN, allowed=reliability_pct, sentence=sentence)
    share = window.failed / window.requests
    verdict, confidence = _verdict(share, share, window.requests, failing)
    sentence = (
        f"{figure(100 * (1 - share))} % of {_requests(window.requests, window)} were answered, "
        f"{figure(reliability_pct)} % must be: {verdict}{_how_sure(verdict, confidence)} ({source})."
    )
    return Compliance(
        target="answered",
        verdict=verdict,
        allowed=reliability_pct,
        least_over=share,
        most_over=share,
        requests=window.requests,
        confidence=confidence,
        sentence=sentence,
    )


def _verdict(least: float, most: float, requests: float, share: float) -> tuple[Verdict, float]:
    met = confidence_below(most * requests, requests, share)
    missed = confidence_above(least * requests, requests, share)
    if met >= SURE:
        return Verdict.MET, met
    if missed >= SURE:
        return Verdict.MISSED, missed
    return Verdict.NOT_SURE, max(met, missed)


def _requests(count: float, window: ObservedWindow) -> str:
    return f"{plural(round(count), 'request')} in the last {span_words(window.length)}"


def _over(least: float, most: float) -> str:
    low, high = f"{figure(round(100 * least, 1))} %", f"{figure(round(100 * most, 1))} %"
    return low if low == high else f"{low} to {high}"


def _how_sure(verdict: Verdict, confidence: float) -> str:
    if verdict is Verdict.NOT_SURE:
        return "; that does not settle it"
    return f"; {figure(min(round(100 * confidence, 1), 99.9))} % sure"
