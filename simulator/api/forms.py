"""Answers that have to have a form: JSON of any kind, JSON of a schema, one of several texts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from simulator.api.errors import ApiError, shortened
from simulator.api.plans import Plan, Planner
from simulator.api.protocol import SamplingRequest
from simulator.tokens.json_text import json_for
from simulator.tokens.schema import UnsupportedSchemaError

JSON_TOKENS = 16
"""Tokens around the prose of a JSON object: its braces, key and quotes, with room to spare."""


async def planned_answer(planner: Planner, request: SamplingRequest, seed: int, most: int) -> Plan:
    """The answer in the form that ``request`` asks for: prose when it asks for none.

    An answer that ``most`` tokens do not hold is cut, as vLLM cuts it. Other requests go on meanwhile.

    Raises:
        ApiError: the form cannot be imitated.
    """
    wanted, form = request.structured_outputs, request.response_format
    if wanted is not None and wanted.choice:
        return await asyncio.to_thread(planner.given, wanted.choice[seed % len(wanted.choice)], most)
    if wanted is not None and wanted.json_ is not None:
        return await asyncio.to_thread(_of_own_schema, planner, wanted.json_, seed, most)
    if form is not None and form.type == "json_schema" and form.json_schema is not None:
        schema = form.json_schema.json_schema or {}
        return await asyncio.to_thread(of_schema, planner, schema, seed, most, "response_format")
    if (wanted is not None and wanted.json_object) or (form is not None and form.type == "json_object"):
        return await asyncio.to_thread(_any_object, planner, request, seed, most)
    return await planner.prose(request, seed, most)


def of_schema(planner: Planner, schema: object, seed: int, most: int, parameter: str) -> Plan:
    """JSON of ``schema``, which ``parameter`` of the request holds. May take a second or two: call it in a thread.

    Raises:
        ApiError: the schema cannot be imitated.
    """
    try:
        return planner.given(json_for(schema, seed, most), most)
    except UnsupportedSchemaError as error:
        problems = "".join(
            f" ({problem.field}: {shortened(problem.value)}; allowed: {problem.allowed})" for problem in error.problems
        )
        words = f"The simulator cannot answer in this JSON schema: {shortened(error.detail)}{problems}."
        raise ApiError(words, param=parameter) from None


def _of_own_schema(planner: Planner, given: str | dict[str, Any], seed: int, most: int) -> Plan:
    """JSON of the schema that vLLM's own parameter holds, as an object or as its text."""
    try:
        schema = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        raise ApiError("structured_outputs.json is no JSON schema.", param="structured_outputs") from None
    return of_schema(planner, schema, seed, most, "structured_outputs")


def _any_object(planner: Planner, request: SamplingRequest, seed: int, most: int) -> Plan:
    """An object of about the length that an answer in prose would have."""
    room = max(planner.length(request, seed, most) - JSON_TOKENS, 0)
    return planner.given(json.dumps({"answer": planner.text(seed, room)}, ensure_ascii=False), most)
