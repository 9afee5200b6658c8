"""Conversations as the faces use them: send a reply, see the steps as they happen, get the turn's report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot
from pydantic import BaseModel, ConfigDict, JsonValue

from graph.build import Conversation, Workflow
from graph.checkpointer import CheckpointPool, saver
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind, CheckpointReply
from graph.dialogue import WHAT_DO_YOU_NEED
from graph.locks import ThreadLocks
from graph.state import ConversationState
from neuralnav.errors import InvalidInputError, NotFoundError, UnavailableError

MAX_NODES_A_TURN = 60
INTERRUPTED = (
    "I was interrupted while working on an earlier answer; that is done now. Your new message was not taken: "
    "this is where we are, please say it again."
)
MOVED_ON = "This conversation has moved on since you saw it, so your answer was not taken. This is where it stands."


class StepEvent(BaseModel):
    """A node that began, got on or finished while a turn runs."""

    model_config = ConfigDict(frozen=True)

    step: str
    state: str
    found: str = ""
    took_ms: float = 0.0


class TurnReport(BaseModel):
    """Where a conversation stands after a turn; what the line protocol prints."""

    model_config = ConfigDict(frozen=True)

    thread: str
    turn: int
    state: str
    messages: list[str]
    checkpoint: Checkpoint | None
    specification: dict[str, JsonValue] | None
    options: list[JsonValue]
    choice: dict[str, JsonValue] | None
    deployment: dict[str, JsonValue] | None


class Conversations:
    """All conversations over one workflow and one database."""

    def __init__(self, workflow: Workflow, pool: CheckpointPool, locks: ThreadLocks, turn_timeout_s: float) -> None:
        self._workflow = workflow
        self._pool = pool
        self._locks = locks
        self._turn_timeout_s = turn_timeout_s

    async def present(self, thread: str, owner: str) -> TurnReport:
        """Where ``thread`` stands, after finishing what a crash interrupted; a new one asks what is needed.

        Raises:
            NotFoundError: the thread belongs to somebody else.
            UnavailableError: somebody else's turn, or finishing the interrupted one, takes too long.
        """
        async with self._turn(thread):
            graph = self._graph()
            snapshot = await self._owned(graph, thread, owner)
            if not snapshot.values:
                return _beginning(thread)
            if _interrupted(snapshot):
                known = _message_ids(snapshot)
                await graph.ainvoke(None, _config(thread), durability="sync")
                return _report(thread, await graph.aget_state(_config(thread)), known)
            return _report(thread, snapshot, _message_ids(snapshot))

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
        reply is not taken, and the report says so and shows where it stands.

        Raises:
            NotFoundError: the thread belongs to somebody else.
            InvalidInputError: a button was pressed where no question is open.
            UnavailableError: the turn took longer than it may.
        """
        async with self._turn(thread):
            graph = self._graph()
            snapshot = await self._owned(graph, thread, owner)
            known = _message_ids(snapshot)
            note = None
            given: ConversationState | Command[Any] | None = None
            if _interrupted(snapshot):
                note = INTERRUPTED
            elif expected_turn is not None and snapshot.values.get("turn", 0) != expected_turn:
                yield _noted(_report(thread, snapshot, known), MOVED_ON)
                return
            elif not snapshot.values and reply.text is None:
                await graph.ainvoke(_first_words("", owner), _config(thread), durability="sync")
                given = _resume(reply)
            else:
                given = _input(snapshot, reply, owner)
            async for event in graph.astream(given, _config(thread), stream_mode="custom", durability="sync"):
                yield StepEvent.model_validate(event)
            yield _noted(_report(thread, await graph.aget_state(_config(thread)), known), note)

    def _graph(self) -> Conversation:
        return self._workflow.compile(checkpointer=saver(self._pool), name="neuralnav")

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


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}, "recursion_limit": MAX_NODES_A_TURN}


def _interrupted(snapshot: StateSnapshot) -> bool:
    """Whether a run ended between two checkpoints, as only a crash or a timeout leaves it."""
    return bool(snapshot.next) and not snapshot.interrupts


def _input(snapshot: StateSnapshot, reply: CheckpointReply, owner: str) -> ConversationState | Command[Any]:
    if snapshot.interrupts:
        return _resume(reply)
    if reply.text is None:
        raise InvalidInputError(f"No question is open that {reply.action!r} could answer. Say what you need.")
    return _first_words(reply.text, owner)


def _resume(reply: CheckpointReply) -> Command[Any]:
    return Command(resume=reply.model_dump(mode="json"))


def _first_words(text: str, owner: str) -> ConversationState:
    return {"messages": [HumanMessage(text)], "owner": owner, "reading": None}


def _noted(report: TurnReport, note: str | None) -> TurnReport:
    return report if note is None else report.model_copy(update={"messages": [note, *report.messages]})


def _beginning(thread: str) -> TurnReport:
    question = Checkpoint(kind=CheckpointKind.CLARIFY, prompt=WHAT_DO_YOU_NEED, actions=ACTIONS[CheckpointKind.CLARIFY])
    return TurnReport(
        thread=thread,
        turn=0,
        state="collect_context",
        messages=[],
        checkpoint=question,
        specification=None,
        options=[],
        choice=None,
        deployment=None,
    )


def _message_ids(snapshot: StateSnapshot) -> set[str | None]:
    return {message.id for message in snapshot.values.get("messages", [])}


def _report(thread: str, snapshot: StateSnapshot, known: set[str | None]) -> TurnReport:
    values: dict[str, Any] = dict(snapshot.values)
    checkpoint = Checkpoint.model_validate(snapshot.interrupts[0].value) if snapshot.interrupts else None
    at_rest = "report_success" if values.get("deployment") else "collect_context"
    return TurnReport(
        thread=thread,
        turn=values.get("turn", 0),
        state=snapshot.next[0] if snapshot.next else at_rest,
        messages=[
            message.text
            for message in values.get("messages", [])
            if isinstance(message, AIMessage) and message.id not in known
        ],
        checkpoint=checkpoint,
        specification=values.get("specification"),
        options=list(checkpoint.data.get("options") or []) if checkpoint else [],  # type: ignore[arg-type]
        choice=values.get("choice"),
        deployment=values.get("deployment"),
    )
