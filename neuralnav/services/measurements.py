"""Measured figures of a configuration: published runs of the very same model shape, hardware and load."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neuralnav.errors import NotFoundError
from neuralnav.knowledge.measured import MeasuredRun
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_names import NamedModel
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import LoadKind, MeasuredReference, PredictionRequest
from neuralnav.models.vocabulary import GpuType

REPEATABILITY = {
    "ttft_mean_ms": 0.08,
    "itl_mean_ms": 0.03,
    "e2e_mean_ms": 0.03,
    "e2e_p95_ms": 0.08,
    "throughput_rps": 0.03,
    "output_tokens_per_s": 0.03,
}
"""How far a figure of one run is from the next. Where the shipped file holds two or three runs of a configuration, with
the same vLLM and by the same source, 90 % of these runs have a mean TTFT within 7.8 % of the runs' mean and a mean ITL
within 3.2 %. E2E and throughput are mostly ITL; a p95 varies as TTFT does."""

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

    def __init__(self, runs: Iterable[MeasuredRun], reference: ReferenceData) -> None:
        models: dict[tuple[str, object], NamedModel | None] = {}
        self._runs: defaultdict[Key, list[MeasuredRun]] = defaultdict(list)
        for run in runs:
            named = (run.model, run.precision)
            if named not in models:
                models[named] = _model(run, reference)
            model = models[named]
            if model is not None and run.suspect is None:
                self._runs[_key_of_run(run, model)].append(run)

    def find(self, request: PredictionRequest, model: NamedModel, gpu: GpuType) -> MeasuredFigures | None:
        """The figures of runs of just this configuration, if there are any.

        Runs were made with prompts of their own, with a KV cache in the model's format and with limits that they do not
        name; a request for anything else has none. Where the request names no release of vLLM, the newest counts.
        """
        settings = (request.max_num_seqs, request.max_num_batched_tokens, request.kv_cache_dtype)
        if request.prefix_hit_ratio or settings != (None, None, "auto"):
            return None
        if request.load_kind is LoadKind.OPEN_LOOP and request.arrival not in (None, "poisson"):
            return None
        runs = _of_version(self._runs.get(_key_of_request(request, model, gpu), []), request.engine_version)
        return _figures(_distinct(runs)) if runs else None


def _model(run: MeasuredRun, reference: ReferenceData) -> NamedModel | None:
    try:
        return find_model(run.model, reference, run.precision)
    except NotFoundError:
        return None


def _key_of_run(run: MeasuredRun, model: NamedModel) -> Key:
    parallelism = (run.tensor_parallel, run.expert_parallel, run.data_parallel)
    load = (run.load, run.concurrency, run.request_rate_rps)
    lengths = (run.length_kind, run.prompt_tokens, run.output_tokens)
    return (model.architecture.name, run.precision, run.gpu, *parallelism, *load, *lengths)


def _key_of_request(request: PredictionRequest, model: NamedModel, gpu: GpuType) -> Key:
    parallelism = (request.tensor_parallel, request.expert_parallel, request.data_parallel)
    load = (request.load_kind, request.concurrency, request.qps)
    lengths = (request.length_kind, request.prompt_tokens, request.output_tokens)
    return (model.architecture.name, model.precision, gpu, *parallelism, *load, *lengths)


def _of_version(runs: Sequence[MeasuredRun], wanted: str | None) -> list[MeasuredRun]:
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


def _distinct(runs: Sequence[MeasuredRun]) -> list[MeasuredRun]:
    """Each run once, however often it was published."""
    figures = {tuple(getattr(run, column) for column in REPEATABILITY): run for run in runs}
    return list(figures.values())


def _figures(runs: Sequence[MeasuredRun]) -> MeasuredFigures:
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
        licence=first.license,
        model=first.model,
        engine_version=first.engine_version,
        runs=len(runs),
    )
    return MeasuredFigures(figures, reference)
