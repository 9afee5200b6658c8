"""Fields that can be changed in a card: what they hold, in what unit and range, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from neuralnav.models.figures import figure
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import SpecificationOverrides

_BOUNDS = {"gt": "more than {}", "ge": "at least {}", "lt": "less than {}", "le": "at most {}"}
_REACHED = frozenset({"le"})
"""Bounds so far off that they are said only by a refusal, where they are above :data:`FAR_OFF`."""

FAR_OFF = 1_000


class Origin(StrEnum):
    """Where a value comes from."""

    SAID = "said"
    SET = "set"
    ASSUMED = "assumed"
    WORKED_OUT = "worked out"
    OPEN = "open"
    """Nothing is held to it."""


class Input(StrEnum):
    """How a value is changed."""

    NUMBER = "number"
    CHOICE = "choice"
    NAMES = "names"
    """Names, taken apart at their commas."""
    SET = "set"
    """Any of :attr:`CardField.options`."""


class Option(BaseModel):
    """One of the values that a field can have."""

    model_config = ConfigDict(frozen=True)

    value: str
    label: str


class CardField(BaseModel):
    """One field as the page shows it; what people read is written out."""

    model_config = ConfigDict(frozen=True)

    path: str
    """The field as an ``edit`` names it."""
    label: str
    input: Input
    value: JsonValue
    """What holds, in the unit of ``path``; ``None``: nothing."""
    origin: Origin
    why: str
    """The person's words, the reason of a default, or the formula."""
    formula: bool = False
    """Whether ``why`` is a formula, which is shown when it is asked for."""
    unit: str = ""
    scale: float = 1
    """What a value is multiplied with to be shown in ``unit``."""
    range: str = ""
    """What is allowed, in words."""
    empty: str = ""
    """What stands for no value; empty: there always is one."""
    options: tuple[Option, ...] = ()
    also: tuple[str, ...] = ()
    """Other fields whose problems belong beside this one."""


@cache
def allowed_range(path: str, unit: str = "", scale: float = 1) -> str:
    """The bounds of a number of ``DeploymentIntent`` or ``SpecificationOverrides``, in words and in ``unit``."""
    bounds = _bounds(path)
    said = [
        words.format(f"{figure(bounds[bound] * scale)} {unit}".strip())
        for bound, words in _BOUNDS.items()
        if bound in bounds and not (bound in _REACHED and bounds[bound] * scale > FAR_OFF)
    ]
    return ", ".join(said)


def options(values: Iterable[StrEnum], labels: dict[str, str] | None = None) -> tuple[Option, ...]:
    """A closed set as options, each under its label or its own words."""
    named = labels or {}
    return tuple(Option(value=v.value, label=named.get(v.value, v.value.replace("_", " "))) for v in values)


def _bounds(path: str) -> dict[str, float]:
    for model in (DeploymentIntent, SpecificationOverrides):
        schema: dict[str, Any] = model.model_json_schema()["properties"].get(path, {})
        for variant in (schema, *schema.get("anyOf", ())):
            if found := {bound: variant[bound] for bound in _BOUNDS if bound in variant}:
                return found
    return {}
