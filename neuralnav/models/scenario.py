"""Named scenarios: specifications that were tried, with what their plans came to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, Name
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View

MOST_SCENARIOS = 50
"""Scenarios that one conversation keeps."""

ScenarioName = Annotated[Name, Field(min_length=1, max_length=80)]
"""What a scenario is called: in a conversation no two have the same name, letter case aside."""


class PlanSummary(Frozen):
    """What of a plan is compared with others: the first of each view, and what nearly fits."""

    peak_qps: Annotated[float, Field(gt=0)]
    planned_peak_qps: Annotated[float, Field(gt=0)]
    """With the policy's burst factor and headroom."""
    compliant: Annotated[int, Field(ge=0)]
    """Configurations that meet every target and constraint."""
    leaders: dict[View, Recommendation] = Field(default_factory=dict)
    """The first option of each view that has any."""
    nearest: str | None = None
    """The first near miss, where there are any."""
    price_table: str
    """Digest of the prices that were used."""
    calibration: str
    """Version of the performance model that was used."""


class Scenario(Frozen):
    """A specification under a name, and what its plan came to when it was kept."""

    thread_id: Annotated[Name, Field(min_length=1, max_length=200)]
    name: ScenarioName
    specification: DeploymentSpecification
    summary: PlanSummary
    created_at: datetime
