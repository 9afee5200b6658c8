"""How a deployment stands: whether what runs is what was asked for, where requests go, what its objects complain of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from neuralnav.deployment.cluster.demand import demands, pod_specs
from neuralnav.deployment.cluster.kinds import DEPLOYMENT, INFERENCE_SERVICE, LLM_INFERENCE_SERVICE
from neuralnav.deployment.cluster.objects import ClusterObject
from neuralnav.deployment.cluster.pods import moment, startup_seconds
from neuralnav.deployment.manifests.workload import Workload
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.running import Endpoint

Document = dict[str, Any]

MAIN_KINDS = (INFERENCE_SERVICE, LLM_INFERENCE_SERVICE, DEPLOYMENT)
SERVED_NAME = "--served-model-name"

PATIENCE = timedelta(seconds=90)
"""For how long a controller may take before its silence or its complaint counts."""

DEFAULT_PROGRESS_SECONDS = 600
"""For how long a Deployment waits for a step forward, unless it says otherwise."""


def main_object(objects: tuple[ClusterObject, ...]) -> ClusterObject:
    """The object from which replicas come.

    Raises:
        InvalidInputError: there is none.
    """
    found = next((entry for kind in MAIN_KINDS for entry in objects if entry.kind == kind), None)
    if found is None:
        allowed = " or ".join(kind.name for kind in MAIN_KINDS)
        raise InvalidInputError(f"The manifests have no {allowed}.", (FieldProblem("files", "none", allowed),))
    return found


def wanted_replicas(main: ClusterObject, live: Document | None, deployment: Document | None) -> int:
    """How many replicas there should be now: as the autoscaler says, if there is one."""
    if live is None or live["metadata"].get("deletionTimestamp"):
        return 0
    if deployment is not None:
        return int((deployment.get("spec") or {}).get("replicas", 1))
    return sum(demand.replicas for demand in demands((main,)))


def is_rolled_out(main: ClusterObject, live: Document, deployment: Document | None) -> bool:
    """Whether the controllers have acted on the newest revision, and no pod of an older one is left."""
    if deployment is None or not all(map(_is_observed, (live, deployment))):
        return False
    status = deployment.get("status") or {}
    if int(status.get("replicas") or 0) != int(status.get("updatedReplicas") or 0):
        return False
    return main.kind == LLM_INFERENCE_SERVICE or _runs_the_same(main.document, deployment)


def _is_observed(document: Document) -> bool:
    seen = (document.get("status") or {}).get("observedGeneration")
    return seen is None or int(seen) >= int(document["metadata"].get("generation") or 0)


def _runs_the_same(wanted: Document, deployment: Document) -> bool:
    """KServe copies our container to its Deployment; it may add to it, but keeps what it runs."""
    ours, theirs = (_serving(document) for document in (wanted, deployment))
    return all(ours.get(part) == theirs.get(part) for part in ("image", "command", "args"))


def _serving(document: Document) -> Document:
    spec = next(pod_specs(document), None)
    containers: list[Document] = spec["containers"] if spec else [{}]
    return containers[0]


def endpoint_of(main: ClusterObject, live: Document, workload: Workload) -> Endpoint | None:
    """Where requests go: the address that KServe publishes, else the Service's inside the cluster."""
    status = live.get("status") or {}
    published = status.get("url") or (status.get("address") or {}).get("url")
    if main.kind != DEPLOYMENT and not published:
        return None
    port = "" if workload.service_port == 80 else f":{workload.service_port}"
    inside = f"http://{workload.service}.{main.namespace}.svc.cluster.local{port}"
    return Endpoint(url=str(published or inside).rstrip("/"), model=served_model(main))


def served_model(main: ClusterObject) -> str:
    """What clients send as ``model``."""
    arguments = [str(argument) for argument in _serving(main.document).get("args") or ()]
    for place, argument in enumerate(arguments):
        if argument.startswith(f"{SERVED_NAME}="):
            return argument.partition("=")[2]
        if argument == SERVED_NAME and place + 1 < len(arguments):
            return arguments[place + 1]
    named = (main.document["spec"].get("model") or {}).get("name")
    return str(named or (arguments[0] if arguments else main.name))


def complaints(main: ClusterObject, live: Document, deployment: Document | None, now: datetime) -> Iterator[str]:
    """What keeps the deployment from standing that no pod tells."""
    if live["metadata"].get("deletionTimestamp"):
        return
    if deployment is None:
        made = moment(live["metadata"].get("creationTimestamp"))
        if made is not None and now - made > PATIENCE:
            said = next(_failed_conditions(live, now), "it says nothing")
            yield f"KServe has made no Deployment for {main.title} ({said}). Check that its controller runs."
        return
    for condition in (deployment.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            yield _refused_pods(str(condition.get("message") or "no reason is given"))
        if condition.get("reason") == "ProgressDeadlineExceeded" and _allows_a_whole_start(deployment):
            yield f"The replicas were not ready in the time that the Deployment allows: {condition.get('message')}"


def _allows_a_whole_start(deployment: Document) -> bool:
    """Whether the Deployment waits for as long as its pods may take to start: KServe's wait for 10 minutes."""
    spec = next(pod_specs(deployment), {})
    allowed = int(deployment["spec"].get("progressDeadlineSeconds") or DEFAULT_PROGRESS_SECONDS)
    return allowed >= startup_seconds(spec)


def unready_service(main: ClusterObject, live: Document, now: datetime) -> str | None:
    """Why KServe's object is not ready although its replicas are: a gateway that is missing, a name that is taken."""
    said = None if main.kind == DEPLOYMENT else next(_failed_conditions(live, now), None)
    return f"{main.title} does not become ready: {said}" if said else None


def _refused_pods(message: str) -> str:
    if "exceeded quota" in message:
        return f"A quota keeps replicas from being made: {message}. Have it raised, or plan for less."
    return f"The cluster refuses to make replicas: {message}"


def _failed_conditions(live: Document, now: datetime) -> Iterator[str]:
    for condition in (live.get("status") or {}).get("conditions") or ():
        since = moment(condition.get("lastTransitionTime"))
        said = condition.get("message") or condition.get("reason")
        if condition.get("status") == "False" and said and since is not None and now - since > PATIENCE:
            yield f"{condition.get('type')}: {said}"
