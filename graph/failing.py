"""What a node does that cannot do its work: it leads to ``failed``, where a person says how to go on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from langgraph.types import Command

from neuralnav.errors import NeuralNavError

logger = logging.getLogger(__name__)

Node = TypeVar("Node", bound=Callable[..., Awaitable[Any]])


def to_failed(node: Node) -> Node:
    """Let a node that cannot do its work lead to ``failed``, with the problem and the way back."""

    @functools.wraps(node)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return await node(*args, **kwargs)
        except NeuralNavError as error:
            logger.warning("%s failed: %s", node.__name__, error.detail)
            failure = {"problem": error.as_problem(), "node": node.__name__}
            return Command(goto="failed", update={"failure": failure})

    return guarded  # type: ignore[return-value]
