"""The published runs as the calibration uses them: which model, format and server each one was.

How the servers were started is not in the table. The runs' public launch scripts (SemiAnalysis InferenceX, formerly
InferenceMAX) say: 0.9 to 0.95 of the memory, prefix caching off or of no use (all prompts distinct), as many sequences
at once as clients, 8,192 tokens a step, and an FP8 KV cache but on H100, where the table itself shows a 16-bit one (28
sequences of 8,294 tokens at once on two GPUs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from neuralnav.calibration.serving_runs import Run
from neuralnav.importers.serving_csv import UNIFORM_SOURCE
from neuralnav.models.benchmark import FIGURE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import LoadKind
from neuralnav.models.specification import LengthDistribution
from neuralnav.models.vocabulary import GpuType
from neuralnav.performance.lengths import UNIFORM_MEAN
from neuralnav.performance.work import Parallelism

UTILISATION = 0.92
"""Between the 0.9 and 0.95 of the launch scripts."""
SIXTEEN_BIT_CACHE = frozenset({GpuType.H100})
LOADS = frozenset({LoadKind.CLOSED_LOOP, LoadKind.STATIC_BATCH})


def comparable_runs(measured: Sequence[Benchmark], reference: ReferenceData) -> tuple[tuple[Run, ...], dict[str, int]]:
    """Runs to fit and to compare with, equal ones averaged, and why others are left out with their number."""
    left_out: dict[str, int] = defaultdict(int)
    alike: dict[tuple[object, ...], list[Benchmark]] = defaultdict(list)
    for run in measured:
        if run.suspect:
            left_out["marked suspect"] += 1
        elif run.load not in LOADS:
            left_out["open loop: lengths and arrivals are not published"] += 1
        else:
            alike[_kind(run)].append(run)
    return tuple(_run(runs, reference) for runs in alike.values()), dict(left_out)


def _kind(run: Benchmark) -> tuple[object, ...]:
    fields = run.model_dump(exclude={*FIGURE_COLUMNS, "licence"})
    return tuple(fields.values())


def _run(runs: Sequence[Benchmark], reference: ReferenceData) -> Run:
    one = runs[0]
    named = find_model(one.model, reference, one.precision)
    gpu = next(gpu for gpu in reference.gpus if gpu.gpu_type is one.gpu_type)
    small_cache = one.source == UNIFORM_SOURCE and one.gpu_type not in SIXTEEN_BIT_CACHE
    return Run(
        model=one.model,
        family=one.model.split("/")[0],
        gpu=gpu,
        architecture=named.architecture,
        precision=named.precision,
        quantization=named.quantization,
        parallelism=Parallelism(one.tensor_parallel, one.expert_parallel, one.data_parallel),
        engine_version=one.engine_version,
        load=one.load,
        prompt=_lengths(one, one.prompt_tokens),
        output=_lengths(one, one.output_tokens),
        concurrency=one.concurrency or 1,
        utilisation=UTILISATION,
        kv_bytes=1.0 if small_cache else 2.0,
        ttft_s=_mean_s(run.ttft_mean_ms for run in runs),
        itl_s=_mean_s(run.itl_mean_ms for run in runs),
        e2e_s=_mean_s(run.e2e_mean_ms for run in runs),
        weight=len(runs),
    )


def _lengths(run: Benchmark, nominal: float) -> LengthDistribution:
    if run.length_kind == "fixed":
        return LengthDistribution(kind="fixed", mean=nominal, p95=nominal)
    return LengthDistribution(kind="uniform_0.8_1.0", mean=nominal * UNIFORM_MEAN, p95=nominal)


def _mean_s(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) / 1e3 if known else None
