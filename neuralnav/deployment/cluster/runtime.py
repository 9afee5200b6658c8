"""Deployments on one cluster: the :class:`~neuralnav.deployment.runtime.Runtime` for KServe, Kubernetes and llm-d."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from neuralnav.deployment.cluster.answers import ConflictsError, NotAllowedError, unapproved
from neuralnav.deployment.cluster.changes import differs
from neuralnav.deployment.cluster.connection import CONNECT_SECONDS, Connection, Document
from neuralnav.deployment.cluster.credentials import load_credentials
from neuralnav.deployment.cluster.discovery import Discovery, discover
from neuralnav.deployment.cluster.events import run_events
from neuralnav.deployment.cluster.inventory import Inventory, take_inventory
from neuralnav.deployment.cluster.kinds import DEPLOYMENT, Stage
from neuralnav.deployment.cluster.lateness import Lateness
from neuralnav.deployment.cluster.objects import ClusterObject, is_ours
from neuralnav.deployment.cluster.policy import Policy
from neuralnav.deployment.cluster.preflight import Look, dry_run, look, room_problems
from neuralnav.deployment.cluster.replicas import a_ready_pod, list_pods, look_at, pod_selector, pods_path, proxy_path
from neuralnav.deployment.cluster.rights import explain, missing_rights, removal_rights
from neuralnav.deployment.cluster.standing import (
    complaints,
    endpoint_of,
    is_rolled_out,
    main_object,
    unready_service,
    wanted_replicas,
)
from neuralnav.deployment.cluster.target import Found, aim, find_owned, require
from neuralnav.deployment.cluster.waiting import Watched, changes, wait_until
from neuralnav.deployment.manifests.workload import workload_of
from neuralnav.errors import UnavailableError
from neuralnav.models.catalog import GpuProfile
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.running import FieldConflict, Preflight, RunningState

LONGEST_ANSWER_SECONDS = 600.0
"""Between two parts of a model server's answer."""

