"""Token lengths of a load: samples for the simulation, and the three figures that formulas need.

Every distribution is read at quantiles, so that a sample changes smoothly with its mean and its tail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.specification import LengthDistribution

_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)
UNIFORM_MEAN = 0.9
_UNIFORM_VARIANCE = 0.2**2 / 12
_OUTERMOST_QUANTILE = 1e-12
"""A normal distribution has no value at 0 and 1."""


@dataclass(frozen=True)
class LengthMoments:
    """Mean, mean square and 95th percentile of a token count."""

    mean: float
    second_moment: float
    p95: float

    @property
    def squared_variation(self) -> float:
        """Variance over squared mean."""
        return max(self.second_moment / self.mean**2 - 1, 0.0)


def moments(distribution: LengthDistribution) -> LengthMoments:
    """The figures of one distribution.

    ``uniform_0.8_1.0`` is uniform between 0.8 and 1.0 of a nominal length, of which the mean is 0.9.
    """
    mean = distribution.mean
    if distribution.kind == "fixed":
        return LengthMoments(mean, mean**2, mean)
    if distribution.kind == "lognormal":
        return LengthMoments(mean, mean**2 * math.exp(_sigma(distribution) ** 2), distribution.p95)
    nominal = mean / UNIFORM_MEAN
    return LengthMoments(mean, mean**2 + _UNIFORM_VARIANCE * nominal**2, 0.99 * nominal)


def mixture_moments(parts: Sequence[tuple[float, LengthDistribution]]) -> LengthMoments:
    """The figures of several distributions mixed by weight; the weights need not add up to 1."""
    total = sum(weight for weight, _ in parts)
    shares = [(weight / total, moments(part), _distribution_function(part)) for weight, part in parts]
    mean = sum(share * part.mean for share, part, _ in shares)
    second = sum(share * part.second_moment for share, part, _ in shares)
    low, high = 0.0, max(part.p95 for _, part, _ in shares) * 1.001
    for _ in range(60):
        middle = (low + high) / 2
        if sum(share * below(middle) for share, _, below in shares) < 0.95:
            low = middle
        else:
            high = middle
    return LengthMoments(mean, second, high)


def lengths_at(distribution: LengthDistribution, quantiles: NDArray[np.float64], longest: int) -> NDArray[np.int64]:
    """Token counts at these quantiles, from 0 to 1: whole numbers from 1 to ``longest``, where a longer tail is cut.

    ``uniform_0.8_1.0`` is uniform over the whole numbers between 0.8 and 1.0 of a nominal length (mean / 0.9).
    """
    mean = distribution.mean
    if distribution.kind == "fixed":
        lengths = np.full(quantiles.shape, mean)
    elif distribution.kind == "lognormal":
        sigma = _sigma(distribution)
        lengths = np.exp(math.log(mean) - sigma**2 / 2 + sigma * _normal_at(quantiles))
    else:
        nominal = mean / UNIFORM_MEAN
        low, high = round(0.8 * nominal), round(nominal)
        lengths = np.minimum(np.floor(low + (high - low + 1) * quantiles), high)
    return np.asarray(np.clip(np.rint(lengths), 1, longest), dtype=np.int64)


def _normal_at(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard normal at quantiles; one at a time, as numpy has no inverse of its distribution function."""
    inside = np.clip(quantiles, _OUTERMOST_QUANTILE, 1 - _OUTERMOST_QUANTILE)
    return np.fromiter(map(_NORMAL.inv_cdf, inside.tolist()), dtype=np.float64, count=inside.size)


def _sigma(distribution: LengthDistribution) -> float:
    """The lognormal shape whose 95th percentile is p95 / mean; at most the shape where that ratio peaks."""
    ratio = math.log(max(distribution.p95 / distribution.mean, 1.0))
    return _Z95 - math.sqrt(max(_Z95**2 - 2 * ratio, 0.0))


def _distribution_function(distribution: LengthDistribution) -> Callable[[float], float]:
    mean = distribution.mean
    if distribution.kind == "fixed":
        return lambda length: float(length >= mean)
    if distribution.kind == "lognormal":
        sigma = max(_sigma(distribution), 1e-9)
        centre = math.log(mean) - sigma**2 / 2
        return lambda length: _NORMAL.cdf((math.log(length) - centre) / sigma) if length > 0 else 0.0
    nominal = mean / UNIFORM_MEAN
    return lambda length: min(max((length / nominal - 0.8) / 0.2, 0.0), 1.0)
