"""Plans as they get better: known loads at once, new ones estimated, then simulated, then kept."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from pydantic import SecretStr

from neuralnav.errors import QuestionPendingError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import Plan
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Source, UseCase, View
from neuralnav.planning.specification import specify
from neuralnav.services import planning
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService, PlanUpdate
from neuralnav.services.surfaces import SurfaceService
from neuralnav.settings import Settings
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.small import small


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return small(read_seeds())


def service_with(reference: ReferenceData, sweeper: InlineSweeper, database: Database | None = None) -> PlanningService:
    pool = database.pool if database else None
    return PlanningService(Knowledge.of(reference, SurfaceService(pool, sweeper)))


def stated(reference: ReferenceData, **fields: object) -> DeploymentSpecification:
    intent = {"use_case": UseCase.CHATBOT, "user_count": 100, **fields}
    return specify(DeploymentIntent.model_validate(intent), reference.use_cases)


async def updates(service: PlanningService, specification: DeploymentSpecification) -> list[PlanUpdate]:
    return [update async for update in service.updates(specification)]


def same(one: Plan, other: Plan) -> bool:
    return one.model_dump(exclude={"elapsed_ms"}) == other.model_dump(exclude={"elapsed_ms"})


async def test_a_known_load_is_answered_at_once_and_simulates_nothing(reference: ReferenceData) -> None:
    sweeper = InlineSweeper()
    (only,) = await updates(service_with(reference, sweeper), stated(reference))
    assert only.is_answer
    assert (only.simulated, only.of) == (0, 0)
    assert only.plan.estimated == 0
    assert not sweeper.sizes


async def test_a_new_load_is_estimated_first_and_simulated_in_the_end(reference: ReferenceData) -> None:
    found = await updates(service_with(reference, InlineSweeper()), stated(reference, prompt_tokens=321))
    first, last = found[0], found[-1]
    assert first.plan.estimated > 0
    assert not first.is_answer
    assert (first.simulated, last.simulated) == (0, last.of)
    assert [update.simulated for update in found] == sorted(update.simulated for update in found)
    assert {update.of for update in found} == {first.of}
    assert last.is_answer
    assert last.plan.estimated == 0
    assert {option.source for option in last.plan.pareto} == {Source.SIMULATED}


async def test_the_first_answer_is_given_before_everything_is_simulated(
    reference: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "FIRST_ANSWER_S", 0.0)
    found = await updates(service_with(reference, InlineSweeper()), stated(reference, prompt_tokens=322))
    answers = [update for update in found if update.is_answer]
    assert answers[0].simulated < answers[0].of


async def test_once_simulated_a_load_is_known_whatever_the_rate(reference: ReferenceData) -> None:
    sweeper = InlineSweeper()
    service = service_with(reference, sweeper)
    await service.plan(stated(reference, prompt_tokens=323))
    begun = len(sweeper.sizes)
    (only,) = await updates(service, stated(reference, prompt_tokens=323, user_count=9000))
    assert only.plan.estimated == 0
    assert len(sweeper.sizes) == begun


async def test_without_patience_a_plan_is_estimated_and_says_so(reference: ReferenceData) -> None:
    specification = stated(reference, prompt_tokens=324)
    service = PlanningService(Knowledge.of(reference), patience_s=0)
    plan = await service.plan(specification)
    service.knowledge.surfaces.sweeper.close()  # type: ignore[attr-defined]
    assert plan.feasible
    assert plan.estimated > 0
    assert {option.source for option in plan.pareto} == {Source.ESTIMATED}


async def test_a_sweeper_that_gives_up_leaves_a_plan_of_both_kinds(reference: ReferenceData) -> None:
    found = await updates(service_with(reference, InlineSweeper(most=1)), stated(reference, prompt_tokens=325))
    assert found[-1].plan.estimated > 0
    assert 0 < found[-1].simulated < found[-1].of


async def test_two_plans_for_the_same_new_load_at_once_simulate_it_once(reference: ReferenceData) -> None:
    sweeper = InlineSweeper()
    service, specification = service_with(reference, sweeper), stated(reference, prompt_tokens=326)
    wanted = len((await service.knowledge.planner()).to_simulate(specification))
    one, other = await asyncio.gather(service.plan(specification), service.plan(specification))
    assert same(one, other)
    assert one.estimated == 0
    assert sum(sweeper.sizes) == wanted


async def test_a_plan_that_is_left_early_ends_its_simulations_at_once(reference: ReferenceData) -> None:
    sweeper = InlineSweeper()
    service, specification = service_with(reference, sweeper), stated(reference, prompt_tokens=327)
    async with aclosing(service.updates(specification)) as found:
        async for update in found:
            if update.simulated:
                break
    assert sweeper.open_runs == 0
    async with asyncio.timeout(60):
        assert (await service.plan(specification)).estimated == 0


async def test_nothing_fits_is_no_answer_while_it_is_only_an_estimate(reference: ReferenceData) -> None:
    """Formulas may be wrong by more than what a target is missed by."""
    service = service_with(reference, InlineSweeper())
    specification = stated(reference, prompt_tokens=328, ttft_p95_ms=24.0, available_gpus=("H100",))
    found = await updates(service, specification)
    assert not found[0].plan.feasible
    assert found[0].plan.estimated > 0
    assert not found[0].is_answer
    assert found[-1].is_answer


async def test_without_a_use_case_there_is_a_question(reference: ReferenceData) -> None:
    specification = stated(reference)
    unknown = specification.intent.model_copy(update={"use_case": None})
    with pytest.raises(QuestionPendingError):
        await updates(service_with(reference, InlineSweeper()), specification.model_copy(update={"intent": unknown}))


async def test_what_if_compares_two_plans_that_are_both_simulated(reference: ReferenceData) -> None:
    service = service_with(reference, InlineSweeper())
    found = await service.what_if(stated(reference, prompt_tokens=329), {"output_tokens": 100})
    assert found.present.estimated == found.plan.estimated == 0


@pytest.mark.database
async def test_a_load_that_one_service_simulated_is_known_to_the_next(
    database: Database, reference: ReferenceData
) -> None:
    specification = stated(reference, prompt_tokens=330)
    first = await service_with(reference, InlineSweeper(), database).plan(specification)
    sweeper = InlineSweeper()
    (only,) = await updates(service_with(reference, sweeper, database), specification)
    assert not sweeper.sizes
    assert only.plan.estimated == 0
    assert [option.id for option in only.plan.views[View.BALANCED]] == [o.id for o in first.views[View.BALANCED]]


@pytest.mark.database
async def test_planning_opens_over_a_database_and_closes_its_workers(fresh_database_url: str) -> None:
    settings = Settings(database_url=SecretStr(fresh_database_url), planning_patience_s=5, simulation_workers=1)
    async with PlanningService.open(settings) as service:
        use_cases = (await service.knowledge.reference()).use_cases
        intent = DeploymentIntent(use_case=UseCase.CHATBOT, user_count=100, available_gpus=("L4",), prompt_tokens=333)
        plan = await service.plan(specify(intent, use_cases))
        assert service.patience_s == 5
    assert plan.evaluated >= 3000
    assert service.knowledge.surfaces.sweeper._pool is None  # type: ignore[attr-defined]
