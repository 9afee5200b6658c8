"""JSON values compared and measured."""

from __future__ import annotations

import json
from collections.abc import Hashable


def same(one: object, other: object) -> bool:
    """Whether two values are equal as JSON, where a truth value is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def canonical(value: object) -> Hashable:
    """What only values that are the `same` have in common, so that a set can tell them apart."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list):
        return tuple(map(canonical, value))
    if isinstance(value, dict):
        return frozenset((name, canonical(part)) for name, part in value.items())
    return value if isinstance(value, Hashable) else repr(value)


def size(value: object) -> int:
    """The characters of ``value`` as JSON."""
    return len(json.dumps(value))
