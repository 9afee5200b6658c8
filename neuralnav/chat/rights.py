"""What Chainlit's own routes would let anybody do who is signed in, done only in one's own conversations."""

from __future__ import annotations

from typing import Annotated, Any

from chainlit.auth import get_current_user
from chainlit.types import ShareThreadRequest
from chainlit.user import PersistedUser, User
from fastapi import Depends, FastAPI, HTTPException

from neuralnav.chat.thread_store import ThreadStore

CLOSED = (
    ("/feedback", "PUT"),
    ("/feedback", "DELETE"),
    ("/project/element", "PUT"),
    ("/project/element", "DELETE"),
    ("/project/file", "POST"),
    ("/mcp", "POST"),
    ("/mcp", "DELETE"),
    ("/auth/jwt", "POST"),
)
"""Routes that nothing here uses: messages are not rated, cards change with the conversation, nothing is uploaded."""

NOT_HERE = "There is no such conversation."

Visitor = Annotated[User | PersistedUser | None, Depends(get_current_user)]


def add_rights(web: FastAPI, store: ThreadStore) -> None:
    """Put these routes in ``web`` before Chainlit's."""
    sharing = _Sharing(store)
    web.add_api_route("/project/share/{thread_id}", sharing.read, methods=["GET"])
    web.add_api_route("/project/thread/share", sharing.set, methods=["PUT"])
    for path, method in CLOSED:
        web.add_api_route(path, _closed, methods=[method])


class _Sharing:
    def __init__(self, store: ThreadStore) -> None:
        self._store = store

    async def set(self, payload: ShareThreadRequest, visitor: Visitor) -> dict[str, bool]:
        """Let everybody who is signed in read a conversation of one's own, or nobody any more."""
        author = await self._store.get_thread_author(payload.threadId)
        if visitor is None or not author or visitor.identifier != author:
            raise HTTPException(status_code=404, detail=NOT_HERE)
        await self._store.share(payload.threadId, shared=payload.isShared)
        return {"success": True}

    async def read(self, thread_id: str, _: Visitor) -> dict[str, Any]:
        """A conversation that somebody shares."""
        thread = await self._store.shared_thread(thread_id)
        if thread is None:
            raise HTTPException(status_code=404, detail=NOT_HERE)
        return thread


async def _closed() -> None:
    raise HTTPException(status_code=404, detail="This is not offered here.")
