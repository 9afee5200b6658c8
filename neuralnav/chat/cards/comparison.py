"""What was supposed or compared last as a card: side by side, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.explored import Explored, ExploredKind, scenario_name
from graph.payloads import OptionsPayload
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.comparison_change import change
from neuralnav.models.labels import field_label, field_value

ELEMENT = "ComparisonCard"
MOST_COMPARED = 10
"""Scenarios that are put side by side at once."""

_TITLES = {
    ExploredKind.WHAT_IF: "What if",
    ExploredKind.OPTIONS: "Options side by side",
    ExploredKind.SCENARIOS: "Scenarios side by side",
}


def comparison_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of what was explored last and of the scenarios that are kept; none where there is neither."""
    payload = OptionsPayload.model_validate(data)
    found = payload.explored
    if found is None and not payload.scenarios:
        return []
    props: dict[str, Any] = {
        "title": _TITLES[found.kind] if found else "Scenarios",
        "compared": _compared(found, payload) if found else None,
        "keep": _keep(found) if found and payload.keeps_scenarios else None,
        "scenarios": list(payload.scenarios) if payload.keeps_scenarios else [],
        "most": MOST_COMPARED,
    }
    return [Card(ELEMENT, props)]


def _compared(found: Explored, payload: OptionsPayload) -> dict[str, Any]:
    numbers = {one.option.id: one.number for one in payload.options}
    ids = found.options or (None,) * len(found.names)
    return {
        "sentence": found.sentence,
        "supposed": [_said(field, value) for field, value in found.changes.items()],
        "changes": found.changes or None,
        "columns": [
            {"name": name, "id": identity, "number": numbers.get(identity) if identity else None}
            for name, identity in zip(found.names, ids, strict=True)
        ],
        "rows": [_row(found.kind, row) for row in found.rows],
        "warnings": list(found.warnings),
    }


def _row(kind: ExploredKind, row: Sequence[str]) -> dict[str, Any]:
    """What differs, its value in the first column, and each further value with how it differs from that."""
    label, first, *others = row
    cells: list[dict[str, Any]] = [{"text": first, "change": "", "tone": ""}]
    for text in others:
        how = change(kind, label, first, text)
        cells.append({"text": text, "change": how.words, "tone": how.tone})
    return {"label": f"{label[:1].upper()}{label[1:]}", "cells": cells}


def _keep(found: Explored) -> dict[str, Any] | None:
    """How the what-if is kept, or as what it was."""
    if not found.changes:
        return None
    return {"kept_as": found.kept_as, "name": scenario_name(found.changes)}


def _said(field: str, value: Any) -> str:
    label = field_label(field)
    return f"{label[:1].upper()}{label[1:]} {field_value(field, value)}"
