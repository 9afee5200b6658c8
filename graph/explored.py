"""What was looked into last at the options: things side by side, as data that a card or a program shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from neuralnav.models.labels import field_label, hardware_label, model_label
from neuralnav.models.plan import Recommendation
from neuralnav.planning.explain import Comparison
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.scenarios import NOW, ScenarioComparison


class ExploredKind(StrEnum):
    """What stands side by side."""

    WHAT_IF = "what_if"
    """The present plan and that of supposed changes."""
    OPTIONS = "options"
    SCENARIOS = "scenarios"
    """Kept scenarios, the present plan first."""


class Explored(BaseModel):
    """Things side by side: what differs between them, in the words and figures of the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ExploredKind
    sentence: str
    """How they differ, as plain text."""
    names: tuple[str, ...]
    """What each column is."""
    rows: tuple[tuple[str, ...], ...]
    """What differs, then its value for each of ``names``."""
    options: tuple[str, ...] = ()
    """Of options: the id of each, to choose it by."""
    changes: dict[str, JsonValue] = {}
    """Of a what-if: the specification fields that were supposed, with their values."""
    warnings: tuple[str, ...] = ()
    """Of a what-if: what should be known of both plans."""
    kept_as: str | None = None
    """Of a what-if: the scenario that it was kept as."""


def supposed(answer: WhatIf, changes: Mapping[str, Any]) -> Explored:
    """A what-if of ``changes``."""
    return Explored(
        kind=ExploredKind.WHAT_IF,
        sentence=answer.sentence,
        names=("Now", "Then"),
        rows=answer.differences,
        changes=dict(changes),
        warnings=answer.warnings,
    )


def options_compared(compared: Comparison, options: Sequence[Recommendation]) -> Explored:
    """Options side by side."""
    return Explored(
        kind=ExploredKind.OPTIONS,
        sentence=compared.sentence,
        names=tuple(f"{model_label(option)} on {hardware_label(option)}" for option in options),
        rows=compared.differences,
        options=tuple(option.id for option in options),
    )


def scenarios_compared(compared: ScenarioComparison) -> Explored:
    """Scenarios side by side."""
    return Explored(
        kind=ExploredKind.SCENARIOS,
        sentence=compared.sentence,
        names=tuple("Now" if name == NOW else name for name in compared.names),
        rows=compared.differences,
    )


def scenario_name(changes: Mapping[str, Any]) -> str:
    """A name for a scenario from what it changes: ``GPUs A100-80GB``."""
    parts = []
    for changed, value in changes.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{field_label(changed)} {shown}")
    return "; ".join(parts)[:60] or "plan"
