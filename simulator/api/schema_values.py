"""Values that satisfy a JSON schema: what a model that is held to a schema could answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simulator.api.errors import ApiError, shortened

MOST_DEPTH = 32
MOST_ITEMS = 1000
"""Least number of items or characters that a schema may ask for."""
LARGEST = 1e15
"""Bounds beyond are refused: floats between them are no longer whole numbers apart."""
_FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "duration": "PT15M",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "3d813cbb-47fb-432b-a95f-c8d7e1b5f2a4",
}
_WORDS = "an example of a text "
_REFUSED = ("pattern", "not", "if", "contains", "propertyNames", "dependentRequired", "dependentSchemas", "$dynamicRef")
_MARKS = {"object": ("properties", "required"), "array": ("items", "minItems"), "integer": ("minimum", "maximum")}
"""Keywords from which the type of a schema without one is guessed."""
_KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")


def value_of(schema: Any) -> Any:
    """One value that ``schema`` allows: required and declared properties, as few items and characters as allowed.

    Raises:
        ApiError: the schema uses what is not imitated (such as ``pattern``), contradicts itself, or never ends.
    """
    return _Writer(schema).value(schema, 0)


class _Writer:
    def __init__(self, root: Any) -> None:
        self._root = root

    def value(self, schema: Any, depth: int) -> Any:
        """A value of ``schema``, ``depth`` levels inside the document."""
        if schema is True:
            return {}
        if depth > MOST_DEPTH:
            raise _refusal(f"it nests more than {MOST_DEPTH} levels")
        schema = self._merged(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        return self._typed(schema, depth)

    def _merged(self, schema: Any, depth: int) -> Mapping[str, Any]:
        """``schema`` with what it refers to, with all of ``allOf`` and the first of the alternatives."""
        if not isinstance(schema, Mapping):
            raise _refusal(f"{shortened(schema)} is no schema that anything satisfies")
        if depth > MOST_DEPTH:
            raise _refusal(f"it nests more than {MOST_DEPTH} levels")
        refused = next((word for word in _REFUSED if word in schema), None)
        if refused is not None:
            raise _refusal(f"'{refused}' is not supported")
        parts: list[Any] = []
        if "$ref" in schema:
            parts.append(self._referred(schema["$ref"]))
        if isinstance(schema.get("allOf"), list):
            parts += schema["allOf"]
        for word in ("anyOf", "oneOf"):
            if isinstance(schema.get(word), list) and schema[word]:
                parts.append(schema[word][0])
        merged: dict[str, Any] = {}
        for part in parts:
            _join(merged, self._merged({} if part is True else part, depth + 1))
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
        _join(merged, own)
        return merged

    def _referred(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise _refusal(f"$ref {shortened(reference)} leads out of it")
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            elif isinstance(found, Mapping) and key in found:
                found = found[key]
            else:
                raise _refusal(f"$ref {shortened(reference)} leads nowhere")
        return found

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        return True if kind == "boolean" else None

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        declared = schema.get("properties")
        properties = declared if isinstance(declared, Mapping) else {}
        wanted = schema.get("required")
        required = [name for name in (wanted if isinstance(wanted, list) else ()) if isinstance(name, str)]
        names = dict.fromkeys((*properties, *required)) if depth < MOST_DEPTH // 4 else dict.fromkeys(required)
        further = schema.get("additionalProperties", True)
        made = {name: self.value(properties.get(name, further), depth + 1) for name in names}
        least = _bound(schema, "minProperties", 0)
        for number in range(least - len(made)):
            made[f"key_{number + 1}"] = self.value(further, depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        first = schema.get("prefixItems")
        made = [self.value(item, depth + 1) for item in (first if isinstance(first, list) else ())]
        least = _bound(schema, "minItems", 0)
        wanted = max(least, 1 if depth < MOST_DEPTH // 4 and "items" in schema else 0)
        wanted = min(wanted, _bound(schema, "maxItems", MOST_ITEMS))
        items = schema.get("items", True)
        if least > len(made) + 1 and schema.get("uniqueItems"):
            raise _refusal("'uniqueItems' with 'minItems' above 1 is not supported")
        if items is False:
            return made
        return made + [self.value(items, depth + 1) for _ in range(wanted - len(made))]


def _join(merged: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add ``part``: properties and required names together, of all else the later."""
    for key, value in part.items():
        have = merged.get(key)
        if key == "properties" and isinstance(have, dict) and isinstance(value, Mapping):
            merged[key] = have | dict(value)
        elif key == "required" and isinstance(have, list) and isinstance(value, list):
            merged[key] = have + value
        else:
            merged[key] = value


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if kind is None:
        kind = next((name for name, keys in _MARKS.items() if any(key in schema for key in keys)), "string")
    if kind not in _KINDS:
        raise _refusal(f"there is no type {shortened(kind)}")
    return str(kind)


def _bound(schema: Mapping[str, Any], key: str, default: int) -> int:
    value = schema.get(key, default)
    if not isinstance(value, int) or value < 0:
        raise _refusal(f"{key} is {shortened(value)}")
    if key.startswith("min") and value > MOST_ITEMS:
        raise _refusal(f"{key} above {MOST_ITEMS} is not supported")
    return value


def _string(schema: Mapping[str, Any]) -> str:
    wanted = schema.get("format")
    if isinstance(wanted, str) and wanted in _FORMATS:
        return _FORMATS[wanted]
    least, most = _bound(schema, "minLength", 0), _bound(schema, "maxLength", MOST_ITEMS)
    if least > most:
        raise _refusal("minLength is above maxLength")
    text = _WORDS.strip()
    if len(text) < least:
        text = (_WORDS * (least // len(_WORDS) + 1))[:least]
    return text[:most]


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    step = _figure(schema, "multipleOf")
    low, high = _figure(schema, "minimum"), _figure(schema, "maximum")
    above, below = _figure(schema, "exclusiveMinimum"), _figure(schema, "exclusiveMaximum")
    if step is not None and step <= 0:
        raise _refusal(f"multipleOf is {shortened(step)}")
    grain = step or (1 if whole else 0)
    bottoms = [bound for bound in (low, above) if bound is not None]
    tops = [bound for bound in (high, below) if bound is not None]
    value = max(bottoms) if bottoms else min([*tops, 1])
    if grain:
        value = math.ceil(value / grain) * grain if bottoms else math.floor(value / grain) * grain
        value += grain * (value == above) - grain * (not bottoms and value == below)
    elif value in (above, below):
        value = (value + min(tops)) / 2 if bottoms and tops else value + (1 if bottoms else -1)
    if (high is not None and value > high) or (below is not None and value >= below):
        raise _refusal("no number is within its bounds")
    return int(value) if whole or float(value).is_integer() else value


def _figure(schema: Mapping[str, Any], key: str) -> int | float | None:
    value = schema.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST):
        return value
    raise _refusal(f"{key} is {shortened(value)}")


def _refusal(why: str) -> ApiError:
    return ApiError(f"The simulator cannot answer in this JSON schema: {why}.", param="schema")
