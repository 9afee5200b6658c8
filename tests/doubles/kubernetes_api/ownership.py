"""Who owns which field: sets of paths, and their form in ``metadata.managedFields``.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.kubernetes_api.shapes import Path, Shape, UndeclaredError, shown

Fields = frozenset[Path]

_NOBODYS = {
    (("f", "apiVersion"),),
    (("f", "kind"),),
    *((("f", "metadata"), ("f", name)) for name in (
        "name", "namespace", "creationTimestamp", "uid", "generation", "managedFields", "resourceVersion",
        "deletionTimestamp", "deletionGracePeriodSeconds",
    )),
}  # fmt: skip


@dataclass(frozen=True)
class Manager:
    """One entry of ``managedFields``, without its fields."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""
    time: str = field(default="", compare=False)

    @property
    def phrase(self) -> str:
        """As a conflict names it."""
        if self.operation == "Apply":
            return f'"{self.name}"'
        subresource = f' with subresource "{self.subresource}"' if self.subresource else ""
        return f'"{self.name}"{subresource} using {self.api_version}'


def owned_fields(document: dict[str, Any], schema: dict[str, Any]) -> Fields:
    """The fields that an applied document sets.

    Raises:
        UndeclaredError: one is not in the schema; the message begins with its path.
    """
    return frozenset(path for path in _leaves(document, Shape.of(schema), ()) if not is_nobodys(path))


def is_nobodys(path: Path) -> bool:
    """Whether a field has no owner: the identity of an object, and what the server sets."""
    return path in _NOBODYS or (len(path) > 2 and path[:2] in _NOBODYS)


def changed_fields(old: Any, new: Any, schema: dict[str, Any]) -> tuple[Fields, Fields]:
    """The fields that ``new`` sets anew or otherwise than ``old``, and those that it no longer has."""
    shape = Shape.of(schema)
    before, after = dict(_values(old, shape, ())), dict(_values(new, shape, ()))
    gone = frozenset(path for path in before if path not in after and not is_nobodys(path))
    missing = object()
    set_now = (path for path, value in after.items() if before.get(path, missing) != value and not is_nobodys(path))
    return frozenset(set_now), gone


def _leaves(value: Any, shape: Shape, path: Path) -> Iterator[Path]:
    if shape.is_fields(value) and value:
        for name, inner in value.items():
            step: Path = (*path, ("f", name))
            try:
                inner_shape = shape.field(name)
            except UndeclaredError:
                raise UndeclaredError(f"{shown(step)}: field not declared in schema") from None
            yield from _leaves(inner, inner_shape, step)
    elif shape.is_items(value) and value:
        for item in value:
            step = (*path, shape.element(item))
            yield step
            if shape.keys:
                yield from _leaves(item, shape.items, step)
    else:
        _require_typed(value, shape, path)
        yield path


def _require_typed(value: Any, shape: Shape, path: Path) -> None:
    """Check what lies within a part that is one value."""
    try:
        if isinstance(value, dict):
            for name, inner in value.items():
                _require_typed(inner, shape.field(name), (*path, ("f", name)))
        elif isinstance(value, list):
            for item in value:
                _require_typed(item, shape.items, path)
        else:
            shape.require_scalar(value)
    except UndeclaredError as error:
        if ":" in str(error):
            text = str(error)
            raise UndeclaredError(text if text.startswith(".") else f"{shown(path)}: {text}") from None
        raise UndeclaredError(f"{shown((*path, ('f', str(error))))}: field not declared in schema") from None


def _values(value: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, Any]]:
    if shape.is_fields(value) and value:
        for name, inner in value.items():
            try:
                yield from _values(inner, shape.field(name), (*path, ("f", name)))
            except UndeclaredError:
                yield (*path, ("f", name)), inner
    elif shape.is_items(value) and value:
        for item in value:
            step = (*path, shape.element(item))
            yield step, item if not shape.keys else None
            if shape.keys:
                yield from _values(item, shape.items, step)
    else:
        yield path, value


def as_fields_v1(fields: Fields) -> dict[str, Any]:
    """The nested form that objects carry."""
    root: dict[str, Any] = {}
    for path in sorted(fields):
        node = root
        for kind, name in path:
            node = node.setdefault(f"{kind}:{name}", {})
    for path in fields:
        node = root
        for kind, name in path:
            node = node[f"{kind}:{name}"]
        if node:
            node["."] = {}
    return root
