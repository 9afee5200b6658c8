"""Rows of numbers that compiled code changes in place: NumPy records, or plain objects where nothing is compiled.

Either way ``rows[i].field`` is a number that can be read and written, so that the simulation is written once and reads
like plain Python. (NumPy's records and scalars would be slow in interpreted code.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.compiled import COMPILES

Columns = TypeVar("Columns", bound=tuple[Any, ...])


def new_rows(kind: Any, count: int) -> Any:
    """``count`` rows of the dataclass ``kind``, whose fields are whole numbers and floats and begin as zero."""
    return np.zeros(count, _record(kind)) if COMPILES else [kind() for _ in range(count)]


def attributed(rows: Any) -> Any:
    """The same rows, whose fields plain Python reads and writes as attributes, too; what it reads may be NumPy's."""
    return rows.view(np.recarray) if COMPILES else rows


def fill(rows: Any, field: str, values: NDArray[Any]) -> None:
    """Give every row its value of ``field``."""
    if COMPILES:
        rows[field] = values
    else:
        for row, value in zip(rows, values.tolist(), strict=True):
            setattr(row, field, value)


def column(rows: Any, field: str) -> NDArray[Any]:
    """The values of ``field``, one a row."""
    if COMPILES:
        return np.ascontiguousarray(rows[field])
    return np.array([getattr(row, field) for row in rows])


def whole_zeros(*shape: int) -> Any:
    """Whole numbers, all zero: an array, or nested lists."""
    zeros = np.zeros(shape, np.int64)
    return zeros if COMPILES else zeros.tolist()


def readable(columns: Columns) -> Columns:
    """A named tuple of numbers and arrays of floats, with lists in place of the arrays where nothing is compiled.

    Its values get exactly the types that it declares: for any others numba would compile everything again.
    """
    return type(columns)(*(convert(value) for convert, value in zip(_converters(type(columns)), columns, strict=True)))


@cache
def _converters(kind: Any) -> tuple[Callable[[Any], Any], ...]:
    return tuple(hint if hint in (int, float) else _floats for hint in get_type_hints(kind).values())


def _floats(values: Any) -> Any:
    return np.require(values, np.float64, ("C", "W")) if COMPILES else values.tolist()


@cache
def _record(kind: Any) -> np.dtype[np.void]:
    types = get_type_hints(kind)
    return np.dtype([(field.name, np.dtype(types[field.name])) for field in fields(kind)])
