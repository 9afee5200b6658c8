"""Surfaces from what ships, from PostgreSQL and from simulations: each made once, kept, and found by others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from neuralnav.knowledge.capacity_surfaces import SurfaceKey, read_surfaces
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase
from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services.surfaces import SurfaceService
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.small import small

database_only = pytest.mark.database


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return small(read_seeds())


@pytest.fixture
def planner(reference: ReferenceData) -> Planner:
    return Planner(reference)


@pytest.fixture(scope="module")
def usual(reference: ReferenceData) -> DeploymentSpecification:
    """A load that ships."""
    return specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=100), reference.use_cases)


@pytest.fixture(scope="module")
def unusual(reference: ReferenceData) -> DeploymentSpecification:
    """A load that does not."""
    return specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=100, prompt_tokens=321), reference.use_cases)


async def simulate_all(
    service: SurfaceService, planner: Planner, specification: DeploymentSpecification, seconds: float = 60
) -> list[int]:
    wanted = planner.to_simulate(specification)
    return [done async for done in service.simulate(planner, wanted, seconds)]


async def test_what_ships_is_there_without_simulating(planner: Planner, usual: DeploymentSpecification) -> None:
    service = SurfaceService(None, InlineSweeper(most=0))
    await service.recall(planner, LoadShape.of(usual))
    assert planner.surfaces.knows(LoadShape.of(usual))
    assert planner.plan(usual).estimated == 0


async def test_a_load_that_nobody_has_simulated_stays_unknown(
    planner: Planner, unusual: DeploymentSpecification
) -> None:
    await SurfaceService(None, InlineSweeper()).recall(planner, LoadShape.of(unusual))
    assert not planner.surfaces.knows(LoadShape.of(unusual))


async def test_simulating_tells_how_far_it_is(planner: Planner, unusual: DeploymentSpecification) -> None:
    wanted = planner.to_simulate(unusual)
    steps = await simulate_all(SurfaceService(None, InlineSweeper()), planner, unusual)
    assert steps == sorted(steps)
    assert steps[-1] == len(wanted)
    assert planner.plan(unusual).estimated == 0


async def test_two_who_want_the_same_load_at_once_simulate_it_once(
    planner: Planner, unusual: DeploymentSpecification
) -> None:
    sweeper = InlineSweeper()
    service = SurfaceService(None, sweeper)
    wanted = len(planner.to_simulate(unusual))
    await asyncio.gather(*(simulate_all(service, planner, unusual) for _ in range(3)))
    assert planner.plan(unusual).estimated == 0
    assert sum(sweeper.sizes) == wanted


async def test_a_run_that_is_left_halfway_is_ended_and_its_load_is_free_for_others(
    planner: Planner, unusual: DeploymentSpecification
) -> None:
    sweeper = InlineSweeper()
    service = SurfaceService(None, sweeper)
    async with aclosing(service.simulate(planner, planner.to_simulate(unusual), 60)) as steps:
        first = await anext(steps)
    assert sweeper.open_runs == 0
    assert sum(sweeper.sizes) == first
    async with asyncio.timeout(30):
        await simulate_all(service, planner, unusual)
    assert planner.plan(unusual).estimated == 0


class BrokenSweeper:
    """Fails once it has begun."""

    def run(self, sweeps: Iterator[Sweep], seconds: float) -> Iterator[tuple[int, Surfaces]]:
        yield from InlineSweeper(most=1).run(sweeps, seconds)
        raise RuntimeError("broken")

    def warm_up(self, sweep: Sweep) -> None:
        raise RuntimeError("broken")


@database_only
async def test_what_was_simulated_is_kept_and_found_by_another_process(
    database: Database, reference: ReferenceData, unusual: DeploymentSpecification
) -> None:
    first, second = Planner(reference), Planner(reference)
    await simulate_all(SurfaceService(database.pool, InlineSweeper()), first, unusual)
    await SurfaceService(database.pool, InlineSweeper(most=0)).recall(second, LoadShape.of(unusual))
    plans = [planner.plan(unusual) for planner in (first, second)]
    assert [plan.estimated for plan in plans] == [0, 0]
    one, other = ([option.id for option in plan.pareto] for plan in plans)
    assert one == other


@database_only
async def test_what_was_done_before_a_failure_is_kept(
    database: Database, planner: Planner, unusual: DeploymentSpecification
) -> None:
    with pytest.raises(RuntimeError, match="broken"):
        await simulate_all(SurfaceService(database.pool, BrokenSweeper()), planner, unusual)
    kept = await read_surfaces(database.pool, SurfaceKey(planner.edition, LoadShape.of(unusual).key))
    assert kept is not None
    assert len(kept) == len(next(planner.to_simulate(unusual).batches())[0])


@database_only
async def test_what_was_done_before_somebody_left_is_kept(
    database: Database, planner: Planner, unusual: DeploymentSpecification
) -> None:
    service = SurfaceService(database.pool, InlineSweeper())
    async with aclosing(service.simulate(planner, planner.to_simulate(unusual), 60)) as steps:
        done = await anext(steps)
    kept = await read_surfaces(database.pool, SurfaceKey(planner.edition, LoadShape.of(unusual).key))
    assert kept is not None
    assert len(kept) == done


@database_only
async def test_what_is_kept_and_what_ships_come_together(
    database: Database, reference: ReferenceData, usual: DeploymentSpecification
) -> None:
    """A user's own model is no part of what ships: it is simulated once and kept."""
    llama = next(model for model in reference.models if model.short_name == "llama-3.1-8b")
    shape = next(one for one in reference.architectures if one.name == llama.architecture)
    wider = shape.model_copy(update={"name": "own/wider", "intermediate_size": 16_384, "checkpoints": ()})
    own = llama.model_copy(update={"model_id": "own/wider", "short_name": "wider", "architecture": "own/wider"})
    with_own = reference.model_copy(
        update={"models": (*reference.models, own), "architectures": (*reference.architectures, wider)}
    )
    first = Planner(with_own)
    service = SurfaceService(database.pool, InlineSweeper())
    await service.recall(first, LoadShape.of(usual))
    wanted = first.to_simulate(usual)
    assert {first.surfaces._table.candidates[row].served.model.model_id for row in wanted.rows} == {"own/wider"}
    await simulate_all(service, first, usual)
    second = Planner(with_own)
    await SurfaceService(database.pool, InlineSweeper(most=0)).recall(second, LoadShape.of(usual))
    assert second.plan(usual).estimated == 0


@database_only
async def test_two_processes_that_simulate_the_same_at_once_both_keep_it(
    database: Database, reference: ReferenceData, unusual: DeploymentSpecification
) -> None:
    planners = [Planner(reference), Planner(reference)]
    services = [SurfaceService(database.pool, InlineSweeper()) for _ in planners]
    await asyncio.gather(
        *(simulate_all(service, planner, unusual) for service, planner in zip(services, planners, strict=True))
    )
    wanted = Planner(reference).to_simulate(unusual)
    kept = await read_surfaces(database.pool, SurfaceKey(planners[0].edition, LoadShape.of(unusual).key))
    assert kept is not None
    assert len(kept) == len(wanted)
