"""What a process does that holds a conversation and kills itself, as `kill -9` would, inside one node."""

from __future__ import annotations

import functools
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph.application import open_application
from graph.build import CHECKPOINTS, WORK
from graph.checkpoints import CheckpointReply
from graph.human.checkpoint_node import NODES
from neuralnav.deployment.local import runtime as local
from neuralnav.services.running import RunDeliverer
from neuralnav.settings import LOCAL_USER, Settings

NODE_TYPES: dict[str, Any] = {NODES[kind.kind]: kind for kind in CHECKPOINTS} | WORK

WORK_WITHIN: dict[str, tuple[Any, str]] = {"put": (RunDeliverer, "put"), "take_away": (RunDeliverer, "take_away")}
"""What is done in the middle of nodes."""


SIMULATOR_OPTIONS = "SIMULATOR_OPTIONS"
"""The environment variable with the options of the simulators that are started, as JSON."""


def deadly(work: Callable[..., Any], when: str, visit: int) -> Callable[..., Any]:
    """``work`` that kills the process on one of its visits: before it begins, or before what it did is saved."""
    visits = 0

    @functools.wraps(work)
    async def die(*arguments: Any, **named: Any) -> Any:
        nonlocal visits
        visits += 1
        if visits == visit and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await work(*arguments, **named)
        if visits == visit:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return die


async def main(home: str, thread: str, dies_in: str, when: str, visit: str, replies: str) -> None:
    """Give ``replies``, a list as JSON, in ``thread``, and die in ``dies_in`` ``before`` or ``after`` its work."""
    options = json.loads(os.environ.get(SIMULATOR_OPTIONS, "{}"))
    local.LocalRuntime = functools.partial(local.LocalRuntime, first_port=0, simulator_variables=options)
    kind, work = WORK_WITHIN.get(dies_in) or (NODE_TYPES[dies_in], "run")
    setattr(kind, work, deadly(getattr(kind, work), when, int(visit)))
    async with open_application(Settings(home=Path(home), llm=None)) as application:
        for reply in json.loads(replies):
            await application.conversations.send(thread, CheckpointReply.model_validate(reply), LOCAL_USER)
