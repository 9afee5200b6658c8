"""Plans that an expert would sign: the golden sentence and one request per use case, over the shipped data."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.intent import IntentAgent
from agents.model import build_reader
from neuralnav.models.catalog import InstancePrice, ReferenceData
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import Precision, Source, UseCase, View
from neuralnav.performance.architecture import SIXTEEN_BIT, kv_cache_bytes
from neuralnav.performance.formats import Arithmetic
from neuralnav.performance.memory import GIB, fit_memory
from neuralnav.performance.surface import LOADS
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.settings import Settings
from tests.neuralnav.planning.conftest import Specify

GOLDEN = "I need a chatbot for 1000 users, low latency is critical"
NEEDS = ("golden", *UseCase)


@dataclass(frozen=True)
class Planned:
    """A plan and the planner that made it."""

    planner: Planner
    plan: Plan

    @property
    def specification(self) -> DeploymentSpecification:
        return self.plan.specification

    @property
    def options(self) -> list[Recommendation]:
        """Every option that is shown, once."""
        shown = [*self.plan.pareto, *(option for view in self.plan.views.values() for option in view)]
        return list({option.id: option for option in shown}.values())


@pytest.fixture(scope="module")
async def golden_specification(seeds: ReferenceData) -> DeploymentSpecification:
    reader = build_reader(Settings(), seeds.short_names)
    return specify(await IntentAgent(reader).read_request(GOLDEN), seeds.use_cases)


@pytest.fixture(scope="module")
def specifications(golden_specification: DeploymentSpecification, spec: Specify) -> dict[str, DeploymentSpecification]:
    needs = {str(case): spec(use_case=case.value, user_count=1000, priority="balanced") for case in UseCase}
    return {"golden": golden_specification, **needs}


@pytest.fixture(params=[str(need) for need in NEEDS])
def planned(
    request: pytest.FixtureRequest, planner: Planner, specifications: dict[str, DeploymentSpecification]
) -> Planned:
    return Planned(planner, planner.plan(specifications[request.param]))


def test_the_golden_sentence_is_read_as_it_is_meant(golden_specification: DeploymentSpecification) -> None:
    intent = golden_specification.intent
    assert (intent.use_case, intent.user_count, intent.priority) == (UseCase.CHATBOT, 1000, "latency")


def test_at_least_three_thousand_configurations_are_evaluated_and_options_found(planned: Planned) -> None:
    assert planned.plan.evaluated >= 3000
    assert planned.plan.evaluated == planned.plan.compliant + sum(planned.plan.rejected_summary.values())
    assert planned.plan.feasible
    assert all(planned.plan.views[view] for view in View)


def test_the_first_plan_after_installation_rests_on_simulations(planned: Planned) -> None:
    assert planned.plan.estimated == 0
    assert {option.source for option in planned.options} == {Source.SIMULATED}


def test_weights_and_a_whole_request_fit_into_every_option(planned: Planned, seeds: ReferenceData) -> None:
    models = {model.model_id: model for model in seeds.models}
    shapes = {shape.name: shape for shape in seeds.architectures}
    gpus = {gpu.gpu_type: gpu for gpu in seeds.gpus}
    for option in planned.options:
        shape = shapes[models[option.model].architecture]
        fit = fit_memory(
            shape,
            option.precision,
            gpus[option.gpu_type],
            option.tensor_parallel,
            max_model_len=option.engine.max_model_len,
            max_num_batched_tokens=option.engine.max_num_batched_tokens,
            max_num_seqs=option.engine.max_num_seqs,
        )
        assert fit.fits, (option.id, fit.reason)
        request = kv_cache_bytes(shape, option.engine.max_model_len, SIXTEEN_BIT, option.tensor_parallel) / GIB
        assert fit.kv_cache_gib >= request
        assert option.engine.max_model_len <= models[option.model].context_tokens


def test_no_gpu_without_fp8_units_computes_in_fp8(planned: Planned) -> None:
    table = planned.planner._table
    for option in planned.options:
        row = table.find(option)
        assert row is not None
        runs = table.candidates[row].runs
        assert runs is not None
        if option.gpu_type.startswith(("A100", "A10G", "T4")):
            assert runs.arithmetic is not Arithmetic.FP8
            if option.precision is Precision.FP8:
                assert any("16-bit arithmetic" in note for note in option.notes), option.id


def test_small_models_are_not_split_over_eight_gpus(planned: Planned, seeds: ReferenceData) -> None:
    parameters = {shape.name: shape.published_parameters for shape in seeds.architectures}
    shape_of = {model.model_id: model.architecture for model in seeds.models}
    for option in planned.options:
        if parameters[shape_of[option.model]] <= 4e9:
            assert option.tensor_parallel <= 2, option.id


def test_kimi_k2_never_runs_on_one_gpu(trusting: Planner, spec: Specify) -> None:
    table = trusting._table
    rows = [row for row, one in enumerate(table.candidates) if one.served.model.short_name.startswith("kimi-k2")]
    plan = trusting.plan(spec(preferred_models=("kimi-k2",)))
    assert rows
    assert plan.feasible
    able = set(trusting.runnable(plan.specification).rows.tolist()) & set(rows)
    assert min(int(table.tensor_parallel[row]) for row in able) >= 4
    assert min(option.tensor_parallel for option in Planned(trusting, plan).options) >= 4


@pytest.mark.parametrize(
    ("model", "cheap", "dear"),
    [("llama-3.1-8b", "L40S", "H200"), ("gpt-oss-20b", "A100-80GB", "H200"), ("qwen2.5-7b", "A100-80GB", "B200")],
)
def test_where_both_meet_the_targets_the_cheaper_gpu_comes_first(
    model: str, cheap: str, dear: str, planner: Planner, spec: Specify
) -> None:
    plan = planner.plan(spec(preferred_models=(model,), available_gpus=(cheap, dear), priority="cost"))
    kinds = {option.gpu_type for option in Planned(planner, plan).options}
    assert kinds == {cheap, dear}
    assert plan.views[View.LOWEST_COST][0].gpu_type == cheap
    assert plan.views[View.BALANCED][0].gpu_type == cheap


def test_replicas_carry_the_peak_with_room_and_none_is_idle(planned: Planned) -> None:
    specification = planned.specification
    policy = specification.policy
    peak = specification.traffic.peak_qps * policy.burst_factor * (1 + policy.headroom)
    for option in planned.options:
        usable = policy.max_utilisation * option.predicted.max_qps.value
        assert option.replicas * usable >= peak * (1 - 1e-9)
        assert (option.replicas - 1) * usable < peak
        assert option.gpus == option.replicas * option.tensor_parallel <= policy.max_gpus_per_plan


def test_every_option_holds_every_target_and_its_bands_hold_its_figures(planned: Planned) -> None:
    targets = planned.specification.slo_targets
    for option in planned.options:
        assert option.slo_met
        for field in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms"):
            estimate = getattr(option.predicted, field)
            assert estimate.low < estimate.value < estimate.high
            assert estimate.value <= getattr(targets, field)


def test_no_option_is_faster_than_its_memory(planned: Planned, seeds: ReferenceData) -> None:
    """Every token reads the active weights once: no ITL below that, at the datasheet's bandwidth."""
    gpus = {gpu.gpu_type: gpu for gpu in seeds.gpus}
    table = planned.planner._table
    for option in planned.options:
        row = table.find(option)
        assert row is not None
        candidate = table.candidates[row]
        if candidate.served.architecture.num_experts is None:
            least_ms = table.weights_gib[row] * GIB * 0.8 / (gpus[option.gpu_type].memory_bandwidth_gb_s * 1e9) * 1e3
            assert option.predicted.itl_p95_ms.value > least_ms, option.id


