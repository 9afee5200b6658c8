"""Reading what people hand over: text, JSON documents, files and standard input, each bounded."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import valid_unicode

MAX_DOCUMENT_BYTES = 20_000_000
MAX_LINE_CHARACTERS = 1_000_000


def argument_text(argument: str) -> str:
    """A command line argument as UTF-8, whatever the locale took it for; what is none becomes U+FFFD."""
    return os.fsencode(argument).decode("utf-8", errors="replace")


def clean_text(document: Any) -> Any:
    """A JSON document with U+FFFD for every lone surrogate in its texts and keys."""
    if isinstance(document, str):
        return valid_unicode(document)
    if isinstance(document, list):
        return [clean_text(part) for part in document]
    if isinstance(document, dict):
        return {valid_unicode(key): clean_text(part) for key, part in document.items()}
    return document


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in ``path`` (``-``: standard input).

    Raises:
        InvalidInputError: it cannot be read, is too large, or is not a JSON object.
    """
    try:
        text = sys.stdin.read(MAX_DOCUMENT_BYTES + 1) if str(path) == "-" else _read(path)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error}.") from None
    if len(text) > MAX_DOCUMENT_BYTES:
        raise InvalidInputError(f"{path} is larger than {MAX_DOCUMENT_BYTES:,} bytes.")
    return parse_object(text, str(path))


def _read(path: Path) -> str:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise InvalidInputError(f"{path} is larger than {MAX_DOCUMENT_BYTES:,} bytes.")
    return path.read_text(encoding="utf-8", errors="replace")


def parse_object(text: str, where: str) -> dict[str, Any]:
    """The JSON object in ``text``, its texts cleaned; NaN and infinity are refused.

    Raises:
        InvalidInputError: it is not a JSON object.
    """

    def refuse(constant: str) -> float:
        raise InvalidInputError(
            f"{where}: {constant} is not a number.", (FieldProblem(where, constant, "a finite number"),)
        )

    try:
        document = clean_text(json.loads(text, parse_constant=refuse))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{where} is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidInputError(
            f"{where} holds a {type(document).__name__}, not an object.",
            (FieldProblem(where, str(document)[:80], "a JSON object"),),
        )
    return document


def lines_of(name: str) -> Iterator[tuple[int, str]]:
    """The numbered non-empty lines of the file ``name`` (``-``: standard input).

    Raises:
        InvalidInputError: it cannot be read, or a line is too long.
    """
    if name == "-":
        yield from _numbered(sys.stdin, "standard input")
        return
    try:
        with Path(name).open(encoding="utf-8", errors="replace") as file:
            yield from _numbered(file, name)
    except OSError as error:
        raise InvalidInputError(f"{name} cannot be read: {error}.") from None


def _numbered(stream: TextIO, where: str) -> Iterator[tuple[int, str]]:
    number = 0
    while line := stream.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS:
            raise InvalidInputError(f"{where}: line {number} is longer than {MAX_LINE_CHARACTERS:,} characters.")
        if line.strip():
            yield number, line
