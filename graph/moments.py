"""The moments of a stored conversation: read without its states, and kept to the latest.

Each question that a run stopped at is one of LangGraph's rows in ``checkpoint_writes``, beside the row of
``checkpoints`` that holds the turn. A checkpoint's state is in blobs of ``checkpoint_blobs`` by channel and version,
which checkpoints share where a value did not change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.types import INTERRUPT

from graph.checkpointer import CheckpointPool, in_time, saver
from graph.time_travel import Moment, moment_of

MOMENTS_KEPT = 100
"""The latest questions of a conversation that are kept, one a turn: what can be gone back to."""
FORGET_EVERY = 50
"""Steps after which what is older is forgotten."""

_LATEST = """
    SELECT DISTINCT ON (turn) coalesce((c.checkpoint -> 'channel_values' ->> 'turn')::int, 0) AS turn, c.checkpoint_id
    FROM checkpoints c
    WHERE c.thread_id = %(thread)s AND c.checkpoint_ns = '' AND EXISTS (
        SELECT 1 FROM checkpoint_writes w
        WHERE w.thread_id = c.thread_id AND w.checkpoint_ns = '' AND w.checkpoint_id = c.checkpoint_id
        AND w.channel = %(interrupt)s
    )
    ORDER BY turn DESC, c.checkpoint_id DESC
    LIMIT %(most)s
"""
"""Turn and checkpoint of the latest moments, newest first."""

_ASKED = f"""
    WITH latest AS ({_LATEST})
    SELECT DISTINCT ON (latest.turn)
        latest.turn, latest.checkpoint_id, c.checkpoint ->> 'ts' AS at, w.type AS form, w.blob AS asked
    FROM latest
    JOIN checkpoints c ON c.thread_id = %(thread)s AND c.checkpoint_ns = '' AND c.checkpoint_id = latest.checkpoint_id
    JOIN checkpoint_writes w ON w.thread_id = %(thread)s AND w.checkpoint_ns = ''
        AND w.checkpoint_id = latest.checkpoint_id AND w.channel = %(interrupt)s
    WHERE %(turn)s::int IS NULL OR latest.turn = %(turn)s
    ORDER BY latest.turn
"""  # noqa: S608 - the text is ours, values are bound

_FORGET = (
    """
    DELETE FROM checkpoint_writes WHERE thread_id = %(thread)s AND checkpoint_ns = '' AND checkpoint_id <> %(stands)s
    AND (channel <> %(interrupt)s OR checkpoint_id <> ALL(%(kept)s))
    """,
    """
    DELETE FROM checkpoints WHERE thread_id = %(thread)s AND checkpoint_ns = '' AND checkpoint_id <> ALL(%(kept)s)
    """,
    """
    UPDATE checkpoints SET parent_checkpoint_id = NULL WHERE thread_id = %(thread)s AND checkpoint_ns = ''
    AND parent_checkpoint_id <> ALL(%(kept)s)
    """,
    """
    DELETE FROM checkpoint_blobs WHERE thread_id = %(thread)s AND checkpoint_ns = '' AND (channel, version) NOT IN (
        SELECT used.key, used.value
        FROM checkpoints c CROSS JOIN LATERAL jsonb_each_text(c.checkpoint -> 'channel_versions') AS used
        WHERE c.thread_id = %(thread)s AND c.checkpoint_ns = ''
    )
    """,
)


@dataclass(frozen=True)
class StoredMoment:
    """A moment, and the stored step that holds its state."""

    moment: Moment
    checkpoint_id: str


async def moments_of(pool: CheckpointPool, thread: str, turn: int | None = None) -> list[StoredMoment]:
    """The moments of ``thread`` that can be gone back to, oldest first, at most one a turn; or that after ``turn``.

    Raises:
        UnavailableError: the database does not answer in time.
    """
    about = {"thread": thread, "interrupt": INTERRUPT, "most": MOMENTS_KEPT, "turn": turn}
    async with in_time(), pool.connection() as connection:
        cursor = await connection.execute(_ASKED, about, binary=True)
        rows = await cursor.fetchall()
    serde = saver(pool).serde
    return await asyncio.to_thread(lambda: list(_read(serde, rows)))


async def forget_older(pool: CheckpointPool, thread: str, stands_at: str) -> None:
    """Keep of ``thread`` the step that it ``stands_at`` and its latest moments; only while no turn of it runs.

    Raises:
        UnavailableError: the database does not answer in time.
    """
    about: dict[str, Any] = {"thread": thread, "interrupt": INTERRUPT, "most": MOMENTS_KEPT, "stands": stands_at}
    async with in_time(), pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(_LATEST, about)
        about["kept"] = [stands_at, *(row["checkpoint_id"] for row in await cursor.fetchall())]
        for statement in _FORGET:
            await connection.execute(statement, about, prepare=False)


def _read(serde: SerializerProtocol, rows: Sequence[Mapping[str, Any]]) -> Iterator[StoredMoment]:
    for row in rows:
        asked = serde.loads_typed((row["form"], row["asked"]))[0].value
        moment = moment_of(row["turn"], row["at"], asked)
        if moment is not None:
            yield StoredMoment(moment, row["checkpoint_id"])
