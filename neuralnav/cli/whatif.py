"""``neuralnav whatif``: the plan of a changed need beside the present one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agents.intent import IntentAgent
from agents.model import build_reader
from neuralnav.cli.documents import argument_text, read_document
from neuralnav.cli.output import print_json
from neuralnav.cli.side_by_side import differences_document, print_side_by_side
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.field_values import read_changes
from neuralnav.planning.partial import read_specification
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
        print_side_by_side(found.sentence, COLUMNS, found.differences)
    return 0 if found.plan.feasible else 1


async def _what_if(
    settings: Settings,
    text: str | None,
    spec: Path | None,
    changes: dict[str, object],
    scenario: str | None,
    thread: str,
    *,
    replace: bool,
) -> WhatIf:
    async with Database.open(settings) as database, Knowledge.open(settings, database.pool) as knowledge:
        service = PlanningService(knowledge)
        present = await _present(service, settings, text, spec)
        found = await service.what_if(present, changes)
        if scenario is not None:
            await ScenarioService(database.pool).keep(thread, scenario, found.plan, replace=replace)
        return found


async def _present(
    service: PlanningService, settings: Settings, text: str | None, spec: Path | None
) -> DeploymentSpecification:
    reference = await service.knowledge.reference()
    if spec is not None:
        return read_specification(read_document(spec), reference.use_cases)
    agent = IntentAgent(build_reader(settings, reference.short_names))
    return await service.specify(await agent.read_request(argument_text(text or "")))
