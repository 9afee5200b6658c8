"""How far predictions are off, from measured servers: the bands that every shown estimate carries."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from neuralnav.errors import UnavailableError
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Estimate
from neuralnav.models.vocabulary import Source
from neuralnav.resources import resource_dir


class Metric(StrEnum):
    """What is predicted and measured."""

    TTFT = "ttft"
    ITL = "itl"
    E2E = "e2e"
    MAX_QPS = "max_qps"


class Residuals(Frozen):
    """Measured over predicted on the rows that were compared."""

    low: Annotated[float, Field(gt=0, le=1)]
    """The factor on a prediction that 5 % of the measurements are below."""
    high: Annotated[float, Field(ge=1, le=100)]
    """The factor on a prediction that 5 % of the measurements are above."""
    median: Annotated[float, Field(gt=0)]
    median_absolute_error: Annotated[float, Field(ge=0)]
    """Median of the error's size, as a share of the measurement."""


class Calibration(Frozen):
    """One comparison of the model with measurements."""

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)
    method: str
    source: str
    licence: str
    rows: Annotated[int, Field(ge=1)]
    skipped: dict[str, int] = Field(default_factory=dict)
    """Reason to the number of rows that were not compared."""
    bands: dict[Metric, Residuals]
    note: str

    def estimate(self, metric: Metric, value: float) -> Estimate:
        """``value`` with its 90 % band."""
        band = self.bands[metric]
        return Estimate(
            value=value,
            low=value * band.low,
            high=value * band.high,
            source=Source.SIMULATED,
            reference=f"calibration {self.version}; {self.note}",
        )


def read_calibration(path: Path | None = None) -> Calibration:
    """The calibration in ``path``; unset, the one that ships.

    Raises:
        UnavailableError: the file cannot be read or holds something else.
    """
    source = path or resource_dir("data") / "calibration.json"
    try:
        return Calibration.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, ValidationError) as error:
        raise UnavailableError(f"The calibration cannot be read from {source}: {error}") from error
