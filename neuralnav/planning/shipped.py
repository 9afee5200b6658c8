"""Planning over the reference data that ships with NeuralNav, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner


def plan(specification: DeploymentSpecification | Mapping[str, Any]) -> Plan:
    """The ranked configurations for a specification, or for a mapping with any part of one.

    Raises:
        InvalidInputError: a field is unknown or out of range.
        QuestionPendingError: the use case or the load is missing; the error is the question.
    """
    planner = _planner()
    if not isinstance(specification, DeploymentSpecification):
        specification = read_specification(specification, planner.reference.use_cases)
    return planner.plan(specification)


@lru_cache(maxsize=1)
def _planner() -> Planner:
    return Planner(read_seeds())
