"""Deployments on this machine: one supervised process a replica, behind one loopback port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from neuralnav.deployment.local.order import Order, read_document
from neuralnav.deployment.local.place import Place, place_of
from neuralnav.deployment.local.preflight import preflight
from neuralnav.deployment.local.program import HOST
from neuralnav.deployment.local.record import Record, ReplicaRecord
from neuralnav.deployment.local.starting import end_supervisor, start_supervisor
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.running import Endpoint, FieldConflict, Preflight, ReplicaPhase, ReplicaState, RunningState

FIRST_PORT = 8010
"""Where the search for a free port begins: the chat has 8000, a simulator by itself 8001."""

CHANGE_SECONDS = 30.0
"""The longest that a change waits, unless told otherwise."""

LEAST_STEP_S = 1.0
"""What each step of a change may take when its time is over: those before it are not undone."""

LOOK_EVERY_S = 0.25
"""Between two looks at the files of a deployment that is waited for."""

CLIENT_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
METRICS_TIMEOUT = httpx.Timeout(5.0)


class LocalRuntime:
    """Runs deployments of the target ``local`` under ``home``/local, each by a supervisor that outlives the app.

    ``simulator_variables`` (``NEURALNAV_SIMULATOR_FAULT_SLOW_TOKENS`` ...) go to the simulators that :meth:`apply`
    starts from then on; ``first_port`` 0 takes any free port. A change waits ``change_seconds`` at most for all that it
    has to wait for: others who change the same deployment, processes that end, and a supervisor that starts.
    """

    def __init__(
        self,
        home: Path,
        *,
        first_port: int = FIRST_PORT,
        simulator_variables: Mapping[str, str] | None = None,
        change_seconds: float = CHANGE_SECONDS,
    ) -> None:
        self._home = home
        self._change_seconds = change_seconds
        self._first_port = first_port
        self._variables = {} if simulator_variables is None else simulator_variables

    def where(self, manifests: ManifestSet) -> str:
        """This machine, and the home on it."""
        return place_of(self._home, manifests).where

    async def preflight(self, manifests: ManifestSet, *, replaces: ManifestSet | None = None) -> Preflight:
        """What :meth:`apply` would do and whether it could; changes nothing."""
        return await asyncio.to_thread(self._preflight, manifests, replaces)

    async def apply(
        self,
        manifests: ManifestSet,
        *,
        replaces: ManifestSet | None = None,
        take_over: tuple[FieldConflict, ...] = (),  # noqa: ARG002
    ) -> None:
        """Order ``manifests`` and see to it that a supervisor follows; returns before the replicas are ready.

        The same again changes nothing while it runs or starts, and tries again what was given up. No other tool
        has fields here, so there is nothing to ``take_over``.

        Raises:
            InvalidInputError: the manifests cannot be used, the directory is not ours, or another NeuralNav has it.
            UnavailableError: the supervisor does not start, or someone else is changing the deployment.
        """
        await asyncio.to_thread(self._apply, manifests, replaces)

    async def state(self, manifests: ManifestSet) -> RunningState:
        """What is there now: two small files are read, and a lock is looked at."""
        return await asyncio.to_thread(self._state, manifests)

    async def changes(self, manifests: ManifestSet, seconds: float) -> AsyncGenerator[RunningState, None]:
        """The state now, and whenever another is found there, for ``seconds`` at most."""
        clock = asyncio.get_running_loop().time
        ends, seen = clock() + seconds, None
        while True:
            state = await self.state(manifests)
            if state != seen:
                yield state
            seen, left = state, ends - clock()
            if left <= 0:
                return
            await asyncio.sleep(min(LOOK_EVERY_S, left))

    async def remove(self, manifests: ManifestSet) -> None:
        """End the deployment's processes and delete its directory; requests in flight may finish.

        Where those take longer than a change may, the processes end and the directory goes without anybody waiting.

        What another NeuralNav has under that name is left alone.

        Raises:
            InvalidInputError: the directory holds something that is not ours.
            UnavailableError: its supervisor cannot be ended, or someone else is changing the deployment.
        """
        await asyncio.to_thread(self._remove, manifests)

    @asynccontextmanager
    async def client(self, manifests: ManifestSet) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the deployment's port.

        Raises:
            UnavailableError: nothing is there to talk to.
        """
        record = await asyncio.to_thread(_living, place_of(self._home, manifests), manifests)
        async with httpx.AsyncClient(base_url=_url(record.port), timeout=CLIENT_TIMEOUT, trust_env=False) as client:
            yield client

    async def expositions(self, manifests: ManifestSet) -> Mapping[str, str]:
        """Each ready replica's own ``/metrics``; one that ends meanwhile is left out.

        Raises:
            UnavailableError: the deployment does not run.
        """
        record = await asyncio.to_thread(_living, place_of(self._home, manifests), manifests)
        ready = {
            replica.name: replica.port
            for replica in record.replicas
            if replica.phase is ReplicaPhase.READY and replica.serves and replica.port
        }
        async with httpx.AsyncClient(timeout=METRICS_TIMEOUT, trust_env=False) as client:
            texts = await asyncio.gather(*(_exposition(client, port) for port in ready.values()))
        return {name: text for name, text in zip(ready, texts, strict=True) if text is not None}

    def _preflight(self, manifests: ManifestSet, replaces: ManifestSet | None) -> Preflight:
        replaced = place_of(self._home, replaces) if replaces else None
        return preflight(place_of(self._home, manifests), self._order(manifests), replaced)

    def _apply(self, manifests: ManifestSet, replaces: ManifestSet | None) -> None:
        ends, place = time.monotonic() + self._change_seconds, place_of(self._home, manifests)
        _apply(place, self._order(manifests), ends)
        if replaces is not None and place_of(self._home, replaces) != place:
            _remove(place_of(self._home, replaces), replaces.installation, ends)

    def _state(self, manifests: ManifestSet) -> RunningState:
        return _state(place_of(self._home, manifests), self._order(manifests))

    def _remove(self, manifests: ManifestSet) -> None:
        ends = time.monotonic() + self._change_seconds
        _remove(place_of(self._home, manifests), manifests.installation, ends)

    def _order(self, manifests: ManifestSet) -> Order:
        return Order(
            document=read_document(manifests),
            variables=dict(self._variables),
            first_port=self._first_port,
            installation=manifests.installation,
        )


