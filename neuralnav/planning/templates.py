"""Deployment templates out of plans, and which are meant for a specification; if one still fits, the plan says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neuralnav.errors import QuestionPendingError
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.template import DeploymentTemplate

KEPT_FROM, KEPT_TO = 0.5, 2.0
"""A plan that is kept is taken to hold from half to twice its peak: beyond, other hardware is usually better."""


def matching_templates(
    templates: Sequence[DeploymentTemplate], specification: DeploymentSpecification
) -> tuple[DeploymentTemplate, ...]:
    """Templates of the specification's use case whose range of peak requests/s holds its peak, narrowest first."""
    peak = specification.traffic.peak_qps
    matching = [
        template
        for template in templates
        if template.use_case is specification.intent.use_case and template.min_peak_qps <= peak < template.max_peak_qps
    ]
    return tuple(sorted(matching, key=lambda template: (template.max_peak_qps - template.min_peak_qps, template.name)))


def is_of_template(option: Recommendation, template: DeploymentTemplate) -> bool:
    """Whether an option is what a template names; the number of replicas counts only where the template says one."""
    return (
        option.model == template.model
        and option.precision is template.precision
        and option.gpu_type is template.gpu_type
        and option.tensor_parallel == template.tensor_parallel
        and template.replicas in (None, option.replicas)
    )


def template_of(
    option: Recommendation,
    specification: DeploymentSpecification,
    *,
    source: str,
    name: str | None,
    kept_by: str,
    as_of: str,
) -> DeploymentTemplate:
    """The template that keeps ``option``, for peaks from half to twice that of its ``specification``.

    Unset, ``name`` is made of the use case, model and GPU. ``as_of`` is the day in ISO 8601.

    Raises:
        QuestionPendingError: the specification's use case is not known.
        ValidationError: ``name`` is not one.
    """
    use_case, peak = specification.intent.use_case, specification.traffic.peak_qps
    if use_case is None:
        raise QuestionPendingError("The plan does not say for which use case it is.")
    words = f"{use_case} {option.model.partition('/')[2]} {option.gpu_type}"
    return DeploymentTemplate(
        name=name or "-".join(re.findall(r"[a-z0-9.]+", words.lower()))[:100].strip("-."),
        use_case=use_case,
        min_peak_qps=KEPT_FROM * peak,
        max_peak_qps=KEPT_TO * peak,
        model=option.model,
        precision=option.precision,
        gpu_type=option.gpu_type,
        tensor_parallel=option.tensor_parallel,
        kept_by=kept_by,
        source=source,
        source_licence="the user's own",
        as_of=as_of,
    )
