"""What a deployment's load and the departures that last speak for, from the outcomes that are kept of it."""

from __future__ import annotations

from neuralnav.models.deployment import Deployment, ProposedChange
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.advice import Demand, advise
from neuralnav.observability.hysteresis import DriftMemory
from neuralnav.observability.observed import ObservedWindow
from neuralnav.services.records import Records


async def advice_for(
    deployment: Deployment,
    specification: DeploymentSpecification,
    drifts: DriftMemory,
    records: Records | None,
    lately: ObservedWindow | None = None,
) -> ProposedChange | None:
    """The change to plan, if there is one; ``lately`` counts where no outcome is kept.

    Raises:
        UnavailableError: the database does not answer.
    """
    outcomes = await records.outcomes(deployment.id) if records else ()
    demand = Demand.of_outcomes(outcomes) or (Demand.of_window(lately) if lately else None)
    if demand is None:
        return None
    lasting = {}
    for kind in drifts.lasting:
        since = drifts.records[kind].since
        during = [one for one in outcomes if since is None or one.window_from >= since]
        lasting[kind] = Demand.of_outcomes(during) or demand
    found = advise(demand, lasting, deployment.choice, specification)
    return ProposedChange(sentence=found[0].sentence, changes=found[0].changes) if found else None
