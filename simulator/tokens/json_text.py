"""JSON for a schema: what the simulator answers to tool calls and to ``response_format``."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.tokens.json_scalars import draw_integer, draw_number, draw_string
from simulator.tokens.json_values import canonical
from simulator.tokens.schema import (
    ANNOTATIONS,
    MOST_LEVELS,
    STEP_CHARACTERS,
    Schema,
    Schemas,
    UnsupportedSchemaError,
    checked,
    implied_type,
    merged,
    merging_weight,
    parts,
    types_of,
    weight,
)
from simulator.tokens.schema_checks import satisfies
from simulator.tokens.tokenizer import load_tokenizer

MOST_VALUES: Final = 2_000
"""Values (objects, lists, texts, numbers and so on) that one text may have."""

_RICHNESS: Final = (4, 2, 1, 0)
_ATTEMPTS: Final = 8
_COMBINATIONS: Final = frozenset(("$ref", "allOf", "anyOf", "oneOf"))
_NAMES: Final = ("summary", "detail", "note", "reason", "place", "person", "next", "previous")


def json_for(schema: object, seed: int, most_tokens: int | None = None) -> str:
    """JSON text that is valid against ``schema``, the same for the same seed.

    If ``most_tokens`` is given, poorer texts are tried until one has no more tokens; where none is so short, the
    shortest one is given, which a server then cuts like any answer that is too long.

    Raises:
        UnsupportedSchemaError: the schema uses a keyword that is not in `schema.KEYWORDS`, is no JSON schema, has no
            end, is too large, or needs too much: `MOST_VALUES`, `json_scalars.MOST_CHARACTERS`, `schema.MOST_STEPS`;
            or nothing valid was found.
    """
    encode = load_tokenizer().encode
    schemas = Schemas(schema)
    texts = []
    refusals = []
    for richness in _RICHNESS:
        try:
            text = _valid_text(schemas, seed, richness)
        except UnsupportedSchemaError as error:
            refusals.append(error)
            continue
        if most_tokens is None or len(encode(text)) <= most_tokens:
            return text
        texts.append(text)
    if not texts:
        raise refusals[-1]
    return min(texts, key=len)


def _valid_text(schemas: Schemas, seed: int, richness: int) -> str:
    schema = schemas.root
    detail = "found nothing that is valid against this schema"
    refused = UnsupportedSchemaError(detail, "schema", schema, "a schema that something satisfies")
    for attempt in range(_ATTEMPTS):
        try:
            value = _Writer(schemas, seed=f"{seed}/{attempt}", richness=richness).value(schema)
            if satisfies(schemas, schema, value):
                return json.dumps(value, ensure_ascii=False)
        except UnsupportedSchemaError as error:
            refused = error
    raise refused


class _Writer:
    """Draws one value. ``richness`` bounds optional properties, list items and words beyond what must be."""

    def __init__(self, schemas: Schemas, seed: str, richness: int) -> None:
        self._schemas = schemas
        self._draw = random.Random(seed)  # noqa: S311 - an answer, no secret
        self._richness = richness
        self._written = 0

    def value(self, schema: Schema, levels: int = MOST_LEVELS) -> Any:
        """A value for ``schema``, which may nest as many levels."""
        self._written += 1
        if self._written > MOST_VALUES:
            detail = f"the shortest text has more than {MOST_VALUES} values"
            raise UnsupportedSchemaError(detail, "schema", schema, f"schemas that need at most {MOST_VALUES} values")
        if self._schemas.levels(schema, levels) > levels:
            detail = f"nothing satisfies the schema within {MOST_LEVELS} levels of references and nesting"
            raise UnsupportedSchemaError(detail, "schema", schema, "a schema with a value, recursion that can end")
        flat, levels = self._flat(schema, levels)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            return self._listed(flat)
        named = types_of(flat) or (implied_type(flat),)
        kind = self._draw.choice([name for name in named if name != "null"] or named)
        return self._of_type(kind, flat, levels)

    def _of_type(self, kind: str, schema: Mapping[str, Any], levels: int) -> Any:
        match kind:
            case "object":
                return self._object(schema, levels)
            case "array":
                return self._array(schema, levels)
            case "string":
                text = draw_string(schema, self._draw, words=1 + 2 * self._richness)
                self._schemas.step(len(text) // STEP_CHARACTERS)
                return text
            case "integer":
                return draw_integer(schema, self._draw)
            case "number":
                return draw_number(schema, self._draw)
            case "boolean":
                return self._draw.random() < 0.5
            case _:
                return None

    def _flat(self, schema: Schema, levels: int) -> tuple[Mapping[str, Any], int]:
        """``schema`` with references followed and one of each choice taken, and the levels left for its parts."""
        schema = checked(schema)
        if isinstance(schema, bool):  # true: for false, there is no number of levels
            return {}, levels
        self._schemas.step(weight(schema))
        chosen = [*parts(schema, "allOf")]
        if "$ref" in schema:
            chosen.append(self._schemas.target(schema["$ref"]))
        chosen += [
            self._branch(parts(schema, keyword), levels - 1) for keyword in ("anyOf", "oneOf") if keyword in schema
        ]
        without = _COMBINATIONS | ANNOTATIONS
        flat: Mapping[str, Any] = {name: value for name, value in schema.items() if name not in without}
        left = levels - 1
        for part in chosen:
            below, remaining = self._flat(part, levels - 1)
            self._schemas.step(merging_weight(flat, below))
            flat, left = merged(flat, below), min(left, remaining)
        return flat, left

    def _branch(self, branches: Sequence[Schema], levels: int) -> Schema:
        needed = [self._schemas.levels(branch, levels) for branch in branches]
        modest = [branch for branch, need in zip(branches, needed, strict=True) if self._is_modest(need, levels)]
        return self._draw.choice(modest) if modest else branches[needed.index(min(needed))]

    def _is_modest(self, needed: float, levels: int) -> bool:
        """Whether something optional that needs so many levels is worth writing: texts stay shallow, and end."""
        return needed + (MOST_LEVELS - levels) <= 3 * self._richness and self._written < 40 * self._richness

    def _listed(self, schema: Mapping[str, Any]) -> Any:
        others = {name: value for name, value in schema.items() if name != "enum"}
        values = [value for value in schema["enum"] if satisfies(self._schemas, others, value)]
        if not values:
            detail = "no value of 'enum' satisfies the rest of the schema"
            raise UnsupportedSchemaError(detail, "enum", schema["enum"], "a list with a value that fits")
        return self._draw.choice(values)

    def _object(self, schema: Mapping[str, Any], levels: int) -> dict[str, Any]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        required = schema.get("required", [])
        chosen = self._chosen(schema, levels)
        written = {name: self.value(part, levels) for name, part in properties.items() if name in chosen}
        written |= {name: self.value(others, levels) for name in required if name not in properties}
        fewest, most = schema.get("minProperties", 0), schema.get("maxProperties", MOST_VALUES)
        wished = fewest if properties or others is False else max(fewest, min(most, self._richness // 2))
        for name in self._further_names(wished - len(written), {*written, *properties}):
            written[name] = self.value(others, levels)
        self._schemas.step(sum(map(len, written)) // STEP_CHARACTERS)
        return written

    def _chosen(self, schema: Mapping[str, Any], levels: int) -> set[str]:
        """The named properties that are written: the required ones, others as far as is allowed and modest."""
        properties, chosen = schema.get("properties", {}), {*schema.get("required", [])}
        fewest = schema.get("minProperties", 0)
        most = min(schema.get("maxProperties", MOST_VALUES), max(fewest, len(chosen) + 2 * self._richness))
        needed = {name: self._schemas.levels(part, levels) for name, part in properties.items() if name not in chosen}
        for name in sorted(needed, key=lambda name: needed[name]):
            modest = self._is_modest(needed[name], levels) or len(chosen) < fewest
            if modest and len(chosen) < most and needed[name] <= levels:
                chosen.add(name)
        return chosen

    def _further_names(self, count: int, taken: set[str]) -> list[str]:
        if count > MOST_VALUES:
            detail = f"an object needs {count} properties that the schema does not name"
            raise UnsupportedSchemaError(detail, "minProperties", count, f"at most {MOST_VALUES}")
        names = (*_NAMES, *(f"field_{number}" for number in range(count + len(taken))))
        return [name for name in names if name not in taken][: max(count, 0)]

    def _array(self, schema: Mapping[str, Any], levels: int) -> list[Any]:
        prefix, items = parts(schema, "prefixItems"), checked(schema.get("items", True))
        unique = schema.get("uniqueItems", False)
        written: list[Any] = []
        taken = set()
        for index in range(self._items(schema, levels)):
            part = prefix[index] if index < len(prefix) else items
            for _ in range(10 + 3 * index if unique else 1):
                item = self.value(part, levels)
                if not unique or canonical(item) not in taken:
                    written.append(item)
                    taken.add(canonical(item) if unique else None)
                    break
        return written

    def _items(self, schema: Mapping[str, Any], levels: int) -> int:
        items, prefix = schema.get("items", True), schema.get("prefixItems", [])
        fewest, most = schema.get("minItems", 0), schema.get("maxItems", MOST_VALUES)
        if fewest > MOST_VALUES:
            detail = f"a list of at least {fewest} items is too long"
            raise UnsupportedSchemaError(detail, "minItems", fewest, f"at most {MOST_VALUES}")
        optional = [*prefix[fewest:], items] if items is not False else prefix[fewest:]
        if not optional or not all(self._is_modest(self._schemas.levels(part, levels), levels) for part in optional):
            return int(fewest)
        if items is False:
            return int(min(most, len(prefix)))
        return int(max(fewest, min(most, max(fewest, len(prefix), 1) + self._draw.randrange(self._richness))))
