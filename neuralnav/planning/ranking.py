"""The five views and the Pareto front: what to show first, with variety and without chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.vocabulary import View

Floats = NDArray[np.float64]

VIEW_LENGTH = 10
PER_MODEL = 3
"""Most entries of one model in a view."""
FRONT_LENGTH = 30
COST_VIEWS = frozenset({View.LOWEST_COST, View.BALANCED})
"""Views that a configuration without a price stays out of."""


@dataclass(frozen=True)
class Ranked:
    """Configurations with what they are ranked by; one entry each."""

    names: Sequence[str]
    """A name for each that no other has: breaks ties the same way every time."""
    models: Sequence[str]
    gpus: Sequence[str]
    accuracy: Floats
    price: Floats
    latency: Floats
    complexity: Floats
    balanced: Floats
    hourly_usd: Floats
    """Infinite where no price is known."""

    def take(self, positions: NDArray[np.intp]) -> Ranked:
        """Only the configurations at these positions."""
        return Ranked(
            names=[self.names[at] for at in positions],
            models=[self.models[at] for at in positions],
            gpus=[self.gpus[at] for at in positions],
            accuracy=self.accuracy[positions],
            price=self.price[positions],
            latency=self.latency[positions],
            complexity=self.complexity[positions],
            balanced=self.balanced[positions],
            hourly_usd=self.hourly_usd[positions],
        )

    @property
    def priced(self) -> NDArray[np.bool_]:
        """Which have a price."""
        return np.isfinite(self.hourly_usd)


def order(ranked: Ranked, view: View) -> NDArray[np.intp]:
    """All configurations of a view, best first; views of cost hold only those with a price."""
    keys = _keys(ranked)[view]
    ties = np.argsort(np.argsort(np.asarray(ranked.names)))
    ordered = np.lexsort((ties, *reversed(keys)))
    return ordered[ranked.priced[ordered]] if view in COST_VIEWS else ordered


def shown(ranked: Ranked, ordered: Iterable[int], length: int = VIEW_LENGTH) -> list[int]:
    """The first of an order, each model and kind of GPU once, no model more than ``PER_MODEL`` times."""
    chosen: list[int] = []
    seen: set[tuple[str, str]] = set()
    of_model: Counter[str] = Counter()
    for at in ordered:
        model, gpu = ranked.models[at], ranked.gpus[at]
        if (model, gpu) in seen or of_model[model] >= PER_MODEL:
            continue
        chosen.append(int(at))
        seen.add((model, gpu))
        of_model[model] += 1
        if len(chosen) == length:
            break
    return chosen


def pareto_front(ranked: Ranked) -> list[int]:
    """Configurations that no other beats in cost, latency and accuracy at once, cheapest first.

    Scores are compared in whole points. A front of more than ``FRONT_LENGTH`` keeps the cheapest for each model and
    kind of GPU, evenly over the cost.
    """
    priced = np.flatnonzero(ranked.priced)
    points = np.column_stack(
        [-ranked.hourly_usd[priced], np.rint(ranked.latency[priced]), np.rint(ranked.accuracy[priced])]
    )
    cheapest_first = np.lexsort((np.asarray(ranked.names)[priced], -points[:, 2], -points[:, 1], -points[:, 0]))
    front: list[int] = []
    best = np.empty((0, 3))
    for at in cheapest_first:
        if not np.any(np.all(best >= points[at], axis=1)):
            front.append(int(priced[at]))
            best = np.vstack([best, points[at]])
    if len(front) <= FRONT_LENGTH:
        return front
    varied = shown(ranked, front, len(front))
    kept = np.unique(np.linspace(0, len(varied) - 1, FRONT_LENGTH).round().astype(int))
    return [varied[at] for at in kept]


def _keys(ranked: Ranked) -> Mapping[View, tuple[Floats, ...]]:
    cost, accuracy = ranked.hourly_usd, -np.rint(ranked.accuracy)
    latency, complexity, balanced = -ranked.latency, -ranked.complexity, -ranked.balanced
    return {
        View.BEST_ACCURACY: (accuracy, cost, latency),
        View.LOWEST_COST: (cost, -ranked.accuracy, latency),
        View.LOWEST_LATENCY: (latency, cost, -ranked.accuracy),
        View.SIMPLEST: (complexity, balanced, cost),
        View.BALANCED: (balanced, cost, -ranked.accuracy),
    }
