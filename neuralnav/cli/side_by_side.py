"""Things side by side, as a table for people or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_side_by_side(
    sentence: str, names: Sequence[str], rows: Sequence[tuple[str, ...]], warnings: Sequence[str] = ()
) -> None:
    """A sentence and warnings, then a table with a column for each of ``names``."""
    console = Console(file=sys.stdout, highlight=False)
    console.print(sentence, markup=False)
    print_warnings(console, warnings)
    table = Table(box=None, pad_edge=False)
    for heading in ("", *names):
        table.add_column(Text(heading))
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def print_warnings(console: Console, warnings: Sequence[str]) -> None:
    """Each warning on a line of its own."""
    for warning in warnings:
        console.print(f"Warning: {warning}", style="yellow", markup=False)


def differences_document(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
    """The rows of a table, each with its values by name."""
    return [{"what": what, "values": dict(zip(names, values, strict=True))} for what, *values in rows]
