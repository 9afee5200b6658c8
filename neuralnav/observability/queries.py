"""Every PromQL expression, by what it answers: alerts, dashboards, autoscaling and the observer ask with these.

Metric names, labels and buckets are those of vLLM 0.31 (``vllm/v1/metrics/loggers.py``). A counter's name ends in
``_total`` here, as it does in an exposition. Answers are of all replicas together unless ``by`` says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from neuralnav.errors import FieldProblem, InvalidInputError

DEPLOYMENT_LABEL = "neuralnav_deployment"
"""Label that scraping adds to every series of a deployment: its name. The label ``namespace`` stands beside it."""

GRAFANA_WINDOW = "$__rate_interval"
"""The window that Grafana chooses by what is on the screen."""

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_WINDOW = re.compile(r"[1-9][0-9]{0,9}(ms|s|m|h|d|w)")
_GRAFANA_WINDOWS = frozenset({GRAFANA_WINDOW, "$__range"})


class Histogram(StrEnum):
    """vLLM's histograms: times in seconds, lengths in tokens."""

    TTFT = "vllm:time_to_first_token_seconds"
    ITL = "vllm:request_time_per_output_token_seconds"
    """Of each request the mean, as plans and targets mean it; ``vllm:inter_token_latency_seconds`` counts every gap."""
    E2E = "vllm:e2e_request_latency_seconds"
    QUEUE_TIME = "vllm:request_queue_time_seconds"
    PREFILL_TIME = "vllm:request_prefill_time_seconds"
    DECODE_TIME = "vllm:request_decode_time_seconds"
    PROMPT_TOKENS = "vllm:request_prompt_tokens"
    OUTPUT_TOKENS = "vllm:request_generation_tokens"


LATENCY_BOUNDS_S = {
    Histogram.TTFT: (
        *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0),
        *(80.0, 160.0, 640.0, 2560.0),
    ),
    Histogram.ITL: (
        *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0),
    ),
    Histogram.E2E: (
        *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0),
        *(960.0, 1920.0, 7680.0),
    ),
}
"""Upper bounds of the finite buckets, in seconds."""


@dataclass(frozen=True)
class Matcher:
    """A condition on one label.

    Raises:
        InvalidInputError: ``label`` is no label name.
    """

    label: str
    value: str
    operator: Literal["=", "!=", "=~", "!~"] = "="

    def __post_init__(self) -> None:
        if not _LABEL_NAME.fullmatch(self.label):
            allowed = "letters, digits and '_', not beginning with a digit"
            raise InvalidInputError(
                f"{self.label[:80]!r} is no label name of Prometheus; allowed: {allowed}.",
                (FieldProblem("label", self.label[:80], allowed),),
            )

    @property
    def text(self) -> str:
        """The condition in PromQL; whatever the value holds, it stays one quoted text."""
        return f"{self.label}{self.operator}{quoted(self.value)}"


@dataclass(frozen=True)
class Selector:
    """Which series belong to what is asked about."""

    matchers: tuple[Matcher, ...]

    @classmethod
    def of(cls, **labels: str) -> Selector:
        """Series with exactly these labels, such as ``job="vllm"``."""
        return cls(tuple(Matcher(label, value) for label, value in labels.items()))

    @classmethod
    def of_deployment(cls, namespace: str, name: str) -> Selector:
        """Series of one deployment, as our PodMonitor labels them and any other scrape configuration can."""
        return cls.of(**{"namespace": namespace, DEPLOYMENT_LABEL: name})

    def series(self, metric: str, *further: Matcher) -> str:
        """``metric`` of what is asked about."""
        return f"{metric}{{{', '.join(matcher.text for matcher in (*self.matchers, *further))}}}"


def _literal(text: str) -> str:
    """``text`` as a regular expression that means just it; a hyphen means itself."""
    return re.escape(text).replace(r"\-", "-")


def quoted(text: str) -> str:
    """``text`` as a string literal of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def seconds(length: int) -> str:
    """A window of so many seconds.

    Raises:
        InvalidInputError: it is not positive.
    """
    return _window(f"{length}s")


def _window(window: str) -> str:
    if window not in _GRAFANA_WINDOWS and not _WINDOW.fullmatch(window):
        allowed = "a positive whole number and its unit, such as 30s, 5m, 6h or 3d"
        raise InvalidInputError(
            f"{window[:80]!r} is no window of time in PromQL; allowed: {allowed}.",
            (FieldProblem("window", window[:80], allowed),),
        )
    return window


def _sum(expression: str, by: str | None = None) -> str:
    grouping = f" by ({Matcher(by, '').label})" if by else ""
    return f"sum{grouping} ({expression})"


def _rate(series: str, window: str, by: str | None = None) -> str:
    return _sum(f"rate({series}[{_window(window)}])", by)


# Latencies and lengths -----------------------------------------------------------------------------------------


def quantile(histogram: Histogram, share: float, selector: Selector, window: str) -> str:
    """The value below which ``share`` (0 to 1) of a window's observations fall, interpolated inside its bucket."""
    buckets = _rate(selector.series(f"{histogram}_bucket"), window, by="le")
    return f"histogram_quantile({_share(share)}, {buckets})"


