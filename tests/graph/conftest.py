"""A conversation in memory, over the shipped data, that writes into a temporary directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import build_graph
from graph.build import Conversation
from graph.checkpoints import Checkpoint, CheckpointReply
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.settings import Settings


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    return read_seeds()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, output_dir=tmp_path / "manifests", database_url=None, llm=None)


class Talk:
    """One conversation, said to in turn."""

    def __init__(self, graph: Conversation) -> None:
        self.graph = graph
        self.config: Any = {"configurable": {"thread_id": "talk"}, "recursion_limit": 60}
        self.asked: Checkpoint | None = None
        self.state: dict[str, Any] = {}
        self.heard: list[str] = []

    async def say(self, text: str) -> Talk:
        if self.asked:
            return await self._run(Command(resume=CheckpointReply(text=text).model_dump(mode="json")))
        return await self._run({"messages": [HumanMessage(text)], "owner": "ada", "reading": None})

    async def press(self, action: str, value: Any = None) -> Talk:
        reply = CheckpointReply(action=action, value=value)
        return await self._run(Command(resume=reply.model_dump(mode="json")))

    async def _run(self, given: Any) -> Talk:
        known = {message.id for message in self.state.get("messages", [])}
        await self.graph.ainvoke(given, self.config)
        snapshot = await self.graph.aget_state(self.config)
        self.state = dict(snapshot.values)
        self.asked = Checkpoint.model_validate(snapshot.interrupts[0].value) if snapshot.interrupts else None
        self.heard = [
            message.text
            for message in self.state["messages"]
            if isinstance(message, AIMessage) and message.id not in known
        ]
        return self

    @property
    def kind(self) -> str | None:
        return self.asked.kind.value if self.asked else None


@pytest.fixture
def talk(reference: ReferenceData, settings: Settings) -> Talk:
    return Talk(build_graph(checkpointer=InMemorySaver(), knowledge=reference, settings=settings))


@pytest.fixture
def talk_with(reference: ReferenceData, settings: Settings) -> Callable[..., Talk]:
    def make(**parts: Any) -> Talk:
        known = {"knowledge": reference, "settings": settings} | parts
        return Talk(build_graph(checkpointer=InMemorySaver(), **known))

    return make
