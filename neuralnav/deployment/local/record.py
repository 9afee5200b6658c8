"""What the supervisor of a deployment keeps on disk about it, for everyone who asks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neuralnav.models.base import Frozen, PlainText, WholeNumber
from neuralnav.models.running import MOST_EVENTS, ReplicaState, RunEvent

Port = Annotated[WholeNumber, Field(ge=1, le=65_535)]
ProcessId = Annotated[WholeNumber, Field(ge=1)]


class ReplicaRecord(ReplicaState):
    """One replica, and where its process is."""

    serves: bool = False
    """Whether it belongs to the revision that requests go to; others come, go or have failed."""
    pid: ProcessId | None = None
    port: Port | None = None


class Record(Frozen):
    """The deployment as its supervisor sees it."""

    port: Port
    """Where the proxy listens."""
    serial: Annotated[WholeNumber, Field(ge=1)]
    """Of the order that is followed."""
    in_force: str | None = None
    """Digest of the document whose replicas get the requests."""
    replicas: tuple[ReplicaRecord, ...] = ()
    events: Annotated[tuple[RunEvent, ...], Field(max_length=MOST_EVENTS)] = ()
    stuck: PlainText | None = None
