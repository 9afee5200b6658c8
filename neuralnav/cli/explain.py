"""``neuralnav explain``: where every number of a planned option comes from."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from neuralnav.cli.output import print_json
from neuralnav.cli.stored_plan import read_plan
from neuralnav.cli.trace_text import print_trace
from neuralnav.knowledge.database import Database
from neuralnav.models.options import find_option
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.trace import Trace
from neuralnav.services.explanation import ExplanationService
from neuralnav.services.knowledge import Knowledge
from neuralnav.settings import Settings, get_settings


def run(plan: Path, choice: str, *, as_json: bool) -> int:
    """Trace the option of ``plan`` that ``choice`` (a number, a view or an id) names."""
    whole = read_plan(plan)
    written = asyncio.run(_explain(get_settings(), whole, find_option(whole, choice)))
    if as_json:
        print_json(written.model_dump(mode="json"))
    else:
        print_trace(written, sys.stdout)
    return 0


async def _explain(settings: Settings, plan: Plan, option: Recommendation) -> Trace:
    async with Database.open(settings) as database, Knowledge.open(settings, database.pool) as knowledge:
        return await ExplanationService(knowledge, settings.planning_patience_s).explain(plan, option)
