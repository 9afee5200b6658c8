"""Telling conversations what was noticed about their deployments."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.conversation import Conversations
from neuralnav.errors import NeuralNavError
from neuralnav.services.watching import Watcher, Word

logger = logging.getLogger(__name__)


async def tell(conversations: Conversations, word: Word) -> bool:
    """Have the conversation of a deployment say how it is, if it rests there; whether it did."""
    thread, owner = word.deployment.thread_id, word.deployment.approval.by
    try:
        stands = await conversations.present(thread, owner)
        if stands.checkpoint is None or stands.checkpoint.kind is not CheckpointKind.OPERATE:
            logger.info("%s (%s) is not told: its conversation is at %s", thread, word.reason, stands.state)
            return False
        await conversations.send(thread, CheckpointReply(action="status"), owner, stands.turn)
    except NeuralNavError as error:
        logger.warning("%s could not be told (%s): %s", thread, word.reason, type(error).__name__)
        return False
    return True


@asynccontextmanager
async def watched_over(watcher: Watcher, conversations: Conversations) -> AsyncIterator[None]:
    """Deployments are looked at regularly meanwhile, and their conversations told what lasts."""

    async def told(word: Word) -> None:
        await tell(conversations, word)

    watching = asyncio.create_task(watcher.run(told), name="neuralnav observe")
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
