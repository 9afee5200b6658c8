"""What tests of conversations over PostgreSQL share."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from graph.application import Application
from graph.checkpoints import CheckpointReply
from graph.reports import TurnReport
from neuralnav.settings import LOCAL_USER

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
SCRIPT = (
    CheckpointReply(text=GOLDEN),
    CheckpointReply(action="confirm"),
    CheckpointReply(action="choose", value=1),
    CheckpointReply(action="approve"),
)
"""From the first words to what is in place."""


async def hold(application: Application, thread: str, *replies: CheckpointReply) -> TurnReport:
    """Give ``replies`` in ``thread``; where it stands afterwards."""
    report = await application.conversations.present(thread, LOCAL_USER)
    for reply in replies:
        report = await application.conversations.send(thread, reply, LOCAL_USER)
    return report


async def cut_off(
    application: Application, thread: str, reply: CheckpointReply, agent: type, work: str, *, done: bool = False
) -> None:
    """Give ``reply`` and stop waiting once ``agent`` comes to its ``work``: before it, or once it is ``done``."""
    there = asyncio.Event()
    real = getattr(agent, work)

    async def stuck(*given: Any, **named: Any) -> None:
        if done:
            await real(*given, **named)
        there.set()
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agent, work, stuck)
        turn = asyncio.create_task(application.conversations.send(thread, reply, LOCAL_USER))
        await there.wait()
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn


def clean_environment() -> dict[str, str]:
    """This process's environment without what configures NeuralNav, but for simulating no plans and running nothing."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NEURALNAV_") and k != "DATABASE_URL"}
    return kept | {"NEURALNAV_PLANNING_PATIENCE_S": "0", "NEURALNAV_DELIVERY": "files"}
