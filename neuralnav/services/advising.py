"""What a deployment's load and the departures that last speak for, from the outcomes that are kept of it."""

from __future__ import annotations

from collections.abc import Iterable

from neuralnav.models.deployment import Deployment, ProposedChange
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.advice import Demand, advise
from neuralnav.observability.drift import DriftKind
from neuralnav.observability.observed import ObservedWindow
from neuralnav.services.records import Records


async def advice_for(
    deployment: Deployment,
    specification: DeploymentSpecification,
    lasting: Iterable[DriftKind],
    records: Records | None,
    lately: ObservedWindow | None = None,
) -> ProposedChange | None:
    """The change to plan, if there is one; ``lately`` counts where no outcome is kept.

    Raises:
        UnavailableError: the database does not answer.
    """
    demand = Demand.of_outcomes(await records.outcomes(deployment.id) if records else ())
    if demand is None and lately is not None:
        demand = Demand.of_window(lately)
    found = advise(demand, lasting, deployment.choice, specification) if demand else ()
    return ProposedChange(sentence=found[0].sentence, changes=found[0].changes) if found else None
