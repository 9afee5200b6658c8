"""How long a node may take, what of its failures is tried again, and what becomes of the rest."""

from __future__ import annotations

import logging
from typing import Any

import asyncpg
import psycopg
from langchain_core.messages import AIMessage
from langgraph.errors import NodeError, NodeTimeoutError, is_invalid_resume
from langgraph.types import Command, RetryPolicy

from graph.state import ConversationState
from neuralnav.errors import NeuralNavError, UnavailableError

logger = logging.getLogger(__name__)

TRIES = 5
FIRST_PAUSE_S = 0.1
_PASSING = (UnavailableError, psycopg.OperationalError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


def passes(error: Exception) -> bool:
    """Whether an outside system failed in a way that may be over in a moment."""
    return isinstance(error, _PASSING)


RETRY = RetryPolicy(
    initial_interval=FIRST_PAUSE_S, backoff_factor=3.0, max_interval=2.0, max_attempts=TRIES, retry_on=passes
)
"""For nodes that work: every one of them does its work once, however often it is tried."""

ASK_ONCE = RetryPolicy(max_attempts=1, retry_on=passes)
"""For nodes that stop for a person: a reply is taken once."""


async def to_failed(_: ConversationState, error: NodeError) -> Command[Any]:
    """Lead to ``failed``, with the problem and the node to try again; a reply that is none is asked for again."""
    if is_invalid_resume(error.error):
        return Command(goto=error.node, update={"messages": [AIMessage("That was no reply: give text or an action.")]})
    return Command(goto="failed", update={"pending": None, "failure": failure_of(error)})


def failure_of(error: NodeError) -> dict[str, Any]:
    """What ``failed`` shows of ``error``; what nobody foresaw is logged with its traceback and shown without."""
    if isinstance(error.error, NeuralNavError):
        logger.warning("%s failed: %s", error.node, error.error.detail)
        return {"problem": error.error.as_problem(), "node": error.node}
    logger.error("%s failed", error.node, exc_info=error.error)
    what = "took too long and was stopped" if isinstance(error.error, NodeTimeoutError) else "failed unexpectedly"
    detail = f"The step {what} ({type(error.error).__name__}). The log of the program says more."
    problem = {"type": "urn:neuralnav:problem:Unexpected", "title": "Something went wrong", "status": 500}
    return {"problem": problem | {"detail": detail, "errors": []}, "node": error.node}
