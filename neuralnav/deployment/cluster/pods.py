"""Pods as replicas: how far each has come and, where it fails, why and what to do.

Reasons are the kubelet's and the scheduler's: https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from neuralnav.deployment.manifests.kubernetes import ROLLOUT_MARGIN_SECONDS
from neuralnav.models.running import ReplicaPhase, ReplicaState

Document = dict[str, Any]

UNSCHEDULABLE = "Unschedulable"
OUT_OF_MEMORY = "OOMKilled"
CRASH_LOOP = "CrashLoopBackOff"
NOT_READY_IN_TIME = "NotReadyInTime"
NO_IMAGE = frozenset({"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"})
NO_CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})

SCHEDULING_PATIENCE = timedelta(seconds=60)
"""For how long a pod may wait for a node before something must be wrong: the one that it replaces may hold the GPU."""

DEFAULT_START_SECONDS = 600
"""For containers without a startup probe."""

MOST_RESTARTS = 3
"""Of a replica that is not ready, after which it counts as failing."""


@dataclass(frozen=True)
class Trouble:
    """Why a replica is not there."""

    reason: str
    message: str
    lasting: bool = True
    """Whether it stays so unless something changes."""
    previous_log: bool = False
    """Whether the log of the run before says more than that of this one."""


def replica_of(pod: Document, now: datetime) -> tuple[ReplicaState, Trouble | None]:
    """The replica that a pod is, without its log, and what is wrong with it."""
    status = pod.get("status") or {}
    trouble = None if _is_going(pod) or is_ready(pod) else next(_troubles(pod, status, now), None)
    state = ReplicaState(
        name=pod["metadata"]["name"],
        phase=_phase(pod, trouble),
        restarts=sum(int(container.get("restartCount") or 0) for container in _containers(status)),
        reason=trouble.reason if trouble else None,
        message=trouble.message if trouble else None,
    )
    return state, trouble


def is_ready(pod: Document) -> bool:
    """Whether the pod takes requests."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
    return ready and not _is_going(pod)


def moment(text: Any) -> datetime | None:
    """A time as the API writes it."""
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None


def _is_going(pod: Document) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _phase(pod: Document, trouble: Trouble | None) -> ReplicaPhase:
    if _is_going(pod):
        return ReplicaPhase.STOPPING
    if is_ready(pod):
        return ReplicaPhase.READY
    return ReplicaPhase.FAILED if trouble and trouble.lasting else ReplicaPhase.STARTING


def _containers(status: Mapping[str, Any]) -> list[Document]:
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _troubles(pod: Document, status: Document, now: datetime) -> Iterator[Trouble]:
    yield from _scheduling(status, now)
    if status.get("phase") == "Failed":
        why = f"{status.get('reason') or 'it ended'}: {status.get('message') or 'no reason is given'}"
        yield Trouble(str(status.get("reason") or "Failed"), f"The pod has failed ({why}).")
    for container in _containers(status):
        yield from _container(container, pod)
    yield from _lateness(pod, status, now)


def _scheduling(status: Document, now: datetime) -> Iterator[Trouble]:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            since = moment(condition.get("lastTransitionTime"))
            waited = since is not None and now - since >= SCHEDULING_PATIENCE
            said = str(condition.get("message") or "no node takes the pod")
            yield Trouble(UNSCHEDULABLE, f"{said} {_room_advice(said)}", lasting=waited)


def _room_advice(said: str) -> str:
    if "persistentvolumeclaim" in said.lower():
        return "A volume is not there: check the storage class, and whether volumes can still be made."
    if "gpu" in said.lower():
        return "Not enough GPUs of the kind are free: free some, add nodes, or plan for fewer."
    if "node affinity" in said.lower() or "selector" in said.lower():
        return "No node has the labels that the pod asks for: check the GPU operator's, or plan for another GPU."
    return "Make room on the nodes, or plan for less."


def _container(container: Document, pod: Document) -> Iterator[Trouble]:
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason, said = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    ended = (container.get("lastState") or {}).get("terminated") or {}
    restarts = int(container.get("restartCount") or 0)
    if reason in NO_IMAGE:
        image = container.get("image") or "its image"
        yield Trouble(reason, f"{image} cannot be pulled: {said} Check the name, the registry and the pull secret.")
    elif reason in NO_CONFIG:
        yield Trouble(reason, _config_advice(said, pod["metadata"].get("namespace", "")))
    elif ended.get("reason") == OUT_OF_MEMORY:
        text = f"It needs more memory than its limit and was ended (restart {restarts}). Plan for more memory."
        yield Trouble(OUT_OF_MEMORY, text, lasting=restarts >= 2 or reason == CRASH_LOOP, previous_log=True)
    elif reason == CRASH_LOOP or (ended and restarts >= MOST_RESTARTS):
        code = f"exit code {ended.get('exitCode', 'unknown')}"
        text = f"It ends soon after it starts ({code}, {restarts} restarts); its last lines say why."
        yield Trouble(CRASH_LOOP, text, previous_log=True)


def _config_advice(said: str, namespace: str) -> str:
    name = said.partition('secret "')[2].partition('"')[0]
    if name and "not found" in said:
        return (
            f'secret "{name}" not found in the namespace {namespace!r}. Make it once: '
            f"kubectl create secret generic {name} --namespace {namespace} --from-file=token=./token.txt"
        )
    return f"A container cannot be made: {said}"


def _lateness(pod: Document, status: Document, now: datetime) -> Iterator[Trouble]:
    """Counted from the start or, of a pod that was ready before, from the end of that."""
    lost = (c.get("lastTransitionTime") for c in status.get("conditions") or () if c.get("type") == "Ready")
    times = [found for text in (status.get("startTime"), *lost) if text and (found := moment(text))]
    allowed = longest_start(pod.get("spec") or {})
    if times and now - max(times) > allowed:
        minutes = round(allowed.total_seconds() / 60)
        text = f"It runs and was not ready within {minutes} minutes. Its log says what it does."
        yield Trouble(NOT_READY_IN_TIME, text)


def longest_start(spec: Mapping[str, Any]) -> timedelta:
    """How long a pod may take until it is ready, with time for the scheduler and the image."""
    return timedelta(seconds=startup_seconds(spec) + ROLLOUT_MARGIN_SECONDS)


def startup_seconds(spec: Mapping[str, Any]) -> int:
    """How long the containers may take to start, by their startup probes."""
    probes = [container.get("startupProbe") or {} for container in spec.get("containers") or ()]
    return max(
        (
            int(probe.get("initialDelaySeconds") or 0)
            + int(probe.get("failureThreshold") or 3) * int(probe.get("periodSeconds") or 10)
            for probe in probes
            if probe
        ),
        default=DEFAULT_START_SECONDS,
    )
