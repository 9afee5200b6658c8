"""Chainlit's conversations in NeuralNav's database: its own data layer, made safe for whatever people type."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from chainlit.data.chainlit_data_layer import ChainlitDataLayer
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import ThreadDict
from fastapi import HTTPException

from neuralnav.chat.plain import legible
from neuralnav.errors import NeuralNavError, NotFoundError
from neuralnav.knowledge.connections import Pool, pooled

logger = logging.getLogger(__name__)

GRACE_S = 5.0
"""How long what is being stored may take when the chat is closed."""

MAX_TITLE_CHARACTERS = 80
MAX_STORED_CHARACTERS = 100_000
"""A longer text is cut in the history; it was refused when it was said."""

NUMBER = "card"
"""Among a card's properties, which one of its question's cards it is."""

SHARED = "is_shared"
"""Under which Chainlit's page looks for whether a conversation is shared."""
SHARING = (SHARED, "shared_at")
"""What of a conversation's metadata no browser's session may bring back."""
ASKING = "Person"
"""What whoever asked is called where a conversation is shared."""

_COPY_STEPS = """
WITH shown AS (
    SELECT * FROM "Step" WHERE "threadId" = $2
    AND "startTime" < (SELECT min("startTime") FROM "Step" WHERE id = ANY($3::text[]) AND "threadId" = $2)
)
INSERT INTO "Step" (id, "threadId", "parentId", name, type, input, output, metadata, "showInput", "isError",
                    "startTime", "endTime")
SELECT md5($1 || id), $1, CASE WHEN "parentId" IN (SELECT id FROM shown) THEN md5($1 || "parentId") END,
       name, type, input, output, metadata, "showInput", "isError", "startTime", "endTime"
FROM shown
ON CONFLICT (id) DO NOTHING
"""

_COPY_ELEMENTS = """
INSERT INTO "Element" (id, "threadId", "stepId", metadata, mime, name, display, size, language, page, props)
SELECT md5($1 || e.id), $1, s.id, e.metadata, e.mime, e.name, e.display, e.size, e.language, e.page, e.props
FROM "Element" e JOIN "Step" s ON s.id = md5($1 || e."stepId") AND s."threadId" = $1
WHERE e."threadId" = $2
ON CONFLICT (id) DO NOTHING
"""


def _number(element: ElementDict) -> int:
    return int((element.get("props") or {}).get(NUMBER) or 0)


def titled(text: str) -> str:
    """A conversation's name: the first words of ``text``, on one line."""
    line = " ".join(legible(text[:10_000]).split())
    return line if len(line) <= MAX_TITLE_CHARACTERS else f"{line[: MAX_TITLE_CHARACTERS - 1].rstrip()}…"


Forget = Callable[[str, str], Awaitable[None]]


