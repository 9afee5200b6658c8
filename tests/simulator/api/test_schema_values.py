"""Values made from JSON schemas satisfy them, or the schema is refused."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.errors import ApiError
from simulator.api.schema_values import value_of

numbers = st.integers(-50, 50)
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"enum": ["a", 1]}, {"const": None}, {}]),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more}, *[st.integers(0, 60)] * 2
    ),
    st.builds(lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more}, numbers, st.integers(0, 9)),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1}, numbers),
    st.builds(
        lambda high, step: {"type": "integer", "exclusiveMaximum": high, "multipleOf": step}, numbers, st.integers(1, 7)
    ),
    st.builds(lambda kind: {"type": "string", "format": kind}, st.sampled_from(["date", "email", "ipv4", "uuid"])),
)


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from("abc")
    return st.one_of(
        st.builds(
            lambda properties, required: {"type": "object", "properties": properties, "required": required},
            st.dictionaries(names, inner),
            st.lists(names, unique=True),
        ),
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        st.builds(lambda one: {"$defs": {"it": one}, "allOf": [one]}, inner),
    )


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.recursive(leaves, nested, max_leaves=8))
def test_the_value_satisfies_the_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(value_of(schema), schema)


WORDS = (
    "type",
    "properties",
    "items",
    "required",
    "enum",
    "anyOf",
    "allOf",
    "$ref",
    "minItems",
    "minimum",
    "maxLength",
)
plain = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats()
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(anything)
def test_whatever_is_given_makes_a_value_or_an_api_error(schema: Any) -> None:
    try:
        value_of(schema)
    except ApiError:
        return


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#"}, "nests more than"),
        ({"$ref": "#/$defs/none"}, "leads nowhere"),
        ({"$ref": "https://example.com/a.json"}, "leads out of it"),
        ({"type": "string", "pattern": "a"}, "'pattern' is not supported"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "no number is within its bounds"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength is above maxLength"),
        ({"type": "array", "minItems": 10**9}, "minItems above"),
        (False, "no schema that anything satisfies"),
    ],
)
def test_what_has_no_value_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        value_of(schema)


def test_a_list_of_itself_ends() -> None:
    schema = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}
    jsonschema.validate(value_of(schema), schema)
