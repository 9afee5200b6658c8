"""Measured runs of an option's very own configuration, each beside what is predicted for that run's own load."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from neuralnav.errors import InvalidInputError
from neuralnav.models.benchmark import FIGURE_COLUMNS, RATE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.figures import figure, plural
from neuralnav.models.plan import Recommendation
from neuralnav.models.prediction import LoadKind, PredictionAnswer, PredictionRequest
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.trace import ComparedFigure, MeasuredRun, SourceKind, TraceSource
from neuralnav.performance.calibration import Calibration
from neuralnav.performance.efficiencies import era_of
from neuralnav.planning.measured_runs import Configuration, MeasuredRuns, counted, load_of, newest
from neuralnav.services.measurements import Measurements
from neuralnav.services.prediction import PredictionService
from neuralnav.services.prediction_inputs import read_inputs

MOST_RUNS = 10
"""More are counted, and not shown."""


def runs_of(option: Recommendation, benchmarks: Sequence[Benchmark], reference: ReferenceData) -> tuple[Benchmark, ...]:
    """The runs of the option's model shape, precision, GPU and tensor parallelism; under each load the newest ones."""
    shapes = {model.model_id: model.architecture for model in reference.models}
    architecture = shapes.get(option.model)
    if architecture is None:
        return ()
    configuration = Configuration(architecture, option.precision, option.gpu_type, option.tensor_parallel)
    by_load: defaultdict[object, list[Benchmark]] = defaultdict(list)
    for run in MeasuredRuns(benchmarks, reference).of(configuration):
        by_load[load_of(run)].append(run)
    return tuple(chain.from_iterable(map(newest, by_load.values())))


def nearest(
    runs: Sequence[Benchmark], option: Recommendation, specification: DeploymentSpecification
) -> tuple[Benchmark, ...]:
    """Those runs that are nearest to what one replica of the option gets: today's vLLM first, then lengths and load."""
    traffic = specification.traffic
    share_qps = traffic.peak_qps / option.replicas
    in_flight = max(share_qps * option.predicted.e2e_p95_ms.value / 1e3, 1.0)

    def distance(run: Benchmark) -> tuple[bool, float, str]:
        load = (
            _apart(run.request_rate_rps or share_qps, share_qps)
            if run.load is LoadKind.OPEN_LOOP
            else _apart(run.concurrency or 1, in_flight)
        )
        lengths = _apart(run.mean_prompt_tokens, traffic.prompt_tokens.mean) + _apart(
            run.mean_output_tokens, traffic.output_tokens.mean
        )
        return era_of(run.engine_version) != era_of(None), lengths + load, run.id

    return tuple(sorted(runs, key=distance)[:MOST_RUNS])


def beside_predictions(
    runs: Sequence[Benchmark], reference: ReferenceData, calibration: Calibration
) -> tuple[MeasuredRun, ...]:
    """Each run's figures beside what is predicted for the run's own load."""
    predictions = PredictionService(reference, Measurements((), reference), calibration)
    return tuple(_beside_prediction(run, predictions) for run in runs)


def _apart(value: float, wanted: float) -> float:
    """How many times one is the other, as a logarithm."""
    return abs(math.log(value / wanted))


def _beside_prediction(run: Benchmark, predictions: PredictionService) -> MeasuredRun:
    answer, note = _predict(run, predictions)
    tool = " ".join(filter(None, (run.tool and run.tool.value, run.tool_version)))
    return MeasuredRun(
        model=run.model,
        precision=run.precision,
        gpu_type=run.gpu_type,
        tensor_parallel=run.tensor_parallel,
        engine_version=run.engine_version,
        load=_load(run),
        prompt_tokens=run.mean_prompt_tokens,
        output_tokens=run.mean_output_tokens,
        figures=tuple(
            ComparedFigure(
                name=column,
                unit=_unit(column),
                measured=measured,
                predicted=_predicted(answer, column) if answer else None,
            )
            for column in FIGURE_COLUMNS
            if (measured := counted(run, column)) is not None
        ),
        source=TraceSource(
            kind=SourceKind.DATA,
            where=f"table model_benchmarks, row {run.id}",
            source=f"{run.source}, with {tool}" if tool else run.source,
            licence=run.licence,
            as_of=run.measured_on.isoformat() if run.measured_on else None,
        ),
        note=note,
    )


def _predict(run: Benchmark, predictions: PredictionService) -> tuple[PredictionAnswer | None, str | None]:
    """What is predicted for a run's load, or why nothing can be."""
    try:
        answer = predictions.predict(_request(run), measured=False)
    except InvalidInputError as error:
        return None, error.detail
    return (answer, None) if answer.fits else (None, f"It does not fit as it is modelled: {answer.reason}.")


def _request(run: Benchmark) -> PredictionRequest:
    """The load of a run, as something to predict."""
    given = {
        "model": run.model,
        "gpu": run.gpu_type.value,
        "tensor_parallel": run.tensor_parallel,
        "precision": run.precision.value,
        "engine_version": run.engine_version,
        "prefix_hit_ratio": run.prefix_hit_ratio,
        "prompt_tokens": run.prompt_tokens,
        "output_tokens": run.output_tokens,
        "length_kind": run.length_kind,
        "qps": run.request_rate_rps,
        "arrival": run.arrival,
        "concurrency": run.concurrency,
        "load": run.load.value,
    }
    return read_inputs(PredictionRequest, {name: value for name, value in given.items() if value is not None})


def _predicted(answer: PredictionAnswer, column: str) -> float:
    if column in RATE_COLUMNS:
        return float(getattr(answer, column))
    metric, statistic, _ = column.split("_")
    return float(getattr(getattr(answer, f"{metric}_ms"), statistic))


def _unit(column: str) -> str:
    units = {"throughput_rps": "requests/s", "output_tokens_per_s": "tokens/s"}
    return units.get(column, "ms")


def _load(run: Benchmark) -> str:
    if run.load is LoadKind.OPEN_LOOP:
        return f"{figure(run.request_rate_rps or 0)} requests/s, {run.arrival}"
    if run.load is LoadKind.CLOSED_LOOP:
        return plural(run.concurrency or 0, "client")
    return f"{plural(run.concurrency or 0, 'request')} at once"
