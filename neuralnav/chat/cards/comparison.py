"""What was supposed or compared last as a card: side by side, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from graph.explored import Explored, ExploredKind, scenario_name
from graph.payloads import OptionsPayload
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.comparison_change import change
from neuralnav.models.labels import field_label, field_value
from neuralnav.models.vocabulary import View

ELEMENT = "ComparisonCard"
MOST_COMPARED = 10
"""Scenarios that are put side by side at once."""

_TITLES = {
    ExploredKind.WHAT_IF: "What if",
    ExploredKind.OPTIONS: "Options side by side",
    ExploredKind.SCENARIOS: "Scenarios side by side",
}
_VIEWS = frozenset(view.value.replace("_", " ") for view in View)
"""What a row of a plan's figures begins with."""


def comparison_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of what was explored last; none where nothing was."""
    payload = OptionsPayload.model_validate(data)
    return [] if payload.explored is None else [_card(payload)]


def scenarios_card(data: Mapping[str, Any]) -> list[Card]:
    """The card of the kept scenarios where that of what was explored, which has them too, is not shown."""
    payload = OptionsPayload.model_validate(data)
    return [_card(payload)] if payload.explored is None and payload.keeps_scenarios and payload.scenarios else []


def _card(payload: OptionsPayload) -> Card:
    found = payload.explored
    props: dict[str, Any] = {
        "title": _TITLES[found.kind] if found else "Scenarios",
        "compared": _compared(found, payload) if found else None,
        "keep": _keep(found) if found and payload.keeps_scenarios else None,
        "scenarios": list(payload.scenarios) if payload.keeps_scenarios else [],
        "most": MOST_COMPARED,
    }
    return Card(ELEMENT, props)


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
        "groups": [
            {"title": title, "rows": [_row(found.kind, row) for row in rows]}
            for title, rows in groupby(found.rows, _view_of)
        ],
        "warnings": list(found.warnings),
    }


def _row(kind: ExploredKind, row: Sequence[str]) -> dict[str, Any]:
    """What differs, its value in the first column, and each further value with how it differs from that."""
    label, first, *others = row
    cells: list[dict[str, Any]] = [{"text": first, "change": "", "tone": ""}]
    for text in others:
        how = change(kind, label, first, text)
        cells.append({"text": text, "change": how.words, "tone": how.tone})
    shown = label.removeprefix(f"{_view_of(row).lower()}: ")
    return {"label": f"{shown[:1].upper()}{shown[1:]}", "cells": cells}


def _view_of(row: Sequence[str]) -> str:
    """The view that a row is of, as its rows are headed; empty: none."""
    name, colon, _ = row[0].partition(": ")
    return name.capitalize() if colon and name in _VIEWS else ""


def _keep(found: Explored) -> dict[str, Any] | None:
    """How the what-if is kept, or as what it was."""
    if not found.changes:
        return None
    return {"kept_as": found.kept_as, "name": scenario_name(found.changes)}


def _said(field: str, value: Any) -> str:
    label = field_label(field)
    return f"{label[:1].upper()}{label[1:]} {field_value(field, value)}"
