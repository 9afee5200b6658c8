"""Which measured runs stand beside an option, and what is predicted for their own loads."""

from __future__ import annotations

from typing import Any

import pytest

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from neuralnav.services.evidence import MOST_RUNS, beside_predictions, nearest, runs_of
from tests.neuralnav.services.predicting import CALIBRATION, SEEDS, predicted, run


@pytest.fixture(scope="module")
def stated() -> DeploymentSpecification:
    need = {
        "intent": {"use_case": "chatbot_conversational", "expected_qps": 4, "ttft_p95_ms": 2_000},
        "pinned": {"model": "llama-3.1-8b", "precision": "bf16", "gpu_type": "H100", "tensor_parallel": 1},
    }
    return read_specification(need, SEEDS.use_cases)


@pytest.fixture(scope="module")
def plan(stated: DeploymentSpecification) -> Plan:
    return Planner(SEEDS).plan(stated)


@pytest.fixture(scope="module")
def option(plan: Plan) -> Recommendation:
    return next(options[0] for options in plan.views.values() if options)


@pytest.mark.parametrize(
    "changes",
    [
        {"tensor_parallel": 2},
        {"data_parallel": 2},
        {"precision": "fp8"},
        {"gpu_type": "L4"},
        {"model": "Qwen/Qwen3-8B"},
        {"model": "somebody/unheard-of-7b"},
        {"suspect": "figures contradict each other"},
        {"requests": 5, "errors": 500},
        {"engine_version": "0.18.0"},
    ],
)
def test_runs_of_other_configurations_and_suspect_ones_are_left_out(
    option: Recommendation, changes: dict[str, Any]
) -> None:
    own = run()
    assert runs_of(option, [own, run(**changes)], SEEDS) == (own,)


def test_older_releases_stand_for_the_loads_that_newer_ones_were_not_measured_under(option: Recommendation) -> None:
    runs = (run(), run(engine_version="0.18.0", concurrency=512))
    assert runs_of(option, runs, SEEDS) == runs


def test_a_percentile_of_few_requests_is_not_shown() -> None:
    (compared,) = beside_predictions([run(e2e_p95_ms=900, requests=99)], SEEDS, CALIBRATION)
    assert {figure.name for figure in compared.figures} == {"ttft_mean_ms", "itl_mean_ms"}


def test_a_run_that_was_published_twice_counts_once(option: Recommendation) -> None:
    assert len(runs_of(option, [run(), run(source="another page")], SEEDS)) == 1


def test_todays_engine_then_near_lengths_and_loads_come_first(
    option: Recommendation, stated: DeploymentSpecification
) -> None:
    old = run(engine_version="0.4.0", output_tokens=256)
    far = run(prompt_tokens=8_000, output_tokens=256)
    busy = run(concurrency=512, output_tokens=256)
    near = run(concurrency=8, output_tokens=256)
    assert nearest([old, far, busy, near], option, stated)[0] == near
    assert nearest([old, far, busy, near], option, stated)[-1] == old


def test_no_more_than_ten_are_shown(option: Recommendation, stated: DeploymentSpecification) -> None:
    runs = [run(concurrency=count) for count in range(1, 15)]
    assert len(nearest(runs, option, stated)) == MOST_RUNS == 10


def test_each_figure_stands_beside_the_prediction_for_its_own_load() -> None:
    measured = run(throughput_rps=7.5, measured_on="2026-03-01", tool="guidellm", tool_version="0.5")
    (compared,) = beside_predictions([measured], SEEDS, CALIBRATION)
    answer = predicted(engine_version="0.19.0", model=measured.model)
    assert answer.ttft_ms is not None
    figures = {figure.name: figure for figure in compared.figures}
    assert figures.keys() == {"ttft_mean_ms", "itl_mean_ms", "throughput_rps"}
    assert (figures["ttft_mean_ms"].measured, figures["ttft_mean_ms"].predicted) == (100, answer.ttft_ms.mean)
    assert (figures["throughput_rps"].measured, figures["throughput_rps"].predicted) == (7.5, answer.throughput_rps)
    assert compared.load == "8 clients"
    assert measured.id in compared.source.where
    assert compared.source.source == "a laboratory, with guidellm 0.5"
    assert (compared.source.licence, compared.source.as_of) == ("Apache-2.0", "2026-03-01")


@pytest.mark.parametrize("changes", [{"prompt_tokens": 2_000_000}, {"model": "meta-llama/Llama-3.1-70B"}])
def test_a_run_that_cannot_be_predicted_says_why(changes: dict[str, Any]) -> None:
    one: Benchmark = run(**changes)
    (compared,) = beside_predictions([one], SEEDS, CALIBRATION)
    assert [figure.predicted for figure in compared.figures] == [None, None]
    assert compared.note
