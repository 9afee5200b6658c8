"""What a schema says of merging: which parts are one value, which are sets of fields, and what lists are keyed by.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.doubles.kubernetes_api.kinds import definitions

Element = tuple[str, str]
"""A step into an object: ``("f", field)``, ``("k", keys as JSON)`` for an item of a keyed list, ``("v", JSON)`` of
a set."""

Path = tuple[Element, ...]

_KEY_DEFAULTS = {"protocol": "TCP"}
"""Defaults of keys in lists of core kinds, which their schemas leave out: of ports."""

_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class UndeclaredError(Exception):
    """A field that the schema does not have, or a value of another type."""


@dataclass(frozen=True)
class Shape:
    """A schema, with references followed; ``None`` where anything may be."""

    schema: dict[str, Any] | None

    @classmethod
    def of(cls, schema: dict[str, Any] | None) -> Shape:
        while schema is not None and "$ref" in schema:
            schema = definitions()[schema["$ref"].rpartition("/")[2]]
        return cls(schema)

    @property
    def open(self) -> bool:
        """Whether fields may be that are not declared."""
        return self.schema is None or bool(self.schema.get("x-kubernetes-preserve-unknown-fields"))

    @property
    def default(self) -> Any:
        return (self.schema or {}).get("default")

    def field(self, name: str) -> Shape:
        """The shape of one field.

        Raises:
            UndeclaredError: there is none of that name.
        """
        if self.schema is None:
            return self
        declared = self.schema.get("properties", {}).get(name)
        if declared is not None:
            return Shape.of(declared)
        more = self.schema.get("additionalProperties")
        if isinstance(more, dict):
            return Shape.of(more)
        if self.open or not (self.schema.get("properties") or more is False):
            return Shape(None)
        raise UndeclaredError(name)

    @property
    def items(self) -> Shape:
        return Shape.of((self.schema or {}).get("items"))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple((self.schema or {}).get("x-kubernetes-list-map-keys", ()))

    def is_fields(self, value: Any) -> bool:
        """Whether ``value`` is a set of fields with an owner each."""
        return isinstance(value, dict) and (self.schema or {}).get("x-kubernetes-map-type") != "atomic"

    def is_items(self, value: Any) -> bool:
        """Whether ``value`` is a list whose items have an owner each."""
        return isinstance(value, list) and (self.schema or {}).get("x-kubernetes-list-type") in ("map", "set")

    def element(self, item: Any) -> Element:
        """The step to ``item`` of a list of this shape."""
        if not self.keys:
            return ("v", json.dumps(item))
        found = {key: item.get(key, self.items.field(key).default or _KEY_DEFAULTS.get(key)) for key in self.keys}
        return (
            "k",
            json.dumps({key: value for key, value in found.items() if value is not None}, separators=(",", ":")),
        )

    def require_scalar(self, value: Any) -> None:
        """Raise ``UndeclaredError`` for a value of another type."""
        kind = (self.schema or {}).get("type")
        wanted = _SCALARS.get(next((k for k in kind if k != "null"), "") if isinstance(kind, list) else str(kind))
        if wanted and value is not None and (not isinstance(value, wanted) or (bool not in wanted and value is True)):
            name = "numeric (int or float)" if int in wanted else wanted[0].__name__.replace("str", "string")
            raise UndeclaredError(f"expected {name}, got &value.valueUnstructured{{Value:{json.dumps(value)}}}")


def shown(path: Path) -> str:
    """A path as messages show it: ``.spec.containers[name="x"].image``."""
    text = ""
    for kind, name in path:
        if kind == "f":
            text += f".{name}"
        elif kind == "k":
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(name).items()) + "]"
        else:
            text += f"[={name}]"
    return text