def test_the_cheapest_option_really_is_the_cheapest_of_all_that_comply(planned: Planned, seeds: ReferenceData) -> None:
    """Every configuration that can run is sized and priced once more, one by one and by other means."""
    cost = planned.plan.views[View.LOWEST_COST][0].cost
    assert cost is not None
    hourly = [usd for _, usd in _compliant_by_hand(planned, seeds)]
    assert len(hourly) == planned.plan.compliant
    assert cost.per_hour_usd == pytest.approx(min(hourly))


def _compliant_by_hand(planned: Planned, seeds: ReferenceData) -> Iterator[tuple[int, float]]:
    """Rows that comply, with what they cost an hour; infinite where no price is known."""
    specification, table = planned.specification, planned.planner._table
    targets, policy = specification.slo_targets, specification.policy
    ground = planned.planner._judge(specification).ground
    surfaces = planned.planner.surfaces.surfaces(LoadShape.of(specification))
    price = _prices(seeds)
    for row in ground.load.rows.tolist():
        position = min(
            _crossing(surfaces.ttft_p95_ms[row], targets.ttft_p95_ms),
            _crossing(surfaces.itl_p95_ms[row], targets.itl_p95_ms),
            _crossing(surfaces.e2e_p95_ms[row], targets.e2e_p95_ms),
        )
        if position < policy.min_throughput_share:
            continue
        max_qps = position * surfaces.saturation_qps[row]
        replicas = max(math.ceil(specification.traffic.peak_qps / (policy.max_utilisation * max_qps) - 1e-9), 1)
        degree = int(table.tensor_parallel[row])
        if replicas * degree <= policy.max_gpus_per_plan:
            yield row, price(str(table.gpu_names[row]), degree, replicas)


