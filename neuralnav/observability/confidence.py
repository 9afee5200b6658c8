"""How sure a share is that was seen in a number of requests."""

from __future__ import annotations

import math
from statistics import NormalDist

SURE = 0.95
"""From this confidence on, a verdict is given."""

_MOST_EXACT = 10_000
"""Requests up to which probabilities are summed up exactly; beyond, the normal distribution is as good."""


def confidence_below(count: float, requests: float, share: float) -> float:
    """How sure it is that fewer than ``share`` of all requests are such as ``count`` of these ``requests`` were.

    It is 1 - P(at most so many, if it were exactly ``share``): the level of the exact binomial interval (Clopper and
    Pearson, Biometrika 26, 1934) whose upper end is ``share``. As if requests were independent. 0 without requests.
    """
    return 1 - _at_most(math.ceil(count), math.floor(requests), share) if requests >= 1 else 0.0


def confidence_above(count: float, requests: float, share: float) -> float:
    """How sure it is that more than ``share`` of all requests are such; as :func:`confidence_below`."""
    return _at_most(math.floor(count) - 1, math.ceil(requests), share) if requests >= 1 else 0.0


def _at_most(count: int, requests: int, share: float) -> float:
    """The probability of at most ``count`` among ``requests``, each with the probability ``share``."""
    if count < 0:
        return 0.0
    if count >= requests:
        return 1.0
    if requests > _MOST_EXACT:
        spread = math.sqrt(requests * share * (1 - share))
        return NormalDist().cdf((count + 0.5 - requests * share) / spread)
    odds = math.log(share) - math.log1p(-share)
    log_term, terms = requests * math.log1p(-share), []
    for k in range(count + 1):
        terms.append(log_term)
        log_term += math.log((requests - k) / (k + 1)) + odds
    largest = max(terms)
    return min(math.exp(largest) * math.fsum(math.exp(term - largest) for term in terms), 1.0)
