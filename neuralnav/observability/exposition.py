"""One replica's ``/metrics``, read into numbers.

Names are those of vLLM 0.31 and, where they differ, of releases back to 0.6
(https://docs.vllm.ai/en/v0.8.5/serving/metrics.html and https://docs.vllm.ai/en/stable/usage/metrics/).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from pydantic import AwareDatetime, Field, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen
from neuralnav.observability.histograms import BucketCounts
from neuralnav.observability.queries import Histogram
from neuralnav.observability.totals import Counted, Totals

MOST_CHARACTERS = 8_000_000
"""Of one exposition; vLLM's own has about 100,000."""

MOST_SERIES = 50_000
"""That are read of one exposition."""

_PREFIX = "vllm:"
_STARTED = "process_start_time_seconds"
_ENDED = "vllm:request_success_total"
_RUNNING, _WAITING = "vllm:num_requests_running", "vllm:num_requests_waiting"
_KV_USAGE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
_CACHE_CONFIG = "vllm:cache_config_info"
_CACHE_LABELS = ("block_size", "cache_dtype", "gpu_memory_utilization", "num_gpu_blocks", "enable_prefix_caching")
_EARLIER_NAMES: Mapping[Histogram, tuple[str, ...]] = MappingProxyType(
    {Histogram.ITL: ("vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds")}
)
_COUNTERS: Mapping[Counted, tuple[str, ...]] = MappingProxyType(
    {
        Counted.PROMPT_TOKENS: ("vllm:prompt_tokens_total",),
        Counted.OUTPUT_TOKENS: ("vllm:generation_tokens_total",),
        Counted.PREEMPTIONS: ("vllm:num_preemptions_total",),
        Counted.PREFIX_QUERIES: ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"),
        Counted.PREFIX_HITS: ("vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"),
    }
)
_HISTOGRAMS: Mapping[Histogram, tuple[str, ...]] = MappingProxyType(
    {name: tuple(dict.fromkeys((name.value, *_EARLIER_NAMES.get(name, ())))) for name in Histogram}
)
_WANTED = frozenset(
    (
        *(_STARTED, _ENDED, _RUNNING, _WAITING, *_KV_USAGE, _CACHE_CONFIG),
        *(name for names in _COUNTERS.values() for name in names),
        *(f"{name}_{part}" for names in _HISTOGRAMS.values() for name in names for part in ("bucket", "sum", "count")),
    )
)


class EngineSnapshot(Frozen):
    """What one replica said of itself at one time, over all its engines."""

    at: AwareDatetime
    totals: Totals
    running: float | None = None
    """Requests in the batch."""
    waiting: float | None = None
    kv_usage: float | None = None
    """Share of the KV cache in use, 0 to 1: the mean of its engines."""
    started_at: float | None = None
    """When the process started, seconds since 1970; ``None``: it does not say."""
    models: tuple[str, ...] = ()
    """Names under which it serves."""
    engines: int = 1
    cache_config: dict[str, str] = Field(default_factory=dict)

    def restarted_after(self, earlier: EngineSnapshot) -> bool:
        """Whether the replica began anew after ``earlier``: another start, or a counter that fell."""
        if self.started_at is not None and earlier.started_at is not None and self.started_at > earlier.started_at + 1:
            return True
        return self.totals.fell_below(earlier.totals)


def read_exposition(text: str, at: AwareDatetime) -> EngineSnapshot:
    """The figures of a replica from its ``/metrics`` in Prometheus's text format.

    Raises:
        InvalidInputError: it is too large, cannot be read, or has none of vLLM's metrics.
    """
    series = _Series(_samples(text))
    labels = [sample.labels for name, samples in series.items() if name.startswith(_PREFIX) for sample in samples]
    if not labels:
        raise _unreadable("/metrics", text[:80], "an exposition with metrics that begin with 'vllm:'")
    return EngineSnapshot(
        at=at,
        totals=Totals(
            histograms={name: counts for name, names in _HISTOGRAMS.items() if (counts := series.histogram(names))},
            ended=series.by_label(_ENDED, "finished_reason"),
            counters={
                name: sum(found) for name, names in _COUNTERS.items() if (found := series.counts(series.first(names)))
            },
        ),
        running=series.gauge(_RUNNING),
        waiting=series.gauge(_WAITING),
        kv_usage=series.mean_share(_KV_USAGE),
        started_at=series.gauge(_STARTED),
        models=tuple(sorted({found["model_name"] for found in labels if found.get("model_name")})),
        engines=max(len({found["engine"] for found in labels if found.get("engine")}), 1),
        cache_config=series.labels(_CACHE_CONFIG, _CACHE_LABELS),
    )


