"""How long turns take while many conversations are held at once, without a language model, PostgreSQL included."""

from __future__ import annotations

import asyncio
import random
import time
from uuid import uuid4

from bench.conversation import SCRIPT, TURN_BOUND_MS
from bench.figures import Figure
from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import Conversations
from neuralnav.settings import LOCAL_USER, Settings

CONVERSATIONS = 50
TURN_EVERY_S = 10.0
SEED = 0


async def measure_concurrent_turns(settings: Settings) -> tuple[Figure, ...]:
    """Every turn of ``CONVERSATIONS`` people who each say something every ``TURN_EVERY_S``, from when it is due."""
    async with open_application(settings) as application:
        await application.conversations.send(str(uuid4()), CheckpointReply(text=SCRIPT[0]), LOCAL_USER)
        begin = random.Random(SEED)
        starts = [begin.uniform(0, TURN_EVERY_S) for _ in range(CONVERSATIONS)]
        people = await asyncio.gather(*(_person(application.conversations, start) for start in starts))
    turns = tuple(ms for person in people for ms in person)
    return (Figure(f"turn of {CONVERSATIONS} conversations at once", turns, TURN_BOUND_MS),)


async def _person(conversations: Conversations, starts_after_s: float) -> list[float]:
    thread, begun, taken = str(uuid4()), time.perf_counter() + starts_after_s, []
    for number, text in enumerate(SCRIPT):
        due = begun + number * TURN_EVERY_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await conversations.send(thread, CheckpointReply(text=text), LOCAL_USER)
        taken.append((time.perf_counter() - due) * 1000)
    return taken
