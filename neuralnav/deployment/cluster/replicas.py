"""The replicas of a deployment, with the last lines of those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from neuralnav.deployment.cluster.connection import Connection, Document
from neuralnav.deployment.cluster.pods import UNSCHEDULABLE, Trouble, is_ready, replica_of
from neuralnav.deployment.manifests.workload import Workload
from neuralnav.deployment.markdown import SECRET_LIKE
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.running import MOST_LOG_LINES, ReplicaState

MOST_LOGS = 3
"""Failed replicas whose logs are read: they mostly say the same."""

LONGEST_LINE = 500


@dataclass(frozen=True)
class Replicas:
    """The pods of a deployment and what they say."""

    pods: tuple[Document, ...]
    states: tuple[ReplicaState, ...]
    stuck: str | None
    """What keeps one of them from becoming ready by itself."""


def pods_path(namespace: str) -> str:
    """The path of the list of pods in a namespace."""
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/pods"


def pod_selector(workload: Workload) -> str:
    """What selects the deployment's pods."""
    return ",".join(f"{name}={value}" for name, value in sorted(workload.pod_labels.items()))


async def list_pods(connection: Connection, namespace: str, workload: Workload) -> list[Document]:
    """The pods, the newest first."""
    query = {"labelSelector": pod_selector(workload)}
    pods = await connection.all_of(pods_path(namespace), "list the replicas", query=query)
    return sorted(
        pods, key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), pod["metadata"]["name"]), reverse=True
    )


async def look_at(
    connection: Connection, pods: Sequence[Document], workload: Workload, now: datetime, *, nodes_may_grow: bool
) -> Replicas:
    """The replicas that ``pods`` are."""
    found = [replica_of(pod, now) for pod in pods]
    failing = [(place, trouble) for place, (_, trouble) in enumerate(found) if trouble and trouble.lasting]
    told = [(place, trouble) for place, trouble in failing if trouble.reason != UNSCHEDULABLE][:MOST_LOGS]
    tails = await asyncio.gather(*(_log_tail(connection, pods[place], workload, trouble) for place, trouble in told))
    logs = {place: tail for (place, _), tail in zip(told, tails, strict=True)}
    states = tuple(state.model_copy(update={"log_tail": logs.get(place, ())}) for place, (state, _) in enumerate(found))
    lasting = [trouble for _, trouble in failing if not (nodes_may_grow and trouble.reason == UNSCHEDULABLE)]
    return Replicas(tuple(pods), states, f"{lasting[0].reason}: {lasting[0].message}" if lasting else None)


def a_ready_pod(pods: Sequence[Document]) -> Document | None:
    """The newest pod that takes requests."""
    return next((pod for pod in pods if is_ready(pod)), None)


def proxy_path(pod: Document, workload: Workload) -> str:
    """The path of the API through which the pod's server is reached."""
    containers = pod["spec"]["containers"]
    serving = next((c for c in containers if c.get("name") == workload.container), containers[0])
    probed = (serving.get("readinessProbe") or {}).get("httpGet") or {}
    scheme = "https:" if probed.get("scheme") == "HTTPS" else ""
    ports = serving.get("ports") or ()
    port = ports[0]["containerPort"] if ports else workload.service_port
    metadata = pod["metadata"]
    name = quote(metadata["name"], safe="")
    return f"{pods_path(metadata['namespace'])}/{scheme}{name}:{port}/proxy"


async def _log_tail(connection: Connection, pod: Document, workload: Workload, trouble: Trouble) -> tuple[str, ...]:
    metadata = pod["metadata"]
    path = f"{pods_path(metadata['namespace'])}/{quote(metadata['name'], safe='')}/log"
    names = [container.get("name") for container in pod["spec"]["containers"]]
    container = workload.container if workload.container in names else str(names[0])
    query = {"container": container, "tailLines": str(MOST_LOG_LINES)}
    for which in ({"previous": "true"}, {}) if trouble.previous_log else ({},):
        try:
            text = await connection.text(path, "read a replica's log", query=query | which)
        except (InvalidInputError, UnavailableError):
            continue  # not started yet, already gone, or not this account's to read
        if text.strip():
            lines = text.splitlines()[-MOST_LOG_LINES:]
            return tuple(SECRET_LIKE.sub("[hidden]", line)[:LONGEST_LINE] for line in lines)
    return ()
