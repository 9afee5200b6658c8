"""Questions of one conversation held in memory, from an approval to an end, as their cards get them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import build_graph
from graph.build import default_tools
from graph.checkpoints import Checkpoint, CheckpointReply
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings

SENTENCE = "I need a chatbot for 1000 users, low latency is critical"
SAID: Mapping[str, tuple[CheckpointReply, ...]] = {
    "deploy": (CheckpointReply(action="confirm"), CheckpointReply(action="choose", value=1)),
    "in place": (CheckpointReply(action="approve"),),
    "scale": (CheckpointReply(action="scale", value=2),),
    "scaled": (CheckpointReply(action="approve"),),
    "roll back": (CheckpointReply(action="roll_back"),),
    "retire": (CheckpointReply(action="reject"), CheckpointReply(action="retire")),
}
"""Question to the replies that lead to it from the one before."""


@pytest.fixture(scope="session")
async def deployed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Checkpoint]:
    """The questions of :data:`SAID`; what is approved is written as files."""
    settings = Settings(home=tmp_path_factory.mktemp("deployed"), database_url=None, llm=None)
    tools = default_tools(settings, Knowledge.of(read_seeds()))
    graph = build_graph(checkpointer=InMemorySaver(), settings=settings, tools=tools)
    config: Any = {"configurable": {"thread_id": "t"}}
    await graph.ainvoke({"messages": [("human", SENTENCE)], "owner": "ada", "reading": None}, config)
    found = {}
    for name, replies in SAID.items():
        for reply in replies:
            await graph.ainvoke(Command(resume=reply.model_dump(mode="json")), config)
        snapshot = await graph.aget_state(config)
        found[name] = Checkpoint.model_validate(snapshot.interrupts[0].value)
    return found
