"""Strings and numbers that satisfy a JSON schema without combinations."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from simulator.tokens.prose import Prose
from simulator.tokens.schema import UnsupportedSchemaError
from simulator.tokens.schema_checks import is_multiple
from simulator.tokens.tokenizer import load_tokenizer

MOST_CHARACTERS: Final = 10_000
"""Characters that one string may need at least."""

_TEXTS: Final = 10_000
_SPAN: Final = 100
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTES: Final = 5 * 365 * 24 * 60


def draw_string(schema: Mapping[str, Any], draw: random.Random, words: int) -> str:
    """A string in the schema's format, or else about ``words`` words of prose within its bounds of length.

    Raises:
        UnsupportedSchemaError: it must be longer than `MOST_CHARACTERS`.
    """
    fewest: int = schema.get("minLength", 0)
    most: int = schema.get("maxLength", MOST_CHARACTERS)
    if fewest > MOST_CHARACTERS:
        detail = f"a string of at least {fewest} characters is too long"
        raise UnsupportedSchemaError(detail, "minLength", fewest, f"at most {MOST_CHARACTERS}")
    formatted = _FORMATS.get(schema.get("format", ""))
    if formatted:
        return formatted(draw)
    passage = _prose().write(draw.randrange(_TEXTS), max(2 * words, fewest))
    prose = load_tokenizer().decode(passage)
    wished = len(" ".join(prose.split(" ")[:words]))
    text = prose[: max(fewest, min(most, wished))].rstrip(" ,;.?\n")
    return text + "." * (fewest - len(text))


def draw_integer(schema: Mapping[str, Any], draw: random.Random) -> int:
    """A whole number within the schema's bounds, from 1 to 100 where it leaves the choice.

    Raises:
        UnsupportedSchemaError: there is none.
    """
    whole = _whole_multiple(schema.get("multipleOf", 1))
    return whole * _steps(schema, draw, whole)


def draw_number(schema: Mapping[str, Any], draw: random.Random) -> float:
    """A number within the schema's bounds, with two decimals where they leave room.

    Raises:
        UnsupportedSchemaError: there is none.
    """
    if "multipleOf" in schema:
        return float(schema["multipleOf"] * _steps(schema, draw, schema["multipleOf"]))
    low, high = _bounds(schema, 1)
    for digits in (2, 6, 12):
        value = round(draw.uniform(low, high), digits)
        if low < value < high:
            return value
    return float(low if low > schema.get("exclusiveMinimum", -math.inf) else low / 2 + high / 2)


@lru_cache(maxsize=64)
def _whole_multiple(step: float) -> int:
    """The least multiple of ``step`` that is whole."""
    whole = next((step * count for count in range(1, 1001) if is_multiple(step * count, 1)), None)
    if whole is None:
        allowed = "a number of which a multiple up to the thousandth is whole"
        raise UnsupportedSchemaError(f"no small multiple of {step} is whole", "multipleOf", step, allowed)
    return int(whole)


def _steps(schema: Mapping[str, Any], draw: random.Random, step: float) -> int:
    """How many times ``step``: each bound counts unless it is exclusive."""
    low, high = _bounds(schema, step)
    fewest, most = math.ceil(low / step), math.floor(high / step)
    fewest += fewest * step <= schema.get("exclusiveMinimum", -math.inf)
    most -= most * step >= schema.get("exclusiveMaximum", math.inf)
    if fewest > most:
        detail = f"no multiple of {step} is between {low} and {high}"
        raise UnsupportedSchemaError(detail, "maximum", high, f"bounds with a multiple of {step} between them")
    return draw.randint(fewest, most)


def _bounds(schema: Mapping[str, Any], step: float) -> tuple[float, float]:
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    span = max(_SPAN, 2 * step)
    if low == -math.inf:
        low = 1 if high - step >= 1 else high - span
    if high == math.inf:
        high = max(span, low + span)
    if low > high:
        raise UnsupportedSchemaError(f"no number is between {low} and {high}", "maximum", high, f"{low} or more")
    return low, high


@lru_cache(maxsize=1)
def _prose() -> Prose:
    return Prose(load_tokenizer())


def _moment(draw: random.Random) -> datetime:
    return _EARLIEST + timedelta(minutes=draw.randrange(_MINUTES))


def _name(draw: random.Random) -> str:
    return draw.choice(("anna", "bruno", "clara", "felix", "grace", "irene", "marco", "paula"))


_FORMATS: Final[dict[str, Callable[[random.Random], str]]] = {
    "date": lambda draw: _moment(draw).date().isoformat(),
    "date-time": lambda draw: _moment(draw).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "time": lambda draw: _moment(draw).strftime("%H:%M:%SZ"),
    "duration": lambda draw: f"PT{draw.randint(1, 90)}M",
    "uuid": lambda draw: str(UUID(int=draw.getrandbits(128), version=4)),
    "email": lambda draw: f"{_name(draw)}{draw.randint(1, 99)}@example.com",
    "hostname": lambda draw: f"{_name(draw)}.example.com",
    "uri": lambda draw: f"https://example.com/{_name(draw)}/{draw.randint(1, 999)}",
    "ipv4": lambda draw: f"192.0.2.{draw.randint(1, 254)}",
    "ipv6": lambda draw: f"2001:db8::{draw.randint(1, 65535):x}",
}
"""Formats that are written as such, with names and addresses reserved for documentation; others are prose."""
