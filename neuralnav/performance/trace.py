"""Recorded loads: requests read from a CSV file with a row for each, to be replayed as they came."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.performance.arrivals import (
    LONGEST_LOAD_S,
    MOST_REQUESTS,
    Requests,
    cached_tokens,
    check_prefix_hit_ratio,
)

COLUMNS = MappingProxyType(
    {
        "arrival": ("arrival", "arrival_s", "arrived_at", "timestamp"),
        "prompt": ("prompt", "prompt_tokens", "input_length", "input_tokens", "num_prefill_tokens", "request_tokens"),
        "output": ("output", "output_tokens", "output_length", "num_decode_tokens", "response_tokens"),
    }
)
"""What the header may call each column, in any letter case and with spaces for underscores; among them the names of
Vidur's and BurstGPT's traces. Other columns are ignored."""
MOST_BYTES = 256 * 2**20
"""Size of a trace file."""
LATEST_START_S = 1e10
"""The first arrival: seconds since 1970 are fine, milliseconds are not."""
_LONGEST_VALUE = 80


def read_trace(path: Path, context_window: int, prefix_hit_ratio: float = 0.0) -> Requests:
    """The requests of a CSV file in UTF-8; arguments, result and errors as in ``parse_trace``."""
    try:
        if not path.is_file():
            raise _refusal(str(path), "no file", "a readable CSV file in UTF-8")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _refusal(str(path), f"{size:,} bytes", f"at most {MOST_BYTES:,} bytes")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_trace(lines, context_window, prefix_hit_ratio)
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(str(path), str(error), "a readable CSV file in UTF-8") from None


def parse_trace(lines: Iterable[str], context_window: int, prefix_hit_ratio: float = 0.0) -> Requests:
    """The requests of a CSV text with a header; their times then count from the first one.

    Args:
        lines: The lines, with an arrival in seconds, never falling, and the tokens of prompt and output in each;
            ``COLUMNS`` has the names.
        context_window: Most tokens of prompt and output together.
        prefix_hit_ratio: Share of each prompt's tokens that the prefix cache holds; a trace does not tell.

    Raises:
        InvalidInputError: a column is missing, a value of some line cannot be used, or there is no request or more than
            ``MOST_REQUESTS``.

    """
    check_prefix_hit_ratio(prefix_hit_ratio)
    rows = csv.reader(lines)
    requests: list[tuple[float, int, int]] = []
    try:
        columns = _columns(next(rows, []))
        for row in rows:
            if len(requests) == MOST_REQUESTS:
                raise _refusal("rows", f"more than {MOST_REQUESTS:,}", f"at most {MOST_REQUESTS:,} requests")
            if row:
                requests.append(_request(row, rows.line_num, columns, context_window, requests))
    except csv.Error as error:
        raise _refusal(f"line {rows.line_num}", str(error), "values separated by commas") from None
    if not requests:
        raise _refusal("rows", 0, "at least one request below the header")
    arrivals, prompts, outputs = zip(*requests, strict=True)
    arrival_s, prompt_tokens = np.array(arrivals, dtype=np.float64), np.array(prompts, dtype=np.int64)
    return Requests(
        arrival_s=arrival_s - arrival_s[0],
        prompt_tokens=prompt_tokens,
        output_tokens=np.array(outputs, dtype=np.int64),
        cached_tokens=cached_tokens(prompt_tokens, prefix_hit_ratio),
    )


class _Column(NamedTuple):
    place: int
    name: str


class _Columns(NamedTuple):
    arrival: _Column
    prompt: _Column
    output: _Column


def _columns(header: Sequence[str]) -> _Columns:
    names = [name.strip().lower().replace(" ", "_") for name in header]
    found = {}
    for field, accepted in COLUMNS.items():
        fitting = [_Column(index, header[index].strip()) for index, name in enumerate(names) if name in accepted]
        if len(fitting) != 1:
            raise _refusal(f"line 1, {field}", ", ".join(header), f"exactly one column of {', '.join(accepted)}")
        found[field] = fitting[0]
    return _Columns(**found)


def _request(
    row: Sequence[str], line: int, columns: _Columns, context_window: int, before: Sequence[tuple[float, int, int]]
) -> tuple[float, int, int]:
    """Arrival, prompt and output of one row, after the requests ``before`` it."""
    earliest, latest = (before[-1][0], before[0][0] + LONGEST_LOAD_S) if before else (0.0, LATEST_START_S)
    arrival = _seconds(row, line, columns.arrival, earliest, latest)
    prompt = _tokens(row, line, columns.prompt, context_window - 1)
    return arrival, prompt, _tokens(row, line, columns.output, context_window - prompt)


def _seconds(row: Sequence[str], line: int, column: _Column, low: float, high: float) -> float:
    number = _parsed(row, column)
    if not low <= number <= high:
        raise _unusable(row, line, column, f"seconds from {low!r} to {high:g}, never falling")
    return number


def _tokens(row: Sequence[str], line: int, column: _Column, most: int) -> int:
    number = _parsed(row, column)
    if not (number.is_integer() and 1 <= number <= most):
        raise _unusable(row, line, column, f"a whole number from 1 to {most:,}, to stay within the context window")
    return int(number)


def _parsed(row: Sequence[str], column: _Column) -> float:
    try:
        return float(row[column.place])
    except (ValueError, IndexError):
        return math.nan


def _unusable(row: Sequence[str], line: int, column: _Column, allowed: str) -> InvalidInputError:
    return _refusal(f"line {line}, {column.name}", row[column.place] if column.place < len(row) else "nothing", allowed)


def _refusal(field: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, value[:_LONGEST_VALUE] if isinstance(value, str) else value, allowed)
    return InvalidInputError(f"The trace cannot be used: {problem}.", (problem,))
