"""How long a turn of the conversation takes without a language model, PostgreSQL included."""

from __future__ import annotations

import time
from uuid import uuid4

from bench.figures import Figure
from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import Conversations
from neuralnav.settings import LOCAL_USER, Settings

SCRIPT = (
    "I need a chatbot for 1000 users, low latency is critical",
    "make TTFT 200 ms",
    "confirm",
    "compare 1 and 2",
    "what if I use A100 instead?",
    "why is the first one best?",
    "what if the budget is 20k a month?",
    "go back to the spec",
    "confirm",
    "take the first",
)
ROUNDS = 5
TURN_BOUND_MS = 400


async def measure_turns(settings: Settings) -> tuple[Figure, ...]:
    """Every turn of ``ROUNDS`` conversations, after one that warms up."""
    async with open_application(settings) as application:
        await _converse(application.conversations)
        turns = [ms for _ in range(ROUNDS) for ms in await _converse(application.conversations)]
    slowest = max(range(len(SCRIPT)), key=lambda i: max(turns[i :: len(SCRIPT)]))
    return (
        Figure("conversation turn", tuple(turns), TURN_BOUND_MS),
        Figure(f"slowest kind of turn ({SCRIPT[slowest]!r})", tuple(turns[slowest :: len(SCRIPT)]), TURN_BOUND_MS),
    )


async def _converse(conversations: Conversations) -> list[float]:
    thread = str(uuid4())
    taken = []
    for text in SCRIPT:
        begun = time.perf_counter()
        await conversations.send(thread, CheckpointReply(text=text), LOCAL_USER)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken
