"""The five views and the Pareto front: what to show first, with variety and without chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.vocabulary import View

Floats = NDArray[np.float64]
Names = NDArray[np.str_]

VIEW_LENGTH = 10
PER_MODEL = 3
"""Most entries of one model in a view."""
MOST_FOR_SPEED = 2.0
"""What a faster entry of the same model may cost, over the earlier one, in the view of accuracy."""
FRONT_LENGTH = 30
BEST_SCORE = 100
COST_VIEWS = frozenset({View.LOWEST_COST, View.BALANCED})
"""Views that a configuration without a price stays out of."""


@dataclass(frozen=True)
class Ranked:
    """Configurations with what they are ranked by; one entry each."""

    names: Names | NDArray[np.intp]
    """A name for each that no other has, or its place among all names: breaks ties the same way every time."""
    models: Names
    gpus: Names
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
            names=self.names[positions],
            models=self.models[positions],
            gpus=self.gpus[positions],
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
    """All configurations of a view, best first; views of cost hold only those with a price.

    Accuracy and latency count in whole points behind the best where they come first: less is not worth money.
    """
    keys = _keys(ranked)[view]
    ordered = np.lexsort((ranked.names, *reversed(keys)))
    return ordered[ranked.priced[ordered]] if view in COST_VIEWS else ordered


def shown(ranked: Ranked, view: View, length: int = VIEW_LENGTH) -> list[int]:
    """The first of a view, with variety: a model comes again only on other GPUs and with a gain, and not often.

    What counts as a gain over the model's earlier entries depends on the view: money where they are better
    otherwise, speed where they are as accurate, speed or accuracy where they are cheaper.
    """
    chosen: list[int] = []
    of_model: defaultdict[str, list[int]] = defaultdict(list)
    for at in order(ranked, view):
        earlier = of_model[str(ranked.models[at])]
        if len(earlier) < PER_MODEL and all(_adds(ranked, view, int(at), before) for before in earlier):
            earlier.append(int(at))
            chosen.append(int(at))
            if len(chosen) == length:
                break
    return chosen


def _adds(ranked: Ranked, view: View, at: int, before: int) -> bool:
    if ranked.gpus[at] == ranked.gpus[before]:
        return False
    faster = round(float(ranked.latency[at])) > round(float(ranked.latency[before]))
    spent, spent_before = float(ranked.hourly_usd[at]), float(ranked.hourly_usd[before])
    if view is View.BEST_ACCURACY:
        return faster and spent <= MOST_FOR_SPEED * spent_before
    if view is View.LOWEST_COST:
        return faster or round(float(ranked.accuracy[at])) > round(float(ranked.accuracy[before]))
    return spent < spent_before


def pareto_front(ranked: Ranked) -> list[int]:
    """Configurations that no other beats in cost, latency and accuracy at once, cheapest first.

    Scores are compared in whole points. Of a front of more than ``FRONT_LENGTH``, as many are kept, evenly over the
    cost, both ends among them.
    """
    priced = np.flatnonzero(ranked.priced)
    latency, accuracy = (np.rint(score[priced]).astype(np.intp) for score in (ranked.latency, ranked.accuracy))
    cheapest_first = np.lexsort((ranked.names[priced], -accuracy, -latency, ranked.hourly_usd[priced]))
    front: list[int] = []
    most_accurate = [-1] * (BEST_SCORE + 1)  # of what is cheaper and has at least this latency score
    for at, fast, accurate in zip(
        cheapest_first.tolist(), latency[cheapest_first].tolist(), accuracy[cheapest_first].tolist(), strict=True
    ):
        if most_accurate[fast] < accurate:
            front.append(int(priced[at]))
            while fast >= 0 and most_accurate[fast] < accurate:
                most_accurate[fast] = accurate
                fast -= 1
    if len(front) <= FRONT_LENGTH:
        return front
    kept = np.unique(np.linspace(0, len(front) - 1, FRONT_LENGTH).round().astype(int))
    return [front[at] for at in kept]


def _keys(ranked: Ranked) -> Mapping[View, tuple[Floats, ...]]:
    cost, accuracy = ranked.hourly_usd, _points_behind(ranked.accuracy)
    latency, complexity, balanced = -ranked.latency, -ranked.complexity, -ranked.balanced
    return {
        View.BEST_ACCURACY: (accuracy, cost, latency),
        View.LOWEST_COST: (cost, accuracy, latency),
        View.LOWEST_LATENCY: (_points_behind(ranked.latency), cost, latency),
        View.SIMPLEST: (complexity, balanced, cost),
        View.BALANCED: (balanced, cost, -ranked.accuracy),
    }


def _points_behind(scores: Floats) -> Floats:
    """Whole points that each score is behind the best one: 0 within a point of it."""
    return np.asarray(np.floor(scores.max(initial=0.0) - scores))
