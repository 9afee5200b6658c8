"""Files that people hand over, read whole and within bounds, whatever they turn out to be."""

from __future__ import annotations

import csv
import hashlib
import io
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from neuralnav.errors import FieldProblem, InvalidInputError

MOST_BYTES = 64_000_000
MOST_LINES = 200_000
MOST_SHOWN = 80


@dataclass(frozen=True)
class BenchmarkFile:
    """A file's name and content."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class CsvTable:
    """The header and the lines of a CSV file, each with its number."""

    columns: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]


def read_file(path: Path) -> BenchmarkFile:
    """The regular file at ``path``.

    Raises:
        InvalidInputError: it cannot be read, is no regular file, is empty or too large.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise unusable(path.name, "not a regular file", "a file, not a directory, device or pipe")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise unusable(str(path)[:MOST_SHOWN], reason, "a file that can be read") from None
    if not content.strip():
        raise _empty(path.name)
    if len(content) > MOST_BYTES:
        allowed = f"at most {MOST_BYTES:,} bytes; leave the single requests out of the export"
        raise unusable(path.name, "too large", allowed)
    return BenchmarkFile(path.name, content)


def parse(file: BenchmarkFile) -> dict[str, Any] | CsvTable:
    """The JSON object or the CSV table that ``file`` holds.

    Raises:
        InvalidInputError: it is neither, is cut off, is nested too deep, or is not UTF-8.
    """
    if file.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json_object(file)
    return _csv_table(file)


def unusable(name: str, value: object, allowed: str) -> InvalidInputError:
    """The error for a file that cannot be used at all."""
    problem = FieldProblem(name, value, allowed)
    return InvalidInputError(f"{name} cannot be imported: {value} (allowed: {allowed}).", (problem,))


def _empty(name: str) -> InvalidInputError:
    return unusable(name, "empty", "the results of a benchmark")


def _json_object(file: BenchmarkFile) -> dict[str, Any]:
    try:
        document = from_json(file.content.removeprefix(b"\xef\xbb\xbf"), cache_strings="keys")
    except ValueError as error:
        raise unusable(file.name, f"not JSON: {str(error)[:MOST_SHOWN]}", "a whole JSON document in UTF-8") from None
    if not isinstance(document, dict):
        raise unusable(file.name, "a JSON list", "a JSON object")
    return document


def _csv_table(file: BenchmarkFile) -> CsvTable:
    try:
        text = file.content.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        filled = ((reader.line_num, tuple(row)) for row in reader if any(cell.strip() for cell in row))
        rows = list(islice(filled, MOST_LINES + 1))
    except (UnicodeDecodeError, csv.Error) as error:
        raise unusable(file.name, str(error)[:MOST_SHOWN], "JSON, or CSV in UTF-8") from None
    if len(rows) > MOST_LINES:
        raise unusable(file.name, f"more than {MOST_LINES:,} lines", f"at most {MOST_LINES:,} lines")
    if not rows:
        raise _empty(file.name)
    (_, columns), *lines = rows
    return CsvTable(columns, tuple(lines))
