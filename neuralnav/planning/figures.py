"""The planner's own figures, read from ``data/planning.json`` and checked: each stands there with its reason."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from neuralnav.errors import UnavailableError
from neuralnav.models.base import Frozen, Ratio
from neuralnav.models.catalog import QualityScore
from neuralnav.models.problems import invalid_input
from neuralnav.models.vocabulary import Precision, Quality, UseCase
from neuralnav.resources import resource_dir

PlainScore = Annotated[float, Field(ge=0, le=100)]


class ReferenceCosts(Frozen):
    """What a million tokens may cost for a price score of 50, US dollars."""

    note: str
    least_hourly_usd: Annotated[float, Field(gt=0, le=1000)]
    """The reference of loads whose tokens would be worth less."""
    values: dict[UseCase, Annotated[float, Field(gt=0, le=1000)]]


class AccuracyKept(Frozen):
    """Share of a benchmark score that is left in a precision."""

    note: str
    values: dict[Precision, Ratio]


class ReasoningKept(Frozen):
    """Share of a benchmark score that is left where a model may not think at length before it answers."""

    note: str
    benchmarks: dict[str, Ratio]

    def share(self, score: QualityScore) -> float:
        """What of a score counts: all of it, unless it was reached by thinking at length."""
        return self.benchmarks.get(score.benchmark, 1.0) if score.mode == "reasoning" else 1.0


class SizeLine(Frozen):
    """A score that grows with the logarithm of the parameters."""

    at_one_billion: Annotated[float, Field(ge=-100, le=100)]
    per_doubling: Annotated[float, Field(ge=0, le=50)]


class UnratedScores(Frozen):
    """Estimates for benchmarks that a model was not measured on."""

    note: str
    benchmarks: dict[str, SizeLine]

    def estimate(self, benchmark: str, size: float) -> float:
        """The score that a model of ``size`` (billions of parameters) is taken to reach; 0 without a line for it."""
        line = self.benchmarks.get(benchmark)
        return max(line.at_one_billion + line.per_doubling * math.log2(size), 0.0) if line else 0.0


class QualityTiers(Frozen):
    """Least accuracy score of the tiers above ``standard``."""

    note: str
    values: dict[UseCase, dict[Quality, PlainScore]]


class PlanningFigures(Frozen):
    """Everything that the planner weighs with and that is neither fact nor measurement."""

    licence: str
    as_of: str
    source: str
    reference_cost_usd_per_million_tokens: ReferenceCosts
    accuracy_kept: AccuracyKept
    reasoning_kept: ReasoningKept
    unrated_scores: UnratedScores
    quality_tiers: QualityTiers


def read_figures(path: Path | None = None) -> PlanningFigures:
    """The figures of ``path``; unset: the ones that ship.

    Raises:
        UnavailableError: the file cannot be read.
        InvalidInputError: a figure is missing or out of range.
    """
    source = path or resource_dir("data") / "planning.json"
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
        return PlanningFigures.model_validate(document)
    except (OSError, json.JSONDecodeError) as error:
        raise UnavailableError(f"The planner's figures cannot be read from {source}: {error}") from error
    except ValidationError as error:
        raise invalid_input(error, "planner's figures") from None
