"""The last advice that a conversation was given: bound to the deployment that it is for, and to no later one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from graph.state import dump
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment, ProposedChange


class GivenAdvice(Frozen):
    """An advice, and the deployment that what was observed of speaks for it."""

    deployment_id: UUID
    change: ProposedChange


def given(deployment: Deployment, change: ProposedChange | None) -> dict[str, Any] | None:
    """``change`` as the state keeps it; ``None``: nothing is advised."""
    return None if change is None else dump(GivenAdvice(deployment_id=deployment.id, change=change))


def advice_now(state: Mapping[str, Any], live: Deployment) -> ProposedChange | None:
    """What is advised about ``live``."""
    if state.get("advice") is None:
        return None
    advice = GivenAdvice.model_validate(state["advice"])
    return advice.change if advice.deployment_id == live.id else None