class ThreadStore(ChainlitDataLayer):
    """Threads, steps and elements, through the pool of the whole application.

    ``forget`` is told of a thread and its owner before the thread is deleted.
    """

    def __init__(self, pool: Pool, forget: Forget) -> None:
        super().__init__(database_url="")
        self._pool = pool
        self._forget = forget
        self._storing: set[asyncio.Task[Any]] = set()

    async def execute_query(self, query: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows that ``query`` gives.

        Raises:
            UnavailableError: the database does not answer.
        """
        async with pooled(self._pool) as connection:
            return [dict(row) for row in await connection.fetch(query, *(params or {}).values())]

    async def get_current_timestamp(self) -> datetime:
        """UTC, as in the rest of what Chainlit stores."""
        return datetime.now(UTC).replace(tzinfo=None)

    async def create_step(self, step_dict: StepDict) -> None:
        """Store a message or a step, with its texts as PostgreSQL can hold them."""
        for key in ("input", "output", "name"):
            text = step_dict.get(key)
            if isinstance(text, str):
                step_dict[key] = _stored(text)
        with self._in_background():
            if await self._belongs_elsewhere(step_dict["id"], step_dict.get("threadId")):
                logger.warning("a message under the id of another conversation's was not kept")
                return
            await super().create_step(step_dict)

    async def create_element(self, element: Element) -> None:
        """Store an element."""
        with self._in_background():
            await super().create_element(element)

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
        kept = None if metadata is None else {key: metadata[key] for key in metadata if key not in SHARING}
        await super().update_thread(thread_id, short, user_id, kept, tags)

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """A conversation as it was shown: the cards of a question in their order."""
        thread = await super().get_thread(thread_id)
        if thread is not None:
            thread["elements"] = sorted(thread["elements"] or (), key=_number)
        return thread

    async def get_thread_author(self, thread_id: str) -> str:
        """Whose conversation it is; nobody's: there is none."""
        query = 'SELECT u.identifier FROM "Thread" t JOIN "User" u ON u.id = t."userId" WHERE t.id = $1'
        rows = await self.execute_query(query, {"id": legible(thread_id)})
        return str(rows[0]["identifier"]) if rows else ""

    async def _belongs_elsewhere(self, step: str, thread: str | None) -> bool:
        """Whether a step of that id is another conversation's: browsers choose the ids of what people say."""
        rows = await self.execute_query('SELECT "threadId" FROM "Step" WHERE id = $1', {"id": step})
        return bool(rows) and thread is not None and rows[0]["threadId"] not in (None, thread)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a conversation: what was shown of it, its steps in the workflow, its scenarios.

        Raises:
            HTTPException: it cannot be deleted, with what to do first.
        """
        try:
            await self._forget(thread_id, await self.get_thread_author(thread_id))
        except NeuralNavError as error:
            raise HTTPException(status_code=error.status, detail=error.detail) from None
        await self.execute_query("DELETE FROM scenarios WHERE thread_id = $1", {"thread_id": thread_id})
        await super().delete_thread(thread_id)

    async def share(self, thread_id: str, *, shared: bool) -> None:
        """Let everybody who signs in read a conversation by its link, or nobody any more."""
        query = 'UPDATE "Thread" SET metadata = metadata || jsonb_build_object($2::text, $3::boolean) WHERE id = $1'
        await self.execute_query(query, {"id": thread_id, "key": SHARED, "shared": shared})

    async def shared_thread(self, thread_id: str) -> dict[str, Any] | None:
        """What others see of a conversation that is shared: what was said and shown, not by whom; else ``None``."""
        thread = await self.get_thread(legible(thread_id))
        if thread is None or not (thread["metadata"] or {}).get(SHARED):
            return None
        steps = [_anonymous(step) for step in thread["steps"]]
        return {**thread, "userId": None, "userIdentifier": None, "metadata": {SHARED: True}, "steps": steps}

    async def copy_thread(self, thread: str, copy: str, turn: int, *, until: Sequence[str]) -> None:
        """List ``copy`` as a conversation of the same user's, with what ``thread`` showed before the steps ``until``.

        What was not shown in the chat is not copied; cards come along, and only show what was asked in ``thread``.

        Raises:
            NotFoundError: the chat does not know ``thread``.
        """
        rows = await self.execute_query('SELECT name, "userId" FROM "Thread" WHERE id = $1', {"id": thread})
        if not rows:
            raise NotFoundError("This conversation is not in the list of the chat.")
        name = f"Turn {turn} of {rows[0]['name'] or 'a conversation'}"
        await self.update_thread(copy, name=name, user_id=rows[0]["userId"])
        await self.execute_query(_COPY_STEPS, {"copy": copy, "thread": thread, "until": list(until)})
        await self.execute_query(_COPY_ELEMENTS, {"copy": copy, "thread": thread})

    async def close(self) -> None:
        """Wait for what is being stored."""
        await asyncio.sleep(0)
        if self._storing:
            await asyncio.wait(self._storing, timeout=GRACE_S)

    @contextmanager
    def _in_background(self) -> Iterator[None]:
        """Chainlit stores in tasks that it never looks at again: they are waited for here, and their failures said."""
        task = asyncio.current_task()
        if task is not None:
            self._storing.add(task)
            task.add_done_callback(self._storing.discard)
        try:
            yield
        except NeuralNavError:
            logger.exception("a part of a conversation was shown but could not be kept")


def _anonymous(step: StepDict) -> dict[str, Any]:
    own = {"name": ASKING} if step["type"] == "user_message" else {}
    return {**step, "metadata": {}, "feedback": None, **own}


def _stored(text: str) -> str:
    clean = legible(text)
    return clean if len(clean) <= MAX_STORED_CHARACTERS else f"{clean[:MAX_STORED_CHARACTERS]}…"
