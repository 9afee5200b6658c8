"""Configurations that have proved themselves, kept for the next one with the same need."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from neuralnav.models.base import GpuCount, ModelId, Number, TensorParallel
from neuralnav.models.provenance import Sourced
from neuralnav.models.vocabulary import GpuType, Precision, UseCase

PeakRequestsPerSecond = Annotated[Number, Field(ge=0, le=1_000_000)]
TemplateName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$")]
"""Lower-case words joined by ``-``."""


class DeploymentTemplate(Sourced):
    """What to deploy for a use case at a scale: a starting point, which a plan checks again before it offers it."""

    name: TemplateName
    use_case: UseCase
    min_peak_qps: PeakRequestsPerSecond
    """The smallest peak, in requests/s, that it is meant for."""
    max_peak_qps: PeakRequestsPerSecond
    """Peaks from here on are too large for it."""
    model: ModelId
    """A model of the catalogue."""
    precision: Precision
    """As served: FP8 of a 16-bit checkpoint is made while vLLM loads it."""
    gpu_type: GpuType
    tensor_parallel: TensorParallel
    replicas: GpuCount | None = None
    """``None``: as many as the load needs."""
    kept_by: str = Field(min_length=1, max_length=200)
    """Who kept it."""

    @model_validator(mode="after")
    def _range_is_whole(self) -> Self:
        if self.min_peak_qps >= self.max_peak_qps:
            raise ValueError(f"max_peak_qps: must be above min_peak_qps, which is {self.min_peak_qps:g}")
        return self
