"""A deployment's window as Prometheus knows it: every question of it, and what the answers amount to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from neuralnav.models.outcome import OutcomeSource
from neuralnav.observability import queries
from neuralnav.observability.histograms import BucketCounts
from neuralnav.observability.observed import EngineLevels, ObservedWindow, window_of
from neuralnav.observability.prometheus import Answer, PrometheusClient
from neuralnav.observability.queries import Histogram, Pods, Selector
from neuralnav.observability.totals import Counted, Totals

MOST_WARNINGS = 20
_OBSERVED = (
    Histogram.TTFT,
    Histogram.ITL,
    Histogram.E2E,
    Histogram.QUEUE_TIME,
    Histogram.PROMPT_TOKENS,
    Histogram.OUTPUT_TOKENS,
)


async def observe_prometheus(
    client: PrometheusClient, selector: Selector, over: timedelta, at: datetime, pods: Pods | None = None
) -> ObservedWindow:
    """What the replicas of ``selector`` did in the time ``over`` until ``at``; of ``pods``, their GPUs too.

    Prometheus extrapolates growth to the ends of the window, so that counts need not be whole. It does not tell
    restarts.

    Raises:
        UnavailableError, InvalidInputError: as ``PrometheusClient.ask`` does.
    """
    seconds = int(over.total_seconds())
    questions = _questions(selector, queries.seconds(seconds)) | (_gpu_questions(pods) if pods else {})
    answers = await client.ask_all(questions, at)
    found = {name: answer.value for name, answer in answers.items()}
    warnings = dict.fromkeys(warning for answer in answers.values() for warning in answer.warnings)
    return window_of(
        _totals(answers, seconds),
        window_from=at - timedelta(seconds=seconds),
        window_to=at,
        peak_qps=found["peak_qps"] or 0.0,
        source=OutcomeSource.PROMETHEUS,
        replicas=round(found["replicas"] or 0),
        prefix_hit_ratio=_as_share(found["prefix_hit_ratio"]),
        levels=EngineLevels(
            in_flight=found["in_flight"],
            running=found["running"],
            waiting=found["waiting"],
            kv_usage=_as_share(found["kv_usage"]),
            gpu_memory=_as_share(found.get("gpu_memory")),
            gpu_busy=_as_share(found.get("gpu_busy")),
        ),
        warnings=tuple(warnings)[:MOST_WARNINGS],
    )


def _questions(selector: Selector, window: str) -> dict[str, str]:
    buckets = {f"buckets {name}": queries.distribution(name, selector, window) for name in _OBSERVED}
    means = {f"mean {name}": queries.mean(name, selector, window) for name in _OBSERVED}
    return (
        buckets
        | means
        | {
            "ended": queries.request_rate(selector, window, by="finished_reason"),
            "peak_qps": queries.peak_request_rate(selector, window),
            Counted.PROMPT_TOKENS: queries.prompt_token_rate(selector, window),
            Counted.OUTPUT_TOKENS: queries.output_token_rate(selector, window),
            Counted.PREEMPTIONS: queries.preemption_rate(selector, window),
            "prefix_hit_ratio": queries.prefix_cache_hit_share(selector, window),
            "in_flight": queries.in_flight_over(selector, window),
            "running": queries.running(selector),
            "waiting": queries.waiting(selector),
            "kv_usage": queries.kv_usage_over(selector, window),
            "replicas": queries.replicas(selector),
        }
    )


def _gpu_questions(pods: Pods) -> dict[str, str]:
    return {"gpu_busy": queries.gpu_busy_share(pods), "gpu_memory": queries.gpu_memory_share(pods)}


def _totals(answers: Mapping[str, Answer], seconds: int) -> Totals:
    histograms = {name: _histogram(answers[f"buckets {name}"], answers[f"mean {name}"]) for name in _OBSERVED}
    rates = {name: answers[name].value for name in (Counted.PROMPT_TOKENS, Counted.OUTPUT_TOKENS, Counted.PREEMPTIONS)}
    return Totals(
        histograms={name: counts for name, counts in histograms.items() if counts},
        ended={reason: rate * seconds for reason, rate in answers["ended"].by("finished_reason").items()},
        counters={name: rate * seconds for name, rate in rates.items() if rate is not None},
    )


def _histogram(buckets: Answer, mean: Answer) -> BucketCounts | None:
    """A histogram from its answer by ``le``; one whose bounds are no numbers is none of vLLM's."""
    try:
        by_bound: dict[float, float] = {}
        for bound, count in buckets.by("le").items():
            by_bound[float(bound)] = by_bound.get(float(bound), 0.0) + count
        counted = BucketCounts.of(by_bound, 0.0)
    except (ValueError, ValidationError):
        return None
    return counted.model_copy(update={"total": (mean.value or 0.0) * counted.count}) if counted else None


def _as_share(value: float | None) -> float | None:
    return None if value is None else min(max(value, 0.0), 1.0)
