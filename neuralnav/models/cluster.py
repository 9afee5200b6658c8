"""What a cluster has to plan with."""

from __future__ import annotations

from typing import Any

from neuralnav.models.base import Frozen, PlainText

FROM_CLUSTER = "from the cluster"
"""How the source of a value begins that the cluster gave."""


class ClusterGpus(Frozen):
    """The GPUs that are free in a cluster, as changes of a specification."""

    changes: dict[str, Any]
    """Which GPUs, how many of one kind, and how many a node has: specification fields to values."""
    source: PlainText
    """Where that comes from, as people read it: ``from the cluster kind-neuralnav``."""
