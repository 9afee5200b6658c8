"""Planning over the reference data that ships with NeuralNav, without a database and without an event loop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.shipped_surfaces import read_shipped
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from neuralnav.planning.refinement import refine
from neuralnav.services.sweeping import LocalSweeper
from neuralnav.settings import get_settings

PATIENCE_S = 30.0
"""The longest that simulating for one plan may take; what is not simulated then stays estimated."""


def plan(specification: DeploymentSpecification | Mapping[str, Any], *, patience_s: float = PATIENCE_S) -> Plan:
    """The ranked configurations for a specification, or for a mapping with any part of one.

    A load that is no use case's own and is asked for the first time in this process is simulated first, for up to
    ``patience_s``.

    Raises:
        InvalidInputError: a field is unknown or out of range.
        QuestionPendingError: the use case or the load is missing; the error is the question.
    """
    planner = _planner()
    if not isinstance(specification, DeploymentSpecification):
        specification = read_specification(specification, planner.reference.use_cases)
    recall_shipped(planner, specification)
    found = planner.plan(specification)
    if not found.estimated:
        return found
    for _ in refine(planner, planner.to_simulate(specification), _sweeper(), patience_s):
        pass
    return planner.plan(specification)


def recall_shipped(planner: Planner, specification: DeploymentSpecification) -> None:
    """Give a planner the surfaces that ship for a specification's load, where some do."""
    shape = LoadShape.of(specification)
    if not planner.surfaces.knows(shape) and (records := read_shipped(planner.edition, shape.key)):
        planner.surfaces.put_records(shape, records)


@lru_cache(maxsize=1)
def _planner() -> Planner:
    return Planner(read_seeds(), trusts_remote_code=get_settings().allow_trust_remote_code)


@lru_cache(maxsize=1)
def _sweeper() -> LocalSweeper:
    return LocalSweeper()
