"""What of a plan is shown: the five views, the Pareto front, and what people must not miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.figures import listed
from neuralnav.models.options import SHIPPED
from neuralnav.models.plan import Recommendation, TemplateOption
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import View
from neuralnav.planning.ranking import Ranked, pareto_front, shown
from neuralnav.planning.recommendations import Evaluated
from neuralnav.planning.requirements import Requirement
from neuralnav.planning.suitability import unknown_names, unknown_policy_names, without_trust
from neuralnav.planning.templates import is_of_template, matching_templates

Positions = NDArray[np.intp]

MOST_TEMPLATES = 3

_TITLES = MappingProxyType(
    {
        View.BEST_ACCURACY: "most accurate",
        View.LOWEST_COST: "cheapest",
        View.LOWEST_LATENCY: "fastest",
        View.SIMPLEST: "simplest",
        View.BALANCED: "best balanced",
    }
)


def chosen_views(
    evaluated: Evaluated, compliant: Positions
) -> tuple[dict[View, tuple[Recommendation, ...]], tuple[Recommendation, ...]]:
    """The five views and the Pareto front of the compliant configurations; each is explained once."""
    ranked = evaluated.scores.take(compliant)
    views = {view: shown(ranked, view) for view in View}
    front = pareto_front(ranked)
    titles: dict[int, list[str]] = {}
    for view, positions in views.items():
        for position in positions[:1]:
            titles.setdefault(position, []).append(_TITLES[view])
    built = {
        position: evaluated.recommend(
            int(compliant[position]), slo_met=True, titles=titles.get(position, ()), compliant=len(compliant)
        )
        for position in sorted({*front, *(position for positions in views.values() for position in positions)})
    }
    return (
        {view: tuple(built[position] for position in positions) for view, positions in views.items()},
        tuple(built[position] for position in front),
    )


def fitting_templates(
    evaluated: Evaluated, compliant: Positions, templates: Sequence[DeploymentTemplate]
) -> tuple[TemplateOption, ...]:
    """Compliant configurations that are what a template for this load names."""
    found = []
    for template in matching_templates(templates, evaluated.setting.specification):
        rows = evaluated.setting.table.named(
            template.model, template.precision, template.gpu_type, template.tensor_parallel
        )
        for position in compliant[np.isin(evaluated.load.rows[compliant], rows)]:
            option = evaluated.recommend(int(position), slo_met=True)
            if is_of_template(option, template):
                found.append(TemplateOption(name=template.name, kept_by=template.kept_by, option=option))
    found.sort(key=lambda one: one.kept_by == SHIPPED)
    return tuple(found[:MOST_TEMPLATES])


def plan_warnings(
    evaluated: Evaluated,
    compliant: Positions,
    sized: Sequence[Requirement],
    rejected: Mapping[str, int],
    stated: DeploymentSpecification,
    still_open: int,
) -> tuple[str, ...]:
    """What a person should know before trusting a plan.

    ``stated`` is the specification as it was given; ``still_open`` counts what is estimated and not yet simulated.
    """
    return (
        *_region(evaluated, stated),
        *_names(evaluated, stated),
        *_remote_code(evaluated, stated),
        *_too_many_gpus(evaluated, compliant, sized),
        *_nothing_left(compliant, rejected),
        *_unpriced(evaluated.scores.take(compliant)),
        *_certainty(evaluated, compliant, still_open),
    )


def _region(evaluated: Evaluated, stated: DeploymentSpecification) -> list[str]:
    region = stated.constraints.region
    if region is None or evaluated.constraints.region is not None:
        return []
    return [f"No prices are known for region {region}; those of other regions stand in for them."]


def _names(evaluated: Evaluated, stated: DeploymentSpecification) -> list[str]:
    constraints, served = stated.constraints, evaluated.setting.table.served
    unknown = [*unknown_names(constraints.preferred_models, served)]
    unknown += unknown_names(constraints.excluded_models, served)
    policy = [
        f"No model of the catalogue has {problem.value!r}, as {problem.field} says; close: {problem.allowed}."
        for problem in unknown_policy_names(stated.policy, served)
    ]
    return policy + [
        f"The catalogue has no model called {name!r}" + (f"; close names: {close}." if close else ".")
        for name, close in unknown
    ]


def _remote_code(evaluated: Evaluated, stated: DeploymentSpecification) -> list[str]:
    setting = evaluated.setting
    names = without_trust(stated, setting.table.served, setting.judged)
    if not names:
        return []
    theirs, are = ("its", "is") if len(names) == 1 else ("their", "are")
    return [
        f"{listed(names)} {are} left out: vLLM would have to run Python code from {theirs} repository "
        "(--trust-remote-code), which the settings do not allow. Review that code and set "
        "NEURALNAV_ALLOW_TRUST_REMOTE_CODE=true, or name another model."
    ]


def _too_many_gpus(evaluated: Evaluated, compliant: Positions, sized: Sequence[Requirement]) -> list[str]:
    field = "policy.max_gpus_per_plan"
    stopped = [requirement for requirement in sized if requirement.field == field]
    carries = evaluated.sizing.carries
    if len(compliant) or not stopped or not carries.any() or np.any(carries & ~stopped[0].fails):
        return []
    least = int(evaluated.sizing.gpus[carries].min())
    specification = evaluated.setting.specification
    return [
        f"This load needs at least {least:,} GPUs, above the planner's limit of "
        f"{specification.policy.max_gpus_per_plan:,} ({specification.traffic.peak_qps:,.0f} requests/s at peak). "
        "Please check the load before raising the limit."
    ]


def _nothing_left(compliant: Positions, rejected: Mapping[str, int]) -> list[str]:
    if len(compliant):
        return []
    most = sorted(rejected.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    return ["Nothing fits. Most are ruled out by " + listed([f"{r} ({n:,})" for r, n in most]) + "."]


def _unpriced(ranked: Ranked) -> list[str]:
    without = ~ranked.priced
    if not without.any():
        return []
    gpus = [str(gpu) for gpu in np.unique(ranked.gpus[without])]
    return [
        "Without a known price, and so left out of lowest cost, balanced and the Pareto front: "
        f"{int(without.sum()):,} of {without.size:,} options, on {listed(gpus)}."
    ]


def _certainty(evaluated: Evaluated, compliant: Positions, still_open: int) -> list[str]:
    said = []
    if still_open:
        said.append(
            f"{still_open:,} configurations are estimated by formulas so far; once they are simulated, the order may "
            "change."
        )
    if len(compliant):
        robust = int(evaluated.robust[compliant].sum())
        said.append(
            "Bands around a p95 come from measured means, as few p95s were ever published: "
            f"{robust:,} of {len(compliant):,} options keep every target even at the top of their 90 % bands."
        )
    return said
