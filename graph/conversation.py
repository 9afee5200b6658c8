"""Conversations as the faces use them: send a reply, see the steps as they happen, get the turn's report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import psycopg
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.types import RESUME
from langgraph.types import StateSnapshot

from graph.build import Conversation, Workflow
from graph.checkpointer import CheckpointPool, saver
from graph.checkpoints import CheckpointReply
from graph.locks import ThreadLocks
from graph.migration import is_old, migrated
from graph.reports import StepEvent, TurnReport, beginning, message_ids, report_of
from graph.state import ConversationState
from graph.time_travel import MOST_SNAPSHOTS, Moment, forked, gone_back, moment_of, no_such_moment
from neuralnav.errors import InvalidInputError, NotFoundError, UnavailableError

__all__ = ["INTERRUPTED", "MOVED_ON", "Conversations", "StepEvent", "TurnReport"]

logger = logging.getLogger(__name__)

MAX_NODES_A_TURN = 60
LAST_NODE = "record_outcome"
"""A conversation that ended stands after this one."""
ANY_TASK = "00000000-0000-0000-0000-000000000000"
"""The task under which LangGraph stores a reply before the node that asked takes it."""
DATABASE_TRIES = 5
FIRST_PAUSE_S = 0.2
STEPS_KEPT = 2000
"""After so many steps, those before are forgotten: what the conversation knows stays, going back ends there."""
INTERRUPTED = (
    "I was interrupted while working on an earlier answer; that is done now. Your new message was not taken: "
    "this is where we are, please say it again."
)
MOVED_ON = (
    "That question was already answered, and this conversation has moved on since you saw it: your answer was not "
    "taken. This is where it stands."
)


class Conversations:
    """All conversations over one workflow and one database."""

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

        Raises:
            NotFoundError: the thread belongs to somebody else.
            UnavailableError: somebody else's turn, or finishing the interrupted one, takes too long.
        """
        async with self._turn(thread):
            graph = self._graph()
            snapshot = await self._current(graph, thread, owner)
            if not snapshot.values:
                return beginning(thread)
            known = message_ids(snapshot)
            if await self._is_interrupted(snapshot):
                await graph.ainvoke(None, _config(thread), durability="sync")
                snapshot = await graph.aget_state(_config(thread))
            return report_of(thread, snapshot, known)

    async def history(self, thread: str, owner: str) -> list[tuple[str, str]]:
        """The messages of ``thread`` as (``human`` or ``ai``, text), oldest first.

        Raises:
            NotFoundError: the thread belongs to somebody else.
        """
        snapshot = await self._owned(self._graph(), thread, owner)
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
        reply is not taken, and the report says so and shows where it stands. A database that goes away for a moment
        (a restart) costs the turn that time and nothing else.

        Raises:
            NotFoundError: the thread belongs to somebody else.
            InvalidInputError: a button was pressed where no question is open.
            UnavailableError: the turn took longer than it may, or the database stays away.
        """
        taking = _Taking(thread, reply, owner, expected_turn)
        for attempt in range(1, DATABASE_TRIES + 1):
            try:
                async with self._turn(thread):
                    async for event in self._take(taking):
                        yield event
            except psycopg.OperationalError as error:
                if taking.reported:
                    return
                logger.warning("the database went away during a turn (%s), try %d", type(error).__name__, attempt)
                await asyncio.sleep(min(FIRST_PAUSE_S * 2 ** (attempt - 1), 2.0))
                await self._wake_database()
            else:
                return
        raise UnavailableError("The database does not answer. Nothing is lost: try again in a moment.")

    async def moments(self, thread: str, owner: str) -> list[Moment]:
        """The questions that ``thread`` stopped at and can be brought back to, oldest first; at most one a turn.

        Raises:
            NotFoundError: the thread belongs to somebody else.
        """
        await self._owned(self._graph(), thread, owner)
        return [moment for moment, _ in await self._moments(thread)]

    async def go_back(self, thread: str, owner: str, turn: int, expected_turn: int | None = None) -> TurnReport:
        """Bring ``thread`` back to the question after ``turn``; what was done since stays done.

        Raises:
            NotFoundError: the thread belongs to somebody else, or has no such moment.
            UnavailableError: the turn took longer than it may.
        """
        async with self._turn(thread):
            graph = self._graph()
            now = await self._current(graph, thread, owner)
            known = message_ids(now)
            if expected_turn is not None and now.values.get("turn", 0) != expected_turn:
                return report_of(thread, now, known).noted(MOVED_ON)
            entered = gone_back(await self._moment(thread, turn), now.values)
            await graph.ainvoke(entered, _config(thread), durability="sync")
            return report_of(thread, await graph.aget_state(_config(thread)), known)

    async def fork(self, thread: str, owner: str, turn: int | None = None) -> TurnReport:
        """Begin a new conversation at the question of ``thread`` after ``turn`` (unset: at the present one).

        Nothing that was approved or deployed comes along.

        Raises:
            NotFoundError: the thread belongs to somebody else, or has no such moment.
            UnavailableError: the turn took longer than it may.
        """
        graph = self._graph()
        now = await self._owned(graph, thread, owner)
        then = await self._moment(thread, now.values.get("turn", 0) if turn is None else turn)
        fresh = str(uuid4())
        entered = forked(then)
        async with self._turn(fresh):
            await graph.ainvoke(entered, _config(fresh), durability="sync")
            snapshot = await graph.aget_state(_config(fresh))
        return report_of(fresh, snapshot, message_ids(then))

    async def _take(self, taking: _Taking) -> AsyncIterator[StepEvent | TurnReport]:
        graph, thread = self._graph(), taking.thread
        snapshot = await self._current(graph, thread, taking.owner)
        given = await self._input(graph, snapshot, taking)
        if given is _NOT_TAKEN:
            taking.reported = True
            yield report_of(thread, snapshot, taking.known or set()).noted(MOVED_ON)
            return
        async for event in graph.astream(given, _config(thread), stream_mode="custom", durability="sync"):
            yield StepEvent.model_validate(event)
        after = await graph.aget_state(_config(thread))
        taking.reported = True
        yield report_of(thread, after, taking.known or set()).noted(taking.note)
        await self._forget(thread, snapshot, after)

    async def _input(self, graph: Conversation, snapshot: StateSnapshot, taking: _Taking) -> Any:
        """What the graph is run with; ``None`` goes on with what is stored."""
        reply, values = taking.reply, snapshot.values
        if taking.known is None:
            taking.known = message_ids(snapshot)
            taking.stood_at = _place(snapshot)
        if taking.begun and _place(snapshot) != taking.stood_at:
            return None
        if await self._is_interrupted(snapshot):
            taking.note = None if taking.begun else INTERRUPTED
            return None
        if taking.expected_turn is not None and values.get("turn", 0) != taking.expected_turn:
            return _NOT_TAKEN
        taking.begun = True
        if not values and reply.text is None:
            await graph.ainvoke(_first_words("", taking.owner), _config(taking.thread), durability="sync")
            snapshot = await graph.aget_state(_config(taking.thread))
        if snapshot.interrupts:
            await self._store(reply, snapshot)
            return None
        if reply.text is None:
            raise InvalidInputError(f"No question is open that {reply.action!r} could answer. Say what you need.")
        return _first_words(reply.text, taking.owner)

    async def _store(self, reply: CheckpointReply, snapshot: StateSnapshot) -> None:
        """Store ``reply`` before the graph runs with it, so that no crash can lose it.

        ``Command(resume=...)`` stores it too, but beside the run: a process that is killed at once forgets it.
        """
        given = reply.model_dump(mode="json")
        await saver(self._pool).aput_writes(snapshot.config, [(RESUME, given)], ANY_TASK)

    async def _current(self, graph: Conversation, thread: str, owner: str) -> StateSnapshot:
        """The state of ``thread``, brought up to the present schema where an older version stored it."""
        snapshot = await self._owned(graph, thread, owner)
        if not is_old(snapshot.values):
            return snapshot
        moved = migrated(snapshot.values, snapshot.next[0] if snapshot.next else None)
        given = cast(ConversationState, {key: value for key, value in moved.items() if key != "messages"})
        if moved["entry"] is None:
            await graph.aupdate_state(_config(thread), given, as_node=LAST_NODE)
        else:
            await graph.ainvoke(given, _config(thread), durability="sync")
        return await graph.aget_state(_config(thread))

    async def _moments(self, thread: str) -> list[tuple[Moment, StateSnapshot]]:
        found: dict[int, tuple[Moment, StateSnapshot]] = {}
        async for snapshot in self._graph().aget_state_history(_config(thread), limit=MOST_SNAPSHOTS):
            moment = moment_of(snapshot)
            if moment is not None:
                found.setdefault(moment.turn, (moment, snapshot))
        return [found[turn] for turn in sorted(found)]

    async def _moment(self, thread: str, turn: int) -> StateSnapshot:
        moments = await self._moments(thread)
        found = next((snapshot for moment, snapshot in moments if moment.turn == turn), None)
        if found is None:
            raise no_such_moment(turn, [moment.turn for moment, _ in moments])
        return found

    async def _is_interrupted(self, snapshot: StateSnapshot) -> bool:
        """Whether a run ended between two checkpoints, as only a crash or a timeout leaves it.

        Either no question is open, or the open one has an answer that was taken and not acted on.
        """
        if not snapshot.next or not snapshot.interrupts:
            return bool(snapshot.next)
        stored = await saver(self._pool).aget_tuple(snapshot.config)
        return any(channel == RESUME for _, channel, _ in (stored.pending_writes or ())) if stored else False

    async def _forget(self, thread: str, before: StateSnapshot, after: StateSnapshot) -> None:
        """Keep the number of stored steps bounded."""
        if _steps(before) // STEPS_KEPT != _steps(after) // STEPS_KEPT:
            await saver(self._pool).aprune([thread])

    def _graph(self) -> Conversation:
        return self._compiled.copy({"checkpointer": saver(self._pool)})

    @asynccontextmanager
    async def _turn(self, thread: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._turn_timeout_s), self._locks.hold(thread):
                yield
        except TimeoutError:
            raise UnavailableError(
                f"This turn took longer than {self._turn_timeout_s:g} s and was stopped. "
                "Nothing is lost: open the conversation again to continue."
            ) from None

    async def _owned(self, graph: Conversation, thread: str, owner: str) -> StateSnapshot:
        snapshot = await graph.aget_state(_config(thread))
        if snapshot.values and snapshot.values.get("owner") != owner:
            raise NotFoundError("There is no such conversation.")
        return snapshot


class _Taking:
    """One reply on its way into a conversation, over as many tries as the database needs."""

    def __init__(self, thread: str, reply: CheckpointReply, owner: str, expected_turn: int | None) -> None:
        self.thread = thread
        self.reply = reply
        self.owner = owner
        self.expected_turn = expected_turn
        self.known: set[str | None] | None = None
        self.stood_at: str | None = None
        self.note: str | None = None
        self.begun = False
        self.reported = False


_NOT_TAKEN = object()
"""In place of an input: the reply comes too late."""


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}, "recursion_limit": MAX_NODES_A_TURN}


def _place(snapshot: StateSnapshot) -> str | None:
    """The stored step that a conversation stands at."""
    found: str | None = snapshot.config.get("configurable", {}).get("checkpoint_id")
    return found


def _steps(snapshot: StateSnapshot) -> int:
    return int((snapshot.metadata or {}).get("step", 0))


def _first_words(text: str, owner: str) -> ConversationState:
    return {"messages": [HumanMessage(text)], "owner": owner, "reading": None, "entry": None, "pending": None}
