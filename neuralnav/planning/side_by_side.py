"""Plans and their specifications side by side: a row for each figure or field that differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neuralnav.models.figures import duration, figure, money
from neuralnav.models.labels import field_label, field_value
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.scenario import PlanSummary
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import View
from neuralnav.planning.explain import short_label
from neuralnav.planning.specification import stated_fields
from neuralnav.planning.traffic import planned_peak_qps

Row = tuple[str, ...]
"""What differs, then its value for each."""
SHOWN_VIEWS = (View.BALANCED, View.LOWEST_COST)


def summarise(plan: Plan) -> PlanSummary:
    """What of a plan is compared with others."""
    return PlanSummary(
        peak_qps=plan.specification.traffic.peak_qps,
        planned_peak_qps=planned_peak_qps(plan.specification),
        compliant=plan.compliant,
        leaders={view: options[0] for view, options in plan.views.items() if options},
        nearest=plan.near_misses[0].sentence if plan.near_misses else None,
        price_table=plan.price_table,
        calibration=plan.calibration,
    )


def differing(specifications: Sequence[DeploymentSpecification], plans: Sequence[PlanSummary]) -> tuple[Row, ...]:
    """The stated fields and the figures of the plans that differ, in this order."""
    rows = (*_fields(specifications), *_figures(plans))
    return tuple(row for row in rows if len(set(row[1:])) > 1)


def option_label(option: Recommendation | None) -> str:
    """An option in a few words; ``none`` where there is none."""
    return short_label(option) if option else "none"


def monthly(option: Recommendation | None) -> str:
    """What an option costs a month; ``-`` where that is not known."""
    return f"{money(option.cost.per_month_usd)}/month" if option and option.cost else "-"


def _fields(specifications: Sequence[DeploymentSpecification]) -> list[Row]:
    stated = [stated_fields(one) for one in specifications]
    names = [name for name in stated[0] if name != "description"]
    return [(field_label(name), *(field_value(name, fields[name]) for fields in stated)) for name in names]


def _figures(plans: Sequence[PlanSummary]) -> list[Row]:
    rows: list[Row] = [
        ("requests/s at peak", *(figure(plan.peak_qps) for plan in plans)),
        ("requests/s planned for", *(figure(plan.planned_peak_qps) for plan in plans)),
        ("options that meet every target", *(f"{plan.compliant:,}" for plan in plans)),
    ]
    for view in SHOWN_VIEWS:
        leaders = [plan.leaders.get(view) for plan in plans]
        name = view.value.replace("_", " ")
        rows += [(f"{name}: {what}", *map(show, leaders)) for what, show in _OF_A_LEADER.items()]
    return rows


def _p95(field: str) -> Callable[[Recommendation | None], str]:
    return lambda option: duration(getattr(option.predicted, field).value) if option else "-"


_OF_A_LEADER: dict[str, Callable[[Recommendation | None], str]] = {
    "option": option_label,
    "cost": monthly,
    "GPUs": lambda option: str(option.gpus) if option else "-",
    "TTFT p95": _p95("ttft_p95_ms"),
    "ITL p95": _p95("itl_p95_ms"),
    "E2E p95": _p95("e2e_p95_ms"),
    "accuracy score": lambda option: f"{option.scores.accuracy:.0f}" if option else "-",
}
