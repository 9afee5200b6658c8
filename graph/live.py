"""What a conversation has in place: the revision that runs, those before it, and how the state comes back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.state import CLEARED, MAX_REVISIONS, ConversationState, dump
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import ChangeKind, Deployment
from neuralnav.models.specification import DeploymentSpecification, Pinned

UNPINNED: dict[str, Any] = {f"pinned.{field}": None for field in Pinned.model_fields}
"""The changes that free what a scale has pinned."""


class DeployedRevision(Frozen):
    """A deployment and the specification that it was planned for."""

    deployment: Deployment
    specification: DeploymentSpecification
    settled: bool = True
    """Whether it passed its checks, so that it can be returned to."""


def revisions(state: ConversationState) -> list[DeployedRevision]:
    """What is in place and what was before, oldest first; empty: nothing is."""
    return [DeployedRevision.model_validate(document) for document in state.get("revisions") or ()]


def live_revision(state: ConversationState) -> DeployedRevision | None:
    """What is in place."""
    found = revisions(state)
    return found[-1] if found else None


def placed(state: ConversationState, deployment: Deployment) -> list[dict[str, Any]]:
    """The revisions with ``deployment`` in place: one more, one less after a roll-back, none after an end.

    What never passed its checks before it was replaced is not returned to, and so not kept.
    """
    there = list(state.get("revisions") or ())
    if deployment.approval.change is ChangeKind.RETIRE:
        return []
    if deployment.approval.change is ChangeKind.ROLL_BACK:
        there = there[:-2]
    there = [one for one in there if one.get("settled", True)]
    specification = DeploymentSpecification.model_validate(state.get("specification"))
    added = DeployedRevision(deployment=deployment, specification=specification, settled=False)
    return [*there, dump(added)][-MAX_REVISIONS:]


def settled(state: ConversationState) -> list[dict[str, Any]]:
    """The revisions, of which the last one has passed its checks."""
    there = list(state.get("revisions") or ())
    return [*there[:-1], *({**last, "settled": True} for last in there[-1:])]


def fallback(state: ConversationState) -> list[DeployedRevision]:
    """The revisions up to the one that a failed change returns to: the last that passed its checks; empty: none did."""
    before = [DeployedRevision.model_validate(document) for document in state.get("before_change") or ()]
    while before and not before[-1].settled:
        before.pop()
    return before


def is_half_made(state: Mapping[str, Any]) -> bool:
    """Whether a change that was approved may have begun, and is neither in place nor undone."""
    if state.get("undoing"):
        return True
    failed_at = (state.get("failure") or {}).get("node")
    ends = (state.get("approval") or {}).get("change") == ChangeKind.RETIRE
    return failed_at == "execute_deployment" and state.get("approval") is not None and not ends


def restored(live: DeployedRevision) -> dict[str, Any]:
    """The state's values when the conversation rests at ``live``; drafts of a change go."""
    return {
        **CLEARED,
        "specification": dump(live.specification),
        "choice": dump(live.deployment.choice),
        "manifests": dump(live.deployment.manifests),
    }
