"""When a deployment that is neither ready nor visibly stuck has had all the time that its start may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from neuralnav.deployment.cluster.connection import FIELD_MANAGER
from neuralnav.deployment.cluster.demand import pod_specs
from neuralnav.deployment.cluster.kinds import DEPLOYMENT
from neuralnav.deployment.cluster.objects import ClusterObject
from neuralnav.deployment.cluster.pods import longest_start, moment
from neuralnav.models.running import ReplicaPhase, RunningState

Document = dict[str, Any]

STEADY = timedelta(minutes=5)
"""For how long a deployment is seen ready until its next start has all its time again: less than that is a flicker."""


@dataclass
class _Start:
    """What was seen of one deployment since it was last steadily ready."""

    since: datetime
    ready_since: datetime | None = None


class Lateness:
    """Which deployments are late, over all the looks of one process.

    Conditions may flicker and autoscalers may ask for other numbers all the time: neither gives a start that was
    seen before more time. What is asked for here, and each new pod, does.
    """

    def __init__(self) -> None:
        self._starts: dict[str, _Start] = {}

    def forget(self, main: ClusterObject) -> None:
        """It has gone, or nothing of it is wanted."""
        self._starts.pop(main.path, None)

    def look(
        self,
        main: ClusterObject,
        live: Document,
        deployment: Document | None,
        pods: Sequence[Document],
        *,
        state: RunningState,
        now: datetime,
    ) -> str | None:
        """That it is not ready in time, what was last seen and what to do; ``None``: it may still become ready.

        Time counts from the last step, so that a replica which is added, replaced or lost later has all of it too.
        """
        if state.is_ready and state.endpoint is not None:
            self._is_ready(main, now)
            return None
        documents = (live, *([deployment] if deployment else ()), *pods)
        made = max(_made(documents), default=None)
        newest = max((*_moved(documents), *([made] if made else ())), default=now)
        start = self._starts.get(main.path)
        if start is None or (start.ready_since is not None and now - start.ready_since >= STEADY):
            start = self._starts[main.path] = _Start(newest)
        start.since, start.ready_since = max(start.since, made or start.since), None
        allowed = longest_start(next(pod_specs(main.document), {}))
        if now - start.since <= allowed:
            return None
        minutes = round(allowed.total_seconds() / 60)
        return f"{main.title} was not ready in time: its start may take {minutes} minutes. {_last_seen(main, state)}"

    def _is_ready(self, main: ClusterObject, now: datetime) -> None:
        start = self._starts.get(main.path)
        if start is None:
            return
        start.ready_since = start.ready_since or now
        if now - start.ready_since >= STEADY:
            self.forget(main)


def _made(documents: Iterable[Document]) -> Iterator[datetime]:
    """When objects were made, or asked for by this program."""
    for document in documents:
        metadata = document["metadata"]
        ours = [e for e in metadata.get("managedFields") or () if e.get("manager") == FIELD_MANAGER]
        yield from _moments(metadata.get("creationTimestamp"), *(entry.get("time") for entry in ours))


def _moved(documents: Iterable[Document]) -> Iterator[datetime]:
    """When something else was asked of them, came true or was lost again."""
    for document in documents:
        asked = [e for e in document["metadata"].get("managedFields") or () if e.get("subresource") != "status"]
        told = [
            condition
            for condition in (document.get("status") or {}).get("conditions") or ()
            if condition.get("reason") != "ProgressDeadlineExceeded"
        ]
        yield from _moments(
            *(entry.get("time") for entry in asked),
            *(condition.get(name) for condition in told for name in ("lastTransitionTime", "lastUpdateTime")),
        )


def _moments(*times: Any) -> Iterator[datetime]:
    yield from (found for time in times if time and (found := moment(time)))


def _last_seen(main: ClusterObject, state: RunningState) -> str:
    waiting = next((replica for replica in state.replicas if replica.phase is not ReplicaPhase.READY), None)
    seen = f"Last seen: {state.ready} of {state.wanted} replicas ready"
    if state.ready < state.wanted and waiting is None:
        return f"{seen}, and no others made. Check that the cluster's controllers run, and the namespace's quotas."
    if state.ready < state.wanted and waiting is not None:
        why = f": {waiting.reason}, {waiting.message}" if waiting.reason else ""
        return f"{seen}; {waiting.name} is {waiting.phase.value}{why}. Look at its events and its log."
    if not state.current:
        return f"{seen}, but what runs is not what was applied: somebody else has changed it. Deploy it again."
    maker = "Kubernetes" if main.kind == DEPLOYMENT else "KServe"
    return (
        f"{seen}, but {maker} has published no address for them. Check the cluster's gateway and {maker}'s controller."
    )
