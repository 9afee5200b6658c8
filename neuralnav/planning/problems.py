"""What Pydantic found wrong, as errors that name the field, the value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError

_LONGEST_VALUE = 80


def invalid_input(error: ValidationError, what: str, section: str = "") -> InvalidInputError:
    """The validation error of ``what`` as one that people can act on; ``section`` is put before each field's name."""
    problems = tuple(
        FieldProblem(
            section + ".".join(str(part) for part in found["loc"]) or what,
            shown(found.get("input")),
            found["msg"].removeprefix("Value error, "),
        )
        for found in error.errors(include_url=False, include_context=False)
    )
    return InvalidInputError(f"The {what} cannot be used: " + "; ".join(map(str, problems)), problems)


def unknown_field(field: str, known: Iterable[str]) -> FieldProblem:
    """A field that does not exist, with the closest ones that do."""
    names = sorted(known)
    close = difflib.get_close_matches(field.lower(), names, n=3, cutoff=0.5)
    return FieldProblem("field", field[:_LONGEST_VALUE], ", ".join(close or names))


def shown(value: object) -> object:
    """``value`` short enough for a message and safe for JSON."""
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
