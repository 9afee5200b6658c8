"""The pieces that a text is read as: words, marks, numbers and names, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from neuralnav.models.vocabulary import GpuType


class Kind(StrEnum):
    """What a token is; the value of all but words and marks is how it stands in a pattern."""

    WORD = "word"
    MARK = "mark"
    NUMBER = "NUM"
    MONEY = "MONEY"
    TIME = "TIME"
    PERIOD = "PERIOD"
    TOKENS = "TOKENS"
    PERCENT = "PERCENT"
    GPU = "GPU"
    MODEL = "MODEL"
    ORDINAL = "ORDINAL"
    OPAQUE = "OPAQUE"
    """Something whose inside must not be read: an address, a date, a memory size."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity as said: plain for NUM, ms for TIME, tokens for TOKENS, percent for PERCENT.

    ``low`` is the lower end where a range was said; ``other`` is the second reading of an ambiguous
    spelling (``1.500`` is one and a half or fifteen hundred); ``currency`` is an ISO code.
    """

    value: float
    low: float | None = None
    other: float | None = None
    currency: str | None = None

    @property
    def count(self) -> float:
        """The reading for things that are counted, where a fraction makes no sense."""
        return self.value if self.other is None else self.other

    def times(self, factor: float) -> Amount:
        """The amount in another unit."""
        return Amount(
            self.value * factor,
            None if self.low is None else self.low * factor,
            None if self.other is None else self.other * factor,
            self.currency,
        )


@dataclass(frozen=True, slots=True)
class GpuMention:
    """GPUs that were named; ``gpus`` is empty for one that is not among the known."""

    gpus: tuple[GpuType, ...]
    memory_gb: int | None = None


@dataclass(frozen=True, slots=True)
class ModelMention:
    """Models that were named: short names, and whether only a family or maker was (``Llama``)."""

    names: tuple[str, ...]
    family: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text. ``text`` is its canonical spelling, ``start`` and ``end`` its place."""

    kind: Kind
    text: str
    start: int
    end: int
    glued: bool = False
    """Whether nothing stands between it and the token before it."""
    value: Amount | GpuMention | ModelMention | None = None

    @property
    def symbol(self) -> str:
        """How the token stands in a pattern."""
        return self.text if self.kind in (Kind.WORD, Kind.MARK) else self.kind.value
