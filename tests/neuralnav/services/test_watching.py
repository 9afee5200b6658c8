"""Deployments are looked at regularly, what lasts is told until it was heard, and nothing ends the watching."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import httpx
import pytest

from neuralnav.errors import UnavailableError
from neuralnav.knowledge import deployment_outcomes
from neuralnav.knowledge.database import Database
from neuralnav.models.deployment import Delivery, Deployment, DeploymentState, ManifestSet
from neuralnav.models.running import FieldConflict, Preflight, ReplicaPhase, ReplicaState, RunningState
from neuralnav.observability.drift import DriftKind
from neuralnav.services import watching
from neuralnav.services.observing import Observatory
from neuralnav.services.postgres_records import PostgresRecords
from neuralnav.services.runtimes import Runtimes
from neuralnav.services.status import NOBODY_WATCHES, lately
from neuralnav.services.watching import LONGEST_PAUSE, Memory, Watcher, Word
from tests.neuralnav.services.deploying import Chosen

pytestmark = pytest.mark.database

OFTEN_S = 0.01
MOST_LOOKS = 500
IDLE = """\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 0.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 0.0
"""
"""Of a replica of vLLM to which no request came."""


@dataclass
class Place:
    """A place where a deployment has the replicas that a test gives it."""

    ready: dict[str, int] = field(default_factory=dict)
    """Replicas by the deployment's name."""
    wanted: dict[str, int] = field(default_factory=dict)
    """The same, as many as should run; one where nothing is said."""
    hangs: set[str] = field(default_factory=set)
    breaks: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Of which only the metrics can be read."""
    looked_at: list[str] = field(default_factory=list)
    closed: bool = False

    async def expositions(self, manifests: ManifestSet) -> Mapping[str, str]:
        """Each ready replica's own."""
        self.looked_at.append(manifests.name)
        if manifests.name in self.hangs:
            await asyncio.Event().wait()
        if manifests.name in self.breaks:
            raise OSError("no route to host")
        return {f"replica-{number}": IDLE for number in range(self.ready.get(manifests.name, 0))}

    async def state(self, manifests: ManifestSet) -> RunningState:
        """The replicas that are there are ready."""
        if manifests.name in self.silent:
            raise UnavailableError("The place does not answer.")
        there = range(self.ready.get(manifests.name, 0))
        replicas = tuple(ReplicaState(name=f"replica-{number}", phase=ReplicaPhase.READY) for number in there)
        return RunningState(wanted=self.wanted.get(manifests.name, 1), replicas=replicas)

    async def preflight(self, manifests: ManifestSet, *, replaces: ManifestSet | None = None) -> Preflight:
        """Not what these tests are about."""
        raise NotImplementedError

    async def apply(
        self,
        manifests: ManifestSet,
        *,
        replaces: ManifestSet | None = None,
        take_over: tuple[FieldConflict, ...] = (),
    ) -> None:
        """Not what these tests are about."""
        raise NotImplementedError

    async def remove(self, manifests: ManifestSet) -> None:
        """Not what these tests are about."""
        raise NotImplementedError

    def client(self, manifests: ManifestSet) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """Not what these tests are about."""
        raise NotImplementedError

    def close(self) -> None:
        """What is connected to a cluster has this."""
        self.closed = True


@dataclass(frozen=True)
class Bench:
    """A watcher, the place that it looks at, and what is deployed there."""

    watcher: Watcher
    place: Place
    records: PostgresRecords
    chosen: Chosen
    database: Database

    async def deploy(self, name: str, *, settled: bool = True, wanted: int = 2) -> Deployment:
        """Deploy two replicas for the peak under ``name``, of which one runs; once settled ``wanted`` should."""
        choice, manifests = self.chosen.choice, self.chosen.manifests.model_copy(update={"name": name})
        made = Deployment(
            id=uuid4(),
            thread_id=f"thread of {name}",
            idempotency_key=uuid4().hex,
            state=DeploymentState.APPLIED,
            choice=choice.model_copy(update={"replicas": 2, "gpus": 2 * choice.tensor_parallel}),
            manifests=manifests,
            approval=self.chosen.approval(),
            delivery=Delivery.RUN,
        )
        await self.records.record_deployment(made, who="ada", what="applied", subject=made.name, detail={})
        await self.records.watch(made.id, self.chosen.specification, settled=settled)
        self.place.ready[name] = 1
        self.place.wanted[name] = wanted if settled else 1
        return made

    async def look_until_told(self, looks: int = MOST_LOOKS) -> Word:
        """Look again and again until there is a word."""
        for _ in range(looks):
            if words := await self.watcher.look():
                return words[0]
        raise AssertionError(f"nothing was told in {looks} looks")

    @asynccontextmanager
    async def watched(self, tell: watching.Tell) -> AsyncIterator[asyncio.Task[None]]:
        """The watcher runs meanwhile."""
        task = asyncio.create_task(self.watcher.run(tell))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})


