"""``neuralnav manifests``: the Kubernetes manifests of one option."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from neuralnav.cli.output import print_json
from neuralnav.cli.plan import plan_for, specification_in
from neuralnav.cli.stored_plan import read_plan
from neuralnav.deployment.output import write_manifests
from neuralnav.errors import FieldProblem, InvalidInputError, NothingFitsError
from neuralnav.models.deployment import Delivery, RestsOn
from neuralnav.models.options import find_option
from neuralnav.services.placing import placed
from neuralnav.services.planning import PlanningService
from neuralnav.settings import get_settings


def run(
    *,
    plan: Path | None,
    choice: str | None,
    spec: Path | None,
    name: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Build the manifests of ``choice`` in ``plan``, or of the best balanced option for ``spec``."""
    if (plan is None) == (spec is None):
        raise InvalidInputError("Give either --plan or --spec.", (FieldProblem("--plan", plan, "a file"),))
    if plan is not None and choice is None:
        raise InvalidInputError("Say which option: --choice.", (FieldProblem("--choice", None, "a number or a view"),))
    return asyncio.run(_build(plan, choice or "balanced", spec, name, out, as_json=as_json))


async def _build(
    plan_file: Path | None,
    choice: str,
    spec: Path | None,
    name: str | None,
    out: Path | None,
    *,
    as_json: bool,
) -> int:
    settings = get_settings().model_copy(update={"delivery": Delivery.FILES})
    async with PlanningService.open(settings) as planning:
        if plan_file is not None:
            plan = read_plan(plan_file)
        else:
            reference = await planning.knowledge.reference()
            plan = await plan_for(planning, specification_in(spec or Path("-"), reference))
            if not plan.feasible:
                raise NothingFitsError("Nothing meets these SLOs; 'neuralnav plan --spec' says what is nearest.")
        service = placed(settings, planning.knowledge)
        manifests = await service.manifests(
            find_option(plan, choice), plan.specification, name, rests_on=RestsOn.of(plan)
        )
    directory = await asyncio.to_thread(write_manifests, manifests, out) if out else None
    if as_json:
        print_json(
            {
                "name": manifests.name,
                "namespace": manifests.namespace,
                "sha256": manifests.sha256,
                "directory": str(directory) if directory else None,
                "files": [file.model_dump() for file in manifests.files],
            }
        )
    elif directory:
        sys.stdout.write(f"{directory}\n")
    else:
        sys.stdout.write("\n".join(f"# {file.path}\n{file.text}" for file in manifests.files))
    return 0