def _apply(place: Place, order: Order, ends: float) -> None:
    with place.held(_left_s(ends)):
        if stranger := place.why_not_ours(order.installation):
            raise InvalidInputError(stranger)
        there = place.order()
        if there is None or not there.running or place.record() is None:
            _require_ended(place, ends)
        if there is not None and not _changes_anything(place, there, order):
            return
        place.write_order(order.model_copy(update={"serial": there.serial + 1 if there else 1}))
        if not place.is_supervised():
            start_supervisor(place, _left_s(ends))


def _require_ended(place: Place, ends: float) -> None:
    if not end_supervisor(place, _left_s(ends)):
        raise UnavailableError(
            f"What ran in {place.directory} is still being removed: replicas finish their requests. Try again later.",
            lasting=True,
        )


def _left_s(ends: float) -> float:
    """The time until ``ends``, and enough of it in any case for a step that has to wait for nobody."""
    return max(ends - time.monotonic(), LEAST_STEP_S)


def _changes_anything(place: Place, there: Order, order: Order) -> bool:
    """Whether ``order`` is to be given: not where the same one is being followed and nothing was given up."""
    if not (there.running and there.asks_for_the_same(order) and place.is_supervised()):
        return True
    record = place.record()
    return record is not None and record.serial == there.serial and record.stuck is not None


def _remove(place: Place, installation: str | None, ends: float) -> None:
    if not place.exists():
        return
    with place.held(_left_s(ends)):
        if place.why_not_ours(installation):
            return
        if end_supervisor(place, _left_s(ends)):
            place.delete()


def _living(place: Place, manifests: ManifestSet) -> Record:
    there = place.exists() and not place.why_not_ours(manifests.installation)
    record = place.record() if there and place.is_supervised() else None
    if record is None:
        raise UnavailableError(f"{manifests.name} does not run on this machine. Deploy it, or deploy it again.")
    return record


def _state(place: Place, asked: Order) -> RunningState:
    order = place.order() if place.exists() else None
    if order is None or order.installation != asked.installation:
        return RunningState(wanted=0, current=False)
    wanted = order.document.spec.replicas if order.running else 0
    record = place.record()
    if not place.is_supervised() and not order.running:
        return RunningState(wanted=0)
    if not place.is_supervised():
        events = record.events if record else ()
        return RunningState(wanted=wanted, events=events, stuck=_stopped(asked.document.metadata.name), current=False)
    if record is None:
        return RunningState(wanted=wanted, current=False, stuck=_unreadable(asked.document.metadata.name))
    digest = asked.digest
    followed = record.serial == order.serial and order.digest == digest
    return RunningState(
        wanted=wanted,
        replicas=tuple(_shown(replica) for replica in record.replicas),
        events=record.events,
        endpoint=Endpoint(url=_url(record.port), model=order.document.spec.served_name),
        stuck=record.stuck if followed else None,
        current=followed and record.in_force == digest and all(replica.serves for replica in record.replicas),
    )


def _shown(replica: ReplicaRecord) -> ReplicaState:
    return ReplicaState.model_validate(replica.model_dump(include=set(ReplicaState.model_fields)))


def _stopped(name: str) -> str:
    return f"The processes of {name} have ended: the machine was restarted, or they were killed. Deploy it again."


def _unreadable(name: str) -> str:
    return f"{name} runs under another version of NeuralNav, which tells its state in another way. Deploy it again."


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


async def _exposition(client: httpx.AsyncClient, port: int) -> str | None:
    try:
        answer = await client.get(f"{_url(port)}/metrics")
    except httpx.TransportError:
        return None
    return answer.text if answer.status_code == httpx.codes.OK else None
