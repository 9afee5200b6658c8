"""What the readers of single fields hand over: a value with its words, or a value that cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neuralnav.understanding.reading.utterance import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """A value for a field of the intent, and the words that it came from.

    Among several for one field the greatest ``weight`` counts.
    """

    field: str
    value: Any
    span: Span
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that was said for ``field`` and cannot be used, with the reason."""

    field: str
    span: Span
    reason: str
