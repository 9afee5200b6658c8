"""What a conversation has in place: the revision that runs, those before it, and how the state comes back to it."""

from __future__ import annotations

from typing import Any

from graph.state import CLEARED, MAX_REVISIONS, ConversationState, dump
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification


class DeployedRevision(Frozen):
    """A deployment and the specification that it was planned for."""

    deployment: Deployment
    specification: DeploymentSpecification


def revisions(state: ConversationState) -> list[DeployedRevision]:
    """What is in place and what was before, oldest first; empty: nothing is."""
    return [DeployedRevision.model_validate(document) for document in state.get("revisions") or ()]


def live_revision(state: ConversationState) -> DeployedRevision | None:
    """What is in place."""
    found = revisions(state)
    return found[-1] if found else None


def with_revision(state: ConversationState, deployment: Deployment) -> list[dict[str, Any]]:
    """The revisions once ``deployment`` is in place for the present specification; the oldest ones are dropped."""
    specification = DeploymentSpecification.model_validate(state.get("specification"))
    added = DeployedRevision(deployment=deployment, specification=specification)
    return [*(state.get("revisions") or ()), dump(added)][-MAX_REVISIONS:]


def restored(live: DeployedRevision) -> dict[str, Any]:
    """The state's values when the conversation rests at ``live``; drafts of a change go."""
    return {
        **CLEARED,
        "specification": dump(live.specification),
        "choice": dump(live.deployment.choice),
        "manifests": dump(live.deployment.manifests),
    }
