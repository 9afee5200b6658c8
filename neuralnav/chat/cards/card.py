"""What a card is: one custom element under a question, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Card:
    """One custom element of a question."""

    element: str
    """The file ``public/elements/<element>.jsx``."""
    props: Mapping[str, Any]
    """Plain data, with what people read written out. ``thread`` and ``turn`` are added to every card's."""


Maker = Callable[[Mapping[str, Any]], Sequence[Card]]
"""Cards from the ``data`` of a question, which is a :class:`graph.payloads.Payload` of the question's own type."""

Lead = Callable[[Mapping[str, Any]], str]
"""The Markdown that stands above the cards in place of the question's own text, from the question's ``data``."""
