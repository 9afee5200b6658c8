"""JSON for a schema is valid, the same for the same seed, bounded, and refused where it cannot be written."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from simulator.tokens.json_text import json_for
from simulator.tokens.schema import UnsupportedSchemaError
from simulator.tokens.tokenizer import Tokenizer

PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}}}
TREE = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "label": {"type": "string", "maxLength": 12},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
            "required": ["label", "children"],
            "additionalProperties": False,
        }
    },
}
LINKED = {
    "$defs": {
        "Link": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Link"}, {"type": "null"}]}},
            "required": ["next"],
        }
    },
    "$ref": "#/$defs/Link",
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "anything": {},
    "any object": {"type": "object"},
    "required": PERSON | {"required": ["name", "age"], "additionalProperties": False},
    "unnamed required": {"type": "object", "required": ["a", "b"], "additionalProperties": {"type": "integer"}},
    "enum": {"enum": ["red", 3, None, {"a": [1]}]},
    "enum of a type": {"type": "string", "enum": ["red", "green", 3]},
    "const": {"const": {"a": 1}},
    "several types": {"type": ["string", "null"]},
    "null": {"type": "null"},
    "bounds": {"type": "integer", "minimum": -7, "exclusiveMaximum": -5},
    "a narrow number": {"type": "number", "exclusiveMinimum": 0.1, "maximum": 0.10001},
    "one number": {"type": "number", "minimum": 2, "maximum": 2},
    "a share": {"type": "number", "minimum": 0, "maximum": 1},
    "only a maximum": {"type": "integer", "maximum": -1_000},
    "only a minimum": {"type": "number", "minimum": 1e12},
    "multiples": {"type": "integer", "multipleOf": 7, "minimum": 15},
    "cents": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 9},
    "whole multiples": {"type": "integer", "multipleOf": 2.5},
    "a long text": {"type": "string", "minLength": 300, "maxLength": 310},
    "a short text": {"type": "string", "maxLength": 2},
    "no text": {"type": "string", "maxLength": 0},
    "an exact length": {"type": "string", "minLength": 5, "maxLength": 5},
    "items": {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "maxItems": 3},
    "many items": {"type": "array", "items": {"type": "integer"}, "minItems": 300},
    "no items": {"type": "array", "maxItems": 0},
    "different items": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
    "a tuple": {
        "type": "array",
        "prefixItems": [{"type": "string"}, {"type": "integer"}],
        "items": False,
        "minItems": 2,
    },
    "at least two properties": {"type": "object", "minProperties": 2, "maxProperties": 2, "properties": {"a": {}}},
    "a choice": {"anyOf": [{"type": "string"}, PERSON]},
    "a tagged choice": {
        "oneOf": [
            {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]} for kind in ("cat", "dog")
        ]
    },
    "an overlapping choice": {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 50}]},
    "a choice with a dead end": {"anyOf": [False, {"type": "array", "items": False, "minItems": 1}, {"type": "null"}]},
    "both": {"allOf": [PERSON, {"required": ["name"]}, {"properties": {"name": {"minLength": 20}}}]},
    "a tree": TREE,
    "a chain": LINKED,
    "a list of trees": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/Node"}, "$defs": TREE["$defs"]},
    "an escaped reference": {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "integer"}}},
}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("most_tokens", [None, 20])
def test_the_text_is_valid(name: str, most_tokens: int | None) -> None:
    for seed in range(20):
        Draft202012Validator(SCHEMAS[name]).validate(json.loads(json_for(SCHEMAS[name], seed, most_tokens)))


@pytest.mark.parametrize(
    "name", ["date", "date-time", "time", "duration", "uuid", "email", "hostname", "uri", "ipv4", "ipv6"]
)
def test_formats_are_kept(name: str) -> None:
    schema = {"type": "string", "format": name}
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for seed in range(20):
        validator.validate(json.loads(json_for(schema, seed, None)))


def test_the_same_seed_gives_the_same_text_and_others_differ() -> None:
    schema = PERSON | {"required": ["name", "age"]}
    assert json_for(schema, 4) == json_for(schema, 4)
    assert len({json_for(schema, seed) for seed in range(50)}) > 40


def test_a_small_budget_gives_a_text_within_it(tokenizer: Tokenizer) -> None:
    for most in (15, 30, 60, 120):
        for seed in range(20):
            assert len(tokenizer.encode(json_for(TREE, seed, most))) <= most


def test_where_nothing_is_short_enough_the_text_is_still_valid() -> None:
    text = json_for(SCHEMAS["a long text"], 1, 3)
    Draft202012Validator(SCHEMAS["a long text"]).validate(json.loads(text))


def test_recursion_without_a_need_stays_shallow(tokenizer: Tokenizer) -> None:
    assert max(len(tokenizer.encode(json_for(TREE, seed))) for seed in range(50)) < 3_000


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "string", "pattern": "a+"}, "pattern"),
        ({"not": {}}, "not"),
        ({"allOf": [False]}, "schema"),
        ({"properties": {"a": {"if": {}}}, "required": ["a"]}, "if"),
        ({"type": "text"}, "type"),
        ({"type": []}, "type"),
        ({"type": {"a": 1}}, "type"),
        ({"enum": []}, "enum"),
        ({"enum": [1], "type": "string"}, "enum"),
        ({"minLength": "3"}, "minLength"),
        ({"minLength": 10**9}, "minLength"),
        ({"minItems": 10**9}, "minItems"),
        ({"minProperties": 10**9}, "minProperties"),
        ({"minimum": 3, "maximum": 2}, "maximum"),
        ({"minimum": 10**400}, "minimum"),
        ({"minimum": True}, "minimum"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"type": "integer", "multipleOf": 0.30000000001}, "multipleOf"),
        ({"type": "integer", "minimum": 1.2, "maximum": 1.8}, "maximum"),
        ({"type": "object", "properties": []}, "properties"),
        ({"type": "object", "required": "a"}, "required"),
        ({"type": "object", "required": [["a"]]}, "required"),
        ({"properties": {"a": 3}, "required": ["a"]}, "schema"),
        ({"format": ["date"]}, "format"),
        ({"$ref": "#/$defs/Absent"}, "$ref"),
        ({"$ref": "https://example.com/schema"}, "$ref"),
        ({"$ref": 3}, "$ref"),
        ({"$ref": "#"}, "schema"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}, "schema"),
        ({"allOf": [{"type": "string"}, {"type": "object"}]}, "type"),
        ({"allOf": [{"const": 1}, {"const": 2}]}, "const"),
        ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3}, "schema"),
        ({"type": "array", "items": False, "minItems": 1}, "schema"),
        ({"oneOf": [{"type": "string"}, {"type": "string"}]}, "schema"),
        ({"format": "uuid", "maxLength": 5}, "schema"),
    ],
)
def test_what_cannot_be_written_is_refused_by_the_field_that_prevents_it(schema: dict[str, Any], field: str) -> None:
    with pytest.raises(UnsupportedSchemaError) as caught:
        json_for(schema, 1, 100)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_references_that_multiply_are_refused_in_bounded_time() -> None:
    def doubled(keyword: str) -> dict[str, Any]:
        definitions = {f"n{i}": {keyword: [{"$ref": f"#/$defs/n{i + 1}"}] * 2} for i in range(10)}
        return {"$ref": "#/$defs/n0", "$defs": definitions | {"n10": {"type": "string"}}}

    objects = {
        f"n{i}": {
            "type": "object",
            "properties": {k: {"$ref": f"#/$defs/n{i + 1}"} for k in "abcd"},
            "required": [*"abcd"],
        }
        for i in range(10)
    }
    started = process_time()
    for schema in (doubled("oneOf"), {"$ref": "#/$defs/n0", "$defs": objects | {"n10": {}}}):
        with pytest.raises(UnsupportedSchemaError):
            json_for(schema, 1)
    assert json.loads(json_for(doubled("anyOf"), 1))
    assert process_time() - started < 3


LONG = {"a": [list(range(50))] * 200}
NAMES = [f"{number:x}" for number in range(3300)]
TEXTS = [{"type": "string", "maxLength": length} for length in range(2300)]


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"required": NAMES}, {"required": [f"{name}." for name in NAMES]}]},
        {"allOf": [{"enum": NAMES}, {"enum": [f"{name}." for name in NAMES]}, {"enum": NAMES}]},
        {"type": "array", "items": {"const": LONG}, "minItems": 2000, "uniqueItems": True},
        {"oneOf": [{"const": LONG}, {"const": LONG}]},
        {"type": "array", "items": {"type": "string", "minLength": 10_000}, "minItems": 1900},
        {"type": "array", "items": {"oneOf": [{"type": "integer", "multipleOf": 0.001}] * 2}, "minItems": 900},
        {"type": "array", "items": {"anyOf": TEXTS}, "minItems": 500},
        {"$ref": "#/" + "a/" * 40_000},
        {"enum": ["x" * 100_000]},
        {"const": float("inf")},
        {"const": json.loads("[" * 500 + "]" * 500)},
    ],
    ids=range(11),
)
def test_what_is_large_is_refused_in_bounded_time(schema: dict[str, Any]) -> None:
    started = process_time()
    with pytest.raises(UnsupportedSchemaError):
        json_for(schema, 1, 4096)
    assert process_time() - started < 3


def _schemas() -> st.SearchStrategy[dict[str, Any]]:
    def bounded(kind: str, low: str, high: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        pairs = st.tuples(values, values).map(sorted)
        return pairs.map(lambda pair: {"type": kind, low: pair[0], high: pair[1]})

    lengths, numbers = st.integers(0, 40), st.floats(-1e6, 1e6)
    leaves = st.one_of(
        st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "string"}, {"type": "integer"}, {}]),
        bounded("string", "minLength", "maxLength", lengths),
        bounded("integer", "minimum", "maximum", st.integers(-(10**9), 10**9)),
        bounded("number", "minimum", "maximum", numbers),
        st.lists(st.one_of(st.text(), st.integers(), st.booleans(), st.none()), min_size=1).map(lambda v: {"enum": v}),
        st.sampled_from(["date", "uuid", "email", "unheard-of"]).map(lambda name: {"type": "string", "format": name}),
    )

    def nested(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        properties = st.dictionaries(st.text(max_size=8), parts, max_size=4)
        objects = st.builds(
            lambda named, required, others: {
                "type": "object",
                "properties": named,
                "required": [name for name, wanted in zip(named, required, strict=False) if wanted],
                "additionalProperties": others,
            },
            properties,
            st.lists(st.booleans(), min_size=4, max_size=4),
            st.one_of(st.booleans(), parts),
        )
        lists = st.tuples(parts, st.integers(0, 3), st.integers(0, 3)).map(
            lambda drawn: {"type": "array", "items": drawn[0], "minItems": drawn[1], "maxItems": drawn[1] + drawn[2]}
        )
        return st.one_of(objects, lists, st.lists(parts, min_size=1, max_size=3).map(lambda found: {"anyOf": found}))

    return st.recursive(leaves, nested, max_leaves=10)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_schemas(), st.integers(), st.one_of(st.none(), st.integers(1, 200)))
def test_the_text_of_any_common_schema_is_valid(schema: dict[str, Any], seed: int, most_tokens: int | None) -> None:
    Draft202012Validator(schema).validate(json.loads(json_for(schema, seed, most_tokens)))