@pytest.fixture
def bench(database: Database, chosen: Chosen) -> Bench:
    place = Place()

    async def here() -> Place:
        return place

    records = PostgresRecords(database.pool)
    observatory = Observatory(Runtimes({chosen.manifests.target: here}))
    watcher = Watcher(records, observatory, OFTEN_S, least_window=timedelta(0))
    return Bench(watcher, place, records, chosen, database)


async def test_what_lasts_is_a_word_at_every_look_until_it_was_told(bench: Bench) -> None:
    made = await bench.deploy("chat")
    word = await bench.look_until_told()
    assert (word.deployment, word.reason) == (made, "replicas_missing")
    assert word.sentence.startswith("Replicas have been missing for ")
    assert word.sentence.endswith(": 1 replica can be read, 2 should run.")
    (again,) = await bench.watcher.look()
    assert (again.reason, again.key) == (word.reason, word.key)

    await bench.records.remember(made.id, again.once_told.model_dump_json())
    assert await bench.watcher.look() == ()
    bench.place.ready["chat"] = 2
    over = await bench.look_until_told()
    assert (over.reason, over.sentence) == ("replicas_missing over", "All replicas are there again.")
    assert over.key != word.key


async def test_as_many_replicas_are_missed_as_should_run_and_not_as_many_as_the_peak_takes(bench: Bench) -> None:
    of_one, unknown = await bench.deploy("chat", wanted=1), await bench.deploy("other")
    bench.place.silent.add("other")
    judged = {of_one.id: 0, unknown.id: 0}
    for _ in range(MOST_LOOKS):
        assert await bench.watcher.look() == ()
        judged = {made: len(await deployment_outcomes.of_deployment(bench.database.pool, made)) for made in judged}
        if min(judged.values()) >= 3:
            break
    kinds = [(await remembered(bench, made)).drifts.records.keys() for made in (of_one, unknown)]
    assert [DriftKind.REPLICAS_MISSING in records for records in kinds] == [True, False]
    bench.place.ready["chat"] = 0
    bench.place.wanted["chat"] = 0
    assert (await bench.look_until_told()).reason == "replicas_missing"


async def test_windows_that_are_kept_do_not_overlap_and_leave_nothing_out(bench: Bench) -> None:
    made = await bench.deploy("chat")
    await bench.look_until_told()
    kept = await deployment_outcomes.of_deployment(bench.database.pool, made.id)
    assert len(kept) >= 3
    assert all(before.window_to == after.window_from for before, after in pairwise(kept))


async def test_windows_are_judged_also_where_looks_come_seldom(bench: Bench) -> None:
    made = await bench.deploy("chat")
    seldom = replace(bench.watcher, every_s=OFTEN_S / 1000)
    for _ in range(4):
        await seldom.look()
    kept = await deployment_outcomes.of_deployment(bench.database.pool, made.id)
    assert len(kept) == 3
    assert all(one.window_to - one.window_from > 2 * seldom.window for one in kept)


async def test_a_deployment_to_be_checked_is_told_until_its_conversation_has_done_it(bench: Bench) -> None:
    made = await bench.deploy("chat", settled=False)
    for _ in range(5):
        (word,) = await bench.watcher.look()
        assert (word.reason, word.to_be_checked) == ("ready", True)
    await bench.records.remember(made.id, word.once_told.model_dump_json())
    later = await bench.look_until_told()
    assert later.once_told.times_told_ready == 2
    assert later.once_told.told_ready_at != word.once_told.told_ready_at
    await bench.records.watch(made.id, bench.chosen.specification, settled=True)
    assert await bench.watcher.look() == ()


async def test_what_is_told_again_and_again_in_vain_is_told_less_and_less(bench: Bench) -> None:
    made = await bench.deploy("chat", settled=False)
    (word,) = await bench.watcher.look()
    often = word.once_told.after(times_told_ready=30)
    await bench.records.remember(made.id, often.model_dump_json())
    assert await bench.watcher.look() == ()
    assert often.told_ready_at is not None
    hour_ago = often.after(told_ready_at=often.told_ready_at - LONGEST_PAUSE)
    await bench.records.remember(made.id, hour_ago.model_dump_json())
    assert [word.reason for word in await bench.watcher.look()] == ["ready"]


