"""What every domain type shares: frozen, closed to unknown fields, and free of NaN and infinity."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value: immutable, no unknown fields, finite numbers only."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )


Milliseconds = Annotated[float, Field(gt=0, le=3_600_000)]
"""A duration of more than 0 and at most one hour."""

Tokens = Annotated[int, Field(ge=1, le=10_000_000)]
"""A token count of one request."""

RequestsPerSecond = Annotated[float, Field(gt=0, le=1_000_000)]
"""A request rate."""

UsDollars = Annotated[float, Field(gt=0, le=1_000_000_000)]
"""An amount of money."""

Ratio = Annotated[float, Field(ge=0, le=1)]
"""A share of a whole."""

UserCount = Annotated[int, Field(ge=1, le=100_000_000)]
"""A number of people."""

TensorParallel = Annotated[int, Field(ge=1, le=64)]
"""GPUs that share one replica's weights."""

GpuCount = Annotated[int, Field(ge=1, le=100_000)]
"""A number of GPUs."""
