"""``neuralnav whatif``: the plan of a changed need beside the present one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from neuralnav.cli.output import print_json
from neuralnav.cli.plan import specification_for
from neuralnav.cli.side_by_side import differences_document, print_side_by_side
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.planning.field_values import read_changes
from neuralnav.planning.what_if import WhatIf
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.scenarios import ScenarioService
from neuralnav.settings import Settings, get_settings

COLUMNS = ("now", "then")


def run(
    text: str | None,
    spec: Path | None,
    assignments: Sequence[str],
    *,
    scenario: str | None,
    thread: str,
    replace: bool,
    as_json: bool,
) -> int:
    """Show what ``assignments`` would change, and keep it under ``scenario``; 1 when nothing fits then."""
    if (text is None) == (spec is None):
        raise InvalidInputError("Give either TEXT or --spec.", (FieldProblem("TEXT", text, "text, or --spec FILE"),))
    changes = read_changes(assignments)
    if not changes:
        raise InvalidInputError("Say what to change: --set.", (FieldProblem("--set", None, "field=value"),))
    found = asyncio.run(_what_if(get_settings(), text, spec, changes, scenario, thread, replace=replace))
    if as_json:
        document = found.model_dump(mode="json")
        print_json(document | {"differences": differences_document(COLUMNS, found.differences), "scenario": scenario})
    else:
        print_side_by_side(found.sentence, COLUMNS, found.differences, found.warnings)
    return 0 if found.plan.feasible else 1


async def _what_if(
    settings: Settings,
    text: str | None,
    spec: Path | None,
    changes: dict[str, JsonValue],
    scenario: str | None,
    thread: str,
    *,
    replace: bool,
) -> WhatIf:
    async with Database.open(settings) as database, Knowledge.open(settings, database.pool) as knowledge:
        service = PlanningService(knowledge, patience_s=settings.planning_patience_s)
        found = await service.what_if(await specification_for(service, settings, text, spec), changes)
        if scenario is not None:
            await ScenarioService(database.pool).keep(thread, scenario, found.plan, replace=replace)
        return found
