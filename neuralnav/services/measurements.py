"""Measured figures of a configuration: published runs of the very same model shape, hardware and load."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neuralnav.models.benchmark import FIGURE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_names import NamedModel
from neuralnav.models.prediction import LoadKind, MeasuredReference, PredictionRequest
from neuralnav.models.vocabulary import GpuType
from neuralnav.planning.measured_loads import architecture_names, within

MEAN_SPREAD, TAIL_SPREAD = 0.03, 0.08
REPEATABILITY = {
    column: TAIL_SPREAD if column.startswith("ttft") or column.endswith(("p90_ms", "p95_ms", "p99_ms")) else MEAN_SPREAD
    for column in FIGURE_COLUMNS
}
"""How far a figure of one run is from the next. Where the shipped file holds two or three runs of a configuration, with
the same vLLM and by the same source, 90 % of these runs have a mean TTFT within 7.8 % of the runs' mean and a mean ITL
within 3.2 %. E2E and throughput are mostly ITL; a p95 varies as TTFT does."""
SAME_LENGTHS = 0.01
"""Load generators draw lengths and count tokens in their own ways: 511.6 measured tokens are the 512 that were asked
for. Figures of such a run differ from those of the exact lengths by less than from one run to the next."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class Measured:
    """A measured figure and its 90 % band: the runs' spread, but at least what runs vary by (``REPEATABILITY``)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MeasuredFigures:
    """What the runs of one configuration hold, by column; means over the runs."""

    figures: dict[str, Measured]
    reference: MeasuredReference


class Measurements:
    """Measured runs by configuration; runs that are ``suspect`` or name a model that nobody knows are left out."""

    def __init__(self, runs: Iterable[Benchmark], reference: ReferenceData) -> None:
        usable = [run for run in runs if run.suspect is None]
        names = architecture_names(usable, reference)
        self._runs: defaultdict[Key, list[Benchmark]] = defaultdict(list)
        for run in usable:
            if (run.model, run.precision) in names:
                self._runs[_key_of_run(run, names[run.model, run.precision])].append(run)

    def find(self, request: PredictionRequest, model: NamedModel, gpu: GpuType) -> MeasuredFigures | None:
        """The figures of runs of just this configuration, if there are any.

        Runs were made with a KV cache in the model's format and with limits that they do not name; a request for
        anything else has none. Where the request names no release of vLLM, the newest counts.
        """
        if (request.max_num_seqs, request.max_num_batched_tokens, request.kv_cache_dtype) != (None, None, "auto"):
            return None
        alike = self._runs.get(_key_of_request(request, model, gpu), [])
        runs = _of_version(_of_lengths(alike, request), request.engine_version)
        return _figures(_distinct(runs)) if runs else None


def _key_of_run(run: Benchmark, architecture: str) -> Key:
    parallelism = (run.tensor_parallel, run.expert_parallel, run.data_parallel)
    load = (run.load, run.concurrency, run.request_rate_rps, run.arrival)
    return (architecture, run.precision, run.gpu_type, *parallelism, *load, run.length_kind, run.prefix_hit_ratio)


def _key_of_request(request: PredictionRequest, model: NamedModel, gpu: GpuType) -> Key:
    parallelism = (request.tensor_parallel, request.expert_parallel, request.data_parallel)
    arrival = (request.arrival or "poisson") if request.load_kind is LoadKind.OPEN_LOOP else None
    load = (request.load_kind, request.concurrency, request.qps, arrival)
    shape = (request.length_kind, request.prefix_hit_ratio)
    return (model.architecture.name, model.precision, gpu, *parallelism, *load, *shape)


def _of_lengths(runs: Sequence[Benchmark], request: PredictionRequest) -> list[Benchmark]:
    """The runs of the lengths that are asked for: those of exactly these, or else the nearest that are the same."""
    wanted = (request.prompt_tokens, request.output_tokens)
    lengths = {(run.prompt_tokens, run.output_tokens) for run in runs}
    same = [pair for pair in lengths if all(map(within, pair, wanted, (SAME_LENGTHS, SAME_LENGTHS)))]
    if not same:
        return []
    nearest = min(same, key=lambda pair: (abs(pair[0] - wanted[0]) + abs(pair[1] - wanted[1]), pair))
    return [run for run in runs if (run.prompt_tokens, run.output_tokens) == nearest]


def _of_version(runs: Sequence[Benchmark], wanted: str | None) -> list[Benchmark]:
    """The runs of the release that is asked for, or else of the newest."""
    if not runs:
        return []
    version = wanted if wanted is not None else max((run.engine_version for run in runs), key=_release)
    return [run for run in runs if _plain(run.engine_version) == _plain(version)]


def _release(version: str | None) -> tuple[int, ...]:
    """Releases by number; before them builds without one, and years, which only old engines have."""
    plain = _plain(version)
    if re.fullmatch(r"\d+(\.\d+)+", plain):
        return (2, *map(int, plain.split(".")))
    return (0,) if plain.isdigit() else (1,)


def _plain(version: str | None) -> str:
    return (version or "").lower().removeprefix("v")


def _distinct(runs: Sequence[Benchmark]) -> list[Benchmark]:
    """Each run once, however often it was published."""
    figures = {tuple(getattr(run, column) for column in REPEATABILITY): run for run in runs}
    return list(figures.values())


def _figures(runs: Sequence[Benchmark]) -> MeasuredFigures:
    first = runs[0]
    figures = {}
    for column, share in REPEATABILITY.items():
        values = [value for run in runs if (value := getattr(run, column)) is not None]
        if values:
            mean = sum(values) / len(values)
            low, high = min(*values, mean * (1 - share)), max(*values, mean * (1 + share))
            figures[column] = Measured(mean, low, high)
    reference = MeasuredReference(
        source=first.source,
        licence=first.licence,
        model=first.model,
        engine_version=first.engine_version,
        runs=len(runs),
    )
    return MeasuredFigures(figures, reference)
