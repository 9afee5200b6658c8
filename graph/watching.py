"""Telling conversations what was noticed about their deployments."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from graph import wording
from graph.conversation import Conversations
from graph.notes import Note
from neuralnav.services.watching import Watcher, Word

logger = logging.getLogger(__name__)


async def tell(conversations: Conversations, word: Word) -> bool:
    """Have the conversation of a deployment say ``word``, if it rests there; whether it did, or had before.

    Raises:
        NeuralNavError: the conversation cannot be reached.
    """
    deployment = word.deployment
    note = Note(
        id=word.key,
        text=wording.noticed(deployment, word.sentence, word.advice),
        deployment=deployment,
        advice=word.advice,
        checks=word.to_be_checked,
    )
    told = await conversations.note(deployment.thread_id, deployment.approval.by, note)
    if not told:
        logger.info("%s is not told (%s): its conversation is not at it", deployment.name, word.reason)
    return told


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
