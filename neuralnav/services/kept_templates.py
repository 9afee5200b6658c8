"""Templates out of what was deployed and met its targets."""

from __future__ import annotations

from uuid import UUID

from neuralnav.deployment.manifests import are_planned_for
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.knowledge import deployment_outcomes, deployments, specifications
from neuralnav.knowledge.connections import Pool
from neuralnav.models.deployment import Deployment
from neuralnav.models.outcome import Outcome
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.template import DeploymentTemplate
from neuralnav.planning.templates import template_of


async def template_of_deployment(
    pool: Pool, deployment_id: UUID, *, name: str | None, kept_by: str, as_of: str
) -> DeploymentTemplate:
    """The template that keeps a deployment whose latest outcome met every target.

    Raises:
        NotFoundError: there is no such deployment, it has no outcome yet, or what it was planned for is not kept.
        InvalidInputError: a target was missed, or could not be observed; names each.
        ValidationError: ``name`` is not one.
        UnavailableError: the database does not answer.
    """
    deployment = await deployments.find(pool, deployment_id)
    outcome = await deployment_outcomes.latest_of(pool, deployment_id)
    if outcome is None:
        raise NotFoundError(f"Of deployment {deployment_id} no outcome is recorded yet.")
    _require_all_met(outcome)
    return template_of(
        deployment.choice,
        await _specification_of(pool, deployment),
        source=f"deployment {deployment_id}: every target met from {outcome.window_from:%Y-%m-%d %H:%M} to "
        f"{outcome.window_to:%Y-%m-%d %H:%M %Z}, {outcome.peak_qps:.3g} requests/s at peak",
        name=name,
        kept_by=kept_by,
        as_of=as_of,
    )


def _require_all_met(outcome: Outcome) -> None:
    problems = tuple(
        FieldProblem(
            f"{verdict.latency} p95",
            "not observed" if verdict.observed_ms is None else f"{verdict.observed_ms:.4g} ms",
            f"at most {verdict.target_ms:.4g} ms",
        )
        for verdict in outcome.verdicts
        if not verdict.met
    )
    if problems:
        raise InvalidInputError(
            f"Deployment {outcome.deployment_id} is not kept as a template, as its latest outcome does not meet every "
            f"target: {'; '.join(map(str, problems))}.",
            problems,
        )


async def _specification_of(pool: Pool, deployment: Deployment) -> DeploymentSpecification:
    for specification in await specifications.versions_of(pool, deployment.thread_id):
        if are_planned_for(deployment.manifests, specification):
            return specification
    raise NotFoundError(
        f"What deployment {deployment.id} was planned for is not kept; keep an option of a plan instead."
    )
