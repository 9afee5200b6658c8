"""What the simulator understands of JSON Schema: keywords, references, and schemas that must hold together."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from neuralnav.errors import FieldProblem, InvalidInputError
from simulator.tokens.json_values import canonical, size

Schema = Mapping[str, Any] | bool

TYPES: Final = ("string", "integer", "number", "boolean", "array", "object", "null")
MOST_LEVELS: Final = 24
"""How deep references, combinations and values may be nested in one another."""

MOST_STEPS: Final = 50_000
"""Schemas that may be looked at for one text: combinations of combinations can be without bound."""
STEP_CHARACTERS: Final = 16
"""Characters or names that are compared, merged or written in about the time of a step."""
MOST_SIZE: Final = 100_000
"""Characters that a schema may have."""
MOST_NESTING: Final = 100
"""How deep objects and lists may be nested in its JSON."""

_LARGEST: Final = 1e300
_FINEST: Final = 1e-9

_TIGHTEST: Final = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
_TYPE_OF_KEYWORD: Final = {
    **dict.fromkeys(("properties", "required", "additionalProperties", "minProperties", "maxProperties"), "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("minLength", "maxLength", "format"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_types(value: object) -> bool:
    names = [value] if isinstance(value, str) else value
    return isinstance(names, list) and bool(names) and all(name in TYPES for name in names)


_SHAPES: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "type": (_is_types, f"one or several of {' '.join(TYPES)}"),
    "properties": (lambda value: isinstance(value, Mapping), "an object"),
    "required": (_is_names, "a list of names"),
    "format": (lambda value: isinstance(value, str), "a name"),
    "uniqueItems": (lambda value: isinstance(value, bool), "true or false"),
    "multipleOf": (lambda value: _is_number(value) and _FINEST <= value <= 1 / _FINEST, "from 1e-9 to 1e9"),
    **dict.fromkeys(
        ("enum", "allOf", "anyOf", "oneOf", "prefixItems"),
        (lambda value: isinstance(value, list) and bool(value), "a list that is not empty"),
    ),
    **dict.fromkeys(
        ("items", "additionalProperties"), (lambda value: isinstance(value, Mapping | bool), "an object or a boolean")
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        (_is_count, "a whole number, 0 or more"),
    ),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (_is_number, "a number within 1e300 of 0")
    ),
}

KEYWORDS: Final = frozenset((*_SHAPES, "const", "$ref"))
"""What is understood; anything else but an annotation is refused."""
ANNOTATIONS: Final = frozenset(
    ("$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples")
) | {"deprecated", "readOnly", "writeOnly", "discriminator", "strict", "nullable", "contentMediaType"}


class UnsupportedSchemaError(InvalidInputError):
    """A JSON schema for which no text can be written: it is not understood, or nothing satisfies it."""

    title = "Schema not supported"
    status = 400

    def __init__(self, detail: str, field: str, value: object, allowed: str) -> None:
        super().__init__(detail, (FieldProblem(field, value, allowed),))


class Schemas:
    """A schema with the definitions that its references name, and the steps that were taken for it.

    Raises:
        UnsupportedSchemaError: it has more than `MOST_SIZE` characters, nests too deep, or is no schema.
    """

    def __init__(self, root: object) -> None:
        _check_document(root)
        self.root = checked(root)
        self._levels: dict[tuple[int, int], tuple[Schema, float]] = {}
        self._steps = 0

    def step(self, count: int) -> None:
        """Count what a text takes: 1 for each schema that is looked at, and `weight` where it is large.

        Raises:
            UnsupportedSchemaError: it is more than `MOST_STEPS`.
        """
        self._steps += count
        if self._steps > MOST_STEPS:
            detail = f"the schema takes more than {MOST_STEPS} steps"
            raise UnsupportedSchemaError(detail, "schema", self.root, "fewer combinations of combinations")

    def target(self, reference: object) -> Schema:
        """The schema at a reference into this document, such as ``#/$defs/Address``.

        Raises:
            UnsupportedSchemaError: it leads elsewhere or nowhere.
        """
        found: Any = self.root
        allowed = "a reference within the schema, such as #/$defs/Name"
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise UnsupportedSchemaError(f"cannot follow the reference {reference!r}", "$ref", reference, allowed)
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name)] if isinstance(found, list) else found[name]
            except (KeyError, IndexError, ValueError, TypeError) as error:
                problem = f"the schema has nothing at the reference {reference!r}"
                raise UnsupportedSchemaError(problem, "$ref", reference, allowed) from error
        return checked(found)

    def levels(self, schema: Schema, most: int = MOST_LEVELS) -> float:
        """How many levels the flattest value of ``schema`` needs, infinite if there is none within ``most``."""
        if most <= 0:
            return math.inf
        schema = checked(schema)
        if isinstance(schema, bool):
            return 0 if schema else math.inf
        if (id(schema), most) not in self._levels:
            self.step(weight(schema))
            needed = 1 + max(self._least(schema, most - 1), default=0)
            self._levels[id(schema), most] = schema, needed  # kept, so that its identity names no other schema
        return self._levels[id(schema), most][1]

    def _least(self, schema: Mapping[str, Any], most: int) -> list[float]:
        needed = [self.levels(part, most) for part in parts(schema, "allOf")]
        choices = [parts(schema, keyword) for keyword in ("anyOf", "oneOf") if keyword in schema]
        needed += [min(self.levels(part, most) for part in choice) for choice in choices]
        if "$ref" in schema:
            needed.append(self.levels(self.target(schema["$ref"]), most))
        properties = schema.get("properties", {})
        needed += [self.levels(properties[name], most) for name in schema.get("required", ()) if name in properties]
        prefix = parts(schema, "prefixItems")
        fewest = schema.get("minItems", 0)
        needed += [self.levels(part, most) for part in prefix[:fewest]]
        if fewest > len(prefix):
            needed.append(self.levels(schema.get("items", True), most))
        return needed


def _check_document(root: object) -> None:
    try:
        characters = len(json.dumps(root, allow_nan=False))
    except (ValueError, RecursionError):
        allowed = f"JSON of finite numbers that nests at most {MOST_NESTING} deep"
        raise UnsupportedSchemaError("the schema is no sound JSON", "schema", None, allowed) from None
    if characters > MOST_SIZE:
        detail = f"the schema has {characters} characters"
        raise UnsupportedSchemaError(detail, "schema", characters, f"at most {MOST_SIZE} characters")
    inside, depth = _members(root), 1
    while inside:
        inside, depth = [part for one in inside for part in _members(one)], depth + 1
    if depth > MOST_NESTING:
        detail = f"the JSON of the schema nests {depth} deep"
        raise UnsupportedSchemaError(detail, "schema", depth, f"at most {MOST_NESTING} deep")


def _members(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def checked(schema: object) -> Schema:
    """``schema``, if it is one and has no keyword that would be overlooked.

    Raises:
        UnsupportedSchemaError: it is no object or boolean, or a keyword is not understood or has no sound value.
    """
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        raise UnsupportedSchemaError("a JSON schema is an object or a boolean", "schema", schema, "object or boolean")
    for keyword in schema:
        if keyword not in KEYWORDS and keyword not in ANNOTATIONS and not keyword.startswith("x-"):
            allowed = " ".join(sorted(KEYWORDS))
            raise UnsupportedSchemaError(f"the keyword {keyword!r} is not supported", keyword, schema[keyword], allowed)
    for keyword, (fits, allowed) in _SHAPES.items():
        if keyword in schema and not fits(schema[keyword]):
            raise UnsupportedSchemaError(f"{keyword!r} must be {allowed}", keyword, schema[keyword], allowed)
    return schema


def weight(schema: Mapping[str, Any]) -> int:
    """The steps that looking at one sound schema takes, without its parts."""
    listed = sum(len(schema.get(keyword, ())) for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"))
    named = len(schema) + sum(len(schema.get(keyword, ())) for keyword in ("type", "properties", "required"))
    given = sum(size(schema[keyword]) for keyword in ("const", "enum", "$ref") if keyword in schema)
    return 1 + listed + (named + given) // STEP_CHARACTERS


def merging_weight(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """The steps that `merged` takes."""
    shared = one.keys() & other.keys()
    return 1 + sum(size(one[keyword]) + size(other[keyword]) for keyword in shared) // STEP_CHARACTERS


def parts(schema: Mapping[str, Any], keyword: str) -> Sequence[Schema]:
    """The schemas that ``keyword`` lists, none if it is absent."""
    return [checked(part) for part in schema.get(keyword, ())]


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The types that ``schema`` names, or None if it names none."""
    named = schema.get("type")
    return None if named is None else (named,) if isinstance(named, str) else tuple(named)


