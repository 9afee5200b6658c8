"""How a deployment is: what it did lately against targets and plan, and what that speaks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import Deployment
from neuralnav.models.running import RunningState
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.drift import DriftKind, Reading, read_window
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.hysteresis import DriftMemory
from neuralnav.services.advising import advice_for
from neuralnav.services.observing import Observatory, should_run
from neuralnav.services.records import Records
from neuralnav.services.watching import Memory

LATELY = timedelta(minutes=15)
NOBODY_WATCHES = "Nothing looks after deployments at present: keep the chat running, or run `neuralnav observe`."


async def lately(
    deployment: Deployment,
    specification: DeploymentSpecification,
    observatory: Observatory,
    records: Records | None,
    running: RunningState | None = None,
) -> dict[str, Any]:
    """The fields of an :class:`Observation` that tell what ``deployment`` did lately, or why that is not known.

    ``running``: its replicas at present, where they are known.

    Raises:
        UnavailableError: the database does not answer.
    """
    try:
        window = await observatory.window(deployment, datetime.now(UTC) - LATELY, or_since_start=True)
    except (UnavailableError, InvalidInputError) as error:
        return {"unseen": error.detail}
    if window is None:
        return {"unseen": "Its metrics cannot be read yet."}
    expected = Expectation.of(deployment.choice, specification, should_run(running) if running else None)
    reading = read_window(window, specification.slo_targets, expected)
    kept = await records.find_watch(deployment.id) if records else None
    drifts = Memory.read(kept).drifts if kept else DriftMemory()
    unwatched = (NOBODY_WATCHES,) if records and not await records.is_watched_over() else ()
    return {
        "findings": (*_findings(reading, drifts.lasting), *unwatched),
        "advice": await advice_for(deployment, specification, drifts, records, window),
    }


def _findings(reading: Reading, lasting: frozenset[DriftKind]) -> tuple[str, ...]:
    """Each target, then what departs from the plan; what lasts is said to."""
    missed = {DriftKind.TTFT_MISSED, DriftKind.ITL_MISSED, DriftKind.E2E_MISSED, DriftKind.ERRORS}
    besides = [
        f"{drift.sentence} This lasts." if drift.kind in lasting else drift.sentence
        for drift in reading.drifts
        if drift.kind not in missed
    ]
    return (*(one.sentence for one in reading.compliance), *besides)
