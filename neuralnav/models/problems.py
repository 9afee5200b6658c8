"""What Pydantic found wrong, as problems that name the field, the value and what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError

_LONGEST_VALUE = 80
_FIELD = re.compile(r"[\w./-]+")
_UNION_MEMBERS = frozenset({"int", "float", "str", "bool", "constrained-int", "constrained-float", "constrained-str"})
"""What Pydantic adds to a field's name to say which type of several it tried."""

_ALLOWED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda limits: f"more than {limits['gt']:,}",
    "greater_than_equal": lambda limits: f"at least {limits['ge']:,}",
    "less_than": lambda limits: f"less than {limits['lt']:,}",
    "less_than_equal": lambda limits: f"at most {limits['le']:,}",
    "int_type": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "string_type": lambda _: "a text",
    "string_too_short": lambda limits: f"a text of at least {_plural(limits['min_length'], 'character')}",
    "string_too_long": lambda limits: f"a text of at most {_plural(limits['max_length'], 'character')}",
    "string_pattern_mismatch": lambda limits: f"a text of the form {limits['pattern']}",
    "enum": lambda limits: str(limits["expected"]).replace("'", ""),
    "literal_error": lambda limits: str(limits["expected"]).replace("'", ""),
    "missing": lambda _: "a value",
    "extra_forbidden": lambda _: "no field of this name",
    "dict_type": lambda _: "an object of fields and their values",
    "model_type": lambda _: "an object of fields and their values",
    "list_type": lambda _: "a list",
    "tuple_type": lambda _: "a list",
    "too_short": lambda limits: f"at least {limits['min_length']:,} of them",
    "too_long": lambda limits: f"at most {limits['max_length']:,} of them",
}
"""What is allowed, by the kind of error and its limits."""


def problems_of(error: ValidationError, what: str, section: str = "") -> tuple[FieldProblem, ...]:
    """Each field that ``error`` names, once, with all that is allowed in it; ``what`` stands for the whole.

    ``section`` is put before each field's name.
    """
    values: dict[str, object] = {}
    allowed: dict[str, list[str]] = {}
    for found in error.errors(include_url=False):
        field = _name(found["loc"])
        field = section + field if field else what
        values.setdefault(field, None if found["type"] == "missing" else shown(found.get("input")))
        words = allowed_in(found)
        if words not in allowed.setdefault(field, []):
            allowed[field].append(words)
    return tuple(FieldProblem(field, values[field], " or ".join(words)) for field, words in allowed.items())


def allowed_in(found: Mapping[str, Any]) -> str:
    """What would be allowed instead, in words, from one of the errors that Pydantic lists."""
    say = _ALLOWED.get(found["type"])
    if say is not None:
        return say(found.get("ctx") or {})
    return str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")


def invalid_input(error: ValidationError, what: str, section: str = "") -> InvalidInputError:
    """The validation error of ``what`` as one that people can act on; ``section`` is put before each field's name."""
    problems = problems_of(error, what, section)
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


def _name(place: tuple[int | str, ...]) -> str:
    parts = [str(part) for part in place]
    return ".".join(part for part in parts if part not in _UNION_MEMBERS and _FIELD.fullmatch(part))


def _plural(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
