"""Calls of tools: arguments that satisfy the tool's schema."""

from __future__ import annotations

import asyncio
from typing import Any

from simulator.api.checks import tool_choice
from simulator.api.forms import of_schema
from simulator.api.plans import Plan, Planner
from simulator.api.protocol import ChatRequest, FunctionDefinition, NamedToolChoice


def called_function(request: ChatRequest, seed: int) -> FunctionDefinition | None:
    """The function that the answer calls, if any.

    A named one is called; ``required`` calls one of those that there are; ``auto`` calls one only when the last
    message is the user's and names it, so that a conversation with tools comes to an end.
    """
    choice, functions = tool_choice(request), [tool.function for tool in request.tools or ()]
    if isinstance(choice, NamedToolChoice):
        return next(function for function in functions if function.name == choice.function.name)
    if choice == "required":
        return functions[seed % len(functions)]
    if choice == "auto":
        return next((function for function in functions if function.name in _last_words(request)), None)
    return None


async def planned_call(planner: Planner, function: FunctionDefinition, seed: int, most: int) -> Plan:
    """The arguments of a call as JSON, cut where ``most`` tokens do not hold them. Other requests go on meanwhile.

    Raises:
        ApiError: the function's schema cannot be imitated.
    """
    return await asyncio.to_thread(of_schema, planner, _schema(function), seed, most, "tools")


def _schema(function: FunctionDefinition) -> dict[str, Any]:
    return {"type": "object"} | (function.parameters or {})


def _last_words(request: ChatRequest) -> str:
    """The last message's text if a user says it."""
    last = request.messages[-1] if request.messages else None
    return last.text if last is not None and last.role == "user" else ""
