"""Measured runs by what they ran: those of a configuration, and those near a shape of requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from neuralnav.errors import NotFoundError
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import LoadKind
from neuralnav.models.vocabulary import GpuType, Precision

NEAR = 0.05
"""Lengths within this share of others are near them."""

Key = tuple[str, Precision, GpuType, int]


def architecture_names(benchmarks: Iterable[Benchmark], reference: ReferenceData) -> dict[tuple[str, Precision], str]:
    """What shape each measured model is, by its id and precision; models that nobody knows are left out."""
    names = {}
    for model, precision in {(benchmark.model, benchmark.precision) for benchmark in benchmarks}:
        try:
            names[model, precision] = find_model(model, reference, precision).architecture.name
        except NotFoundError:
            continue
    return names


def within(value: float, wanted: float, share: float) -> bool:
    """Whether ``value`` is no further from ``wanted`` than this share of it."""
    return abs(value - wanted) <= share * wanted


class MeasuredLoads:
    """Open-loop runs that measured p95s, by architecture, precision, GPU and tensor-parallel degree."""

    def __init__(self, benchmarks: Iterable[Benchmark], reference: ReferenceData) -> None:
        usable = [run for run in benchmarks if _measured_p95s(run)]
        names = architecture_names(usable, reference)
        self._runs: defaultdict[Key, list[Benchmark]] = defaultdict(list)
        for run in usable:
            if (run.model, run.precision) in names:
                name = names[run.model, run.precision]
                self._runs[name, run.precision, run.gpu_type, run.tensor_parallel].append(run)

    @property
    def configurations(self) -> frozenset[Key]:
        """What was measured: architecture, precision, GPU and tensor-parallel degree."""
        return frozenset(self._runs)

    def near(
        self,
        architecture: str,
        precision: Precision,
        gpu_type: GpuType,
        tensor_parallel: int,
        prompt_tokens: float,
        output_tokens: float,
    ) -> tuple[Benchmark, ...]:
        """The runs of this configuration whose mean lengths are within 5 % of these, by rate; mostly none."""
        runs = self._runs.get((architecture, precision, gpu_type, tensor_parallel), [])
        return tuple(
            sorted(
                (
                    run
                    for run in runs
                    if within(run.mean_prompt_tokens, prompt_tokens, NEAR)
                    and within(run.mean_output_tokens, output_tokens, NEAR)
                ),
                key=lambda run: run.request_rate_rps or 0,
            )
        )


def _measured_p95s(run: Benchmark) -> bool:
    """Whether a run is of a single engine under Poisson arrivals without a warm prefix cache, with a p95."""
    plain = run.load is LoadKind.OPEN_LOOP and run.arrival == "poisson" and run.prefix_hit_ratio == 0
    alone = run.expert_parallel == run.data_parallel == 1
    p95s = (run.ttft_p95_ms, run.itl_p95_ms, run.e2e_p95_ms)
    return plain and alone and run.suspect is None and any(p95 is not None for p95 in p95s)