async def test_one_that_hangs_and_one_that_breaks_keep_no_other_from_being_looked_at(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "LOOK_TIMEOUT_S", 0.05)
    for name in ("chat", "hangs", "breaks"):
        await bench.deploy(name)
    bench.place.hangs, bench.place.breaks = {"hangs"}, {"breaks"}
    word = await bench.look_until_told(looks=30)
    assert word.deployment.manifests.name == "chat"
    told = {(record.levelno, record.getMessage()) for record in caplog.records}
    assert (logging.WARNING, "inference/hangs could not be looked at: it took longer than it may") in told
    assert (logging.ERROR, "inference/breaks could not be looked at") in told


async def test_what_was_remembered_and_cannot_be_read_is_forgotten(bench: Bench) -> None:
    made = await bench.deploy("chat")
    await bench.records.remember(made.id, '{"of": "another release"}')
    word = await bench.look_until_told()
    assert word.reason == "replicas_missing"


async def test_an_error_while_telling_ends_nothing_and_the_word_is_told_again(bench: Bench) -> None:
    made = await bench.deploy("chat", settled=False)
    tries, heard = 0, asyncio.Event()

    async def tell(word: Word) -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("nobody foresaw this")
        if tries == 2:
            return False
        heard.set()
        return True

    async with bench.watched(tell) as task:
        async with asyncio.timeout(20):
            await heard.wait()
            while not (await remembered(bench, made)).times_told_ready:
                assert not task.done()


async def remembered(bench: Bench, deployment: Deployment) -> Memory:
    watched = await bench.records.find_watch(deployment.id)
    assert watched is not None
    return Memory.read(watched)


async def test_one_process_watches_and_another_takes_over_when_it_ends(bench: Bench) -> None:
    await bench.deploy("chat", settled=False)
    first, second, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hear(word: Word) -> bool:
        first.set()
        return await go_on.wait()

    async def hear_later(word: Word) -> bool:
        second.set()
        return await go_on.wait()

    assert not await bench.records.is_watched_over()
    async with bench.watched(hear):
        await asyncio.wait_for(first.wait(), 20)
        assert await bench.records.is_watched_over()
        async with bench.records.only_watcher() as mine:
            assert not mine
        other = asyncio.create_task(bench.watcher.run(hear_later))
        assert not second.is_set()
    await asyncio.wait_for(second.wait(), 20)
    other.cancel()
    await asyncio.wait({other})
    assert not await bench.records.is_watched_over()


@dataclass(frozen=True)
class LostAtTheEnd(PostgresRecords):
    """Records whose database goes away while the watcher gives back its place."""

    @asynccontextmanager
    async def only_watcher(self) -> AsyncIterator[bool]:
        """Fails on leaving."""
        try:
            yield True
        finally:
            raise UnavailableError("The database does not answer.")


async def test_watching_ends_when_it_is_cancelled_also_where_the_database_has_gone(bench: Bench) -> None:
    await bench.deploy("chat", settled=False)
    telling = asyncio.Event()

    async def tell(word: Word) -> bool:
        telling.set()
        return await asyncio.Event().wait()

    task = asyncio.create_task(replace(bench.watcher, records=LostAtTheEnd(bench.database.pool)).run(tell))
    await asyncio.wait_for(telling.wait(), 20)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert task.cancelled()


async def test_a_status_says_whether_anybody_watches(bench: Bench) -> None:
    made = await bench.deploy("chat")
    parts = (made, bench.chosen.specification, bench.watcher.observatory, bench.records)
    await lately(*parts)
    assert (await lately(*parts))["findings"][-1] == NOBODY_WATCHES
    async with bench.records.only_watcher():
        assert NOBODY_WATCHES not in (await lately(*parts))["findings"]


async def test_windows_of_deployments_that_nobody_asks_about_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuralnav.services.observing.MOST_DEPLOYMENTS", 2)
    observatory = bench.watcher.observatory
    long_ago = bench.chosen.specification, observatory, None
    one, two, three = [await bench.deploy(name) for name in ("one", "two", "three")]
    for made in (one, two, one, three):
        await lately(made, *long_ago)
    assert "findings" in await lately(one, *long_ago)
    assert "unseen" in await lately(two, *long_ago)


async def test_runtimes_are_closed_and_made_anew_when_they_are_needed_again(bench: Bench) -> None:
    runtimes = bench.watcher.observatory.runtimes
    assert await runtimes.of(bench.chosen.manifests) is bench.place
    runtimes.close()
    assert bench.place.closed
    assert await runtimes.of(bench.chosen.manifests) is bench.place
