"""``neuralnav plan``: rank every configuration that can serve a need."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agents.intent import IntentAgent
from agents.model import build_reader
from neuralnav.cli.documents import argument_text, read_document
from neuralnav.cli.output import print_json
from neuralnav.cli.tables import print_plan
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.reference import load_reference
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.options import number_options
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.partial import read_specification
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.settings import Settings, get_settings


def run(text: str | None, spec: Path | None, *, as_json: bool) -> int:
    """Plan for ``text`` or for the specification in ``spec``; 1 when nothing meets the SLOs."""
    if (text is None) == (spec is None):
        raise InvalidInputError("Give either TEXT or --spec.", (FieldProblem("TEXT", text, "text, or --spec FILE"),))
    settings = get_settings()
    plan = asyncio.run(_plan(settings, text, spec))
    if as_json:
        document = plan.model_dump(mode="json")
        print_json(document | {"options": [o.model_dump(mode="json") for o in number_options(plan)]})
    else:
        print_plan(plan, sys.stdout)
    return 0 if plan.feasible else 1


async def open_reference(settings: Settings) -> ReferenceData:
    """The reference data of the knowledge base."""
    async with Database.open(settings) as database:
        return await load_reference(database.pool)


async def _plan(settings: Settings, text: str | None, spec: Path | None) -> Plan:
    reference = await open_reference(settings)
    service = PlanningService(Knowledge(reference))
    if spec is not None:
        return await service.plan(specification_in(spec, reference))
    agent = IntentAgent(build_reader(settings, reference.short_names))
    return await service.plan(await service.specify(await agent.read_request(argument_text(text or ""))))


def specification_in(path: Path, reference: ReferenceData) -> DeploymentSpecification:
    """The specification that the (partial) document in ``path`` describes."""
    return read_specification(read_document(path), reference.use_cases)
