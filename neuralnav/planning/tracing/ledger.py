"""A trace while it is written: figures by name, so that a formula can only take what is there already."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from neuralnav.models.trace import SECTIONS, TraceEntry, TraceSection, TraceSource, TraceTable, Value, names_in
from neuralnav.planning.tracing.sources import worked_out

UNITS: Mapping[str, str] = {
    "_qps": "requests/s",
    "_rps": "requests/s",
    "_ms": "ms",
    "_gib": "GiB",
    "_tokens": "tokens",
    "_bytes": "bytes",
    "_pct": "%",
}
"""What the ends of names say."""


class Ledger:
    """Sections of a trace, in the order in which they are closed."""

    def __init__(self) -> None:
        self.sections: list[TraceSection] = []
        self._entries: dict[str, TraceEntry] = {}
        self._open: list[TraceEntry] = []
        self._tables: list[TraceTable] = []
        self._notes: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def number(self, name: str) -> float:
        """A figure that was written down.

        Raises:
            KeyError: there is none of that name.
        """
        return float(self._entries[name].value or 0)

    def given(
        self,
        name: str,
        value: Value,
        source: TraceSource,
        *,
        unit: str | None = None,
        planned: Value = None,
        note: str | None = None,
    ) -> None:
        """Write down a figure that its source says."""
        self._write(name, value, source, unit, planned, note)

    def derived(
        self,
        name: str,
        value: Value,
        formula: str,
        by: Callable[..., Any],
        *,
        unit: str | None = None,
        planned: Value = None,
        note: str | None = None,
    ) -> None:
        """Write down a figure that ``by`` works out of others, which ``formula`` names; they must be there.

        Raises:
            KeyError: a figure of the formula is not.
        """
        inputs = {one: self._entries[one].value for one in names_in(formula)}
        self._write(name, value, worked_out(by), unit, planned, note, formula, inputs)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Value]],
        source: TraceSource,
        note: str | None = None,
    ) -> None:
        """Write down figures in rows."""
        finite = tuple(tuple(_finite(value) for value in row) for row in rows)
        self._tables.append(TraceTable(title=title, columns=tuple(columns), rows=finite, source=source, note=note))

    def note(self, words: str) -> None:
        """Say something about the whole section."""
        self._notes.append(words)

    def close(self, name: str) -> None:
        """End a section, which gets everything since the last one."""
        section = TraceSection(
            name=name,
            title=SECTIONS[name],
            entries=tuple(self._open),
            tables=tuple(self._tables),
            notes=tuple(self._notes),
        )
        self.sections.append(section)
        self._open, self._tables, self._notes = [], [], []

    def _write(
        self,
        name: str,
        value: Value,
        source: TraceSource,
        unit: str | None,
        planned: Value,
        note: str | None,
        formula: str | None = None,
        inputs: Mapping[str, Value] | None = None,
    ) -> None:
        if unit is None:
            unit = next((words for end, words in UNITS.items() if name.endswith(end)), "")
        entry = TraceEntry(
            name=name,
            value=_finite(value),
            unit=unit,
            formula=formula,
            inputs=dict(inputs or {}),
            source=source,
            planned=planned,
            note=note,
        )
        self._entries[name] = entry
        self._open.append(entry)


def _finite(value: Value) -> Value:
    """``value``, or ``None`` where it is infinite: a latency beyond saturation, a cost without a price."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
