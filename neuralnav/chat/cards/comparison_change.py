"""How one figure differs from another in words, read from the figures as they are shown."""

from __future__ import annotations

import re
from typing import NamedTuple

from graph.explored import ExploredKind
from neuralnav.models.figures import figure

_FIGURE = re.compile(r"\$?(?P<number>[\d,]+(?:\.\d+)?)\s?(?P<unit>ms|s|%|requests/s|/month)?(?: \(estimate\))?")
_LESS_IS_BETTER = frozenset({"cost", "gpus", "ttft p95", "itl p95", "e2e p95"})
_MORE_IS_BETTER = frozenset({"accuracy score", "balanced score", "carries", "options that meet every target"})
_COUNTED = frozenset({"users", "gpus", "options that meet every target"})
_ABOUT = 0.005
"""Shares below it are no difference to speak of."""
_SAME_ENOUGH = "about the same"


class Change(NamedTuple):
    """How a value differs from the first one."""

    words: str
    tone: str
    """``good``, ``bad`` or, where it is neither, empty."""


def change(kind: ExploredKind, label: str, first: str, other: str) -> Change:
    """How ``other`` differs from ``first``, in the row ``label`` of a comparison of this kind."""
    if first == other:
        return Change("same", "")
    before, after = _figure(first), _figure(other)
    if before is None or after is None:
        return Change("differs", "")
    words = _words(label, before, after)
    return Change(words, "" if words == _SAME_ENOUGH else _tone(kind, label, after - before))


def _words(label: str, before: float, after: float) -> str:
    if label.lower().endswith("score"):
        points = figure(abs(after - before))
        return f"{points} {'point' if points == '1' else 'points'} {'higher' if after > before else 'lower'}"
    if before == 0:
        return "more"
    share = after / before - 1
    if abs(share) < _ABOUT:
        return _SAME_ENOUGH
    much, less = ("many", "fewer") if _bare(label) in _COUNTED else ("much", "less")
    if share >= 1:
        return f"{figure(after / before)} times as {much}"
    return f"{max(1, round(abs(share) * 100))} % {'more' if share > 0 else less}"


def _tone(kind: ExploredKind, label: str, difference: float) -> str:
    """Whether it is to the good; what a person stated is neither good nor bad."""
    stated = kind is not ExploredKind.OPTIONS and ": " not in label
    name = _bare(label)
    if difference and name in _MORE_IS_BETTER:
        return "good" if difference > 0 else "bad"
    if difference and name in _LESS_IS_BETTER and not stated:
        return "good" if difference < 0 else "bad"
    return ""


def _bare(label: str) -> str:
    """What a row is about, without the view that it is of."""
    return label.rpartition(": ")[2].lower()


def _figure(text: str) -> float | None:
    """The number of a figure in the unit that all of its kind share; ``None``: it is words."""
    found = _FIGURE.fullmatch(text)
    if found is None:
        return None
    number = float(found["number"].replace(",", ""))
    return number * 1000 if found["unit"] == "s" else number
