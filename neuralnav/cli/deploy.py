"""``neuralnav deploy``: an option approved at the terminal, put in place and checked."""

from __future__ import annotations

import asyncio
from pathlib import Path

from graph.application import open_application
from neuralnav.cli.approval import require_somebody
from neuralnav.cli.placement import settings_to_deploy
from neuralnav.cli.plan import plan_from, require_one_source
from neuralnav.cli.settling import Terms, settle
from neuralnav.models.deployment import ChangeKind
from neuralnav.models.options import find_option
from neuralnav.services.planning import PlanningService
from neuralnav.settings import LOCAL_USER, Settings


def run(
    *,
    plan: Path | None,
    choice: str | None,
    spec: Path | None,
    yes: bool,
    target: str | None,
    mode: str | None,
    context: str | None,
    namespace: str | None,
    wait_s: float,
    as_json: bool,
) -> int:
    """Put an option of ``plan``, or the best balanced one for ``spec``, in place once it is approved.

    Returns 0 where it is in place and passed its checks.
    """
    require_one_source(plan, choice, spec)
    terms = Terms(yes, wait_s, as_json)
    settings = settings_to_deploy(namespace, target=target, mode=mode, context=context)
    require_somebody(yes=yes)
    return asyncio.run(_deploy(settings, plan, choice or "balanced", spec, terms))


async def _deploy(settings: Settings, plan_file: Path | None, choice: str, spec: Path | None, terms: Terms) -> int:
    async with PlanningService.open(settings) as planning:
        plan = await plan_from(planning, plan_file, spec)
    option = find_option(plan, choice)
    async with open_application(settings) as application:
        proposed = await application.conversations.propose(plan, option, LOCAL_USER)
        return await settle(application, proposed, ChangeKind.DEPLOY, terms)
