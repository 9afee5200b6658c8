"""Predictions as the faces give them: names resolved, the engine simulated, what was measured put first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.benchmark import METRICS, PERCENTILES, RATE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import (
    FigureSources,
    Latency,
    LoadKind,
    PredictionAnswer,
    PredictionRequest,
)
from neuralnav.models.vocabulary import Source
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape
from neuralnav.performance.calibration import Calibration, read_calibration
from neuralnav.performance.efficiencies import Efficiencies, era_of
from neuralnav.performance.prediction import ClosedLoop, Load, OpenLoop, StaticBatch, predict
from neuralnav.services.answers import engine_facts, shortened, simulated_figures
from neuralnav.services.engines import EngineCatalogue, configure, context_for
from neuralnav.services.loads import longest_request, traffic_shape
from neuralnav.services.measurements import Measured, MeasuredFigures, Measurements
from neuralnav.services.prediction_inputs import read_inputs

OLD_ENGINE_NOTE = "measured with a vLLM of 2024, which was slower than today's; simulated figures are today's"

STATISTICS = ("mean", *PERCENTILES)
BANDS = MappingProxyType({"mean": ("low", "high"), "p95": ("p95_low", "p95_high")})
"""The fields that hold the bands of a latency's figures."""


class PredictionService:
    """Predictions over one set of reference data, measured runs and calibration."""

    def __init__(
        self,
        reference: ReferenceData,
        measurements: Measurements,
        calibration: Calibration,
        efficiencies: Efficiencies | None = None,
    ) -> None:
        self._catalogue = EngineCatalogue(reference)
        self._measurements = measurements
        self._calibration = calibration
        self._efficiencies = efficiencies

    def predict(self, request: PredictionRequest, *, measured: bool = True) -> PredictionAnswer:
        """What the engine of ``request`` makes of its load; with ``measured``, stored measurements come first.

        Raises:
            NotFoundError: no model or GPU is called so.
            InvalidInputError: the number format, the parallelism, the lengths or the rate cannot be.
        """
        lengths = (request.length_kind, request.prompt_tokens, request.output_tokens)
        names = self._catalogue.resolve(request)
        context = context_for(request, names, longest_request(*lengths))
        shape = RequestShape((traffic_shape(*lengths),), context, request.prefix_hit_ratio)
        configured = configure(request, names, context, self._efficiencies)
        facts = engine_facts(request, configured, self._calibration)
        if configured.reason is not None:
            return PredictionAnswer(**facts)
        prediction = predict(configured.engine, shape, _load(request), request.seed)
        answer = PredictionAnswer(
            **facts,
            **simulated_figures(prediction.results, prediction.regime, configured, self._calibration),
            saturated=prediction.saturated,
            sources=FigureSources(),
        )
        found = self._measurements.find(request, configured.model, configured.gpu.gpu_type) if measured else None
        return measured_first(answer, found) if found else answer


def measured_first(answer: PredictionAnswer, found: MeasuredFigures) -> PredictionAnswer:
    """``answer`` with measured figures in place of simulated ones; what was not measured stays simulated."""
    figures = found.figures
    latencies = {f"{metric}_ms": _overlaid(getattr(answer, f"{metric}_ms"), metric, figures) for metric in METRICS}
    rates = {name: shortened(figures[name].value) for name in RATE_COLUMNS if name in figures}
    sources = FigureSources.model_validate(
        {
            f"{metric}_ms": {statistic: _source(f"{metric}_{statistic}_ms", figures) for statistic in STATISTICS}
            for metric in METRICS
        }
        | {name: _source(name, figures) for name in RATE_COLUMNS}
    )
    old = era_of(found.reference.engine_version) != era_of(answer.engine_version)
    said = {"source": Source.MEASURED, "sources": sources, "measured": found.reference}
    notes = (*answer.notes, OLD_ENGINE_NOTE) if old else answer.notes
    return answer.model_copy(update={**said, "notes": notes, **latencies, **rates})


def predict_from(
    inputs: PredictionRequest | Mapping[str, Any] | None = None, /, *, no_measured: bool = False, **fields: Any
) -> PredictionAnswer:
    """What vLLM makes of a load, from the data that ships.

    ``neuralnav.predict(model="llama-3.1-8b", gpu="H100", prompt_tokens=512, output_tokens=256, qps=4)``; ``inputs`` is
    a request or a mapping with its fields, which ``fields`` replace or complete; ``no_measured`` leaves stored
    measurements out.

    Raises:
        InvalidInputError: a field is missing, unknown or out of range.
        NotFoundError: no model or GPU is called so; the error offers close names.
    """
    given = inputs.model_dump(exclude_unset=True) if isinstance(inputs, PredictionRequest) else dict(inputs or {})
    request = read_inputs(PredictionRequest, given | fields)
    return shipped_predictions().predict(request, measured=not no_measured)


@lru_cache(maxsize=1)
def shipped_predictions() -> PredictionService:
    """Predictions from the data that ships, read once."""
    return predictions_over(read_seeds(), read_measured_runs())


def predictions_over(reference: ReferenceData, benchmarks: Iterable[Benchmark]) -> PredictionService:
    """Predictions from these models, GPUs and measured runs, with the calibration that ships."""
    return PredictionService(reference, Measurements(benchmarks, reference), read_calibration())


def _load(request: PredictionRequest) -> Load:
    if request.qps is not None:
        return OpenLoop(request.qps, ArrivalProcess(request.arrival or "poisson"))
    at_once = request.concurrency or 1
    return ClosedLoop(at_once) if request.load_kind is LoadKind.CLOSED_LOOP else StaticBatch(at_once)


def _overlaid(simulated: Latency | None, metric: str, figures: Mapping[str, Measured]) -> Latency | None:
    changes: dict[str, float] = {}
    for statistic in STATISTICS:
        figure = figures.get(f"{metric}_{statistic}_ms")
        if figure is not None:
            changes[statistic] = figure.value
            if statistic in BANDS:
                low, high = BANDS[statistic]
                changes |= {low: figure.low, high: figure.high}
    short = {name: shortened(value) for name, value in changes.items()}
    return simulated.model_copy(update=short) if simulated else None


def _source(column: str, figures: Mapping[str, Measured]) -> Source:
    return Source.MEASURED if column in figures else Source.SIMULATED
