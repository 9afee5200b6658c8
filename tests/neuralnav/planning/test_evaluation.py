"""Candidates under a load: replicas for the peak, what each of them sees then, and what all of them cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.specification import DeploymentSpecification, SLOTargets
from neuralnav.performance.memory import BLOCK_TOKENS
from neuralnav.planning.cost import PriceBook
from neuralnav.planning.evaluation import MOST_REPLICAS, Load, Sizing, put_under_load, size, usd_per_million_tokens
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify

UNREACHABLE = SLOTargets(ttft_p95_ms=0.001, itl_p95_ms=0.001, e2e_p95_ms=0.001)


@pytest.fixture(scope="module")
def stated(spec: Specify) -> DeploymentSpecification:
    return spec()


@pytest.fixture(scope="module")
def rows(planner: Planner, stated: DeploymentSpecification) -> np.ndarray:
    able = planner.runnable(stated).rows
    return np.sort(np.random.default_rng(0).choice(able, 80, replace=False))


@pytest.fixture(scope="module")
def load(planner: Planner, stated: DeploymentSpecification, rows: np.ndarray) -> Load:
    return put_under_load(planner._table, planner.surfaces, rows, stated)


@pytest.fixture(scope="module")
def book(planner: Planner) -> PriceBook:
    return planner._book


def sized(planner: Planner, load: Load, specification: DeploymentSpecification, **other: Any) -> Sizing:
    return size(planner._table, load, specification, planner._book, **other)


def edited(
    stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...], **changes: Any
) -> DeploymentSpecification:
    named = {field.replace("__", "."): value for field, value in changes.items()}
    return edit_specification(stated, named, use_cases, at="")


def test_what_is_known_is_looked_up_and_the_rest_estimated(
    planner: Planner, stated: DeploymentSpecification, rows: np.ndarray, load: Load, spec: Specify
) -> None:
    assert load.surfaces.simulated.all()
    known = planner.surfaces.surfaces(LoadShape.of(stated)).take(rows)
    assert np.array_equal(load.surfaces.ttft_p95_ms, known.ttft_p95_ms)
    new = put_under_load(planner._table, planner.surfaces, rows, spec(prompt_tokens=511))
    assert not new.surfaces.simulated.any()
    assert (new.surfaces.saturation_qps > 0).all()


def test_replicas_are_the_fewest_that_carry_the_peak_within_the_policy(
    planner: Planner, stated: DeploymentSpecification, load: Load
) -> None:
    found, peak = sized(planner, load, stated), stated.traffic.peak_qps
    carrying = found.carries
    usable = stated.policy.max_utilisation * found.max_qps[carrying]
    assert 0 < carrying.sum() < carrying.size
    assert (found.replicas[carrying] * usable >= peak * (1 - 1e-9)).all()
    assert ((found.replicas[carrying] - 1) * usable < peak).all()
    degrees = planner._table.tensor_parallel[load.rows]
    assert np.array_equal(found.gpus, found.replicas * degrees)


def test_each_replica_sees_its_share_of_the_peak_and_keeps_every_target(
    planner: Planner, stated: DeploymentSpecification, load: Load
) -> None:
    found, targets = sized(planner, load, stated), stated.slo_targets
    carrying = found.carries
    performance = found.performance
    assert (performance.ttft_p95_ms[carrying] <= targets.ttft_p95_ms).all()
    assert (performance.itl_p95_ms[carrying] <= targets.itl_p95_ms).all()
    assert (performance.e2e_p95_ms[carrying] <= targets.e2e_p95_ms).all()
    share = stated.traffic.peak_qps / found.replicas[carrying]
    assert performance.utilisation[carrying] == pytest.approx(share / load.surfaces.saturation_qps[carrying])


def test_what_misses_a_target_without_load_has_no_replicas_and_no_cost(
    planner: Planner, stated: DeploymentSpecification, load: Load
) -> None:
    found = sized(planner, load, stated, targets=UNREACHABLE)
    assert not found.carries.any()
    assert not found.gpus.any()
    assert np.isinf(found.hourly_usd).all()


@pytest.mark.parametrize(
    ("changes", "factor"),
    [
        ({"policy__headroom": 1.0}, 2.0),
        ({"policy__burst_factor": 3.0}, 3.0),
        ({"policy__max_utilisation": 0.4}, 2.0),
        ({"policy__headroom": 0.5, "policy__burst_factor": 2.0}, 3.0),
    ],
    ids=str,
)
def test_headroom_bursts_and_utilisation_ask_for_more_replicas(
    changes: dict[str, Any],
    factor: float,
    planner: Planner,
    stated: DeploymentSpecification,
    use_cases: tuple[UseCaseTemplate, ...],
    load: Load,
) -> None:
    busy = edited(stated, use_cases, peak_qps=5000.0)
    before, after = sized(planner, load, busy), sized(planner, load, edited(busy, use_cases, **changes))
    carrying = before.carries
    assert np.array_equal(before.max_qps, after.max_qps)
    assert after.replicas[carrying] == pytest.approx(factor * before.replicas[carrying], abs=factor)


def test_from_three_nines_on_one_replica_is_spare(
    planner: Planner, stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...], load: Load
) -> None:
    plain, safe = (sized(planner, load, edited(stated, use_cases, reliability_pct=share)) for share in (99.5, 99.9))
    assert np.array_equal(safe.replicas[plain.carries], plain.replicas[plain.carries] + 1)
    assert not safe.replicas[~plain.carries].any()


def test_pinned_replicas_are_taken_as_they_are(
    planner: Planner, stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...], load: Load
) -> None:
    found = sized(planner, load, edited(stated, use_cases, pinned__replicas=7))
    assert set(found.replicas[found.carries].tolist()) == {7}


def test_absurd_loads_give_large_numbers_and_no_overflow(
    planner: Planner, stated: DeploymentSpecification, use_cases: tuple[UseCaseTemplate, ...], load: Load
) -> None:
    found = sized(planner, load, edited(stated, use_cases, peak_qps=1_000_000.0, policy__burst_factor=100))
    assert (found.replicas >= 0).all()
    assert (found.replicas <= MOST_REPLICAS).all()
    assert not np.isnan(found.hourly_usd).any()
    assert (found.hourly_usd > 0).all()


def test_costs_are_those_of_the_price_book_one_by_one(
    planner: Planner, stated: DeploymentSpecification, load: Load, book: PriceBook
) -> None:
    found, table = sized(planner, load, stated), planner._table
    for position, row in enumerate(load.rows.tolist()):
        candidate = table.candidates[row]
        packing = (
            book.pack(candidate.gpu.gpu_type, candidate.tensor_parallel, int(found.replicas[position]))
            if found.carries[position]
            else None
        )
        assert found.hourly_usd[position] == pytest.approx(packing.hourly_usd if packing else np.inf)


def test_a_million_tokens_cost_what_an_hour_costs_over_its_tokens(stated: DeploymentSpecification) -> None:
    traffic = stated.traffic
    tokens = traffic.average_qps * 3600 * (traffic.prompt_tokens.mean + traffic.output_tokens.mean)
    (found,) = usd_per_million_tokens(np.array([10.0]), stated)
    assert found == pytest.approx(10 / tokens * 1e6)


def test_a_sequence_takes_the_cache_of_its_mean_context(
    planner: Planner, stated: DeploymentSpecification, load: Load
) -> None:
    context = LoadShape.of(stated).workload.context_tokens
    assert context > stated.traffic.prompt_tokens.mean
    table = planner._table
    dense = [at for at, row in enumerate(load.rows) if table.candidates[row].served.architecture.sliding_window is None]
    expected = context * table.kv_token_bytes[load.rows[dense]] + table.state_bytes[load.rows[dense]]
    assert (load.sequence_bytes[dense] >= expected).all(), "whole blocks"
    assert load.sequence_bytes[dense] == pytest.approx(expected, rel=BLOCK_TOKENS / context)
