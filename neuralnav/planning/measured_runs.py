"""Which measured runs count, and for what: one rule for predictions, plans and explanations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from types import MappingProxyType
from typing import NamedTuple

from neuralnav.errors import NotFoundError
from neuralnav.models.benchmark import FIGURE_COLUMNS, Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_search import find_model
from neuralnav.models.prediction import LoadKind
from neuralnav.models.specification import TAIL_OVER_MEAN, LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import GpuType, Precision

MOST_ERRORS = 0.01
"""Runs in which more than this share of the requests failed say nothing: the rest had an easier load than it seems."""
FEWEST_REQUESTS = MappingProxyType({"p90": 50, "p95": 100, "p99": 500})
"""Requests behind a percentile: at least five beyond it. Means, medians and rates need ``FEW_REQUESTS``."""
FEW_REQUESTS = 10
"""Also what a run that does not tell its requests is taken to have: published means rarely come with a count."""
NEAR_TAIL = 0.05
"""How far the p95 over the mean of a plan's lognormal lengths may be from that of measured ones."""


class Configuration(NamedTuple):
    """What runs are of: a model's shape on its GPUs."""

    architecture: str
    precision: Precision
    gpu_type: GpuType
    tensor_parallel: int
    expert_parallel: int = 1
    data_parallel: int = 1


class MeasuredRuns:
    """The runs that count, by configuration and each once; models that nobody knows are left out."""

    def __init__(self, runs: Iterable[Benchmark], reference: ReferenceData) -> None:
        usable = [run for run in runs if _counts(run)]
        names = _architecture_names(usable, reference)
        found: defaultdict[Configuration, dict[object, Benchmark]] = defaultdict(dict)
        for run in usable:
            if (run.model, run.precision) in names:
                parallelism = (run.tensor_parallel, run.expert_parallel, run.data_parallel)
                name = names[run.model, run.precision]
                configuration = Configuration(name, run.precision, run.gpu_type, *parallelism)
                found[configuration].setdefault((load_of(run), _plain(run.engine_version), _figures(run)), run)
        self._runs = {configuration: tuple(runs.values()) for configuration, runs in found.items()}

    @property
    def configurations(self) -> Set[Configuration]:
        """What was measured."""
        return self._runs.keys()

    def of(self, configuration: Configuration) -> tuple[Benchmark, ...]:
        """The runs of a configuration."""
        return self._runs.get(configuration, ())


def counted(run: Benchmark, column: str) -> float | None:
    """A figure of a run; ``None`` where it has none, or too few requests stand behind it.

    A static batch has as many requests as it is large, and each run of it meets the same ones.
    """
    value: float | None = getattr(run, column)
    if run.load is LoadKind.STATIC_BATCH:
        return value
    statistic = column.split("_")[1]
    requests = FEW_REQUESTS if run.requests is None else run.requests
    return value if requests >= FEWEST_REQUESTS.get(statistic, FEW_REQUESTS) else None


def load_of(run: Benchmark) -> tuple[object, ...]:
    """What a run was measured under: its load and its requests."""
    load = (run.load, run.concurrency, run.request_rate_rps, run.arrival)
    return (*load, run.length_kind, run.prompt_tokens, run.output_tokens, run.prefix_hit_ratio)


def of_lengths(runs: Iterable[Benchmark], wanted: TrafficShape, share: float) -> list[Benchmark]:
    """The runs of the wanted kind of lengths whose means are within ``share`` of the wanted ones.

    Runs tell the mean of lognormal lengths alone; their p95 is taken to be what it is where only a mean is given.
    """
    prompt, output = wanted.prompt_tokens, wanted.output_tokens
    if not (_usual_tail(prompt) and _usual_tail(output)):
        return []
    return [
        run
        for run in runs
        if run.length_kind == prompt.kind == output.kind
        and _within(run.mean_prompt_tokens, prompt.mean, share)
        and _within(run.mean_output_tokens, output.mean, share)
    ]


def newest(runs: Sequence[Benchmark], wanted: str | None = None) -> list[Benchmark]:
    """The runs of the release of vLLM that is wanted, or else of the newest that there are runs of."""
    if not runs:
        return []
    version = wanted if wanted is not None else max((run.engine_version for run in runs), key=_release)
    return [run for run in runs if _plain(run.engine_version) == _plain(version)]


def _counts(run: Benchmark) -> bool:
    """Whether a run can be trusted at all, and any figure of it counts."""
    return run.suspect is None and _mostly_finished(run) and any(figure is not None for figure in _figures(run))


def _mostly_finished(run: Benchmark) -> bool:
    """Whether hardly any request failed; of runs that do not tell, none is taken to have."""
    if not run.errors:
        return True
    return run.requests is not None and run.errors <= MOST_ERRORS * (run.requests + run.errors)


def _figures(run: Benchmark) -> tuple[float | None, ...]:
    return tuple(counted(run, column) for column in FIGURE_COLUMNS)


def _usual_tail(lengths: LengthDistribution) -> bool:
    usual = TAIL_OVER_MEAN["lognormal"]
    return lengths.kind != "lognormal" or _within(lengths.p95 / lengths.mean, usual, NEAR_TAIL)


def _within(value: float, wanted: float, share: float) -> bool:
    """Whether ``value`` is no further from ``wanted`` than this share of it."""
    return abs(value - wanted) <= share * wanted


def _architecture_names(runs: Iterable[Benchmark], reference: ReferenceData) -> dict[tuple[str, Precision], str]:
    """What shape each measured model is, by its id and precision; models that nobody knows are left out."""
    names = {}
    for model, precision in {(run.model, run.precision) for run in runs}:
        try:
            names[model, precision] = find_model(model, reference, precision).architecture.name
        except NotFoundError:
            continue
    return names


def _release(version: str | None) -> tuple[int, ...]:
    """Releases by number; before them builds without one, and years, which only old engines have."""
    plain = _plain(version)
    if re.fullmatch(r"\d+(\.\d+)+", plain):
        return (2, *map(int, plain.split(".")))
    return (0,) if plain.isdigit() else (1,)


def _plain(version: str | None) -> str:
    return (version or "").lower().removeprefix("v")
