"""A conversation in memory, over the shipped data, that writes into a temporary directory; one over PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import SecretStr

from graph import build_graph
from graph.build import Conversation, default_tools
from graph.checkpoints import Checkpoint, CheckpointReply
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings


@pytest.fixture(scope="session")
def reference() -> ReferenceData:
    return read_seeds()


@pytest.fixture(scope="session")
def knowledge(reference: ReferenceData) -> Knowledge:
    """The planner over the shipped data, which no conversation in memory changes."""
    return Knowledge.of(reference)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, output_dir=tmp_path / "manifests", database_url=None, llm=None)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Settings:
    """Settings of applications over a PostgreSQL, with one database and one directory for a module."""
    home = tmp_path_factory.mktemp("lasting")
    return Settings(home=home, database_url=SecretStr(module_database_url), llm=None)


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
def talk(talk_with: Callable[..., Talk]) -> Talk:
    return talk_with()


@pytest.fixture
def talk_with(reference: ReferenceData, knowledge: Knowledge, settings: Settings) -> Callable[..., Talk]:
    def make(**parts: Any) -> Talk:
        tools = default_tools(parts.get("settings", settings), knowledge)
        known: dict[str, Any] = {"knowledge": reference, "settings": settings, "tools": tools} | parts
        return Talk(build_graph(checkpointer=InMemorySaver(), **known))

    return make