def mean(histogram: Histogram, selector: Selector, window: str) -> str:
    """The mean of a window's observations."""
    total = _rate(selector.series(f"{histogram}_sum"), window)
    return f"{total} / {_rate(selector.series(f'{histogram}_count'), window)}"


def distribution(histogram: Histogram, selector: Selector, window: str) -> str:
    """Observations of a window by bucket, cumulative, one answer for each ``le``."""
    return _sum(f"increase({selector.series(f'{histogram}_bucket')}[{_window(window)}])", by="le")


def observations(histogram: Histogram, selector: Selector, window: str) -> str:
    """How many observations a window held."""
    return _sum(f"increase({selector.series(f'{histogram}_count')}[{_window(window)}])")


def bound_at_or_above(histogram: Histogram, wanted_s: float) -> float | None:
    """The smallest bucket bound that is not below ``wanted_s``, in seconds; ``None``: all finite ones are below."""
    return next((bound for bound in LATENCY_BOUNDS_S[histogram] if bound >= wanted_s), None)


def slow_share(histogram: Histogram, bound_s: float, selector: Selector, window: str) -> str:
    """The share of a window's observations above ``bound_s``, which must be a bucket bound; nothing without traffic.

    Prometheus keeps a bound as it was written or, from 3.0 on, as OpenMetrics writes it: both are asked for.

    Raises:
        InvalidInputError: it is no bound of that histogram's buckets.
    """
    if bound_s not in LATENCY_BOUNDS_S[histogram]:
        allowed = ", ".join(f"{bound:g}" for bound in LATENCY_BOUNDS_S[histogram])
        raise InvalidInputError(
            f"{histogram} has no bucket that ends at {bound_s:g} s; allowed: {allowed}.",
            (FieldProblem("bound_s", bound_s, allowed),),
        )
    spellings = sorted({f"{bound_s:g}", str(bound_s)})
    bound = Matcher("le", "|".join(re.escape(spelling) for spelling in spellings), "=~")
    within = _rate(selector.series(f"{histogram}_bucket", bound), window)
    return f"1 - {within} / {_rate(selector.series(f'{histogram}_count'), window)}"


def _share(share: float) -> str:
    if not 0 < share < 1:
        raise InvalidInputError(
            f"A quantile of {share:g} cannot be asked for; allowed: more than 0 and less than 1.",
            (FieldProblem("share", share, "more than 0 and less than 1"),),
        )
    return f"{share:g}"


# Requests and tokens -------------------------------------------------------------------------------------------

ENDED = "vllm:request_success_total"
"""Requests that ended, by ``finished_reason``: ``error`` for those that the engine failed."""

_FAILED = Matcher("finished_reason", "error")


def request_rate(selector: Selector, window: str, by: str | None = None) -> str:
    """Requests that ended, a second."""
    return _rate(selector.series(ENDED), window, by)


def requests(selector: Selector, window: str) -> str:
    """How many requests ended in a window."""
    return _sum(f"increase({selector.series(ENDED)}[{_window(window)}])")


def errors(selector: Selector, window: str) -> str:
    """How many requests of a window the engine failed; 0 where no such series is there."""
    return f"{_sum(f'increase({selector.series(ENDED, _FAILED)}[{_window(window)}])')} or vector(0)"


def error_share(selector: Selector, window: str) -> str:
    """The share of a window's requests that the engine failed; nothing without traffic."""
    return f"{_rate(selector.series(ENDED, _FAILED), window)} / {_rate(selector.series(ENDED), window)}"


def peak_request_rate(selector: Selector, window: str, step: str = "1m") -> str:
    """The largest rate of requests a second in a window, over spans of ``step``."""
    return f"max_over_time({_rate(selector.series(ENDED), step)}[{_window(window)}:{_window(step)}])"


def prompt_token_rate(selector: Selector, window: str) -> str:
    """Prompt tokens processed, a second."""
    return _rate(selector.series("vllm:prompt_tokens_total"), window)


def output_token_rate(selector: Selector, window: str) -> str:
    """Tokens generated, a second."""
    return _rate(selector.series("vllm:generation_tokens_total"), window)


