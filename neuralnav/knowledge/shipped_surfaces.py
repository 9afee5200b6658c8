"""Capacity surfaces that ship with NeuralNav: those of the use cases' own loads, so that a first plan is instant.

``data/surfaces/index.json`` names a file for each shape of load; ``python -m scripts.make_surfaces`` makes them all.
Figures are rounded by up to 0.025 %, far below their error, so that the files stay small.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neuralnav.errors import UnavailableError
from neuralnav.models.base import Frozen
from neuralnav.models.surface import Floats, SurfaceRecords
from neuralnav.resources import resource_dir

SMALLEST = 1e-6
STEP = 5e-4
"""Of the natural logarithm of a figure; a figure is kept as a number of steps above ``SMALLEST``."""
LOADS = 13
"""Figures of a curve."""
FIGURES = ("saturation_qps", "ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences")


class ShippedShape(Frozen):
    """A file with the surfaces for one shape of load."""

    file: str = Field(pattern=r"^[a-z0-9-]+\.npz$")
    use_cases: tuple[str, ...]
    engines: Annotated[int, Field(ge=1)]


class ShippedIndex(Frozen):
    """What ships, and which edition of the performance model made it."""

    edition: str
    licence: str
    source: str
    shapes: dict[str, ShippedShape]
    """By the digest of the shape."""


def read_shipped(edition: str, shape: str, directory: Path | None = None) -> SurfaceRecords | None:
    """The surfaces that ship for a shape of load and an edition of the performance model; ``None``: none do.

    Raises:
        UnavailableError: the files are not what they must be.
    """
    source = directory or resource_dir("data") / "surfaces"
    try:
        index = ShippedIndex.model_validate_json((source / "index.json").read_bytes())
        entry = index.shapes.get(shape)
        if index.edition != edition or entry is None:
            return None
        with np.load(source / entry.file, allow_pickle=False) as arrays:
            keys = arrays["engine_keys"]
            return SurfaceRecords(
                engine_keys=keys, **{name: _figures(arrays[name], _shape(name, keys.size)) for name in FIGURES}
            )
    except (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise UnavailableError(f"The surfaces that ship cannot be read from {source}: {error}") from error


def write_shipped(directory: Path, name: str, records: SurfaceRecords) -> None:
    """Write the file of one shape of load."""
    np.savez_compressed(
        directory / name,
        allow_pickle=False,
        engine_keys=records.engine_keys,
        saturation_qps=_steps(records.saturation_qps),
        ttft_p95_ms=_steps(records.ttft_p95_ms),
        itl_p95_ms=_steps(records.itl_p95_ms),
        e2e_p95_ms=_steps(records.e2e_p95_ms),
        sequences=_steps(records.sequences),
    )


def write_index(directory: Path, index: ShippedIndex) -> None:
    """Write the index of all files."""
    document = json.dumps(index.model_dump(mode="json"), indent=2)
    (directory / "index.json").write_text(f"{document}\n", encoding="utf-8")


def _shape(name: str, engines: int) -> tuple[int, ...]:
    return (engines,) if name == "saturation_qps" else (engines, LOADS)


def _steps(figures: Floats) -> NDArray[np.uint16]:
    steps = np.rint(np.log(np.maximum(figures, SMALLEST) / SMALLEST) / STEP)
    if steps.size and not steps.max() <= np.iinfo(np.uint16).max:
        raise ValueError(f"a figure of {figures.max():g} is above the largest that the files can hold")
    return steps.astype(np.uint16)


def _figures(steps: NDArray[np.uint16], shape: tuple[int, ...]) -> Floats:
    if steps.shape != shape:
        raise ValueError(f"an array has the shape {steps.shape} in place of {shape}")
    return SMALLEST * np.exp(steps.astype(np.float64) * STEP)
