"""One conversation as it is stored: read, brought up to date, run, and finished where a run of it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.types import RESUME
from langgraph.types import StateSnapshot

from graph.build import Conversation
from graph.checkpointer import CheckpointPool, in_time, saver
from graph.checkpoints import NODES, CheckpointKind
from graph.migration import is_old, migrated
from graph.reports import StepEvent, shown_already
from graph.state import ConversationState
from neuralnav.errors import NotFoundError, UnavailableError

MAX_NODES_A_RUN = 60
LAST_NODE = "record_outcome"
"""A conversation that ended stands after this one."""
ANY_TASK = "00000000-0000-0000-0000-000000000000"
"""The task under which LangGraph stores a reply before the node that asked takes it."""


@dataclass(frozen=True)
class Standing:
    """Where a conversation stands, with nothing left to finish."""

    snapshot: StateSnapshot
    shown: set[str | None]
    """The ids of the messages that the person was shown before."""
    finished: bool
    """Whether a run that had been cut off was finished to come here."""


class StoredThread:
    """One conversation of one owner; whoever changes it holds its lock."""

    def __init__(
        self, compiled: Conversation, pool: CheckpointPool, thread: str, owner: str, run_timeout_s: float
    ) -> None:
        self.thread = thread
        self.owner = owner
        self._saver = saver(pool)
        self._graph = compiled.copy({"checkpointer": self._saver})
        self._config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": MAX_NODES_A_RUN}
        self._run_timeout_s = run_timeout_s

    async def read(self) -> StateSnapshot:
        """The state as it is stored.

        Raises:
            NotFoundError: the thread belongs to somebody else.
            UnavailableError: the database does not answer in time.
        """
        async with in_time():
            snapshot = await self._graph.aget_state(self._config)
        if snapshot.values and snapshot.values.get("owner") != self.owner:
            raise NotFoundError("There is no such conversation.")
        return snapshot

    async def read_at(self, checkpoint_id: str) -> StateSnapshot:
        """The state at an earlier step, as it was before an answer was taken.

        Raises:
            UnavailableError: the database does not answer in time.
        """
        at: RunnableConfig = {"configurable": {"thread_id": self.thread, "checkpoint_id": checkpoint_id}}
        async with in_time():
            return await self._graph.aget_state(at)

    async def current(self) -> StateSnapshot:
        """The state under the present schema; an answer that was stored and not acted on comes along.

        Raises:
            InvalidInputError: the state was stored under a schema that never was.
            NotFoundError: the thread belongs to somebody else.
            UnavailableError: the database does not answer in time.
        """
        snapshot = await self.read()
        if not is_old(snapshot.values):
            return snapshot
        reply = await self._stored_reply(snapshot)
        moved = migrated(snapshot.values, snapshot.next[0] if snapshot.next else None)
        given = cast(ConversationState, {key: value for key, value in moved.items() if key != "messages"})
        if moved["entry"] is None:
            async with in_time():
                await self._graph.aupdate_state(self._config, given, as_node=LAST_NODE)
            return await self.read()
        after = await self.run(given)
        if reply is None or not after.interrupts or after.next != snapshot.next:
            return after
        await self.store(reply, after)
        return await self.read()

    async def settle(self) -> Standing:
        """Where the conversation stands once what was cut off is finished; raises as :meth:`current` does."""
        snapshot = await self.current()
        shown = shown_already(snapshot)
        if not await self.is_interrupted(snapshot):
            return Standing(snapshot, shown, finished=False)
        return Standing(await self.run(None), shown, finished=True)

    async def is_interrupted(self, snapshot: StateSnapshot) -> bool:
        """Whether a run ended between two checkpoints, as only a crash leaves it.

        Either no question is open, or the open one has an answer that was taken and not acted on.

        Raises:
            UnavailableError: the database does not answer in time.
        """
        if not snapshot.next or not snapshot.interrupts:
            return bool(snapshot.next)
        return await self._stored_reply(snapshot) is not None

    async def store(self, reply: dict[str, Any], snapshot: StateSnapshot) -> None:
        """Store ``reply`` to the question of ``snapshot`` before the graph runs with it, so that no crash can lose it.

        ``Command(resume=...)`` stores it too, but beside the run: a process that is killed at once forgets it.

        Raises:
            UnavailableError: the database does not answer in time.
        """
        async with in_time():
            await self._saver.aput_writes(snapshot.config, [(RESUME, reply)], ANY_TASK)

    async def run(self, given: ConversationState | None) -> StateSnapshot:
        """Run with ``given`` as :meth:`steps` does; where the conversation stands then."""
        async for _ in self.steps(given):
            pass
        return await self.read()

    async def steps(self, given: ConversationState | None) -> AsyncGenerator[StepEvent]:
        """Run until the next question or the end; ``None`` goes on with what is stored.

        A run that takes longer than it may is stopped, and leads to ``failed``: it is never begun again by itself.

        Raises:
            UnavailableError: the database does not answer in time.
        """
        deadline = asyncio.get_running_loop().time() + self._run_timeout_s
        running = self._graph.astream(given, self._config, stream_mode="custom", durability="sync")
        async with aclosing(cast(AsyncGenerator[Any, None], running)) as events:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events, None)
                except TimeoutError:
                    break
                if event is None:
                    return
                yield StepEvent.model_validate(event)
        await self._give_up()

    async def _give_up(self) -> None:
        """Leave a run that was stopped for ``failed``."""
        snapshot = await self.read()
        if not await self.is_interrupted(snapshot):
            return
        late = UnavailableError(f"This turn took longer than {self._run_timeout_s:g} s and was stopped.")
        failure = {"problem": late.as_problem(), "node": snapshot.next[0]}
        entered: ConversationState = {
            "entry": NODES[CheckpointKind.FAILED],
            "pending": None,
            "readings": None,
            "failure": failure,
        }
        async with in_time():
            await self._graph.ainvoke(entered, self._config, durability="sync")

    async def _stored_reply(self, snapshot: StateSnapshot) -> dict[str, Any] | None:
        """The answer to the open question of ``snapshot`` that was stored and not acted on."""
        async with in_time():
            stored = await self._saver.aget_tuple(snapshot.config)
        writes = (stored.pending_writes or ()) if stored else ()
        replies = [(task, value) for task, channel, value in writes if channel == RESUME]
        for task, value in replies:
            if task == ANY_TASK:
                return cast(dict[str, Any], value)
        return cast(dict[str, Any], replies[-1][1][-1]) if replies else None
