"""Measured figures of a configuration: published runs of the very same model shape, hardware and load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neuralnav.models.benchmark import FIGURE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_names import NamedModel
from neuralnav.models.prediction import LoadKind, MeasuredReference, PredictionRequest
from neuralnav.models.vocabulary import GpuType
from neuralnav.planning.measured_runs import Configuration, MeasuredRuns, counted, newest, of_lengths
from neuralnav.planning.measured_surfaces import TAIL_SPREAD
from neuralnav.services.loads import traffic_shape

MEAN_SPREAD = 0.03
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
    """Measured runs by configuration."""

    def __init__(self, runs: Iterable[Benchmark], reference: ReferenceData) -> None:
        self._runs = MeasuredRuns(runs, reference)

    def find(self, request: PredictionRequest, model: NamedModel, gpu: GpuType) -> MeasuredFigures | None:
        """The figures of runs of just this configuration and load, if there are any.

        Runs were made with a KV cache in the model's format and with limits that they do not name; a request for
        anything else has none. Where the request names no release of vLLM, the newest counts.
        """
        if (request.max_num_seqs, request.max_num_batched_tokens, request.kv_cache_dtype) != (None, None, "auto"):
            return None
        parallelism = (request.tensor_parallel, request.expert_parallel, request.data_parallel)
        alike = self._runs.of(Configuration(model.architecture.name, model.precision, gpu, *parallelism))
        under_load = [run for run in alike if _is_under(run, request)]
        runs = newest(_nearest_lengths(under_load, request), request.engine_version) if under_load else []
        return _measured(runs) if runs else None


def _is_under(run: Benchmark, request: PredictionRequest) -> bool:
    """Whether the run was made under the load that is asked for, whatever the lengths."""
    arrival = (request.arrival or "poisson") if request.load_kind is LoadKind.OPEN_LOOP else None
    wanted = (request.load_kind, request.concurrency, request.qps, arrival, request.prefix_hit_ratio)
    return (run.load, run.concurrency, run.request_rate_rps, run.arrival, run.prefix_hit_ratio) == wanted


def _nearest_lengths(runs: Sequence[Benchmark], request: PredictionRequest) -> list[Benchmark]:
    """The runs of the lengths that are asked for: those of exactly these, or else the nearest that are the same."""
    wanted = (request.prompt_tokens, request.output_tokens)
    same = of_lengths(runs, traffic_shape(request.length_kind, *wanted), SAME_LENGTHS)
    if not same:
        return []
    lengths = {(run.prompt_tokens, run.output_tokens) for run in same}
    nearest = min(lengths, key=lambda pair: (abs(pair[0] - wanted[0]) + abs(pair[1] - wanted[1]), pair))
    return [run for run in same if (run.prompt_tokens, run.output_tokens) == nearest]


def _measured(runs: Sequence[Benchmark]) -> MeasuredFigures:
    first = runs[0]
    figures = {}
    for column, share in REPEATABILITY.items():
        values = [value for run in runs if (value := counted(run, column)) is not None]
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