def _crossing(curve: np.ndarray, limit: float) -> float:
    """The largest share of saturation at which a curve is within its limit; 0: nowhere."""
    if curve[0] > limit:
        return 0.0
    for at in range(1, LOADS.size):
        if curve[at] > limit:
            share = (limit - curve[at - 1]) / (curve[at] - curve[at - 1])
            return float(LOADS[at - 1] + share * (LOADS[at] - LOADS[at - 1]))
    return float(LOADS[-1])


def _prices(seeds: ReferenceData) -> Any:
    """The cheapest cover of replicas with instances of one provider's region, by trying every last instance."""
    markets: dict[tuple[str, str, str], list[InstancePrice]] = {}
    for price in seeds.prices:
        markets.setdefault((price.gpu_type, price.cloud_provider, price.region), []).append(price)

    @cache
    def cover(market: tuple[str, str, str], degree: int, replicas: int) -> float:
        if replicas <= 0:
            return 0.0
        large = [one for one in markets[market] if one.gpus >= degree]
        return min(
            (one.hourly_usd + cover(market, degree, replicas - one.gpus // degree) for one in large), default=math.inf
        )

    def cheapest(gpu: str, degree: int, replicas: int) -> float:
        return min((cover(market, degree, replicas) for market in markets if market[0] == gpu), default=math.inf)

    return cheapest


ENTRY = {
    "model": str,
    "gpu_type": str,
    "tensor_parallel": int,
    "replicas": int,
    "gpus": int,
    "precision": str,
    "target": str,
    "cost": (dict, type(None)),
    "predicted": dict,
    "utilisation": dict,
    "slo_met": bool,
    "scores": dict,
    "source": str,
    "reason": str,
}
"""What every entry of a plan has in JSON, and of which type."""


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, float):
        yield value


def test_the_json_of_a_plan_has_every_field_that_others_rely_on(planned: Planned) -> None:
    document = json.loads(planned.plan.model_dump_json())
    assert {"specification", "views", "pareto", "near_misses", "rejected_summary", "evaluated", "elapsed_ms"} <= set(
        document
    )
    assert list(document["views"]) == ["best_accuracy", "lowest_cost", "lowest_latency", "simplest", "balanced"]
    assert all(math.isfinite(number) for number in _numbers(document))
    for entry in [*document["pareto"], *(entry for view in document["views"].values() for entry in view)]:
        for field, kind in ENTRY.items():
            assert isinstance(entry[field], kind), field
        assert {"gpu_memory", "compute"} == set(entry["utilisation"])
        assert all(0 <= share <= 1 for share in entry["utilisation"].values())
        assert {"accuracy", "price", "latency", "complexity", "balanced"} <= set(entry["scores"])
        assert {"ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "max_qps"} <= set(entry["predicted"])
        for estimate in entry["predicted"].values():
            assert {"value", "low", "high", "source"} <= set(estimate)
        if entry["cost"] is not None:
            assert {"per_hour_usd", "per_month_usd", "per_1k_tokens_usd", "instance"} <= set(entry["cost"])
        assert len(entry["reason"]) > 20


def test_views_lead_with_what_they_promise(planned: Planned) -> None:
    options, first = planned.options, {view: entries[0] for view, entries in planned.plan.views.items()}
    assert max(one.scores.accuracy for one in options) - first[View.BEST_ACCURACY].scores.accuracy < 1
    assert max(one.scores.latency for one in options) - first[View.LOWEST_LATENCY].scores.latency < 1
    assert first[View.SIMPLEST].scores.complexity == max(one.scores.complexity for one in options)
    assert first[View.BALANCED].scores.balanced == max(one.scores.balanced for one in options if one.cost)


def test_the_same_request_is_answered_the_same_way_twice(planned: Planned) -> None:
    again = planned.planner.plan(planned.specification)
    assert again.model_dump(exclude={"elapsed_ms"}) == planned.plan.model_dump(exclude={"elapsed_ms"})


def test_low_latency_costs_more_and_answers_sooner_than_low_cost(
    planner: Planner, golden_specification: DeploymentSpecification
) -> None:
    plan = planner.plan(golden_specification)
    fast = next(option for option in plan.views[View.LOWEST_LATENCY] if option.cost)
    cheap = plan.views[View.LOWEST_COST][0]
    assert fast.scores.latency > cheap.scores.latency
    assert fast.cost is not None
    assert cheap.cost is not None
    assert fast.cost.per_hour_usd > cheap.cost.per_hour_usd
    assert 200 < cheap.cost.per_month_usd < 5_000
