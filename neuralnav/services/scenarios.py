"""Named scenarios as the faces use them: kept, listed, removed and put side by side."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge import scenarios
from neuralnav.knowledge.connections import Pool
from neuralnav.models.base import Frozen
from neuralnav.models.plan import Plan
from neuralnav.models.scenario import PlanSummary, Scenario, ScenarioName
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.side_by_side import differing, monthly, option_label, summarise

NOW = "now"
"""What the present plan is called beside scenarios; no scenario has this name."""
_NAME: TypeAdapter[str] = TypeAdapter(ScenarioName)


class ScenarioComparison(Frozen):
    """Scenarios side by side."""

    sentence: str
    names: tuple[str, ...]
    differences: tuple[tuple[str, ...], ...]
    """What differs, then its value for each of ``names``."""


@dataclass(frozen=True)
class ScenarioService:
    """The scenarios of conversations; a thread id says whose."""

    pool: Pool

    async def keep(self, thread_id: str, name: str, plan: Plan, *, replace: bool = False) -> Scenario:
        """Keep a plan's specification and what it came to under ``name``; with ``replace``, in place of another one.

        Raises:
            InvalidInputError: the name cannot be one or is taken, or the conversation keeps as many as it may.
        """
        return await scenarios.keep(
            self.pool, thread_id, _valid_name(name), plan.specification, summarise(plan), replace=replace
        )

    async def all_of(self, thread_id: str) -> tuple[Scenario, ...]:
        """The scenarios of a conversation, oldest first."""
        return await scenarios.scenarios_of(self.pool, thread_id)

    async def get(self, thread_id: str, name: str) -> Scenario:
        """A scenario by its name, in any letter case.

        Raises:
            NotFoundError: there is none of that name; the error offers close ones.
        """
        found = await scenarios.find(self.pool, thread_id, _valid_name(name))
        if found is None:
            raise await self._missing(thread_id, name)
        return found

    async def remove(self, thread_id: str, name: str) -> None:
        """Forget a scenario.

        Raises:
            NotFoundError: there is none of that name; the error offers close ones.
        """
        if not await scenarios.remove(self.pool, thread_id, _valid_name(name)):
            raise await self._missing(thread_id, name)

    async def compare(self, thread_id: str, names: Sequence[str], present: Plan | None = None) -> ScenarioComparison:
        """Scenarios side by side, the ``present`` plan first where one is given; no names: all scenarios.

        Raises:
            NotFoundError: there is no scenario of a name.
            InvalidInputError: fewer than two things are to be compared.
        """
        chosen = [await self.get(thread_id, name) for name in names] or list(await self.all_of(thread_id))
        columns = [(NOW, present.specification, summarise(present))] if present else []
        columns += [(one.name, one.specification, one.summary) for one in chosen]
        if len(columns) < 2:
            problem = FieldProblem("names", ", ".join(names), "two or more scenarios")
            raise InvalidInputError("A comparison takes two or more scenarios.", (problem,))
        return _side_by_side(columns)

    async def _missing(self, thread_id: str, name: str) -> NotFoundError:
        kept = [one.name for one in await self.all_of(thread_id)]
        close = difflib.get_close_matches(name, kept, n=3, cutoff=0.4) or kept
        allowed = ", ".join(close) or "none is kept yet"
        return NotFoundError(
            f"There is no scenario {name!r}; kept: {allowed}.", (FieldProblem("scenario", name, allowed),)
        )


def _valid_name(name: str) -> str:
    try:
        valid = _NAME.validate_python(" ".join(name.split()))
    except ValidationError:
        valid = ""
    if not valid or valid.casefold() == NOW:
        allowed = f"1 to 80 characters, none of them a control character, and not {NOW!r}"
        problem = FieldProblem("scenario", name[:80], allowed)
        raise InvalidInputError(f"A scenario cannot be called {name[:80]!r}.", (problem,))
    return valid


def _side_by_side(columns: Sequence[tuple[str, DeploymentSpecification, PlanSummary]]) -> ScenarioComparison:
    names, specifications, summaries = zip(*columns, strict=True)
    return ScenarioComparison(
        sentence=_sentence(names, summaries),
        names=names,
        differences=differing(specifications, summaries),
    )


def _sentence(names: Sequence[str], summaries: Sequence[PlanSummary]) -> str:
    leaders = {name: summary.leaders.get(View.LOWEST_COST) for name, summary in zip(names, summaries, strict=True)}
    costs = sorted((o.cost.per_month_usd, name) for name, o in leaders.items() if o is not None and o.cost is not None)
    without = [name for name, summary in zip(names, summaries, strict=True) if not summary.compliant]
    parts = []
    if costs:
        cheapest, dearest = costs[0][1], costs[-1][1]
        option = leaders[cheapest]
        parts.append(f"{cheapest} can be met for least: {option_label(option)} at {monthly(option)}")
        if costs[-1][0] - costs[0][0] >= 1:
            parts.append(f"{dearest} takes {monthly(leaders[dearest])} at least")
    if without:
        parts.append(f"nothing meets {', '.join(without)}")
    return f"{'; '.join(parts) or 'No price is known for any of them'}."
