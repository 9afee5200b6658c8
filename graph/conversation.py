"""Conversations as the faces use them: send a reply, see the steps as they happen, get the turn's report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot
from pydantic import BaseModel, ConfigDict, JsonValue

from graph.build import Conversation, Workflow
from graph.checkpointer import CheckpointPool, saver
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind, CheckpointReply
from graph.dialogue import WHAT_DO_YOU_NEED
from graph.state import ConversationState
from neuralnav.errors import InvalidInputError, NotFoundError, UnavailableError

MAX_NODES_A_TURN = 60
INTERRUPTED = "I was interrupted while working on your last answer; that is done now. This is where we are."


class StepEvent(BaseModel):
    """A node that began or finished while a turn runs."""

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
    """All conversations over one workflow and one pool of database connections."""

    def __init__(self, workflow: Workflow, pool: CheckpointPool, turn_timeout_s: float) -> None:
        self._workflow = workflow
        self._pool = pool
        self._turn_timeout_s = turn_timeout_s
        self._running: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def present(self, thread: str, owner: str) -> TurnReport:
        """Where ``thread`` stands, after finishing what a crash interrupted; a new one asks what is needed.

        Raises:
            NotFoundError: the thread belongs to somebody else.
        """
        async with self._turn(thread):
            graph = self._graph()
            snapshot = await self._owned(graph, thread, owner)
            if not snapshot.values:
                return _beginning(thread)
            if snapshot.next and not snapshot.interrupts:
                known = _message_ids(snapshot)
                await graph.ainvoke(None, _config(thread), durability="sync")
                return _report(thread, await graph.aget_state(_config(thread)), known)
            return _report(thread, snapshot, _message_ids(snapshot))

    async def history(self, thread: str, owner: str) -> list[tuple[str, str]]:
        """The messages of ``thread`` as (``human`` or ``ai``, text), oldest first."""
        snapshot = await self._owned(self._graph(), thread, owner)
        return [(message.type, message.text) for message in snapshot.values.get("messages", [])]

    async def send(self, thread: str, reply: CheckpointReply, owner: str) -> TurnReport:
        """Take ``reply`` and run until the next question or the end."""
        async for event in self.stream(thread, reply, owner):
            if isinstance(event, TurnReport):
                return event
        raise UnavailableError("The turn ended without a report.")

    async def stream(self, thread: str, reply: CheckpointReply, owner: str) -> AsyncIterator[StepEvent | TurnReport]:
        """Take ``reply``; yields each step as it happens, and the report at the end.

        Raises:
            NotFoundError: the thread belongs to somebody else.
            InvalidInputError: a button was pressed where no question is open.
            UnavailableError: the turn took longer than it may.
        """
        try:
            async with asyncio.timeout(self._turn_timeout_s), self._turn(thread):
                graph = self._graph()
                snapshot = await self._owned(graph, thread, owner)
                known = _message_ids(snapshot)
                crashed = bool(snapshot.next) and not snapshot.interrupts
                given = None if crashed else _input(snapshot, reply, owner)
                async for event in graph.astream(given, _config(thread), stream_mode="custom", durability="sync"):
                    yield StepEvent.model_validate(event)
                report = _report(thread, await graph.aget_state(_config(thread)), known)
                if crashed:
                    report = report.model_copy(update={"messages": [INTERRUPTED, *report.messages]})
                yield report
        except TimeoutError:
            raise UnavailableError(
                f"This turn took longer than {self._turn_timeout_s:g} s and was stopped. "
                "Nothing is lost: open the conversation again to continue."
            ) from None

    def _graph(self) -> Conversation:
        return self._workflow.compile(checkpointer=saver(self._pool), name="neuralnav")

    def _turn(self, thread: str) -> asyncio.Lock:
        return self._running.setdefault(thread, asyncio.Lock())

    async def _owned(self, graph: Conversation, thread: str, owner: str) -> StateSnapshot:
        snapshot = await graph.aget_state(_config(thread))
        if snapshot.values and snapshot.values.get("owner") != owner:
            raise NotFoundError("There is no such conversation.")
        return snapshot


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}, "recursion_limit": MAX_NODES_A_TURN}


def _input(snapshot: StateSnapshot, reply: CheckpointReply, owner: str) -> ConversationState | Command[Any]:
    if snapshot.interrupts:
        return Command(resume=reply.model_dump(mode="json"))
    if reply.text is None:
        raise InvalidInputError(f"No question is open that {reply.action!r} could answer. Say what you need.")
    return {"messages": [HumanMessage(reply.text)], "owner": owner, "reading": None}


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
