"""When a deployment that is neither ready nor visibly stuck has had all the time that its start may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from neuralnav.deployment.cluster.demand import pod_specs
from neuralnav.deployment.cluster.kinds import DEPLOYMENT
from neuralnav.deployment.cluster.objects import ClusterObject
from neuralnav.deployment.cluster.pods import longest_start, moment
from neuralnav.models.running import ReplicaPhase, RunningState

Document = dict[str, Any]


def lateness(
    main: ClusterObject,
    live: Document,
    deployment: Document | None,
    pods: Sequence[Document],
    *,
    state: RunningState,
    now: datetime,
) -> str | None:
    """That the deployment is not ready in time, what was last seen and what to do; ``None``: it may still become ready.

    Time counts from the last step, so that a replica which is added, replaced or lost later has all of it too.
    """
    if state.is_ready and state.endpoint is not None:
        return None
    newest = max(_steps(live, deployment, pods), default=now)
    allowed = longest_start(next(pod_specs(main.document), {}))
    if now - newest <= allowed:
        return None
    minutes = round(allowed.total_seconds() / 60)
    return f"{main.title} was not ready in time: for {minutes} minutes nothing has moved. {_last_seen(main, state)}"


def _steps(live: Document, deployment: Document | None, pods: Iterable[Document]) -> Iterator[datetime]:
    """When something was asked for, made, came true or was lost again."""
    for document in (live, *([deployment] if deployment else ()), *pods):
        metadata = document["metadata"]
        asked = [entry for entry in metadata.get("managedFields") or () if entry.get("subresource") != "status"]
        told = [
            condition
            for condition in (document.get("status") or {}).get("conditions") or ()
            if condition.get("reason") != "ProgressDeadlineExceeded"
        ]
        times = (
            metadata.get("creationTimestamp"),
            *(entry.get("time") for entry in asked),
            *(condition.get(name) for condition in told for name in ("lastTransitionTime", "lastUpdateTime")),
        )
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