def implied_type(schema: Mapping[str, Any]) -> str:
    """The type that a schema without one is about, by its first keyword; text if it says nothing."""
    return next((_TYPE_OF_KEYWORD[keyword] for keyword in schema if keyword in _TYPE_OF_KEYWORD), "string")


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema that asks for what both ask for.

    Raises:
        UnsupportedSchemaError: nothing can satisfy both.
    """
    result = dict(one)
    for keyword, value in other.items():
        result[keyword] = _both(keyword, result[keyword], value) if keyword in result else value
    return result


def _both(keyword: str, one: Any, other: Any) -> Any:
    if one == other:
        return one
    if keyword in _TIGHTEST:
        return _TIGHTEST[keyword](one, other)
    if keyword == "properties":
        return dict(one) | {name: _all(one[name], part) if name in one else part for name, part in other.items()}
    if keyword in ("items", "additionalProperties"):
        return _all(one, other)
    if keyword == "required":
        return list(dict.fromkeys([*one, *other]))
    if keyword == "type":
        return _common_types(one, other)
    if keyword == "enum":
        allowed = {canonical(value) for value in other}
        return [value for value in one if canonical(value) in allowed]
    if keyword == "uniqueItems" or keyword in ANNOTATIONS:
        return other or one
    detail = f"two parts of the schema differ in {keyword!r}: {one!r} and {other!r}"
    raise UnsupportedSchemaError(detail, keyword, other, f"the same {keyword} in both")


def _all(one: Schema, other: Schema) -> Schema:
    return one if one == other else {"allOf": [one, other]}


def _common_types(one: str | list[str], other: str | list[str]) -> list[str]:
    first, second = ({one} if isinstance(one, str) else {*one}), ({other} if isinstance(other, str) else {*other})
    common = first & second
    if ("integer" in first and "number" in second) or ("number" in first and "integer" in second):
        common.add("integer")
    if not common:
        raise UnsupportedSchemaError(f"nothing is both {one} and {other}", "type", other, "types that overlap")
    return [name for name in TYPES if name in common]
