"""Which engines are simulated, in which order, and whether estimates can be trusted with that choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralnav.models.catalog import ReferenceData, UseCaseTemplate
from neuralnav.models.specification import DeploymentSpecification, LengthDistribution, SLOTargets, TrafficShape
from neuralnav.models.vocabulary import GpuType, View
from neuralnav.performance.calibration import read_calibration
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.performance.surface import IDLE, LOADS, Surfaces
from neuralnav.performance.sweep_simulation import simulate
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import BATCH, REACH, ToSimulate, edition, within_reach
from neuralnav.planning.specification import edit_specification
from tests.neuralnav.planning.conftest import Specify

ENGINES = 36
"""Of each load, chosen at random from all that can run it."""


def part(weight: float, prompt: float, output: float) -> TrafficShape:
    lengths = (LengthDistribution.model_validate({"mean": mean}) for mean in (prompt, output))
    return TrafficShape(weight=weight, **dict(zip(("prompt_tokens", "output_tokens"), lengths, strict=True)))


LOADS_TO_COMPARE: dict[str, dict[str, Any]] = {
    "chat": {},
    "bursty chat": {"burstiness": "bursty"},
    "long prompts": {"prompt_tokens": 8000, "output_tokens": 300},
    "long answers": {"prompt_tokens": 200, "output_tokens": 1500},
    "cached prefixes": {"prompt_tokens": 3000, "prefix_cache_hit_ratio": 0.7},
    "fixed lengths": {
        "prompt_tokens": {"mean": 1024, "kind": "fixed"},
        "output_tokens": {"mean": 128, "kind": "fixed"},
    },
    "a mix": {"mix": [part(0.8, 200, 200).model_dump(), part(0.2, 4000, 400).model_dump()]},
}


@pytest.mark.parametrize("load", LOADS_TO_COMPARE)
def test_without_load_estimates_are_well_within_reach_of_simulations(
    load: str, planner: Planner, spec: Specify, use_cases: tuple[UseCaseTemplate, ...]
) -> None:
    """No engine that meets a target may be thought out of reach: estimate / simulation stays below ``REACH``.

    Over all 22,349 engines of the use cases' default loads the ratio without load was 0.70 to 1.02 for TTFT, 0.75 to
    1.23 for ITL and 0.92 to 1.09 for E2E (98 % of them: 0.77 to 0.99, 0.87 to 1.16 and 0.97 to 1.02). Estimates of TTFT
    are too low rather than too high, those of bursty loads by up to a half: that costs simulations, but hides nothing.
    """
    specification = edit_specification(spec(), LOADS_TO_COMPARE[load], use_cases, at="") if load != "chat" else spec()
    estimated, simulated = _compared(planner, specification)
    for name in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms"):
        ratios = getattr(estimated, name)[:, IDLE] / getattr(simulated, name)[:, IDLE]
        assert ratios.max() < 0.9 * REACH, (name, ratios.max())
        assert ratios.min() > 0.45, (name, ratios.min())
        assert 0.6 < np.median(ratios) < 1.1, (name, np.median(ratios))


def _compared(planner: Planner, specification: DeploymentSpecification) -> tuple[Surfaces, Surfaces]:
    """Estimates and simulations of engines chosen at random, in the same order."""
    wanted = planner.runnable(specification)
    chosen = wanted.take(np.sort(np.random.default_rng(1).choice(len(wanted), ENGINES, replace=False)))
    estimated = planner.surfaces.estimate(chosen.shape, chosen.rows)
    rows = Surfaces.unknown(len(chosen))
    at = {row: position for position, row in enumerate(chosen.rows.tolist())}
    for batch, context in chosen.batches():
        found = simulate(planner.surfaces.sweep(chosen.shape, batch, context))
        rows = rows.put(np.array([at[row] for row in batch.tolist()]), found)
    return estimated, rows


@pytest.fixture(scope="module")
def chat(planner: Planner, spec: Specify) -> tuple[Surfaces, Surfaces]:
    return _compared(planner, spec())


def test_under_load_estimates_tell_fast_engines_from_slow_ones(chat: tuple[Surfaces, Surfaces]) -> None:
    estimated, simulated = chat
    ratios = estimated.saturation_qps / simulated.saturation_qps
    assert ratios.min() > 0.6
    assert ratios.max() < 1.5
    order = np.argsort(simulated.saturation_qps)
    ranks = np.argsort(np.argsort(estimated.saturation_qps[order]))
    assert np.corrcoef(ranks, np.arange(ENGINES))[0, 1] > 0.98


def idle(*latencies: float) -> Surfaces:
    """One engine a latency, its TTFT without load; everything else is fast."""
    curves = np.array(latencies)[:, None] * (1 + LOADS)[None, :]
    fast = np.ones_like(curves)
    return Surfaces(
        saturation_qps=np.ones(len(latencies)),
        ttft_p95_ms=curves / (1 + LOADS[0]),
        itl_p95_ms=fast,
        e2e_p95_ms=fast,
        sequences=fast,
        simulated=np.zeros(len(latencies), dtype=np.bool_),
    )


def test_what_misses_a_target_by_far_even_without_load_is_out_of_reach() -> None:
    targets = SLOTargets(ttft_p95_ms=100, itl_p95_ms=10, e2e_p95_ms=1000)
    found = within_reach(idle(50, 100, 100 * REACH * 0.999, 100 * REACH * 1.001, np.inf), targets)
    assert found.tolist() == [True, True, True, False, False]


def to_simulate(contexts: list[int], shape: LoadShape) -> ToSimulate:
    return ToSimulate(shape, np.arange(100, 100 + len(contexts)), np.array(contexts))


def test_batches_hold_every_row_once_with_its_own_context(spec: Specify) -> None:
    contexts = np.random.default_rng(0).choice([2048, 4096, 8192], 50).tolist()
    wanted = to_simulate(contexts, LoadShape.of(spec()))
    batches = list(wanted.batches())
    assert sorted(np.concatenate([rows for rows, _ in batches]).tolist()) == wanted.rows.tolist()
    for rows, context in batches:
        assert 1 <= rows.size <= BATCH
        assert {contexts[row - 100] for row in rows.tolist()} == {context}
        assert (np.diff(rows) > 0).all(), "in the order of promise"


def test_the_most_promising_are_in_the_first_batch(spec: Specify) -> None:
    wanted = to_simulate([2048] * 20 + [4096] * 20, LoadShape.of(spec()))
    first = next(wanted.batches())[0]
    assert first.tolist() == list(range(100, 100 + BATCH))


def test_nothing_to_simulate_gives_no_batches(spec: Specify) -> None:
    assert not list(to_simulate([], LoadShape.of(spec())).batches())


def test_what_leads_a_view_is_simulated_first(seeds: ReferenceData, spec: Specify) -> None:
    planner = Planner(seeds)
    specification = spec()
    wanted, plan = planner.to_simulate(specification), planner.plan(specification)
    first = set(wanted.rows[: 4 * len(View)].tolist())
    leaders = [entries[0] for entries in plan.views.values() if entries]
    table = planner._table
    for leader in leaders:
        row = table.find(leader)
        assert row is not None
        alike, _ = planner.surfaces.alike(np.array([row]))
        assert first & set(alike.tolist()), leader.id
    assert len(wanted) == len(set(table.engine_keys[wanted.rows].tolist())), "each engine once"
    assert table.possible[wanted.rows].all()


def test_everything_that_the_estimates_let_pass_is_simulated(planner: Planner, spec: Specify) -> None:
    specification = spec(available_gpus=("L4", "H100"), prompt_tokens=333)
    plan, wanted = planner.plan(specification), planner.to_simulate(specification)
    assert plan.estimated >= len(wanted) >= 1
    assert plan.estimated >= plan.compliant


def test_what_constraints_rule_out_is_not_simulated_for_a_plan_but_is_runnable(planner: Planner, spec: Specify) -> None:
    narrow = spec(available_gpus=("L4",), prompt_tokens=333)
    wanted, able = planner.to_simulate(narrow), planner.runnable(narrow)
    table = planner._table
    assert set(table.gpu_names[wanted.rows].tolist()) == {"L4"}
    assert set(table.gpu_names[able.rows].tolist()) >= {"L4", "H100", "MI300X"}
    keys = set(table.engine_keys[able.rows].tolist())
    assert set(table.engine_keys[wanted.rows].tolist()) <= keys


def test_an_edition_names_the_calibration_and_everything_that_surfaces_come_from() -> None:
    calibration, efficiencies = read_calibration(), shipped_efficiencies()
    name = edition(efficiencies, calibration)
    assert name.startswith(calibration.version)
    assert edition(efficiencies, calibration.model_copy(update={"version": "2027-01-01"})) != name
    gpu = GpuType.H100
    slower = efficiencies.gpus[gpu].prefill.model_copy(update={"arithmetic": 0.01})
    gpus = efficiencies.gpus | {gpu: efficiencies.gpus[gpu].model_copy(update={"prefill": slower})}
    assert edition(efficiencies.model_copy(update={"gpus": gpus}), calibration) != name
