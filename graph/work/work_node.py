"""What the nodes between the checkpoints share: the agents, and where each may lead."""

from __future__ import annotations

from typing import Any, ClassVar

from agents.team import Agents


class WorkNode:
    """A node that works without asking."""

    leads_to: ClassVar[tuple[str, ...]]
    """The nodes that come next, besides ``failed``."""
    run: Any
    """The work: takes the state (and the run's config), returns a ``Command``."""

    def __init__(self, agents: Agents) -> None:
        self.agents = agents
