"""``neuralnav plan``: rank every configuration that can serve a need."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from agents.intent import IntentAgent
from agents.model import build_reader
from neuralnav.cli.documents import argument_text, read_document
from neuralnav.cli.output import print_json
from neuralnav.cli.stored_plan import read_plan
from neuralnav.cli.tables import print_plan
from neuralnav.errors import FieldProblem, InvalidInputError, NothingFitsError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.figures import money
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.options import number_options
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.partial import read_specification
from neuralnav.services.planning import PlanningService
from neuralnav.settings import Settings, get_settings


def run(text: str | None, spec: Path | None, *, as_json: bool, first: bool = False, from_cluster: bool = False) -> int:
    """Plan for ``text`` or for the specification in ``spec``; 1 when nothing meets the SLOs.

    ``first`` takes the first ranked answer; else everything that the plan rests on is simulated. ``from_cluster``
    plans with what is free in the cluster.
    """
    if (text is None) == (spec is None):
        raise InvalidInputError("Give either TEXT or --spec.", (FieldProblem("TEXT", text, "text, or --spec FILE"),))
    plan = asyncio.run(_plan(get_settings(), text, spec, first=first, from_cluster=from_cluster))
    if as_json:
        document = plan.model_dump(mode="json")
        print_json(document | {"options": [o.model_dump(mode="json") for o in number_options(plan)]})
    else:
        print_plan(plan, sys.stdout)
    return 0 if plan.feasible else 1


async def plan_for(service: PlanningService, specification: DeploymentSpecification, *, first: bool = False) -> Plan:
    """The plan; while it takes more than a moment, a terminal shows how far it is and the best option so far."""
    with Progress(
        *progress_columns(),
        expand=True,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task(best_so_far(None), total=None, visible=False)
        async with aclosing(service.updates(specification)) as updates:
            async for update in updates:
                progress.update(
                    task,
                    description=best_so_far(update.plan),
                    completed=update.simulated,
                    total=update.of or None,
                    visible=update.of > 0,
                )
                if first and update.is_answer:
                    break
    return update.plan


def progress_columns() -> tuple[ProgressColumn, ...]:
    """How far simulating is, and then the best option so far, cut where the terminal is too narrow for it."""
    return (
        BarColumn(bar_width=16),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
    )


def best_so_far(plan: Plan | None) -> str:
    """What a terminal says while configurations are simulated: the first of the balanced view, as long as it leads."""
    best = next(iter(plan.views.get(View.BALANCED, ())), None) if plan else None
    if best is None:
        return "Simulating configurations"
    cost = f", {money(best.cost.per_month_usd)} a month" if best.cost else ""
    return f"Best so far: {model_label(best)} on {hardware_label(best)}{cost}"


async def specification_for(
    service: PlanningService, settings: Settings, text: str | None, spec: Path | None
) -> DeploymentSpecification:
    """The specification in the file ``spec``, or else the one that follows from ``text``."""
    reference = await service.knowledge.reference()
    if spec is not None:
        return specification_in(spec, reference)
    agent = IntentAgent(build_reader(settings, reference.short_names))
    return await service.specify(await agent.read_request(argument_text(text or "")))


async def _plan(settings: Settings, text: str | None, spec: Path | None, *, first: bool, from_cluster: bool) -> Plan:
    async with PlanningService.open(settings) as service:
        specification = await specification_for(service, settings, text, spec)
        if from_cluster:
            specification = await _within_cluster(service, settings, specification)
        return await plan_for(service, specification, first=first)


async def _within_cluster(
    service: PlanningService, settings: Settings, specification: DeploymentSpecification
) -> DeploymentSpecification:
    """``specification`` with what is free in the cluster as its constraints; what was said before gives way."""
    from neuralnav.services.cluster import POD_SIGHT, constraints_of, take_inventory

    inventory = await take_inventory(settings, await service.knowledge.reference())
    if POD_SIGHT in inventory.unseen:
        sys.stderr.write(
            f"This account may not see {POD_SIGHT}: what they use is not known, and all GPUs count as free.\n"
        )
    return await service.edit(specification, constraints_of(inventory))


def require_one_source(plan: Path | None, choice: str | None, spec: Path | None) -> None:
    """Refuse anything but an option of a plan, or a specification.

    Raises:
        InvalidInputError: both are given, or neither, or a plan without an option.
    """
    if (plan is None) == (spec is None):
        given = None if plan is None else str(plan)
        raise InvalidInputError("Give either --plan or --spec.", (FieldProblem("--plan", given, "a file"),))
    if plan is not None and choice is None:
        raise InvalidInputError("Say which option: --choice.", (FieldProblem("--choice", None, "a number or a view"),))


async def plan_from(service: PlanningService, plan: Path | None, spec: Path | None) -> Plan:
    """The stored ``plan``, or else one for the specification in ``spec`` that has something to choose.

    Raises:
        InvalidInputError: the file cannot be read, or is no plan or specification.
        NothingFitsError: nothing meets the specification.
    """
    if plan is not None:
        return await asyncio.to_thread(read_plan, plan)
    found = await plan_for(service, specification_in(spec or Path("-"), await service.knowledge.reference()))
    if not found.feasible:
        raise NothingFitsError("Nothing meets these SLOs; 'neuralnav plan --spec' says what is nearest.")
    return found


def specification_in(path: Path, reference: ReferenceData) -> DeploymentSpecification:
    """The specification that the (partial) document in ``path`` describes."""
    return read_specification(read_document(path), reference.use_cases)
