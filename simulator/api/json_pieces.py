"""JSON that is written piece by piece, so that a large document is never held as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

ITEMS_A_PIECE = 64
"""Items of a lazy array that are written at a time."""

as_json = json.JSONEncoder(separators=(",", ":"), default=list).encode
"""``json.dumps`` without white space, for which lazy arrays (iterables that are no lists) are arrays too."""


def json_pieces(document: Any) -> Iterator[str]:
    """What ``as_json`` writes, in pieces: lazy arrays in it are read and written some items at a time."""
    if isinstance(document, Mapping):
        before = "{"
        for key, value in document.items():
            yield f"{before}{as_json(key)}:"
            yield from json_pieces(value)
            before = ","
        yield "{}" if before == "{" else "}"
    elif isinstance(document, Iterable) and not isinstance(document, (str, list, tuple)):
        before = "["
        for items in _blocks(document):
            yield before + as_json(items)[1:-1]
            before = ","
        yield "[]" if before == "[" else "]"
    else:
        yield as_json(document)


def parts_of(pieces: Iterable[str], characters: int) -> Iterator[str]:
    """``pieces`` put together until they have ``characters``; the last part may have fewer."""
    part: list[str] = []
    length = 0
    for piece in pieces:
        part.append(piece)
        length += len(piece)
        if length >= characters:
            yield "".join(part)
            part, length = [], 0
    if part:
        yield "".join(part)


def _blocks(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while block := list(islice(remaining, ITEMS_A_PIECE)):
        yield block
