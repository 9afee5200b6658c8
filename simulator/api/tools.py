"""Calls of tools: arguments that satisfy the tool's schema."""

from __future__ import annotations

from simulator.api.checks import tool_choice
from simulator.api.forms import json_text
from simulator.api.protocol import ChatRequest, FunctionDefinition, NamedToolChoice
from simulator.api.schema_values import value_of


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


def arguments_of(function: FunctionDefinition) -> str:
    """Arguments as JSON text.

    Raises:
        ApiError: its schema cannot be imitated.
    """
    schema = function.parameters or {}
    value = value_of({"type": "object"} | schema)
    return json_text(value)


def _last_words(request: ChatRequest) -> str:
    """The last message's text if a user says it."""
    last = request.messages[-1] if request.messages else None
    return last.text if last is not None and last.role == "user" else ""
