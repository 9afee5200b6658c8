"""Traces over what is known today: surfaces that a plan had are simulated again where they are gone."""

from __future__ import annotations

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.options import find_option
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Source
from neuralnav.planning.partial import read_specification
from neuralnav.services.explanation import ExplanationService
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.planning import PlanningService
from neuralnav.services.surfaces import SurfaceService
from tests.doubles.sweeper import InlineSweeper

SEEDS = read_seeds()


def unusual_load() -> DeploymentSpecification:
    """Lengths that no surfaces ship for, and few configurations."""
    need = {
        "intent": {"use_case": "chatbot_conversational", "user_count": 200, "prompt_tokens": 333, "output_tokens": 77},
        "pinned": {"model": "gpt-oss-120b", "gpu_type": "H100", "tensor_parallel": 2},
    }
    return read_specification(need, SEEDS.use_cases)


def over_the_seeds() -> tuple[Knowledge, InlineSweeper]:
    sweeper = InlineSweeper()
    return Knowledge.of(SEEDS, SurfaceService(sweeper=sweeper)), sweeper


async def test_a_plan_is_traced_where_nothing_of_it_was_simulated() -> None:
    knowledge, _ = over_the_seeds()
    plan = await PlanningService(knowledge).plan(unusual_load())
    assert find_option(plan, 1).source is Source.SIMULATED
    elsewhere, sweeper = over_the_seeds()
    written = await ExplanationService(elsewhere).explain(plan, find_option(plan, "balanced"))
    assert sweeper.sizes == [1]
    assert written.changes == ()


async def test_measured_runs_of_the_same_engine_stand_beside_predictions() -> None:
    knowledge, _ = over_the_seeds()
    plan = await PlanningService(knowledge).plan(unusual_load())
    written = await ExplanationService(knowledge).explain(plan, find_option(plan, 1))
    assert written.measured_runs > len(written.measured) == 10
    assert {(run.model, run.gpu_type, run.tensor_parallel) for run in written.measured} == {
        ("openai/gpt-oss-120b", "H100", 2)
    }
    assert all(figure.predicted for run in written.measured for figure in run.figures)
