"""``/metrics`` as vLLM 0.31 shows it: names, labels, types and buckets of ``vllm/v1/metrics/loggers.py``.

Times are simulated seconds, whatever the time scale, so that they can be held against targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from simulator.engine.generation import Generation
from simulator.engine.stats import ITERATION_TOKENS_BOUNDS, EngineStats

LABELS = ("model_name", "engine")
ENGINE = "0"
OWN_PREFIX = "neuralnav_simulator_"
FINISHED_REASONS = ("stop", "length", "abort", "error")
_TTFT_BUCKETS = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0),
    *(80.0, 160.0, 640.0, 2560.0),
)
_TOKEN_BUCKETS = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0),
)
_REQUEST_BUCKETS = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0),
    *(960.0, 1920.0, 7680.0),
)
_N_BUCKETS = (1, 2, 5, 10, 20)
_REQUEST_TIMES = {
    "e2e_request_latency_seconds": "Histogram of e2e request latency in seconds.",
    "request_queue_time_seconds": "Histogram of time spent in WAITING phase for request.",
    "request_inference_time_seconds": "Histogram of time spent in RUNNING phase for request.",
    "request_prefill_time_seconds": "Histogram of time spent in PREFILL phase for request.",
    "request_decode_time_seconds": "Histogram of time spent in DECODE phase for request.",
}
_REQUEST_TOKENS = {
    "request_prompt_tokens": "Number of prefill tokens processed.",
    "request_generation_tokens": "Number of generation tokens processed.",
    "request_max_num_generation_tokens": "Histogram of maximum number of requested generation tokens.",
    "request_params_max_tokens": "Histogram of the max_tokens request parameter.",
}


def token_count_buckets(most: int) -> list[int]:
    """1, 2, 5, 10, 20, 50 ... up to ``most``, as vLLM builds them."""
    buckets: list[int] = []
    power = 1
    while True:
        for mantissa in (1, 2, 5):
            if mantissa * power > most:
                return buckets
            buckets.append(mantissa * power)
        power *= 10


class Metrics:
    """All metrics of one server, in a registry of its own."""

    def __init__(self, model_name: str, max_model_len: int, cache_config: Mapping[str, str], time_scale: float) -> None:
        self.registry = CollectorRegistry()
        self.time_scale = time_scale
        self._model_name = model_name
        self.time_to_first_token = self._histogram(
            "time_to_first_token_seconds", "Histogram of time to first token in seconds.", _TTFT_BUCKETS
        )
        self.inter_token_latency = self._histogram(
            "inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", _TOKEN_BUCKETS
        )
        self.time_per_output_token = self._histogram(
            "request_time_per_output_token_seconds",
            "Histogram of time_per_output_token_seconds per request.",
            _TOKEN_BUCKETS,
        )
        self.request_times = {
            name: self._histogram(name, text, _REQUEST_BUCKETS) for name, text in _REQUEST_TIMES.items()
        }
        counts = token_count_buckets(max_model_len)
        self.request_tokens = {name: self._histogram(name, text, counts) for name, text in _REQUEST_TOKENS.items()}
        self.request_n = self._histogram("request_params_n", "Histogram of the n request parameter.", _N_BUCKETS)
        success = Counter(
            "vllm:request_success",
            "Count of successfully processed requests.",
            (*LABELS, "finished_reason"),
            registry=self.registry,
        )
        self.request_success = {reason: success.labels(model_name, ENGINE, reason) for reason in FINISHED_REASONS}
        self.faults = Counter(f"{OWN_PREFIX}faults", "Requests that got a fault.", ("kind",), registry=self.registry)
        info = {**cache_config, "engine": ENGINE}
        words = "Information of the LLMEngine CacheConfig"
        Gauge("vllm:cache_config_info", words, tuple(info), registry=self.registry).labels(**info).set(1)
        ProcessCollector(registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Iterable[float]) -> Histogram:
        histogram = Histogram(f"vllm:{name}", text, LABELS, buckets=tuple(buckets), registry=self.registry)
        return histogram.labels(self._model_name, ENGINE)

    def watch(self, stats: Callable[[], EngineStats]) -> None:
        """Show the engine's own figures too, read when they are asked for."""
        self.registry.register(_EngineCollector(stats, self._model_name, self.time_scale))

    def asked_for(self, answers: int, prompts: int) -> None:
        """A request wanted so many answers to each of its prompts."""
        for _ in range(prompts):
            self.request_n.observe(answers)

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format, which is also what vLLM gives to those who ask for OpenMetrics.

        Those would get ``vllm_`` for ``vllm:``, as ``prometheus_client`` writes it
        (https://github.com/prometheus/client_python/issues/1177), and Prometheus does ask for it.
        """
        return generate_latest(self.registry)


@dataclass(frozen=True)
class RequestFacts:
    """What is known of one answer before it is generated."""

    prompt_tokens: int
    max_tokens: int
    finish_reason: str
    """Why it will end: ``stop`` or ``length``."""
    front_s: float
    """What the front end takes before the engine has it, in simulated seconds."""


class RequestMetrics:
    """What is counted of one answer as the schedule has its tokens, however late they are read."""

    def __init__(self, metrics: Metrics, facts: RequestFacts) -> None:
        self._metrics = metrics
        self._facts = facts
        self._generated = 0
        self._newest_s = 0.0

    def token_came(self, generation: Generation, at_s: float) -> None:
        """The schedule had one more token at ``at_s``."""
        scale = self._metrics.time_scale
        if self._generated == 0:
            engine_s = (at_s - generation.arrival_s) * scale
            self._metrics.time_to_first_token.observe(self._facts.front_s + engine_s)
        else:
            self._metrics.inter_token_latency.observe((at_s - self._newest_s) * scale)
        self._newest_s = at_s
        self._generated += 1
        if generation.finish_s is not None:
            self._finished(generation)

    def _finished(self, generation: Generation) -> None:
        metrics, facts, generated = self._metrics, self._facts, self._generated
        times = _PhaseTimes.of(generation, metrics.time_scale)
        metrics.request_success[facts.finish_reason].inc()
        if generated > 1:
            metrics.time_per_output_token.observe(times.decode_s / (generated - 1))
        for name, seconds in times.by_metric(facts.front_s).items():
            metrics.request_times[name].observe(seconds)
        tokens = {
            "request_prompt_tokens": facts.prompt_tokens,
            "request_generation_tokens": generated,
            "request_max_num_generation_tokens": generated,
            "request_params_max_tokens": facts.max_tokens,
        }
        for name, count in tokens.items():
            metrics.request_tokens[name].observe(count)

    def aborted(self) -> None:
        """The client went away before the answer was complete."""
        self._metrics.request_success["abort"].inc()


@dataclass(frozen=True)
class _PhaseTimes:
    queue_s: float
    prefill_s: float
    decode_s: float

    @classmethod
    def of(cls, generation: Generation, time_scale: float) -> _PhaseTimes:
        """The phases of a finished generation, whose own times are those on the wall."""
        arrival_s = generation.arrival_s
        admitted_s = arrival_s if generation.admitted_s is None else generation.admitted_s
        first_s = admitted_s if generation.first_token_s is None else generation.first_token_s
        finish_s = first_s if generation.finish_s is None else generation.finish_s
        phases = (admitted_s - arrival_s, first_s - admitted_s, finish_s - first_s)
        return cls(*(phase * time_scale for phase in phases))

    def by_metric(self, front_s: float) -> dict[str, float]:
        """The seconds of each of vLLM's histograms: the front end's are a part of E2E alone."""
        inference_s = self.prefill_s + self.decode_s
        return {
            "e2e_request_latency_seconds": front_s + self.queue_s + inference_s,
            "request_queue_time_seconds": self.queue_s,
            "request_inference_time_seconds": inference_s,
            "request_prefill_time_seconds": self.prefill_s,
            "request_decode_time_seconds": self.decode_s,
        }


class _EngineCollector(Collector):
    def __init__(self, stats: Callable[[], EngineStats], model_name: str, time_scale: float) -> None:
        self._stats = stats
        self._values = (model_name, ENGINE)
        self._time_scale = time_scale

    def collect(self) -> Iterator[Metric]:
        """vLLM's gauges and counters of the engine, and our own of how well it keeps time."""
        stats = self._stats()
        yield self._gauge("num_requests_running", "Number of requests in model execution batches.", stats.running)
        yield self._gauge("num_requests_waiting", "Number of requests waiting to be processed.", stats.waiting)
        yield self._waiting_by_reason(stats)
        yield self._gauge("kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", stats.kv_usage)
        counters = {
            "num_preemptions": ("Cumulative number of preemption from the engine.", stats.preemptions_total),
            "prompt_tokens": ("Number of prefill tokens processed.", stats.prompt_tokens_total),
            "generation_tokens": ("Number of generation tokens processed.", stats.generation_tokens_total),
            "prefix_cache_queries": (
                "Prefix cache queries, in terms of number of queried tokens.",
                stats.prefix_cache_queries_total,
            ),
            "prefix_cache_hits": (
                "Prefix cache hits, in terms of number of cached tokens.",
                stats.prefix_cache_hits_total,
            ),
            "prompt_tokens_cached": (
                "Number of cached prompt tokens (local + external).",
                stats.prefix_cache_hits_total,
            ),
        }
        for name, (text, value) in counters.items():
            family = CounterMetricFamily(f"vllm:{name}", text, labels=LABELS)
            family.add_metric(self._values, value)
            yield family
        yield self._iterations(stats)
        yield from self._own(stats)

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        family = GaugeMetricFamily(f"vllm:{name}", text, labels=LABELS)
        family.add_metric(self._values, value)
        return family

    def _waiting_by_reason(self, stats: EngineStats) -> Metric:
        words = "Number of waiting requests by reason. 'capacity' = waiting for scheduling capacity."
        family = GaugeMetricFamily("vllm:num_requests_waiting_by_reason", words, labels=(*LABELS, "reason"))
        family.add_metric((*self._values, "capacity"), stats.waiting)
        family.add_metric((*self._values, "deferred"), 0)
        return family

    def _iterations(self, stats: EngineStats) -> Metric:
        words = "Histogram of number of tokens per engine_step."
        family = HistogramMetricFamily("vllm:iteration_tokens_total", words, labels=LABELS)
        steps = stats.iteration_tokens
        bounds = [*(str(float(bound)) for bound in ITERATION_TOKENS_BOUNDS), "+Inf"]
        family.add_metric(self._values, list(zip(bounds, accumulate(steps.counts), strict=True)), steps.total)
        return family

    def _own(self, stats: EngineStats) -> Iterator[Metric]:
        words = "Seconds by which tokens are published later than scheduled, on the wall; of the newest ones."
        lag = Metric(f"{OWN_PREFIX}lag_seconds", words, "summary")
        lag.add_sample(lag.name, {"quantile": "0.5"}, stats.lag_p50_s)
        lag.add_sample(lag.name, {"quantile": "0.95"}, stats.lag_p95_s)
        yield lag
        yield GaugeMetricFamily(f"{OWN_PREFIX}time_scale", "Simulated seconds in one second.", value=self._time_scale)
