"""``neuralnav simulate``: replicas of an engine under a trace, or under a number of requests at a rate."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from neuralnav.cli.engine_options import given
from neuralnav.cli.output import print_json
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.reference import load_reference
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.prediction import SimulationRequest
from neuralnav.performance.calibration import read_calibration
from neuralnav.services.prediction_inputs import read_inputs
from neuralnav.services.simulation import simulate, write_requests
from neuralnav.settings import get_settings


def run(options: dict[str, str | None], trace: Path | None, requests_out: Path | None, *, as_json: bool) -> int:
    """Simulate ``trace``, or the load that ``options`` give; 1 when the engine does not fit."""
    request = read_inputs(SimulationRequest, given(options))
    simulation = simulate(request, trace, asyncio.run(_reference()), read_calibration())
    if requests_out is not None:
        write_requests(simulation, requests_out)
    if as_json:
        print_json(simulation.answer.model_dump(mode="json"))
    else:
        from neuralnav.cli.performance_tables import print_simulation

        print_simulation(simulation.answer, sys.stdout)
    return 0 if simulation.answer.fits else 1


async def _reference() -> ReferenceData:
    """The models and GPUs of the database, added ones too."""
    async with Database.open(get_settings()) as database:
        return await load_reference(database.pool)
