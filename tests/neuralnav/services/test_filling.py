"""Simulating ahead: the rest of a load that somebody planned for, while nobody waits."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services.filling import MOST_WAITING, Filler
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.surfaces import SurfaceService
from neuralnav.settings import Settings
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.small import small

PATIENT = Settings(planning_patience_s=30)


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return small(read_seeds())


def stated(reference: ReferenceData, **fields: object) -> DeploymentSpecification:
    intent = {"use_case": UseCase.CHATBOT, "user_count": 100, "available_gpus": ("L4",), **fields}
    return specify(DeploymentIntent.model_validate(intent), reference.use_cases)


async def until_all_is_simulated(planner: Planner, specification: DeploymentSpecification) -> None:
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(planner.unsimulated, specification)):
            pass


async def test_once_a_load_was_planned_for_the_rest_of_it_is_simulated(reference: ReferenceData) -> None:
    knowledge = Knowledge.of(reference, SurfaceService(None, InlineSweeper()))
    specification = stated(reference, prompt_tokens=401)
    async with Filler.running(PATIENT, knowledge) as filler:
        service = PlanningService(knowledge, filler=filler)
        await service.plan(specification)
        planner = await knowledge.planner()
        await until_all_is_simulated(planner, specification)
    anywhere = stated(reference, prompt_tokens=401, available_gpus=None)
    assert planner.plan(anywhere).estimated == 0


async def test_where_nothing_is_to_be_simulated_there_is_no_filler(reference: ReferenceData) -> None:
    async with Filler.running(Settings(planning_patience_s=0), Knowledge.of(reference)) as filler:
        assert filler is None


async def test_more_loads_than_fit_into_the_queue_are_left_out_quietly(reference: ReferenceData) -> None:
    filler = Filler(Knowledge.of(reference))
    for _ in range(MOST_WAITING + 3):
        filler.want(stated(reference))


@dataclass
class Moody:
    """Knowledge behind a database that does not answer the first few times."""

    knowledge: Knowledge
    failures: int
    asked: int = 0
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def surfaces(self) -> SurfaceService:
        return self.knowledge.surfaces

    async def planner(self) -> Planner:
        self.asked += 1
        self.was_asked.set()
        if self.asked <= self.failures:
            raise UnavailableError("The database does not answer.")
        return await self.knowledge.planner()


async def test_an_outage_is_logged_and_over_when_the_database_is_back(
    reference: ReferenceData, caplog: pytest.LogCaptureFixture
) -> None:
    knowledge = Knowledge.of(reference, SurfaceService(None, InlineSweeper()))
    moody = Moody(knowledge, failures=2)
    first, second = stated(reference, prompt_tokens=402), stated(reference, prompt_tokens=403)
    with caplog.at_level(logging.WARNING):
        async with Filler.running(PATIENT, moody) as filler:  # type: ignore[arg-type]
            assert filler is not None
            filler.want(first)
            filler.want(second)
            await until_all_is_simulated(await knowledge.planner(), second)
    assert "does not answer" in caplog.text


async def test_leaving_ends_the_filler_whatever_happened_to_it(reference: ReferenceData) -> None:
    moody = Moody(Knowledge.of(reference, SurfaceService(None, InlineSweeper())), failures=1000)
    async with Filler.running(PATIENT, moody):  # type: ignore[arg-type]
        async with asyncio.timeout(30):
            await moody.was_asked.wait()
