"""Chainlit's conversations in NeuralNav's database: its own data layer, made safe for whatever people type."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
from chainlit.data.chainlit_data_layer import ChainlitDataLayer
from chainlit.step import StepDict

from neuralnav.chat.plain import legible

MAX_TITLE_CHARACTERS = 80
MAX_STORED_CHARACTERS = 100_000
"""A longer text is cut in the history; it was refused when it was said."""


def titled(text: str) -> str:
    """A conversation's name: the first words of ``text``, on one line."""
    line = " ".join(legible(text[:10_000]).split())
    return line if len(line) <= MAX_TITLE_CHARACTERS else f"{line[: MAX_TITLE_CHARACTERS - 1].rstrip()}…"


class ThreadStore(ChainlitDataLayer):
    """Threads, steps and elements, through a small pool of connections of its own."""

    def __init__(self, url: str, max_connections: int = 4) -> None:
        super().__init__(database_url=url)
        self._max_connections = max_connections
        self._connecting = asyncio.Lock()

    async def connect(self) -> None:
        """Open the pool, once."""
        async with self._connecting:
            if self.pool is None:
                self.pool = await asyncpg.create_pool(
                    self.database_url, min_size=1, max_size=self._max_connections, timeout=10, command_timeout=30
                )

    async def get_current_timestamp(self) -> datetime:
        """UTC, as in the rest of what Chainlit stores."""
        return datetime.now(UTC).replace(tzinfo=None)

    async def create_step(self, step_dict: StepDict) -> None:
        """Store a message or a step, with its texts as PostgreSQL can hold them."""
        for key in ("input", "output", "name"):
            text = step_dict.get(key)
            if isinstance(text, str):
                step_dict[key] = _stored(text)
        await super().create_step(step_dict)

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Store a conversation under a name that fits into a list."""
        short = None if name is None else titled(name) or "Conversation"
        await super().update_thread(thread_id, short, user_id, metadata, tags)


def _stored(text: str) -> str:
    clean = legible(text)
    return clean if len(clean) <= MAX_STORED_CHARACTERS else f"{clean[:MAX_STORED_CHARACTERS]}…"
