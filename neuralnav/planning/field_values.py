"""Values of specification fields as people type them: ``field=value``, read by the field's type."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, JsonValue

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.problems import shown
from neuralnav.models.specification import Pinned, PlanningPolicy, SpecificationOverrides

FREE = frozenset({"", "none", "null", "free"})
"""Words that take a value back."""
_SECTIONS: dict[str, type[BaseModel]] = {"policy": PlanningPolicy, "pinned": Pinned}


def read_changes(assignments: Iterable[str]) -> dict[str, JsonValue]:
    """Changes for ``edit_specification`` from texts such as ``user_count=2000`` or ``pinned.gpu_type=H100``.

    Numbers, objects and lists are JSON; names are plain text, several of them separated by commas; ``none`` takes a
    value back. A value that is not of its field's type stays a text, which the edit then refuses by name.

    Raises:
        InvalidInputError: a text is no assignment, or a field is set twice.
    """
    changes: dict[str, JsonValue] = {}
    for assignment in assignments:
        field, separator, text = assignment.partition("=")
        field = field.strip()
        if not separator or not field:
            problem = FieldProblem("--set", shown(assignment), "field=value")
            raise InvalidInputError(f"{assignment[:60]!r} is not of the form field=value.", (problem,))
        if field in changes:
            problem = FieldProblem(field, shown(text), "one value")
            raise InvalidInputError(f"{field} is set more than once.", (problem,))
        changes[field] = _value(field, text.strip())
    return changes


def _value(field: str, text: str) -> JsonValue:
    if text.lower() in FREE:
        return None
    if _takes_text(field) and text[:1] not in "[{":
        return text
    try:
        value: JsonValue = json.loads(text, parse_constant=lambda constant: constant)
    except (ValueError, RecursionError):
        return text
    return value


def _takes_text(field: str) -> bool:
    section, _, name = field.rpartition(".")
    for model in (_SECTIONS[section],) if section in _SECTIONS else (DeploymentIntent, SpecificationOverrides):
        if name in model.model_fields:
            return _holds_text(model.model_fields[name].annotation)
    return False


def _holds_text(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, str):
        return True
    return any(_holds_text(part) for part in get_args(annotation))
