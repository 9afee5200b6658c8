"""Whether a JSON value satisfies a schema, for the keywords that the simulator understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.tokens.json_values import canonical, same, size
from simulator.tokens.schema import MOST_LEVELS, STEP_CHARACTERS, Schema, Schemas, checked, parts, types_of, weight

_LARGEST: Final = 1e290
_PYTHON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
    "number": (int, float),
}


def satisfies(schemas: Schemas, schema: Schema, value: object, levels: int = MOST_LEVELS) -> bool:
    """Whether ``value`` is valid; ``format`` is an annotation and asks for nothing.

    References that lead on for more than ``levels`` count as satisfied by nothing.

    Raises:
        UnsupportedSchemaError: the schema says something that is not understood.
    """
    schema = checked(schema)
    if isinstance(schema, bool):
        return schema
    schemas.step(weight(schema))
    if levels <= 0:
        return False
    return (
        _has_type(schema, value)
        and ("const" not in schema or same(schema["const"], value))
        and ("enum" not in schema or any(same(allowed, value) for allowed in schema["enum"]))
        and _combines(schemas, schema, value, levels - 1)
        and _number_fits(schema, value)
        and _size_fits(schema, value)
        and _parts_fit(schemas, schema, value, levels - 1)
    )


def is_multiple(value: float, of: float) -> bool:
    """Whether ``value`` is a multiple of ``of`` by floating-point division, as common validators have it."""
    if isinstance(value, int) and isinstance(of, int):
        return value % of == 0
    return abs(value) < _LARGEST and float(value / of).is_integer()


def _has_type(schema: Mapping[str, Any], value: object) -> bool:
    named = types_of(schema)
    return named is None or any(_is(name, value) for name in named)


def _is(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _PYTHON_TYPES[name])


def _combines(schemas: Schemas, schema: Mapping[str, Any], value: object, levels: int) -> bool:
    if "$ref" in schema and not satisfies(schemas, schemas.target(schema["$ref"]), value, levels):
        return False
    if not all(satisfies(schemas, part, value, levels) for part in parts(schema, "allOf")):
        return False
    if "anyOf" in schema and not any(satisfies(schemas, part, value, levels) for part in parts(schema, "anyOf")):
        return False
    return "oneOf" not in schema or sum(satisfies(schemas, part, value, levels) for part in parts(schema, "oneOf")) == 1


def _number_fits(schema: Mapping[str, Any], value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        and ("multipleOf" not in schema or is_multiple(value, schema["multipleOf"]))
    )


def _size_fits(schema: Mapping[str, Any], value: object) -> bool:
    for kind, noun in ((str, "Length"), (list, "Items"), (dict, "Properties")):
        if isinstance(value, kind):
            size = len(value)
            return bool(schema.get(f"min{noun}", size) <= size <= schema.get(f"max{noun}", size))
    return True


def _parts_fit(schemas: Schemas, schema: Mapping[str, Any], value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return _properties_fit(schemas, schema, value, levels)
    if isinstance(value, list):
        return _items_fit(schemas, schema, value, levels)
    return True


def _properties_fit(schemas: Schemas, schema: Mapping[str, Any], value: Mapping[str, Any], levels: int) -> bool:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    return all(name in value for name in schema.get("required", ())) and all(
        satisfies(schemas, properties.get(name, others), part, levels) for name, part in value.items()
    )


def _items_fit(schemas: Schemas, schema: Mapping[str, Any], value: Sequence[Any], levels: int) -> bool:
    prefix = parts(schema, "prefixItems")
    others = schema.get("items", True)
    if schema.get("uniqueItems"):
        schemas.step(size(value) // STEP_CHARACTERS)
        if len({canonical(item) for item in value}) < len(value):
            return False
    return all(
        satisfies(schemas, prefix[index] if index < len(prefix) else others, item, levels)
        for index, item in enumerate(value)
    )
