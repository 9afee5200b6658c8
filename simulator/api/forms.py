"""Answers that have to have a form: JSON of any kind, JSON of a schema, one of several texts."""

from __future__ import annotations

import json
from typing import Any

from simulator.api.errors import ApiError
from simulator.api.plans import Plan, Planner
from simulator.api.protocol import SamplingRequest
from simulator.api.schema_values import value_of

JSON_TOKENS = 16
"""Tokens around the prose of a JSON object: its braces, key and quotes, with room to spare."""


async def planned_answer(planner: Planner, request: SamplingRequest, seed: int, most: int) -> Plan:
    """The answer in the form that ``request`` asks for: prose when it asks for none.

    An answer that ``most`` tokens do not hold is cut, as vLLM cuts it.

    Raises:
        ApiError: the form cannot be imitated.
    """
    wanted, form = request.structured_outputs, request.response_format
    if wanted is not None and wanted.choice:
        return planner.given(wanted.choice[seed % len(wanted.choice)], most)
    schema = _schema(request)
    if schema is not None:
        return planner.given(json_text(value_of(schema)), most)
    if (wanted is not None and wanted.json_object) or (form is not None and form.type == "json_object"):
        return _any_object(planner, request, seed, most)
    return await planner.prose(request, seed, most)


def json_text(value: Any) -> str:
    """``value`` as a model writes it."""
    return json.dumps(value, ensure_ascii=False)


def _schema(request: SamplingRequest) -> Any:
    wanted, form = request.structured_outputs, request.response_format
    if wanted is not None and wanted.json_ is not None:
        if not isinstance(wanted.json_, str):
            return wanted.json_
        try:
            return json.loads(wanted.json_)
        except (ValueError, RecursionError):
            raise ApiError("structured_outputs.json is no JSON schema.", param="structured_outputs") from None
    if form is not None and form.json_schema is not None and form.type == "json_schema":
        return form.json_schema.json_schema or {}
    return None


def _any_object(planner: Planner, request: SamplingRequest, seed: int, most: int) -> Plan:
    """An object of about the length that an answer in prose would have."""
    room = max(planner.length(request, seed, most) - JSON_TOKENS, 0)
    return planner.given(json_text({"answer": planner.text(seed, room)}), most)