METRICS_SECONDS = 10.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class ClusterRuntime:
    """Applies manifests as the field manager ``neuralnav``, and touches nothing that it has not made."""

    connection: Connection
    policy: Policy = field(default_factory=Policy)
    nodes_may_grow: bool = False
    """Whether the cluster adds nodes when pods wait for them: too few GPUs are then no reason to refuse."""
    removal_seconds: float = 60.0
    """For how long removal is watched; what takes longer goes on by itself."""
    now: Callable[[], datetime] = _utc_now
    _discovery: Discovery | None = field(default=None, init=False, repr=False)
    """What the cluster was last found to serve; looked up anew before every change."""
    _lateness: Lateness = field(default_factory=Lateness, init=False, repr=False)

    @classmethod
    async def connect(
        cls,
        kubeconfig: str | None = None,
        context: str | None = None,
        *,
        policy: Policy | None = None,
        nodes_may_grow: bool = False,
        removal_seconds: float = 60.0,
    ) -> ClusterRuntime:
        """A runtime for the account that the kubeconfig names; nothing is asked of the cluster yet.

        Raises:
            InvalidInputError: the kubeconfig cannot be used.
            UnavailableError: no cluster is configured.
        """
        credentials = await asyncio.to_thread(load_credentials, kubeconfig, context)
        return cls(Connection(credentials), policy or Policy(), nodes_may_grow, removal_seconds)

    async def inventory(self, namespace: str, profiles: Iterable[GpuProfile]) -> Inventory:
        """What the cluster has, ``namespace``'s quotas included; ``profiles``: the GPUs that are known.

        Raises:
            UnavailableError: the cluster does not answer.
        """
        return await take_inventory(self.connection, namespace, profiles)

    def where(self, manifests: ManifestSet) -> str:
        """Namespace and cluster, the cluster by its context and its server."""
        credentials = self.connection.credentials
        return f"namespace {manifests.namespace} of the cluster {credentials.name} ({credentials.host})"

    async def preflight(self, manifests: ManifestSet, *, replaces: ManifestSet | None = None) -> Preflight:
        """What :meth:`apply` would do and whether it could; changes nothing."""
        where = self.where(manifests)
        _require_same_place(manifests, replaces)
        forbidden = self.policy.problems(manifests)
        if forbidden:
            return Preflight(where=where, problems=forbidden)
        discovery = await self._discover()
        found = await look(self.connection, aim(manifests, discovery), discovery)
        if found.denied or found.problems:
            return Preflight(where=where, problems=(*found.denied, *found.problems), notes=found.notes)
        changed, refused = await dry_run(self.connection, found)
        room, notes = await room_problems(self.connection, found, nodes_may_grow=self.nodes_may_grow)
        return Preflight(where=where, changes=tuple(changed), problems=(*refused, *room), notes=(*found.notes, *notes))

    async def apply(
        self,
        manifests: ManifestSet,
        *,
        replaces: ManifestSet | None = None,
        take_over: tuple[FieldConflict, ...] = (),
    ) -> None:
        """Put exactly ``manifests`` in place; see the protocol. Every object is tried before the first is changed.

        Whatever else carries this deployment's marks goes, so that an earlier try that was cut short leaves nothing.

        Raises:
            NotAllowedError: a right is missing.
            ConflictsError: fields belong to other tools that are not in ``take_over``; nothing was changed.
        """
        _require_same_place(manifests, replaces)
        require(self.policy.problems(manifests))
        discovery = await self._discover()
        target = aim(manifests, discovery)
        found = await look(self.connection, target, discovery)
        _require_rights(found.denied)
        require(found.problems)
        await self._wait_for_going(found)
        taken = [entry for entry in target.objects if await self._takes(entry, take_over)]
        for entry in target.objects:
            await self.connection.apply(
                entry.path, entry.document, doing=_applying(entry), dry_run=False, force=entry in taken
            )
        await self._delete(found.leftovers)

    async def state(self, manifests: ManifestSet) -> RunningState:
        """What is there now."""
        objects = aim(manifests, self._discovery or await self._discover()).objects
        main = main_object(objects)
        workload = workload_of(manifests.target, manifests.name)
        live, deployment, pods, reported = await asyncio.gather(
            self.connection.find(main.path, f"read {main.title}"),
            self.connection.find(DEPLOYMENT.path(manifests.namespace, workload.deployment), "read the Deployment"),
            list_pods(self.connection, manifests.namespace, workload),
            self._events(manifests.namespace),
        )
        if live is not None and not is_ours(live, manifests):
            self._lateness.forget(main)
            return RunningState(wanted=0)
        now = self.now()
        replicas = await look_at(self.connection, pods, workload, now, nodes_may_grow=self.nodes_may_grow)
        wanted = wanted_replicas(main, live, deployment)
        names = (*(entry.name for entry in objects), *(pod["metadata"]["name"] for pod in pods))
        events = run_events(reported, names, workload.deployment)
        state = RunningState(wanted=wanted, replicas=replicas.states, events=events, stuck=replicas.stuck)
        if live is None or wanted == 0:
            self._lateness.forget(main)
            return state.model_copy(update={"stuck": None, "current": live is None})
        state = state.model_copy(
            update={
                "endpoint": endpoint_of(main, live, workload),
                "current": is_rolled_out(main, live, deployment) and await self._is_as_asked(main, live),
            }
        )
        stuck = (
            next(complaints(main, live, deployment, now), None)
            or replicas.stuck
            or (unready_service(main, live, now) if state.ready >= wanted else None)
            or self._lateness.look(main, live, deployment, pods, state=state, now=now)
        )
        return state.model_copy(update={"stuck": stuck})

    async def changes(self, manifests: ManifestSet, seconds: float) -> AsyncGenerator[RunningState, None]:
        """The state now, and whenever the cluster tells of a change, for ``seconds`` at most."""
        discovery = self._discovery or await self._discover()
        main = main_object(aim(manifests, discovery).objects)
        workload = workload_of(manifests.target, manifests.name)
        watched = dict.fromkeys(
            (
                Watched(pods_path(manifests.namespace), selector=pod_selector(workload)),
                Watched(DEPLOYMENT.path(manifests.namespace), name=workload.deployment),
                Watched(main.kind.path(manifests.namespace), name=main.name),
            )
        )
        async with aclosing(changes(self.connection, watched, seconds)) as told:
            async for _ in told:
                yield await self.state(manifests)

    async def remove(self, manifests: ManifestSet) -> None:
        """Take away every object that carries this deployment's marks, and nothing else.

        Replicas finish the requests that they have; that may take minutes after this returns, and ``state`` shows it.

        Raises:
            InvalidInputError: the namespace is none that deployments may be in.
            NotAllowedError: a right is missing; nothing was removed then.
        """
        if manifests.namespace not in self.policy.namespaces:
            require((f"The namespace {manifests.namespace!r} is not allowed for deployments; nothing is removed.",))
        discovery = await self._discover()
        needed = aim(manifests, discovery).kinds
        owned = await find_owned(self.connection, manifests, discovery, needed=needed)
        rights = removal_rights({found.entry.kind for found in owned})
        missing = await missing_rights(self.connection, manifests.namespace, rights)
        _require_rights((explain(missing, manifests.namespace),) if missing else ())
        await self._delete(owned)
        if owned:
            await self._wait_until_gone(owned)

    def client(self, manifests: ManifestSet) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """A client of one ready replica, through the cluster's API with this account."""
        return self._client(manifests)

    @asynccontextmanager
    async def _client(self, manifests: ManifestSet) -> AsyncIterator[httpx.AsyncClient]:
        workload = workload_of(manifests.target, manifests.name)
        pod = a_ready_pod(await list_pods(self.connection, manifests.namespace, workload))
        if pod is None:
            raise UnavailableError(f"No replica of {manifests.namespace}/{manifests.name} is ready to be talked to.")
        timeout = httpx.Timeout(LONGEST_ANSWER_SECONDS, connect=CONNECT_SECONDS)
        async with self.connection.http(proxy_path(pod, workload), timeout) as client:
            yield client

    async def expositions(self, manifests: ManifestSet) -> Mapping[str, str]:
        """Each ready replica's own ``/metrics``, by the pod's name; one that does not answer is left out."""
        workload = workload_of(manifests.target, manifests.name)
        pods = await list_pods(self.connection, manifests.namespace, workload)
        ready = [pod for pod in pods if a_ready_pod([pod])]
        texts = await asyncio.gather(*(self._metrics(proxy_path(pod, workload)) for pod in ready))
        return {pod["metadata"]["name"]: text for pod, text in zip(ready, texts, strict=True) if text is not None}

    async def _discover(self) -> Discovery:
        self._discovery = await discover(self.connection)
        return self._discovery

    async def _metrics(self, path: str) -> str | None:
        timeout = httpx.Timeout(METRICS_SECONDS, connect=CONNECT_SECONDS)
        async with self.connection.http(path, timeout) as client:
            try:
                response = await client.get("/metrics")
            except httpx.TransportError:
                return None
            return response.text if response.is_success else None

    async def _events(self, namespace: str) -> list[Document]:
        try:
            return await self.connection.all_of(f"/api/v1/namespaces/{namespace}/events", "list events")
        except NotAllowedError:
            return []

    async def _takes(self, entry: ClusterObject, take_over: tuple[FieldConflict, ...]) -> bool:
        """Try an object; whether applying it takes fields from other tools, all of which are in ``take_over``."""
        try:
            await self.connection.apply(entry.path, entry.document, doing=_applying(entry), dry_run=True)
        except ConflictsError as error:
            others = tuple(conflict for conflict in error.conflicts if conflict not in take_over)
            if others:
                raise unapproved(entry.title, others) from error
            await self.connection.apply(entry.path, entry.document, doing=_applying(entry), dry_run=True, force=True)
            return True
        return False

    async def _is_as_asked(self, main: ClusterObject, live: Document) -> bool:
        """Whether applying the main object again would change nothing."""
        try:
            doing = f"compare {main.title}"
            result = await self.connection.apply(main.path, main.document, doing=doing, dry_run=True)
        except ConflictsError:
            return False
        return not differs(live, result)

    async def _delete(self, doomed: Iterable[Found]) -> None:
        for found in doomed:
            if not found.is_going:
                doing = f"remove {found.entry.title}"
                await self.connection.delete(found.entry.path, found.uid, doing=doing, policy="Foreground")

    async def _wait_for_going(self, found: Look) -> None:
        """An object that is being removed would take what is applied to it with it."""
        pairs = zip(found.target.objects, found.live, strict=True)
        going = [there for entry, live in pairs if live and (there := Found(entry, live)).is_going]
        if going and not await self._wait_until_gone(going):
            names = ", ".join(there.entry.title for there in going)
            raise UnavailableError(
                f"{names} is still being removed: replicas finish their requests. Try again later.", lasting=True
            )

    async def _wait_until_gone(self, going: Iterable[Found]) -> bool:
        """Whether all of them went within ``removal_seconds``."""
        waited = list(going)

        async def gone() -> bool:
            there = await asyncio.gather(*(self.connection.find(f.entry.path, "see what is left") for f in waited))
            return not any(
                live is not None and live["metadata"]["uid"] == found.uid
                for found, live in zip(waited, there, strict=True)
            )

        namespace = waited[0].entry.namespace
        serving = {found.entry.kind.path(namespace) for found in waited if found.entry.kind.stage is Stage.WORKLOAD}
        watched = (Watched(path) for path in sorted({pods_path(namespace)} | serving))
        return await wait_until(self.connection, watched, gone, self.removal_seconds)

    def close(self) -> None:
        """Give the connection's threads back."""
        self.connection.close()


def _applying(entry: ClusterObject) -> str:
    return f"apply {entry.title}"


def _require_rights(denied: tuple[str, ...]) -> None:
    if denied:
        raise NotAllowedError(" ".join(denied))


def _require_same_place(manifests: ManifestSet, replaces: ManifestSet | None) -> None:
    if replaces is not None and (replaces.name, replaces.namespace) != (manifests.name, manifests.namespace):
        require(("A deployment can only take the place of one of the same name and namespace.",))
