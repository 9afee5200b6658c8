"""``neuralnav scenarios``: named what-ifs that were kept."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neuralnav.cli.output import print_json
from neuralnav.cli.side_by_side import differences_document, print_side_by_side
from neuralnav.knowledge.database import Database
from neuralnav.models.figures import figure
from neuralnav.models.scenario import Scenario
from neuralnav.models.vocabulary import View
from neuralnav.planning.side_by_side import monthly, option_label
from neuralnav.services.scenarios import ScenarioService
from neuralnav.settings import get_settings

Answer = TypeVar("Answer")


def list_all(thread: str, *, as_json: bool) -> int:
    """List the scenarios of a conversation, oldest first."""
    kept = _ask(lambda service: service.all_of(thread))
    if as_json:
        print_json([one.model_dump(mode="json") for one in kept])
    else:
        Console(file=sys.stdout, highlight=False).print(_table(kept))
    return 0


def show(thread: str, name: str, *, as_json: bool) -> int:
    """Show one scenario."""
    found = _ask(lambda service: service.get(thread, name))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return 0
    console = Console(file=sys.stdout, highlight=False)
    console.print(_table([found]))
    for line in (*found.specification.notes, *(filter(None, [found.summary.nearest]))):
        console.print(line, markup=False)
    return 0


def remove(thread: str, name: str, *, as_json: bool) -> int:
    """Forget one scenario."""
    _ask(lambda service: service.remove(thread, name))
    if as_json:
        print_json({"removed": name})
    else:
        sys.stdout.write(f"Removed: {name}\n")
    return 0


def compare(thread: str, names: Sequence[str], *, as_json: bool) -> int:
    """Put scenarios side by side; without names, all of the conversation."""
    found = _ask(lambda service: service.compare(thread, names))
    if as_json:
        rows = differences_document(found.names, found.differences)
        print_json({"sentence": found.sentence, "names": list(found.names), "differences": rows})
    else:
        print_side_by_side(found.sentence, found.names, found.differences)
    return 0


def _ask(question: Callable[[ScenarioService], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        async with Database.open(get_settings()) as database:
            return await question(ScenarioService(database.pool))

    return asyncio.run(asked())


def _table(kept: Sequence[Scenario]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Scenario", "Requests/s", "Options", "Cheapest", "Cost", "Kept"):
        table.add_column(heading)
    for one in kept:
        cheapest = one.summary.leaders.get(View.LOWEST_COST)
        table.add_row(
            Text(one.name),
            figure(one.summary.planned_peak_qps),
            f"{one.summary.compliant:,}",
            Text(option_label(cheapest)),
            monthly(cheapest),
            f"{one.created_at:%Y-%m-%d %H:%M}",
        )
    return table