# The engine ----------------------------------------------------------------------------------------------------


def running(selector: Selector, by: str | None = None) -> str:
    """Requests in the batch now."""
    return _sum(selector.series("vllm:num_requests_running"), by)


def waiting(selector: Selector, by: str | None = None) -> str:
    """Requests that wait for a place in the batch now."""
    return _sum(selector.series("vllm:num_requests_waiting"), by)


def in_flight(selector: Selector) -> str:
    """Requests that run or wait now."""
    return f"{running(selector)} + {waiting(selector)}"


def in_flight_over(selector: Selector, window: str) -> str:
    """Requests that ran or waited, on average over a window."""
    run, wait = (
        _sum(f"avg_over_time({selector.series(metric)}[{_window(window)}])")
        for metric in ("vllm:num_requests_running", "vllm:num_requests_waiting")
    )
    return f"{run} + {wait}"


def waiting_growth(selector: Selector, window: str) -> str:
    """By how many requests the queue has grown a second, as a line through a window; below 0 where it shrinks."""
    return _sum(f"deriv({selector.series('vllm:num_requests_waiting')}[{_window(window)}])")


def kv_usage(selector: Selector, by: str | None = None) -> str:
    """The share of the KV cache that is in use now, 0 to 1: the fullest replica's."""
    grouping = f" by ({Matcher(by, '').label})" if by else ""
    return f"max{grouping} ({selector.series('vllm:kv_cache_usage_perc')})"


def kv_usage_over(selector: Selector, window: str) -> str:
    """The mean share of the KV cache in use over a window, 0 to 1, over all replicas."""
    return f"avg (avg_over_time({selector.series('vllm:kv_cache_usage_perc')}[{_window(window)}]))"


def preemption_rate(selector: Selector, window: str, by: str | None = None) -> str:
    """Requests put back for want of KV cache, a second."""
    return _rate(selector.series("vllm:num_preemptions_total"), window, by)


def preemptions(selector: Selector, window: str) -> str:
    """How often a request was put back for want of KV cache in a window."""
    return _sum(f"increase({selector.series('vllm:num_preemptions_total')}[{_window(window)}])")


def prefix_cache_hit_share(selector: Selector, window: str) -> str:
    """The share of prompt tokens that a window found in the prefix cache; nothing where none was looked up."""
    hits = _rate(selector.series("vllm:prefix_cache_hits_total"), window)
    return f"{hits} / {_rate(selector.series('vllm:prefix_cache_queries_total'), window)}"


# Replicas and GPUs ---------------------------------------------------------------------------------------------


def replicas(selector: Selector) -> str:
    """Replicas that Prometheus can scrape now; 0 where there are none."""
    return f"{_sum(selector.series('up'))} or vector(0)"


def zero_where_scraped(query: str, selector: Selector) -> str:
    """``query``, or 0 where it has no answer although replicas are known; nothing where none is known.

    So a deployment without traffic is told from one that Prometheus does not scrape.
    """
    return f"{query} or 0 * {_sum(selector.series('up'))}"


def unscraped(selector: Selector) -> str:
    """1 where Prometheus knows no replica, else nothing."""
    return f"absent({selector.series('up')})"


def availability(selector: Selector, window: str) -> str:
    """The share of a window in which a replica could be scraped, on average over the replicas, 0 to 1."""
    return f"avg (avg_over_time({selector.series('up')}[{_window(window)}]))"


@dataclass(frozen=True)
class Pods:
    """Pods whose GPUs are asked about: DCGM's exporter knows namespaces and pods only."""

    namespace: str
    workload: str
    """The Deployment that the pods belong to: their names are its own, a hash and an ending."""

    def series(self, metric: str) -> str:
        """``metric`` with the exporter's own pod labels, or those that a scrape without ``honorLabels`` leaves."""
        named = f"{_literal(self.workload)}-[a-z0-9]+-[a-z0-9]+"
        spellings = (("namespace", "pod"), ("exported_namespace", "exported_pod"))
        return " or ".join(
            Selector((Matcher(space, self.namespace), Matcher(pod, named, "=~"))).series(metric)
            for space, pod in spellings
        )


def gpu_busy_share(pods: Pods) -> str:
    """The mean share of time in which the GPUs had work, 0 to 1; nothing without DCGM's exporter."""
    return f"avg ({pods.series('DCGM_FI_DEV_GPU_UTIL')}) / 100"


def gpu_memory_share(pods: Pods) -> str:
    """The mean share of the GPUs' memory in use, 0 to 1; nothing without DCGM's exporter."""
    used, free = (f"sum ({pods.series(metric)})" for metric in ("DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"))
    return f"{used} / ({used} + {free})"
