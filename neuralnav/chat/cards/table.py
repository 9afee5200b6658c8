"""All options that a plan lists as a table to sort and filter: rows of figures, which the page opens on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from graph.payloads import OptionsPayload
from neuralnav.chat.cards.card import Card
from neuralnav.models.figures import duration, figure, money, plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Recommendation

ELEMENT = "AllOptions"
MOST_ROWS = 2_000
"""Options that are listed; a table of more is not read."""
WORTH_A_TABLE = 2


@dataclass(frozen=True)
class _Column:
    """One column: words, or figures with how they are written."""

    key: str
    label: str
    value: Callable[[Recommendation], str | float | None]
    written: Callable[[Recommendation], str] | None = None
    """A figure as it is read; ``None``: as it is."""
    words: bool = False
    more_is_better: bool = False
    empty: str = ""
    shown: bool = True


def _latency(field: str, label: str) -> _Column:
    return _Column(
        field,
        label,
        lambda option: round(getattr(option.predicted, field).value, 2),
        lambda option: duration(getattr(option.predicted, field).value),
    )


def _score(name: str, label: str) -> _Column:
    return _Column(name, label, lambda option: round(getattr(option.scores, name)), more_is_better=True)


def _carried(option: Recommendation) -> float:
    return option.predicted.max_qps.value * option.replicas


COLUMNS = (
    _Column("model", "Model", model_label, words=True),
    _Column("hardware", "Hardware", hardware_label, words=True),
    _Column("gpu", "GPU", lambda option: gpu_label(option.gpu_type).partition(" ")[2], words=True, shown=False),
    _Column("replicas", "Replicas", lambda option: option.replicas),
    _Column("precision", "Precision", lambda option: option.precision.value.upper(), words=True),
    _Column(
        "cost",
        "Cost a month",
        lambda option: round(option.cost.per_month_usd, 2) if option.cost else None,
        lambda option: money(option.cost.per_month_usd) if option.cost else "",
        empty="no price known",
    ),
    _latency("ttft_p95_ms", "TTFT p95"),
    _latency("itl_p95_ms", "ITL p95"),
    _latency("e2e_p95_ms", "E2E p95"),
    _Column(
        "carries",
        "Requests/s",
        lambda option: round(_carried(option), 2),
        lambda option: figure(_carried(option)),
        more_is_better=True,
    ),
    _Column(
        "accuracy",
        "Quality",
        lambda option: round(option.scores.accuracy),
        lambda option: f"{option.scores.accuracy:.0f}{'' if option.scores.accuracy_rated else ' (estimate)'}",
        more_is_better=True,
    ),
    _score("price", "Cost score"),
    _score("latency", "Latency score"),
    _score("complexity", "Simplicity"),
    _score("balanced", "Together"),
    _Column("source", "Figures", lambda option: option.source.value, words=True),
)
"""Scores are out of 100, more is better."""

RANGES = (
    ("cost", "Cost a month at most", "$", "most"),
    ("ttft_p95_ms", "TTFT p95 at most", "ms", "most"),
    ("accuracy", "Quality at least", "of 100", "least"),
)
"""Columns that are narrowed by a bound: its label, unit and side."""


def all_options(data: Mapping[str, Any]) -> list[Card]:
    """The table of all options that the question holds; none where there is nothing to put in order."""
    payload = OptionsPayload.model_validate(data)
    numbers = {one.option.id: one.number for one in payload.options}
    others = payload.overview.others if payload.overview else ()
    best_first = sorted(others, key=lambda option: (-option.scores.balanced, option.id))
    listed = [*(one.option for one in payload.options), *best_first][:MOST_ROWS]
    if len(listed) < WORTH_A_TABLE:
        return []
    columns, cells = zip(*(_column(column, listed) for column in COLUMNS), strict=True)
    props: dict[str, Any] = {
        "title": f"Show all {plural(len(listed), 'option')} as a table",
        "about": _about(len(listed), payload),
        "columns": list(columns),
        "rows": [
            [option.id, numbers.get(option.id, 0), *row]
            for option, row in zip(listed, zip(*cells, strict=True), strict=True)
        ],
        "ranges": [dict(zip(("column", "label", "unit", "bound"), one, strict=True)) for one in RANGES],
    }
    return [Card(ELEMENT, props)]


def _column(column: _Column, options: Sequence[Recommendation]) -> tuple[dict[str, Any], list[JsonValue]]:
    """A column, and its cell of each option: the number of a word, a figure, or a figure with how it is written."""
    values = [column.value(option) for option in options]
    words = sorted({str(value) for value in values}, key=str.casefold) if column.words else []
    numbers = {word: number for number, word in enumerate(words)}
    about = {
        "key": column.key,
        "label": column.label,
        "words": words if column.words else None,
        "down": column.more_is_better,
        "empty": column.empty,
        "shown": column.shown,
    }
    if column.words:
        return about, [numbers[str(value)] for value in values]
    if column.written is None:
        return about, list(values)
    written = map(column.written, options)
    return about, [None if value is None else [value, text] for value, text in zip(values, written, strict=True)]


def _about(listed: int, payload: OptionsPayload) -> str:
    """What of everything that was evaluated is listed."""
    evaluated = f"{payload.evaluated:,} configurations were evaluated"
    if listed >= payload.compliant:
        return f"All {listed:,} options that meet every target; {evaluated}."
    which = "those of the five views and of the Pareto front" if payload.overview else "those that have a number"
    return f"{listed:,} of the {payload.compliant:,} options that meet every target: {which}; {evaluated}."
