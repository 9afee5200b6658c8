"""From estimates to simulations, by a sweeper that really simulates."""

from __future__ import annotations

import numpy as np
import pytest

from neuralnav.models.catalog import ReferenceData, UseCaseTemplate
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Source
from neuralnav.performance.memory import GIB
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import BATCH
from neuralnav.planning.recommendations import ESTIMATED_NOTE
from neuralnav.planning.refinement import refine
from neuralnav.planning.specification import edit_specification
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.conftest import Specify
from tests.neuralnav.planning.small import small


@pytest.fixture
def planner(seeds: ReferenceData) -> Planner:
    return Planner(small(seeds))


@pytest.fixture(scope="module")
def stated(spec: Specify) -> DeploymentSpecification:
    return spec(user_count=300)


def options(plan: Plan) -> list[Recommendation]:
    return [*plan.pareto, *(option for view in plan.views.values() for option in view)]


def test_a_new_load_is_estimated_and_every_option_says_so(planner: Planner, stated: DeploymentSpecification) -> None:
    plan = planner.plan(stated)
    assert plan.feasible
    assert plan.estimated >= plan.compliant > 0
    for option in options(plan):
        assert option.source is Source.ESTIMATED
        assert ESTIMATED_NOTE in option.notes
        assert option.predicted.max_qps.source is Source.ESTIMATED


def test_once_everything_is_simulated_nothing_is_estimated(planner: Planner, stated: DeploymentSpecification) -> None:
    wanted, sweeper = planner.to_simulate(stated), InlineSweeper()
    done = list(refine(planner, wanted, sweeper, 60))
    assert sorted(np.concatenate(done).tolist()) == sorted(wanted.rows.tolist())
    plan = planner.plan(stated)
    assert plan.feasible
    assert plan.estimated == 0
    assert not len(planner.to_simulate(stated))
    for option in options(plan):
        assert option.source is Source.SIMULATED
        assert ESTIMATED_NOTE not in option.notes


def test_engines_are_simulated_in_batches_by_context(planner: Planner, stated: DeploymentSpecification) -> None:
    wanted, sweeper = planner.to_simulate(stated), InlineSweeper()
    list(refine(planner, wanted, sweeper, 60))
    assert max(sweeper.sizes) == BATCH
    assert sum(sweeper.sizes) == len(wanted)
    assert set(sweeper.windows) == set(wanted.context_tokens.tolist())


def test_a_sweeper_that_gives_up_leaves_the_rest_estimated_and_marked(
    planner: Planner, stated: DeploymentSpecification
) -> None:
    wanted = planner.to_simulate(stated)
    (done,) = refine(planner, wanted, InlineSweeper(most=1), 60)
    assert done.tolist() == next(wanted.batches())[0].tolist()
    plan = planner.plan(stated)
    sources = {option.source for option in options(plan)}
    assert sources == {Source.ESTIMATED, Source.SIMULATED}
    assert all((ESTIMATED_NOTE in option.notes) == (option.source is Source.ESTIMATED) for option in options(plan))
    rest = planner.to_simulate(stated)
    assert not set(rest.rows.tolist()) & set(done.tolist())


def test_what_was_given_up_is_taken_up_again_to_the_same_end(
    planner: Planner, seeds: ReferenceData, stated: DeploymentSpecification
) -> None:
    list(refine(planner, planner.to_simulate(stated), InlineSweeper(most=2), 60))
    list(refine(planner, planner.to_simulate(stated), InlineSweeper(), 60))
    at_once = Planner(small(seeds))
    list(refine(at_once, at_once.to_simulate(stated), InlineSweeper(), 60))
    left_out = {"elapsed_ms"}
    assert planner.plan(stated).model_dump(exclude=left_out) == at_once.plan(stated).model_dump(exclude=left_out)


def test_a_sweeper_that_does_nothing_changes_nothing(planner: Planner, stated: DeploymentSpecification) -> None:
    before = planner.plan(stated)
    assert not list(refine(planner, planner.to_simulate(stated), InlineSweeper(most=0), 60))
    assert planner.plan(stated).model_dump(exclude={"elapsed_ms"}) == before.model_dump(exclude={"elapsed_ms"})


def test_refining_for_one_rate_does_for_every_other(planner: Planner, spec: Specify) -> None:
    few, many = spec(user_count=300), spec(user_count=5000)
    list(refine(planner, planner.to_simulate(few), InlineSweeper(), 60))
    assert planner.plan(many).estimated == 0


def test_another_shape_of_load_starts_anew(planner: Planner, spec: Specify, stated: DeploymentSpecification) -> None:
    list(refine(planner, planner.to_simulate(stated), InlineSweeper(), 60))
    assert planner.plan(spec(user_count=300, prompt_tokens=700)).estimated > 0


def test_a_run_that_is_left_halfway_is_ended(planner: Planner, stated: DeploymentSpecification) -> None:
    sweeper = InlineSweeper()
    steps = refine(planner, planner.to_simulate(stated), sweeper, 60)
    next(steps)
    assert sweeper.open_runs == 1
    steps.close()  # type: ignore[attr-defined]
    assert sweeper.open_runs == 0


def test_an_engine_whose_cache_just_holds_one_request_is_no_end_of_a_plan(
    planner: Planner, use_cases: tuple[UseCaseTemplate, ...], spec: Specify
) -> None:
    """What planning lets pass, simulations must not refuse: caches are handed out in blocks."""
    stated = spec(use_case="long_document_summarization", user_count=100)
    table, wanted = planner._table, planner.runnable(stated)
    for row, context in zip(wanted.rows.tolist(), wanted.context_tokens.tolist(), strict=True):
        needed = table.sequence_bytes(np.full(len(table.candidates), float(context)))[row] / GIB
        share = (needed * (1 + 1e-7) + table.weights_gib[row] + table.overhead_gib[row]) / table.total_gib[row]
        if 0.1 < share < 0.99:
            narrow = edit_specification(stated, {"policy.gpu_memory_utilization": float(share)}, use_cases, at="")
            able = planner.runnable(narrow)
            only = able.take(able.rows == row)
            assert sum(done.size for done in refine(planner, only, InlineSweeper(), 60)) == len(only)
