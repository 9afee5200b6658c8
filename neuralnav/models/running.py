"""What is known of a deployment that runs: its replicas, what happened to them, and what a change would do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from neuralnav.models.base import Frozen, PlainText, WholeNumber

MOST_LOG_LINES = 20
"""Lines of a failed replica's log that are kept to explain it."""

MOST_EVENTS = 50
"""Events that are kept of one deployment, the newest."""

Count = Annotated[WholeNumber, Field(ge=0, le=100_000)]


class ReplicaPhase(StrEnum):
    """How far one replica has come."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    """It ended, or will not start unless something changes; it may be tried again."""
    STOPPING = "stopping"


class ReplicaState(Frozen):
    """One replica: a pod or a process."""

    model_config = ConfigDict(str_strip_whitespace=False)

    name: str
    phase: ReplicaPhase
    restarts: Count = 0
    reason: str | None = None
    """In a word, as the place calls it: ``ImagePullBackOff``, ``Unschedulable``, ``exit code 1``."""
    message: PlainText | None = None
    """The same in a sentence, with what to do about it."""
    log_tail: Annotated[tuple[PlainText, ...], Field(max_length=MOST_LOG_LINES)] = ()
    """Its last lines, where it failed."""


class RunEvent(Frozen):
    """Something that the place reported."""

    at: AwareDatetime
    about: str
    """The object or replica, as ``Kind/name``."""
    reason: str
    message: PlainText
    warning: bool = False


class Endpoint(Frozen):
    """Where requests go."""

    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)]
    """Without ``/v1``. May be reachable from inside the cluster only."""
    model: str
    """What clients send as ``model``."""


class RunningState(Frozen):
    """A deployment as it is now."""

    wanted: Count
    """Replicas that it should have."""
    replicas: tuple[ReplicaState, ...] = ()
    events: Annotated[tuple[RunEvent, ...], Field(max_length=MOST_EVENTS)] = ()
    """Oldest first."""
    endpoint: Endpoint | None = None
    """``None``: there is none yet."""
    stuck: PlainText | None = None
    """Why it will not become ready by itself, and what to do; ``None``: nothing speaks against it."""
    current: bool = True
    """Whether what runs is the revision that was asked for, and nothing older."""

    @property
    def ready(self) -> int:
        """Replicas that take requests."""
        return sum(replica.phase is ReplicaPhase.READY for replica in self.replicas)

    @property
    def is_ready(self) -> bool:
        """Whether every wanted replica of the wanted revision takes requests."""
        return self.current and self.wanted > 0 and self.ready >= self.wanted

    @property
    def can_be_checked(self) -> bool:
        """Whether waiting longer would tell nothing more: it is ready, stuck, or not there at all."""
        return self.is_ready or self.stuck is not None or not self.exists

    @property
    def exists(self) -> bool:
        """Whether there is anything."""
        return self.wanted > 0 or bool(self.replicas)


class ChangeVerb(StrEnum):
    """What applying does to one object."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    DELETE = "delete"


class FieldConflict(Frozen):
    """A field that somebody else's tool has set to another value."""

    field: str
    manager: str
    """The tool, as it calls itself: ``kubectl-client-side-apply``, ``argocd`` ..."""


class ObjectChange(Frozen):
    """What applying does to one object, for people to read."""

    model_config = ConfigDict(str_strip_whitespace=False)

    kind: str
    name: str
    verb: ChangeVerb
    diff: tuple[PlainText, ...] = ()
    """Lines of a unified diff of what is there and what would be; secrets are not in it."""
    conflicts: tuple[FieldConflict, ...] = ()


class Preflight(Frozen):
    """What a change would do and whether it could be done; looking changes nothing."""

    where: str
    """The place in a few words: ``this machine (HOST, HOME)``, ``namespace chat of the cluster kind-neuralnav``."""
    changes: tuple[ObjectChange, ...] = ()
    problems: tuple[PlainText, ...] = ()
    """Why it cannot be done, each with what to do: a missing right, too few GPUs, a missing resource type."""
    notes: tuple[PlainText, ...] = ()
    """What to know besides."""

    @property
    def possible(self) -> bool:
        """Whether nothing speaks against it; conflicts need an approval of their own."""
        return not self.problems

    @property
    def conflicts(self) -> tuple[FieldConflict, ...]:
        """Fields of all objects that would be taken from other tools."""
        return tuple(conflict for change in self.changes for conflict in change.conflicts)
