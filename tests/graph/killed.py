"""A process that holds a conversation and kills itself, as `kill -9` would, inside one tool.

Arguments: home, thread, the tool to die in, `before` or `after` it did its work, and the replies as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool

from agents.model import build_reader
from agents.team import build_agents
from graph.build import default_tools, wire
from graph.checkpointer import open_checkpoints
from graph.checkpoints import CheckpointReply
from graph.conversation import Conversations
from graph.locks import ThreadLocks
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.reference import load_reference
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.postgres_records import PostgresRecords
from neuralnav.settings import LOCAL_USER, Settings


def deadly(tool: BaseTool, when: str) -> BaseTool:
    work = tool.coroutine  # type: ignore[attr-defined]

    async def die(**arguments: Any) -> Any:
        if when == "after":
            await work(**arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    return StructuredTool.from_function(
        coroutine=die, name=tool.name, description=tool.description, args_schema=tool.args_schema
    )


async def main(home: str, thread: str, dies_in: str, when: str, replies: str) -> None:
    settings = Settings(home=Path(home), llm=None)
    async with (
        Database.open(settings) as database,
        open_checkpoints(database.url) as checkpoints,
        aclosing(ThreadLocks(database.url)) as locks,
    ):
        reference = await load_reference(database.pool)
        tools = default_tools(settings, Knowledge.of(reference), PostgresRecords(database.pool))
        armed = [deadly(tool, when) if tool.name == dies_in else tool for tool in tools]
        workflow = wire(build_agents(build_reader(settings), armed))
        conversations = Conversations(workflow, checkpoints, locks, turn_timeout_s=30)
        for reply in json.loads(replies):
            await conversations.send(thread, CheckpointReply.model_validate(reply), LOCAL_USER)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
