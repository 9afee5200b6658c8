"""Calling a tool by name and getting its typed result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.tools import BaseTool

Result = TypeVar("Result")

Toolbox = Mapping[str, BaseTool]


def toolbox(tools: Sequence[BaseTool]) -> Toolbox:
    """``tools`` by name."""
    return {tool.name: tool for tool in tools}


async def call(tools: Toolbox, name: str, kind: type[Result], /, **arguments: Any) -> Result:
    """The result of the tool called ``name``, which must be a ``kind``.

    Raises:
        TypeError: the tool returned something else.
    """
    result = await tools[name].ainvoke(arguments)
    if not isinstance(result, kind):
        raise TypeError(f"tool {name} returned {type(result).__name__}, not {kind.__name__}")
    return result
