"""``neuralnav manifests``: the Kubernetes manifests of one option."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from neuralnav.cli.output import print_json
from neuralnav.cli.placement import settings_with
from neuralnav.cli.plan import plan_from, require_one_source
from neuralnav.deployment.output import write_manifests
from neuralnav.models.deployment import Delivery, RestsOn
from neuralnav.models.options import find_option
from neuralnav.services.placing import placed
from neuralnav.services.planning import PlanningService
from neuralnav.settings import Settings


def run(
    *,
    plan: Path | None,
    choice: str | None,
    spec: Path | None,
    name: str | None,
    target: str | None,
    mode: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Build the manifests of ``choice`` in ``plan``, or of the best balanced option for ``spec``."""
    require_one_source(plan, choice, spec)
    settings = settings_with(target=target, mode=mode, delivery=Delivery.FILES)
    return asyncio.run(_build(settings, plan, choice or "balanced", spec, name, out, as_json=as_json))


async def _build(
    settings: Settings,
    plan_file: Path | None,
    choice: str,
    spec: Path | None,
    name: str | None,
    out: Path | None,
    *,
    as_json: bool,
) -> int:
    async with PlanningService.open(settings) as planning:
        plan = await plan_from(planning, plan_file, spec)
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
