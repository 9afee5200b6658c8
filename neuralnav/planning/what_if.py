"""What would change: the plan of a changed specification beside the present one."""

from __future__ import annotations

from neuralnav.models.base import Frozen
from neuralnav.models.figures import duration, figure, money
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.explain import Difference, short_label
from neuralnav.planning.planner import Planner


class WhatIf(Frozen):
    """A changed specification, its plan, and how both differ from the present ones."""

    sentence: str
    differences: tuple[Difference, ...]
    """What differs, its present value and its value then."""
    specification: DeploymentSpecification
    plan: Plan


def what_if(planner: Planner, present: DeploymentSpecification, changed: DeploymentSpecification) -> WhatIf:
    """The plan of ``changed`` beside the plan of ``present``; both specifications stay as they are."""
    before, after = planner.plan(present), planner.plan(changed)
    differences = (*_edits(present, changed), *_plans(before, after))
    return WhatIf(
        sentence=_sentence(before, after),
        differences=tuple(row for row in differences if row[1] != row[2]),
        specification=changed,
        plan=after,
    )


def _edits(present: DeploymentSpecification, changed: DeploymentSpecification) -> list[Difference]:
    fresh = changed.edits[len(present.edits) :]
    return [(edit.field.replace("_", " "), _shown(edit.old), _shown(edit.new)) for edit in fresh]


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plans(before: Plan, after: Plan) -> list[Difference]:
    def both(name: str, first: str, second: str) -> Difference:
        return name, first, second

    old, new = before.specification, after.specification
    old_peak, new_peak = old.traffic.peak_qps, new.traffic.peak_qps
    rows = [
        both("requests/s at peak", figure(old_peak), figure(new_peak)),
        both("options that meet every target", f"{before.compliant:,}", f"{after.compliant:,}"),
    ]
    for view in (View.BALANCED, View.LOWEST_COST):
        first, second = _first(before, view), _first(after, view)
        name = view.value.replace("_", " ")
        rows += [
            both(f"{name}: option", _label(first), _label(second)),
            both(f"{name}: cost", _cost(first), _cost(second)),
            both(f"{name}: TTFT p95", _ttft(first), _ttft(second)),
        ]
    return rows


def _sentence(before: Plan, after: Plan) -> str:
    old, new = _first(before, View.LOWEST_COST), _first(after, View.LOWEST_COST)
    counts = f"{after.compliant:,} options meet every target then, {before.compliant:,} do now"
    if new is None or new.cost is None:
        return f"{counts}; then nothing with a known price is left."
    if old is None or old.cost is None:
        return f"{counts}; the cheapest is then {_label(new)} at {_cost(new)}."
    change = new.cost.per_month_usd - old.cost.per_month_usd
    if abs(change) < 1:
        return f"{counts}; the cheapest costs {_cost(new)} either way."
    direction = "more" if change > 0 else "less"
    return f"{counts}; the cheapest is then {_label(new)} at {_cost(new)}, {money(abs(change))} {direction}."


def _first(plan: Plan, view: View) -> Recommendation | None:
    options = plan.views.get(view, ())
    return options[0] if options else None


def _label(option: Recommendation | None) -> str:
    return short_label(option) if option else "none"


def _cost(option: Recommendation | None) -> str:
    return f"{money(option.cost.per_month_usd)}/month" if option and option.cost else "-"


def _ttft(option: Recommendation | None) -> str:
    return duration(option.predicted.ttft_p95_ms.value) if option else "-"
