"""Conversations as the faces use them: send a reply, see the steps as they happen, get the turn's report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar, cast
from uuid import uuid4

import psycopg
from langchain_core.messages import HumanMessage
from langgraph.types import StateSnapshot

from graph.build import Workflow
from graph.checkpointer import CheckpointPool
from graph.checkpoints import CheckpointReply
from graph.leaving import forgotten, left
from graph.live import live_revision
from graph.locks import ThreadLocks
from graph.moments import FORGET_EVERY, forget_older, moments_of
from graph.notes import Note, noted_since_the_last_words
from graph.reports import StepEvent, TurnReport, beginning, report_of, shown_already
from graph.state import ConversationState
from graph.stored_thread import StoredThread
from graph.time_travel import (
    Moment,
    forked,
    gone_back,
    no_such_moment,
    require_nothing_half_made,
    to_be_approved,
)
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.plan import Plan, Recommendation

__all__ = ["FINISHED_FIRST", "INTERRUPTED", "MOVED_ON", "Conversations", "StepEvent", "TurnReport"]

logger = logging.getLogger(__name__)

DATABASE_TRIES = 5
FIRST_PAUSE_S = 0.2
INTERRUPTED = (
    "I was interrupted while working on an earlier answer; that is done now. Your new message was not taken: "
    "this is where we are, please say it again."
)
FINISHED_FIRST = "I had been interrupted while working on an earlier answer; I finished that first."
MOVED_ON = (
    "That question was already answered, and this conversation has moved on since you saw it: your answer was not "
    "taken. This is where it stands."
)
IN_PLACE = "What this conversation deployed still runs. Retire it first; then the conversation can be deleted."

Result = TypeVar("Result")


class Conversations:
    """All conversations over one workflow and one database.

    A database that goes away for a moment costs that moment. Every method raises ``NotFoundError`` where the thread
    belongs to somebody else, and ``UnavailableError`` where the database stays away or somebody else's turn does not
    end in time.
    """

    def __init__(
        self,
        workflow: Workflow,
        pool: CheckpointPool,
        locks: ThreadLocks,
        turn_timeout_s: float,
        wake_database: Callable[[], Awaitable[None]],
    ) -> None:
        self._compiled = workflow.compile(name="neuralnav")
        self._pool = pool
        self._locks = locks
        self._turn_timeout_s = turn_timeout_s
        self._wake_database = wake_database

    async def present(self, thread: str, owner: str) -> TurnReport:
        """Where ``thread`` stands, after finishing what a crash interrupted; a new one asks what is needed.

        What NeuralNav itself noted since the person's last words is among what is said.
        """

        async def present() -> TurnReport:
            async with self._turn(thread, owner) as stored:
                stands = await stored.settle()
            values = stands.snapshot.values
            known = stands.shown - noted_since_the_last_words(values)
            return report_of(thread, stands.snapshot, known) if values else beginning(thread)

        return await self._lasting(present)

    async def history(self, thread: str, owner: str) -> list[tuple[str, str]]:
        """The messages of ``thread`` as (``human`` or ``ai``, text), oldest first."""
        snapshot = await self._lasting(self._stored(thread, owner).read)
        return [(message.type, message.text) for message in snapshot.values.get("messages", [])]

    async def send(
        self, thread: str, reply: CheckpointReply, owner: str, expected_turn: int | None = None
    ) -> TurnReport:
        """Take ``reply`` and run until the next question or the end; raises as :meth:`stream` does."""
        report: TurnReport | None = None
        async for event in self.stream(thread, reply, owner, expected_turn):
            if isinstance(event, TurnReport):
                report = event
        if report is None:
            raise UnavailableError("The turn ended without a report; open the conversation again.")
        return report

    async def stream(
        self, thread: str, reply: CheckpointReply, owner: str, expected_turn: int | None = None
    ) -> AsyncIterator[StepEvent | TurnReport]:
        """Take ``reply``; yields each step as it happens, and the report at the end.

        ``expected_turn`` is the turn after which the reply was given: if the conversation has moved on since, the
        reply is not taken, and the report says so and shows where it stands. A turn that takes longer than it may
        ends at ``failed``.

        Raises:
            InvalidInputError: a button was pressed where no question is open.
        """
        taking = _Taking(reply, expected_turn)
        failures = 0
        while True:
            try:
                async with self._turn(thread, owner) as stored, aclosing(self._take(taking, stored)) as events:
                    async for event in events:
                        yield event
            except psycopg.OperationalError as error:
                if taking.reported:
                    return
                failures += 1
                await self._outlast(error, failures)
            else:
                return

    async def moments(self, thread: str, owner: str) -> list[Moment]:
        """The questions that ``thread`` stopped at and can be brought back to, oldest first; at most one a turn."""

        async def moments() -> list[Moment]:
            await self._stored(thread, owner).read()
            return [found.moment for found in await moments_of(self._pool, thread)]

        return await self._lasting(moments)

    async def go_back(self, thread: str, owner: str, turn: int, expected_turn: int | None = None) -> TurnReport:
        """Bring ``thread`` back to the question after ``turn``; what was done since stays done.

        What a crash interrupted is finished first, and the report says so.

        Raises:
            NotFoundError: the conversation has no such moment.
        """
        travel = _Travel()

        async def go_back() -> TurnReport:
            async with self._turn(thread, owner) as stored:
                stands = await stored.settle()
                now = stands.snapshot
                travel.begin(shown=stands.shown, finished=stands.finished)
                if travel.left is not None and travel.left != _place(now):
                    return travel.report(thread, now)
                if expected_turn is not None and now.values.get("turn", 0) != expected_turn:
                    return travel.report(thread, now).noted(MOVED_ON)
                entered = gone_back(await self._moment(stored, turn), now.values)
                travel.left = _place(now)
                after = await stored.run(entered)
                await self._forget(thread, now, after)
                return travel.report(thread, after)

        return await self._lasting(go_back)

    async def fork(self, thread: str, owner: str, turn: int | None = None) -> TurnReport:
        """Begin a new conversation at the question of ``thread`` after ``turn`` (unset: at the present one).

        Nothing that was approved or deployed comes along. What a crash interrupted is finished first.

        Raises:
            NotFoundError: the conversation has no such moment.
        """
        fresh, travel = str(uuid4()), _Travel()

        async def fork() -> TurnReport:
            async with self._turn(thread, owner) as stored:
                stands = await stored.settle()
                present = stands.snapshot.values.get("turn", 0)
                then = await self._moment(stored, present if turn is None else turn)
            travel.begin(shown=shown_already(then), finished=stands.finished)
            async with self._turn(fresh, owner) as copy:
                begun = await copy.settle()
                return travel.report(fresh, begun.snapshot if begun.snapshot.values else await copy.run(forked(then)))

        return await self._lasting(fork)

    async def propose(self, plan: Plan, choice: Recommendation, owner: str) -> TurnReport:
        """Begin a conversation of ``owner`` at the approval of an option of ``plan``.

        Where that cannot be deployed, it stands at ``failed``, with the reason.
        """
        fresh, at = str(uuid4()), datetime.now(UTC).isoformat(timespec="seconds")

        async def propose() -> TurnReport:
            async with self._turn(fresh, owner) as begun:
                stands = await begun.settle()
                given = to_be_approved(plan, choice, owner, at)
                return report_of(fresh, stands.snapshot if stands.snapshot.values else await begun.run(given), set())

        return await self._lasting(propose)

    async def note(self, thread: str, owner: str, note: Note) -> bool:
        """Say ``note`` where ``thread`` rests at its deployment; whether it did, or had before.

        It counts as no turn: the question that is open stays the same, unless checks are made, and answers to it are
        taken as before.
        """

        async def said() -> bool:
            async with self._turn(thread, owner) as stored:
                stands = (await stored.settle()).snapshot
                if note.is_in(stands.values):
                    return True
                entered = note.enters(stands)
                if entered is not None:
                    await self._forget(thread, stands, await stored.run(entered))
                return entered is not None

        return await self._lasting(said)

    async def leave(self, thread: str, owner: str) -> TurnReport:
        """Leave a turn that was stopped for the question before it; what was approved is finished instead."""

        async def leave() -> TurnReport:
            async with self._turn(thread, owner) as stored:
                return await left(self._pool, stored)

        return await self._lasting(leave)

    async def forget(self, thread: str, owner: str) -> None:
        """Forget ``thread`` for good; its approvals and deployments stay in the records.

        Raises:
            InvalidInputError: something that it deployed runs, or a change is half made.
        """

        async def forget() -> None:
            async with self._turn(thread, owner) as stored:
                values = cast(ConversationState, (await stored.read()).values)
                require_nothing_half_made(values)
                live = live_revision(values)
                if live is not None and live.deployment.runs:
                    raise InvalidInputError(IN_PLACE)
                await forgotten(self._pool, thread)

        await self._lasting(forget)

    async def _take(self, taking: _Taking, stored: StoredThread) -> AsyncGenerator[StepEvent | TurnReport]:
        thread, snapshot = stored.thread, await stored.current()
        if not await self._input(taking, stored, snapshot):
            taking.reported = True
            yield report_of(thread, snapshot, taking.shown or set()).noted(MOVED_ON)
            return
        async with aclosing(stored.steps(taking.first_words)) as steps:
            async for step in steps:
                yield step
        after = await stored.read()
        taking.reported = True
        yield report_of(thread, after, taking.shown or set()).noted(taking.note)
        await self._forget(thread, snapshot, after)

    async def _input(self, taking: _Taking, stored: StoredThread, snapshot: StateSnapshot) -> bool:
        """Make ready what the graph is run with; ``False``: the reply comes too late."""
        reply, values = taking.reply, snapshot.values
        taking.first_words = None
        if taking.shown is None:
            taking.shown = shown_already(snapshot)
            taking.stood_at = _place(snapshot)
        if taking.begun and _place(snapshot) != taking.stood_at:
            return True
        if await stored.is_interrupted(snapshot):
            taking.note = None if taking.begun else INTERRUPTED
            return True
        if taking.expected_turn is not None and values.get("turn", 0) != taking.expected_turn:
            return False
        taking.begun = True
        if not values and reply.text is None:
            snapshot = await stored.run(_first_words("", stored.owner))
        if snapshot.interrupts:
            await stored.store(reply.model_dump(mode="json"), snapshot)
        elif reply.text is None:
            raise InvalidInputError(f"No question is open that {reply.action!r} could answer. Say what you need.")
        else:
            taking.first_words = _first_words(reply.text, stored.owner)
        return True

    async def _moment(self, stored: StoredThread, turn: int) -> StateSnapshot:
        if found := await moments_of(self._pool, stored.thread, turn):
            return await stored.read_at(found[0].checkpoint_id)
        raise no_such_moment(turn, [one.moment.turn for one in await moments_of(self._pool, stored.thread)])

    async def _forget(self, thread: str, before: StateSnapshot, after: StateSnapshot) -> None:
        """Keep what is stored of a conversation bounded."""
        stands_at = _place(after)
        if stands_at and _steps(before) // FORGET_EVERY != _steps(after) // FORGET_EVERY:
            await forget_older(self._pool, thread, stands_at)

    def _stored(self, thread: str, owner: str) -> StoredThread:
        return StoredThread(self._compiled, self._pool, thread, owner, self._turn_timeout_s)

    @asynccontextmanager
    async def _turn(self, thread: str, owner: str) -> AsyncIterator[StoredThread]:
        """The conversation, held for one turn; others' turns are waited for as long as one turn may take."""
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._turn_timeout_s):
                    await held.enter_async_context(self._locks.hold(thread))
            except TimeoutError:
                raise UnavailableError(
                    f"Another turn of this conversation has taken longer than {self._turn_timeout_s:g} s. "
                    "Nothing is lost: try again in a moment."
                ) from None
            yield self._stored(thread, owner)

    async def _lasting(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """What ``work`` comes to, done again where the database went away meanwhile."""
        failures = 0
        while True:
            try:
                return await work()
            except psycopg.OperationalError as error:
                failures += 1
                await self._outlast(error, failures)

    async def _outlast(self, error: psycopg.OperationalError, failures: int) -> None:
        """Wait for a database that went away for the ``failures``-th time.

        Raises:
            UnavailableError: it stays away.
        """
        logger.warning("the database of conversations went away (%s), try %d", type(error).__name__, failures)
        if failures >= DATABASE_TRIES:
            raise UnavailableError("The database does not answer. Nothing is lost: try again in a moment.") from None
        await asyncio.sleep(min(FIRST_PAUSE_S * 2 ** (failures - 1), 2.0))
        await self._wake_database()


class _Taking:
    """One reply on its way into a conversation, over as many tries as the database needs."""

    def __init__(self, reply: CheckpointReply, expected_turn: int | None) -> None:
        self.reply = reply
        self.expected_turn = expected_turn
        self.first_words: ConversationState | None = None
        """What begins a run; ``None``: what is stored does."""
        self.shown: set[str | None] | None = None
        self.stood_at: str | None = None
        self.note: str | None = None
        self.begun = False
        self.reported = False


class _Travel:
    """Going back or forking, over as many tries as the database needs."""

    def __init__(self) -> None:
        self._shown: set[str | None] | None = None
        self._note: str | None = None
        self.left: str | None = None
        """The stored step that was left, once it was."""

    def begin(self, *, shown: set[str | None], finished: bool) -> None:
        """Remember of the first try what the person had been shown, and whether something was finished before."""
        if self._shown is None:
            self._shown = shown
        if finished and self.left is None:
            self._note = FINISHED_FIRST

    def report(self, thread: str, snapshot: StateSnapshot) -> TurnReport:
        """Where ``thread`` stands after it."""
        return report_of(thread, snapshot, self._shown or set()).noted(self._note)


def _place(snapshot: StateSnapshot) -> str | None:
    """The stored step that a conversation stands at."""
    found: str | None = snapshot.config.get("configurable", {}).get("checkpoint_id")
    return found


def _steps(snapshot: StateSnapshot) -> int:
    return int((snapshot.metadata or {}).get("step", 0))


def _first_words(text: str, owner: str) -> ConversationState:
    return {"messages": [HumanMessage(text)], "owner": owner, "reading": None, "entry": None, "pending": None}
