"""How long a node may take, what of its failures is tried again, and what becomes of the rest."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

import asyncpg
import psycopg
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import NodeError, NodeTimeoutError, is_invalid_resume
from langgraph.types import Command, RetryPolicy
from pydantic import ValidationError

from graph.state import ConversationState
from graph.work.step import thread_id
from neuralnav.errors import NeuralNavError, UnavailableError

logger = logging.getLogger(__name__)

TRIES = 5
FIRST_PAUSE_S = 0.1
_PASSING = (UnavailableError, psycopg.OperationalError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


def passes(error: Exception) -> bool:
    """Whether an outside system failed in a way that may be over in a moment, and was not tried again already."""
    return isinstance(error, _PASSING) and not (isinstance(error, UnavailableError) and error.lasting)


RETRY = RetryPolicy(
    initial_interval=FIRST_PAUSE_S, backoff_factor=3.0, max_interval=2.0, max_attempts=TRIES, retry_on=passes
)
"""For nodes that work: every one of them does its work once, however often it is tried."""

ASK_ONCE = RetryPolicy(max_attempts=1, retry_on=passes)
"""For nodes that stop for a person: a reply is taken once."""


async def to_failed(_: ConversationState, error: NodeError, config: RunnableConfig) -> Command[Any]:
    """Lead to ``failed``, with the problem and the node to try again; a reply that is none is asked for again."""
    if is_invalid_resume(error.error):
        return Command(goto=error.node, update={"messages": [AIMessage("That was no reply: give text or an action.")]})
    return Command(goto="failed", update={"pending": None, "failure": failure_of(error, thread_id(config))})


def failure_of(error: NodeError, thread: str) -> dict[str, Any]:
    """What ``failed`` shows of ``error``; what nobody foresaw is logged with its traceback and shown without.

    Nothing of what a person said is logged: of errors raised on purpose only the type and the fields.
    """
    if isinstance(error.error, NeuralNavError):
        fields = ", ".join(problem.field for problem in error.error.problems) or "none"
        logger.warning("%s failed in %s: %s, fields: %s", error.node, thread, type(error.error).__name__, fields)
        return {"problem": error.error.as_problem(), "node": error.node}
    logger.error("%s failed in %s\n%s", error.node, thread, traceback_of(error.error))
    what = "took too long and was stopped" if isinstance(error.error, NodeTimeoutError) else "failed unexpectedly"
    detail = f"The step {what} ({type(error.error).__name__}). The log of the program says more."
    problem = {"type": "urn:neuralnav:problem:Unexpected", "title": "Something went wrong", "status": 500}
    return {"problem": problem | {"detail": detail, "errors": []}, "node": error.node}


def traceback_of(error: BaseException) -> str:
    """The traceback of ``error`` as text; types and places alone where Pydantic's text would quote what was said."""
    chain = list(_chain(error))
    if not any(isinstance(link, ValidationError) for link in chain):
        return "".join(traceback.format_exception(error))
    return "\n".join(f"{''.join(traceback.format_tb(link.__traceback__))}{type(link).__name__}" for link in chain)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error``, what it groups, and what led to it, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        grouped = link.exceptions if isinstance(link, BaseExceptionGroup) else ()
        waiting += [found for found in (link.__context__, link.__cause__, *grouped) if found is not None]
