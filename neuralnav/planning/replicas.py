"""How many replicas a rate of requests takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralnav.models.specification import PlanningPolicy

_ROUNDING = 1 - 1e-12
"""Keeps a quotient that is whole but for floating-point error from being rounded up."""


def usable_qps(max_qps: ArrayLike, policy: PlanningPolicy) -> NDArray[np.float64]:
    """Requests per second that are planned for a replica: its largest rate times ``max_utilisation``."""
    return np.asarray(max_qps, dtype=np.float64) * policy.max_utilisation


def replicas_for(planned_qps: float, max_qps: ArrayLike, policy: PlanningPolicy) -> NDArray[np.float64]:
    """Replicas that carry ``planned_qps``, whole numbers of at least 1, without spare ones; infinite where none can.

    ``planned_qps`` over (the largest rate of one x ``max_utilisation``), rounded up.
    """
    usable = usable_qps(max_qps, policy)
    quotient = np.divide(planned_qps, usable, out=np.full(usable.shape, np.inf), where=usable > 0)
    return np.asarray(np.maximum(np.ceil(quotient * _ROUNDING), 1), dtype=np.float64)
