"""What a pod's status and its events say of its fate.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus
"""

from __future__ import annotations

from typing import Any

from tests.doubles.kubernetes_api.fates import Fate, Kind
from tests.doubles.kubernetes_api.serving import LOGS, PREVIOUS_LOGS, SERVED_BY
from tests.doubles.kubernetes_api.store import Document, now


def pod_annotations(fate: Fate) -> dict[str, str]:
    """What the double keeps of a fate with the pod: its logs, and who answers for it."""
    found = {LOGS: fate.logs, SERVED_BY: fate.url} if fate.url or fate.logs else {}
    if fate.kind is Kind.CRASHING:
        found[PREVIOUS_LOGS] = fate.logs
    return {name: value for name, value in found.items() if value}


def pod_status(pod: Document, fate: Fate) -> Document:
    """``status`` as scheduler and kubelet write it."""
    at = pod["metadata"]["creationTimestamp"]
    if fate.kind is Kind.UNSCHEDULABLE:
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": fate.message}
        return {"phase": "Pending", "conditions": [condition | {"lastTransitionTime": at}]}
    ready = fate.kind is Kind.READY
    conditions = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": at},
        {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": at},
    ]
    running = fate.kind in (Kind.READY, Kind.STARTING, Kind.CRASHING)
    return {
        "phase": "Running" if running else "Pending",
        "podIP": "10.0.0.7",
        "startTime": at,
        "conditions": conditions,
        "containerStatuses": [_container(pod, fate, at)],
    }


def _container(pod: Document, fate: Fate, at: str) -> Document:
    container = pod["spec"]["containers"][0]
    status: dict[str, Any] = {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": fate.kind is Kind.READY,
        "restartCount": fate.restarts,
    }
    ended = {"exitCode": fate.exit_code, "reason": fate.reason, "startedAt": at, "finishedAt": at}
    waiting = {
        Kind.IMAGE: ("ImagePullBackOff", f'Back-off pulling image "{container["image"]}": {fate.message}'),
        Kind.CRASHING: ("CrashLoopBackOff", f"back-off 1m20s restarting failed container={container['name']}"),
        Kind.CONFIG: ("CreateContainerConfigError", fate.message),
    }
    if fate.kind in waiting:
        reason, message = waiting[fate.kind]
        status["state"] = {"waiting": {"reason": reason, "message": message}}
    else:
        status["state"] = {"running": {"startedAt": at}}
    if fate.restarts:
        status["lastState"] = {"terminated": ended}
    return status


def pod_event(pod: Document, fate: Fate) -> Document | None:
    """The event that is seen with a fate, or ``None`` for one that needs none."""
    image = pod["spec"]["containers"][0]["image"]
    reasons = {
        Kind.UNSCHEDULABLE: ("FailedScheduling", fate.message),
        Kind.IMAGE: ("Failed", f'Failed to pull image "{image}": {fate.message}'),
        Kind.CRASHING: ("BackOff", "Back-off restarting failed container"),
        Kind.CONFIG: ("Failed", f"Error: {fate.message}"),
        Kind.READY: ("Started", "Started container"),
    }
    if fate.kind not in reasons:
        return None
    reason, message = reasons[fate.kind]
    metadata = pod["metadata"]
    return {
        "involvedObject": {
            "kind": "Pod",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
        "reason": reason,
        "message": message,
        "type": "Normal" if fate.kind is Kind.READY else "Warning",
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "count": 1,
    }
