"""What would change: the plan of a changed specification beside the present one."""

from __future__ import annotations

from neuralnav.models.base import Frozen
from neuralnav.models.figures import money
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.explain import Difference
from neuralnav.planning.side_by_side import differing, monthly, option_label, summarise


class WhatIf(Frozen):
    """A changed specification, its plan, and how both differ from the present ones."""

    sentence: str
    differences: tuple[Difference, ...]
    """What differs, its present value and its value then."""
    specification: DeploymentSpecification
    plan: Plan
    present: Plan
    """The plan as it is now."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of the changed plan, then those that only the present one has."""
        past = (f"Now: {warning}" for warning in self.present.warnings if warning not in self.plan.warnings)
        return (*self.plan.warnings, *past)


def what_if(before: Plan, after: Plan) -> WhatIf:
    """The plan of a changed specification, ``after``, beside the present one."""
    present, changed = before.specification, after.specification
    rows = differing((present, changed), (summarise(before), summarise(after)))
    return WhatIf(
        sentence=_sentence(before, after),
        differences=tuple((name, now, then) for name, now, then in rows),
        specification=changed,
        plan=after,
        present=before,
    )


def _sentence(before: Plan, after: Plan) -> str:
    old, new = (next(iter(plan.views.get(View.LOWEST_COST, ())), None) for plan in (before, after))
    counts = f"{after.compliant:,} options meet every target then, {before.compliant:,} do now"
    if not after.feasible and after.near_misses:
        return f"{counts}; nearest: {after.near_misses[0].sentence}"
    if new is None or new.cost is None:
        return f"{counts}; then nothing with a known price is left."
    if old is None or old.cost is None:
        return f"{counts}; the cheapest is then {option_label(new)} at {monthly(new)}."
    change = new.cost.per_month_usd - old.cost.per_month_usd
    if abs(change) < 1:
        return f"{counts}; the cheapest costs {monthly(new)} either way."
    direction = "more" if change > 0 else "less"
    return f"{counts}; the cheapest is then {option_label(new)} at {monthly(new)}, {money(abs(change))} {direction}."
