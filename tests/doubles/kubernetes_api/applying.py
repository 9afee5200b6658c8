"""Server-side apply: merging, conflicts, and taking away what a manager no longer applies.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts and ``structured-merge-diff``. Its rules:
other managers' fields that would change are conflicts; equal values are shared; a field that its manager no longer
applies goes, unless somebody else owns it too.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.doubles.kubernetes_api.ownership import Fields, Manager, changed_fields, owned_fields
from tests.doubles.kubernetes_api.shapes import Path, Shape, UndeclaredError, shown
from tests.doubles.kubernetes_api.status import apply_conflicts

Owners = dict[Manager, Fields]


def apply(
    live: dict[str, Any] | None,
    applied: dict[str, Any],
    schema: dict[str, Any],
    *,
    manager: Manager,
    owners: Mapping[Manager, Fields],
    force: bool,
) -> tuple[dict[str, Any], Owners]:
    """The object after ``manager`` applied a document, and who owns what then.

    Raises:
        StatusError: fields of other managers would change, and ``force`` is not set.
        UndeclaredError: a field is not in the schema.
    """
    mine = owned_fields(applied, schema)
    base = live or {}
    merged = merge(base, applied, Shape.of(schema))
    others = {other: fields for other, fields in owners.items() if other != manager}
    theirs = frozenset().union(*others.values()) if others else frozenset()
    for path in sorted(owners.get(manager, frozenset()) - mine - theirs, key=len):
        if not any(kept[: len(path)] == path for kept in mine | theirs):
            remove(merged, path, Shape.of(schema))
    touched, gone = changed_fields(base, merged, schema)
    touched = frozenset(path for path in touched if path in mine)
    clashes = [(other, sorted(fields & touched)) for other, fields in others.items() if fields & touched]
    if clashes and not force:
        raise apply_conflicts([(other.phrase, [shown(path) for path in paths]) for other, paths in clashes])
    left = {other: fields - touched - gone for other, fields in others.items()}
    return merged, {other: fields for other, fields in left.items() if fields} | ({manager: mine} if mine else {})


def own_update(
    old: dict[str, Any],
    new: dict[str, Any],
    schema: dict[str, Any],
    *,
    manager: Manager,
    owners: Mapping[Manager, Fields],
) -> Owners:
    """Who owns what after ``manager`` wrote ``new``: whoever changes a field by an update takes it from everybody."""
    touched, gone = changed_fields(old, new, schema)
    left = {other: fields - touched - gone for other, fields in owners.items()}
    left[manager] = left.get(manager, frozenset()) | touched
    return {other: fields for other, fields in left.items() if fields}


def merge(live: Any, applied: Any, shape: Shape) -> Any:
    """``applied`` over ``live``, by the schema's strategy for each part."""
    if shape.is_fields(live) and shape.is_fields(applied):
        merged = copy.deepcopy(live)
        for name, value in applied.items():
            merged[name] = merge(live[name], value, shape.field(name)) if name in live else copy.deepcopy(value)
        return merged
    if shape.is_items(live) and shape.is_items(applied):
        return _merge_items(live, applied, shape)
    return copy.deepcopy(applied)


def _merge_items(live: list[Any], applied: list[Any], shape: Shape) -> list[Any]:
    there = {shape.element(item): item for item in live}
    wanted = {shape.element(item): item for item in applied}
    merged = [
        merge(there[element], item, shape.items) if element in there and shape.keys else copy.deepcopy(item)
        for element, item in wanted.items()
    ]
    return [copy.deepcopy(item) for element, item in there.items() if element not in wanted] + merged


def remove(document: Any, path: Path, shape: Shape) -> None:
    """Take one field out, and the parts that hold nothing then."""
    step, *rest = path
    if isinstance(document, list):
        found = next((item for item in document if shape.element(item) == step), None)
        if found is None:
            return
        if rest and isinstance(found, dict):
            remove(found, tuple(rest), shape.items)
        else:
            document.remove(found)
        return
    name = step[1]
    if not isinstance(document, dict) or name not in document:
        return
    if not rest:
        del document[name]
        return
    try:
        remove(document[name], tuple(rest), shape.field(name))
    except UndeclaredError:
        return
    if document[name] in ({}, []):
        del document[name]
