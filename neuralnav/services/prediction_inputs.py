"""Requests for predictions and simulations from JSON documents, every field checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import process

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.prediction import FIELD_PROBLEM, EngineRequest
from neuralnav.models.problems import shown

Inputs = TypeVar("Inputs", bound=EngineRequest)


def read_inputs(kind: type[Inputs], document: Mapping[str, Any]) -> Inputs:
    """The request that ``document`` holds.

    Raises:
        InvalidInputError: a field is missing, unknown or out of range, or contradicts another; each problem names the
            field, the value and what is allowed.
    """
    try:
        return kind.model_validate(dict(document))
    except ValidationError as error:
        problems = tuple(_problem(kind, found) for found in error.errors(include_url=False))
    raise InvalidInputError(f"This cannot be predicted: {'; '.join(map(str, problems))}.", problems)


def _problem(kind: type[EngineRequest], found: ErrorDetails) -> FieldProblem:
    context = found.get("ctx", {})
    if found["type"] == FIELD_PROBLEM:
        return FieldProblem(context["field"], shown(context["value"]), context["allowed"])
    field = str(found["loc"][0])
    if found["type"] == "missing":
        return FieldProblem(field, None, "must be given")
    if found["type"] == "extra_forbidden":
        names = list(kind.model_fields)
        close = [name for name, _, _ in process.extract(field, names, score_cutoff=60, limit=3)]
        return FieldProblem(field[:80], shown(found["input"]), f"no such field; there is {', '.join(close or names)}")
    return FieldProblem(field, _printable(found["input"]), found["msg"].removeprefix("Value error, "))


def _printable(value: object) -> object:
    """``value`` as given, where JSON can hold it."""
    return value if isinstance(value, float) and math.isfinite(value) else shown(value)
