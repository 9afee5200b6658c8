"""``neuralnav templates``: configurations that are kept for the next plan with the same need."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from neuralnav.cli.output import print_json
from neuralnav.cli.stored_plan import read_plan
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.deployment_templates import keep_template, list_templates, remove_template
from neuralnav.models.gpus import gpu_label
from neuralnav.models.options import find_option
from neuralnav.models.template import DeploymentTemplate
from neuralnav.planning.templates import template_of
from neuralnav.services.kept_templates import template_of_deployment
from neuralnav.settings import LOCAL_USER, get_settings


def list_all(*, as_json: bool) -> int:
    """Print every template."""
    found = asyncio.run(_list())
    if as_json:
        print_json({"templates": [template.model_dump(mode="json") for template in found]})
    else:
        sys.stdout.write("".join(f"{_line(template)}\n" for template in found) or "There is no template.\n")
    return 0


def keep(plan: Path | None, choice: str | None, deployment: UUID | None, name: str | None, *, as_json: bool) -> int:
    """Keep the option ``choice`` of the plan in the file ``plan``, or what a ``deployment`` has proved."""
    with _name_explained(name):
        if deployment is None and plan is not None and choice is not None:
            template = asyncio.run(_keep_option(plan, choice, name))
        elif deployment is not None and plan is None and choice is None:
            template = asyncio.run(_keep_deployment(deployment, name))
        else:
            problem = FieldProblem(
                "deployment", deployment and str(deployment), "--plan with --choice, or --deployment"
            )
            raise InvalidInputError(f"Say what to keep: {problem}.", (problem,))
    if as_json:
        print_json(template.model_dump(mode="json"))
    else:
        sys.stdout.write(f"Kept {_line(template)}\n")
    return 0


def remove(name: str, *, as_json: bool) -> int:
    """Remove the template called ``name``."""
    asyncio.run(_remove(name))
    if as_json:
        print_json({"removed": name})
    else:
        sys.stdout.write(f"Removed {name}\n")
    return 0


def _line(template: DeploymentTemplate) -> str:
    engine = gpu_label(template.gpu_type, template.tensor_parallel)
    return (
        f"{template.name}: {template.model} as {template.precision} on {engine} a replica, for {template.use_case} "
        f"from {template.min_peak_qps:.3g} to below {template.max_peak_qps:.3g} requests/s at peak"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return LOCAL_USER


async def _list() -> tuple[DeploymentTemplate, ...]:
    async with Database.open(get_settings()) as database:
        return await list_templates(database.pool)


@contextmanager
def _name_explained(name: str | None) -> Iterator[None]:
    try:
        yield
    except ValidationError:
        allowed = "up to 100 of a-z, 0-9, . and -, first and last a letter or digit"
        problem = FieldProblem("name", (name or "")[:120], allowed)
        raise InvalidInputError(f"This template cannot be kept: {problem}.", (problem,)) from None


async def _keep_option(plan: Path, choice: str, name: str | None) -> DeploymentTemplate:
    stored = read_plan(plan)
    option, peak = find_option(stored, choice), stored.specification.traffic.peak_qps
    source = f"kept from a plan for {peak:.3g} requests/s at peak, calibration {stored.calibration}"
    template = template_of(option, stored.specification, source=source, name=name, kept_by=_user(), as_of=_today())
    async with Database.open(get_settings()) as database:
        await keep_template(database.pool, template)
    return template


async def _keep_deployment(deployment: UUID, name: str | None) -> DeploymentTemplate:
    async with Database.open(get_settings()) as database:
        template = await template_of_deployment(database.pool, deployment, name=name, kept_by=_user(), as_of=_today())
        await keep_template(database.pool, template)
    return template


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


async def _remove(name: str) -> None:
    async with Database.open(get_settings()) as database:
        await remove_template(database.pool, name)