def _samples(text: str) -> Iterator[Sample]:
    """The samples that are wanted: others are not even parsed, so that nothing else there can do harm."""
    if len(text) > MOST_CHARACTERS:
        raise _unreadable("/metrics", f"{len(text):,} characters", f"at most {MOST_CHARACTERS:,} characters")
    lines = [line for line in text.split("\n") if _name(line) in _WANTED]
    if len(lines) > MOST_SERIES:
        raise _unreadable("/metrics", f"{len(lines):,} series", f"at most {MOST_SERIES:,} series")
    for line in lines:
        try:
            yield from (sample for family in text_string_to_metric_families(line) for sample in family.samples)
        except (ValueError, IndexError):
            raise _unreadable(_name(line), line[:160], "a line of Prometheus's text format") from None


def _name(line: str) -> str:
    return line.partition("{")[0].partition(" ")[0].strip()


class _Series:
    """Samples by name."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._by_name: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            self._by_name[sample.name].append(sample)

    def items(self) -> Iterable[tuple[str, Sequence[Sample]]]:
        return self._by_name.items()

    def first(self, names: Sequence[str]) -> str:
        """The name among ``names``, newest first, that is exposed."""
        return next((name for name in names if name in self._by_name), names[0])

    def counts(self, name: str) -> list[float]:
        return [_count(sample) for sample in self._by_name.get(name, ())]

    def by_label(self, name: str, label: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for sample in self._by_name.get(name, ()):
            value = sample.labels.get(label, "")[:40]
            found[value] = found.get(value, 0.0) + _count(sample)
        return found

    def histogram(self, names: Sequence[str]) -> BucketCounts | None:
        """A histogram over all engines; ``None``: it is not exposed, or without its last bucket."""
        name = next((name for name in names if f"{name}_bucket" in self._by_name), names[0])
        by_bound: dict[float, float] = {}
        for sample in self._by_name.get(f"{name}_bucket", ()):
            bound = _bound(sample)
            by_bound[bound] = by_bound.get(bound, 0.0) + _count(sample)
        try:
            return BucketCounts.of(by_bound, sum(self.counts(f"{name}_sum")))
        except ValidationError:
            raise _unreadable(name, f"{len(by_bound):,} buckets", "a histogram of at most 500 buckets") from None

    def gauge(self, name: str) -> float | None:
        """The sum of a gauge over the engines; ``None``: it is not exposed, or is no number."""
        values = [sample.value for sample in self._by_name.get(name, ()) if math.isfinite(sample.value)]
        return math.fsum(values) if values else None

    def mean_share(self, names: Sequence[str]) -> float | None:
        values = [v.value for v in self._by_name.get(self.first(names), ()) if math.isfinite(v.value)]
        return min(max(math.fsum(values) / len(values), 0.0), 1.0) if values else None

    def labels(self, name: str, wanted: Sequence[str]) -> dict[str, str]:
        found = self._by_name.get(name)
        return {label: found[0].labels[label][:80] for label in wanted if label in found[0].labels} if found else {}


def _count(sample: Sample) -> float:
    if not (math.isfinite(sample.value) and sample.value >= 0):
        raise _unreadable(sample.name, sample.value, "a finite number, 0 or more")
    return float(sample.value)


def _bound(sample: Sample) -> float:
    text = sample.labels.get("le", "")
    try:
        bound = float(text)
    except ValueError:
        bound = math.nan
    if math.isnan(bound):
        raise _unreadable(sample.name, text[:40], "an upper bound in the label 'le'")
    return bound


def _unreadable(field: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, str(value), allowed)
    return InvalidInputError(f"The replica's metrics cannot be read: {problem}.", (problem,))
