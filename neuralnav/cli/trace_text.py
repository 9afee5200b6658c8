"""A trace as text for people at a terminal of any width; sources are numbered and listed once, at the end."""

from __future__ import annotations

from textwrap import wrap
from typing import TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neuralnav.models.figures import plural
from neuralnav.models.gpus import gpu_label
from neuralnav.models.trace import MeasuredRun, Trace, TraceEntry, TraceSource, TraceTable, Value

DIGITS = 6
"""Significant digits that are shown; JSON has all of them."""
INDENT = 4


def print_trace(trace: Trace, stream: TextIO) -> None:
    """Each section's figures with formula and inputs or the number of their source, measured runs, and the sources."""
    console = Console(file=stream, highlight=False)
    sources = _Sources()
    console.print(Text(trace.label, style="bold"))
    _line(
        console, f"{trace.option}; prices {trace.traced_with.price_table}, calibration {trace.traced_with.calibration}"
    )
    for change in trace.changes or ("Every figure is the plan's own: its data are still today's.",):
        _line(console, change, style="yellow" if trace.changes else "")
    for section in trace.sections:
        console.print()
        console.print(Text(section.title, style="bold"))
        for entry in section.entries:
            _entry(console, entry, sources)
        for table in section.tables:
            _table(console, table, sources)
        for note in section.notes:
            _line(console, note, indent=2)
    _measured(console, trace, sources)
    sources.list(console)


class _Sources:
    """Sources by number, in the order in which they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, source: TraceSource) -> str:
        """``[3]``"""
        terms = ", ".join(part for part in (source.licence, source.as_of) if part)
        words = f"{source.where}: {source.source}" + (f" ({terms})" if terms else "")
        return f"[{self._numbers.setdefault(words, len(self._numbers) + 1)}]"

    def list(self, console: Console) -> None:
        """All of them, a line each."""
        console.print()
        console.print(Text("Sources", style="bold"))
        for words, number in self._numbers.items():
            _line(console, f"[{number}] {words}", indent=2)


def _entry(console: Console, entry: TraceEntry, sources: _Sources) -> None:
    source = sources.number(entry.source) if entry.formula is None else ""
    _line(console, f"{entry.name} = {_shown(entry)} {source}", indent=2)
    if entry.formula is not None:
        _line(console, f"= {entry.formula}", indent=INDENT)
        given = ", ".join(f"{name} {_value(value)}" for name, value in entry.inputs.items())
        _line(console, f"with {given}", indent=INDENT)
    if entry.differs:
        _line(console, f"the plan says {_value(entry.planned)}", indent=INDENT, style="yellow")
    if entry.note:
        _line(console, entry.note, indent=INDENT)


def _shown(entry: TraceEntry) -> str:
    value = _value(entry.value)
    if entry.unit.startswith("$"):
        return f"${value}{entry.unit[1:]}"
    return f"{value} {entry.unit}".rstrip()


def _table(console: Console, table: TraceTable, sources: _Sources) -> None:
    """A table where it fits; on a narrow terminal each row as a line."""
    _line(console, f"{table.title} {sources.number(table.source)}", indent=2)
    if table.note:
        _line(console, table.note, indent=INDENT)
    drawn = Table(box=None, pad_edge=False)
    for column in table.columns:
        drawn.add_column(Text(column), justify="right", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*(Text(_value(value)) for value in row))
    if Measurement.get(console, console.options, drawn).maximum + INDENT <= console.width:
        console.print(Padding(drawn, (0, 0, 0, INDENT), expand=False))
        return
    for row in table.rows:
        cells = (f"{column} {_value(value)}" for column, value in zip(table.columns, row, strict=True))
        _line(console, "; ".join(cells), indent=INDENT)


def _measured(console: Console, trace: Trace, sources: _Sources) -> None:
    console.print()
    console.print(Text("Measured runs of the same model shape, precision, GPU and tensor parallelism", style="bold"))
    if not trace.measured:
        _line(console, "None is stored: 'neuralnav benchmarks import' adds yours.", indent=2)
        return
    shown = f"{plural(trace.measured_runs, 'run')} stored"
    nearest = (
        f"; the {len(trace.measured)} nearest to the planned load" if trace.measured_runs > len(trace.measured) else ""
    )
    _line(console, f"{shown}{nearest}. Beside each figure: what is predicted for the run's own load.", indent=2)
    _line(console, "Predictions are of the calibration in use, which may have been fitted to some of them.", indent=2)
    for run in trace.measured:
        _line(console, f"{_ran(run)} {sources.number(run.source)}", indent=2)
        for figure in run.figures:
            predicted = "not predicted" if figure.predicted is None else f"{_value(figure.predicted)} predicted"
            _line(
                console, f"{figure.name} {_value(figure.measured)} {figure.unit} measured, {predicted}", indent=INDENT
            )
        if run.note:
            _line(console, run.note, indent=INDENT)


def _ran(run: MeasuredRun) -> str:
    release = f"vLLM {run.engine_version}" if run.engine_version else "vLLM of an unnamed release"
    return (
        f"{run.model} {run.precision.value} on {gpu_label(run.gpu_type, run.tensor_parallel)}, {release}: {run.load}, "
        f"{_value(run.prompt_tokens)} tokens in, {_value(run.output_tokens)} out"
    )


def _value(value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10**DIGITS else f"{value:,.{DIGITS}g}"
    return value


def _line(console: Console, words: str, *, indent: int = 0, style: str = "") -> None:
    """Text that wraps under its own indentation."""
    space = " " * indent
    for line in wrap(words, console.width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False):
        console.print(Text(line, style=style), soft_wrap=True)
