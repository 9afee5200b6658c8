"""Telling conversations what was noticed about their deployments."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.conversation import INTERRUPTED, MOVED_ON, Conversations
from graph.payloads import OperatePayload
from graph.reports import TurnReport
from neuralnav.models.deployment import Deployment
from neuralnav.services.watching import Watcher, Word

logger = logging.getLogger(__name__)


async def tell(conversations: Conversations, word: Word) -> bool:
    """Have the conversation of a deployment say how it is, if it rests there; whether it did.

    Raises:
        NeuralNavError: the conversation cannot be reached.
    """
    thread, owner = word.deployment.thread_id, word.deployment.approval.by
    stands = await conversations.present(thread, owner)
    if not _rests_at(stands, word.deployment):
        logger.info("%s is not told (%s): its conversation is at %s", word.deployment.name, word.reason, stands.state)
        return False
    after = await conversations.send(thread, CheckpointReply(action="status"), owner, stands.turn)
    return not {MOVED_ON, INTERRUPTED}.intersection(after.messages)


def _rests_at(stands: TurnReport, deployment: Deployment) -> bool:
    """Whether the conversation looks after ``deployment``, in whatever revision, and nothing is under way."""
    if stands.checkpoint is None or stands.checkpoint.kind is not CheckpointKind.OPERATE:
        return False
    return OperatePayload.model_validate(stands.checkpoint.data).deployment.name == deployment.name


@asynccontextmanager
async def watched_over(watcher: Watcher, conversations: Conversations) -> AsyncIterator[asyncio.Task[None]]:
    """Deployments are looked at regularly meanwhile, and their conversations told what lasts.

    Gives the task that does it, which ends on leaving; where it ends before, nothing is looked at any more.
    """
    watching = asyncio.create_task(watcher.run(partial(tell, conversations)), name="neuralnav observe")
    watching.add_done_callback(_ended)
    try:
        yield watching
    finally:
        watching.cancel()
        await asyncio.wait({watching})


def _ended(watching: asyncio.Task[None]) -> None:
    if not watching.cancelled():
        logger.critical("deployments are looked at no longer", exc_info=watching.exception())
