"""How far predictions are off, from measured servers: the bands that every shown estimate carries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from neuralnav.errors import UnavailableError
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Estimate
from neuralnav.models.vocabulary import Source
from neuralnav.performance.efficiencies import Era, era_of
from neuralnav.performance.results import LoadRegime
from neuralnav.resources import resource_dir

UNVALIDATED = "laid around a p95, for which too few measurements exist to check it"


class Metric(StrEnum):
    """What is predicted and measured."""

    TTFT = "ttft"
    ITL = "itl"
    E2E = "e2e"
    THROUGHPUT = "throughput"
    MAX_QPS = "max_qps"


class Band(Frozen):
    """Factors on a prediction between which 90 % of measurements lie."""

    metric: Metric
    era: Era
    generation: str | None
    """The GPU generation; ``None``: any that has no band of its own, none of whose servers were measured."""
    regime: LoadRegime | None
    """How busy the server is; ``None``: any."""
    low: Annotated[float, Field(gt=0, le=1)]
    high: Annotated[float, Field(ge=1, le=100)]
    points: Annotated[int, Field(ge=1)]
    """Measured runs that the factors come from, none of which the prediction had seen."""
    median: Annotated[float, Field(gt=0)]
    """Of measured over predicted."""
    median_error: Annotated[float, Field(ge=0)]
    """Median of the error's size, as a share of the measurement."""


class Calibration(Frozen):
    """The bands that belong to one set of efficiencies."""

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)
    method: str
    source: str
    licence: str
    rows: Annotated[int, Field(ge=1)]
    """Measured runs that were compared."""
    skipped: dict[str, int] = Field(default_factory=dict)
    """Reason to the number of runs that were not compared."""
    bands: tuple[Band, ...]
    note: str

    def band(
        self,
        metric: Metric,
        generation: str | None = None,
        regime: LoadRegime | None = None,
        engine_version: str | None = None,
    ) -> Band:
        """The narrowest class of runs that a prediction belongs to and that has a band."""
        asked = (metric, era_of(engine_version), generation, regime)
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = find_band(self.bands, *asked)
        return found

    @cached_property
    def _reference(self) -> str:
        return f"calibration {self.version}; {self.note}"

    @cached_property
    def _found(self) -> dict[tuple[Metric, Era, str | None, LoadRegime | None], Band]:
        """Bands that were asked for: as many as there are metrics, eras, generations and regimes."""
        return {}

    def estimate(
        self,
        metric: Metric,
        value: float,
        generation: str | None = None,
        regime: LoadRegime | None = None,
        source: Source = Source.SIMULATED,
    ) -> Estimate:
        """``value`` with its 90 % band."""
        band = self.band(metric, generation, regime)
        return Estimate(
            value=value,
            low=value * band.low,
            high=value * band.high,
            source=source,
            reference=self._reference,
        )


def find_band(
    bands: Sequence[Band], metric: Metric, era: Era, generation: str | None, regime: LoadRegime | None
) -> Band:
    """The band of the narrowest class that has one.

    Where an era's TTFT or ITL was not measured, that of its E2E, which holds both; failing that, the metric's widest.
    """
    mine = [band for band in bands if band.metric is metric]
    for wanted in ((era, generation, regime), (era, generation, None), (era, None, regime), (era, None, None)):
        for band in mine:
            if (band.era, band.generation, band.regime) == wanted:
                return band
    if metric in (Metric.TTFT, Metric.ITL) and any((band.metric, band.era) == (Metric.E2E, era) for band in bands):
        return find_band(bands, Metric.E2E, era, generation, regime)
    return max(mine, key=lambda band: band.high / band.low)


def covered(bands: Sequence[Band]) -> frozenset[Metric]:
    """Metrics that have at least one band."""
    return frozenset(band.metric for band in bands)


def read_calibration(path: Path | None = None) -> Calibration:
    """The calibration in ``path``; unset, the one that ships.

    Raises:
        UnavailableError: the file cannot be read, holds something else, or leaves a metric without a band.
    """
    source = path or resource_dir("data") / "calibration.json"
    try:
        calibration = Calibration.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, ValidationError) as error:
        raise UnavailableError(f"The calibration cannot be read from {source}: {error}") from error
    missing = set(Metric) - covered(calibration.bands)
    if missing:
        raise UnavailableError(f"The calibration in {source} has no band for {', '.join(sorted(missing))}.")
    return calibration
