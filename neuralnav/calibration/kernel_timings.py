"""Published timings of single vLLM kernels: compressed CSV files, read by column.

Source: ai-dynamo/aiconfigurator (Apache-2.0), sampled; ``data/measured/README.md`` tells the columns.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]

MOST_ROWS = 1_000_000
KEYS = {"gpu", "vllm_version", "dtype", "kv_cache_dtype", "allreduce_dtype", "backend", "moe_dtype", "distribution"}
"""Columns that hold text; all others hold positive numbers."""


@dataclass(frozen=True)
class Timings:
    """Rows of one file: shapes and, last, the time."""

    texts: Mapping[str, Texts]
    numbers: Mapping[str, Floats]

    def __len__(self) -> int:
        return int(self.seconds.size)

    @property
    def seconds(self) -> Floats:
        """How long each kernel took."""
        return self.numbers["latency_ms"] / 1e3

    def text(self, column: str) -> Texts:
        """A column of text."""
        return self.texts[column]

    def number(self, column: str) -> Floats:
        """A column of numbers."""
        return self.numbers[column]

    def where(self, chosen: NDArray[np.bool_]) -> Timings:
        """Only the chosen rows."""
        return Timings(
            {name: values[chosen] for name, values in self.texts.items()},
            {name: values[chosen] for name, values in self.numbers.items()},
        )

    def among(self, **wanted: str) -> Timings:
        """Only the rows with these texts."""
        chosen = np.ones(len(self), dtype=np.bool_)
        for column, value in wanted.items():
            chosen &= self.texts[column] == value
        return self.where(chosen)


def read_timings(path: Path, needed: Sequence[str] = ()) -> Timings:
    """The rows of ``path`` (``.csv.gz``), checked; ``needed`` are columns besides the time that must be there.

    Raises:
        UnavailableError: the file cannot be read.
        InvalidInputError: a column is missing, a value is no number or not positive where it must be, or there are too
            many rows.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, EOFError, zlib.error, csv.Error) as error:
        raise UnavailableError(f"The kernel timings cannot be read from {path}: {error}") from error
    if not rows or "latency_ms" not in rows[0] or not 1 < len(rows) <= MOST_ROWS:
        raise InvalidInputError(
            f"{path}: needs a header with latency_ms and 1 to {MOST_ROWS} rows; has {len(rows)} lines."
        )
    missing = sorted(set(needed) - set(rows[0]))
    if missing:
        problems = tuple(FieldProblem(name, None, "a column of this name") for name in missing)
        raise InvalidInputError(f"{path}, line 1: no column is called {', '.join(missing)}.", problems)
    columns: dict[str, list[str]] = {name: [] for name in rows[0]}
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            raise InvalidInputError(f"{path}, line {line}: {len(row)} values for {len(columns)} columns.")
        for name, value in zip(columns, row, strict=True):
            columns[name].append(value)
    texts = {name: np.array(values, dtype=np.str_) for name, values in columns.items() if name in KEYS}
    numbers = {name: _numbers(path, name, values) for name, values in columns.items() if name not in KEYS}
    return Timings(texts, numbers)


def _numbers(path: Path, name: str, values: list[str]) -> Floats:
    column = np.empty(len(values), dtype=np.float64)
    for row, text in enumerate(values):
        try:
            column[row] = float(text)
        except ValueError:
            raise InvalidInputError(
                f"{path}, line {row + 2}: {name} is {text!r}; it must be a number.",
                (FieldProblem(name, text, "a number"),),
            ) from None
    least = 0.0 if name == "window_size" else np.nextafter(0.0, 1.0)
    wrong = ~(np.isfinite(column) & (column >= least))
    if wrong.any():
        line = int(np.argmax(wrong)) + 2
        value = values[line - 2]
        raise InvalidInputError(
            f"{path}, line {line}: {name} is {value}; it must be positive.", (FieldProblem(name, value, "above 0"),)
        )
    return column
