"""The trace of an option: formulas that give its figures, sources for all of them, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuralnav.errors import NotFoundError, NothingFitsError
from neuralnav.knowledge.measured import read_measured_runs
from neuralnav.knowledge.shipped_surfaces import read_shipped
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.options import find_option, number_options
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.prediction import LoadKind
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.trace import SECTIONS, SourceKind, Trace
from neuralnav.models.vocabulary import Source, UseCase
from neuralnav.performance.calibration import read_calibration
from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep_simulation import simulate
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from neuralnav.planning.tracing.trace import to_simulate, trace
from tests.neuralnav.planning.tracing.formulas import worked_out

NEEDS: dict[str, dict[str, Any]] = {
    "the golden sentence": {"intent": {"user_count": 1000, "priority": "latency"}},
    "cost first, with spare and headroom": {
        "intent": {"user_count": 9_000, "priority": "cost", "reliability_pct": 99.95},
        "policy": {"headroom": 0.25, "burst_factor": 1.4, "max_utilisation": 0.7},
    },
    "a rate and targets as said": {
        "intent": {"expected_qps": 31, "ttft_p95_ms": 400, "itl_p95_ms": 30, "prompt_tokens": 700}
    },
    "people at once and a throughput": {
        "intent": {"concurrent_users": 40, "throughput_rps": 20, "burstiness": "bursty"}
    },
    "own rates, lengths and weights": {
        "intent": {},
        "traffic": {"average_qps": 2, "peak_qps": 7, "output_tokens": {"kind": "fixed", "mean": 100, "p95": 100}},
        "weights": {"accuracy": 0.7, "price": 0.1, "latency": 0.1, "complexity": 0.1},
    },
    "one model, split and counted": {
        "intent": {"user_count": 500, "preferred_models": ["gpt-oss-120b"], "ttft_p95_ms": 900},
        "pinned": {"tensor_parallel": 4, "replicas": 3},
    },
    "a region without prices": {"intent": {"user_count": 300, "region": "mars-north-1"}},
}


def specification(seeds: ReferenceData, need: dict[str, Any], use_case: str) -> DeploymentSpecification:
    return read_specification({**need, "intent": {"use_case": use_case, **need["intent"]}}, seeds.use_cases)


def planner_for(seeds: ReferenceData, *specifications: DeploymentSpecification, **data: Any) -> Planner:
    """A planner that has the surfaces that ship for these loads."""
    planner = Planner(seeds, **data)
    for stated in specifications:
        shape = LoadShape.of(stated)
        if (records := read_shipped(planner.edition, shape.key)) is not None:
            planner.surfaces.put_records(shape, records)
    return planner


@pytest.fixture(scope="module")
def stated(seeds: ReferenceData) -> DeploymentSpecification:
    return specification(seeds, NEEDS["the golden sentence"], "chatbot_conversational")


@pytest.fixture(scope="module")
def planner(seeds: ReferenceData) -> Planner:
    needs = [specification(seeds, {"intent": {"user_count": 10}}, case) for case in UseCase]
    return planner_for(seeds, *needs)


@pytest.fixture(scope="module")
def plan(planner: Planner, stated: DeploymentSpecification) -> Plan:
    return planner.plan(stated)


def options(plan: Plan) -> list[Recommendation]:
    found = {option.id: option for options in plan.views.values() for option in options}
    return list(found.values())


def numbers(document: Any) -> Iterator[float]:
    """Every number of a document."""
    if isinstance(document, dict):
        for part in document.values():
            yield from numbers(part)
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield document


def assert_whole(written: Trace, option: Recommendation) -> None:
    """Every formula gives its figure, every input is a figure itself, and every number of the option is there."""
    entries = written.entries
    for entry in entries.values():
        assert entry.value is not None, entry
        if entry.formula is not None:
            assert isinstance(entry.value, int | float)
            assert worked_out(entry) == pytest.approx(entry.value, rel=1e-9, abs=1e-9), entry
            assert {name: entries[name].value for name in entry.inputs} == entry.inputs
        else:
            assert not entry.inputs
        if entry.source.kind in (SourceKind.DATA, SourceKind.MODEL):
            assert entry.source.licence, entry
            assert entry.source.as_of, entry
    assert [name for name, entry in entries.items() if entry.differs] == []
    assert written.changes == ()
    planned = {entry.planned for entry in entries.values() if entry.planned is not None}
    assert set(numbers(option.model_dump(mode="json"))) <= planned


def test_sections_follow_from_each_other(planner: Planner, plan: Plan) -> None:
    written = trace(planner, plan, find_option(plan, 1))
    assert [section.name for section in written.sections] == list(SECTIONS)
    assert len(written.entries) == sum(len(section.entries) for section in written.sections)


@pytest.mark.parametrize("need", NEEDS)
def test_every_formula_gives_the_figure_that_the_plan_holds(planner: Planner, seeds: ReferenceData, need: str) -> None:
    plan = planner.plan(specification(seeds, NEEDS[need], "chatbot_conversational"))
    assert plan.feasible
    for entry in number_options(plan):
        assert_whole(trace(planner, plan, entry.option), entry.option)


@pytest.mark.parametrize("case", UseCase)
def test_options_of_every_use_case_can_be_traced(planner: Planner, seeds: ReferenceData, case: UseCase) -> None:
    plan = planner.plan(specification(seeds, {"intent": {"user_count": 200, "priority": "accuracy"}}, case))
    for entry in number_options(plan):
        assert_whole(trace(planner, plan, entry.option), entry.option)


def test_a_mixed_load_is_traced_with_its_parts(seeds: ReferenceData, planner: Planner) -> None:
    mix = [{"weight": 0.5, "prompt_tokens": size, "output_tokens": 120} for size in (300, 900)]
    need = {"intent": {"user_count": 100}, "traffic": {"mix": mix}}
    plan = planner.plan(specification(seeds, need, "chatbot_conversational"))
    option = find_option(plan, 1)
    written = trace(planner, plan, option)
    assert_whole(written, option)
    assert "mix" in written.entries["prompt_tokens"].source.where


def test_words_of_the_person_are_a_source(planner: Planner, stated: DeploymentSpecification) -> None:
    said = stated.model_copy(update={"evidence": {"user_count": "1000 users"}})
    plan = planner.plan(said)
    users = trace(planner, plan, find_option(plan, 1)).entries["user_count"]
    assert users.source.kind is SourceKind.SPECIFICATION
    assert users.source.source == 'your words: "1000 users"'


def test_benchmarks_that_nobody_measured_are_estimates_from_the_size(planner: Planner, seeds: ReferenceData) -> None:
    unrated = next(model for model in seeds.models if model.quality_key is None and model.approved_for_production)
    need = {
        "intent": {"user_count": 20, "ttft_p95_ms": 30_000, "itl_p95_ms": 5_000, "e2e_p95_ms": 600_000},
        "pinned": {"model": unrated.model_id},
        "policy": {"approved_only": False},
    }
    plan = planner.plan(specification(seeds, need, unrated_use_case(seeds, unrated.tasks)))
    option = find_option(plan, 1)
    written = trace(planner, plan, option)
    assert_whole(written, option)
    assert "unrated" in (written.entries["accuracy"].note or "")
    assert "size_in_billions" in written.entries
    assert written.entries["benchmarks_weight_known"].value == 0


def unrated_use_case(seeds: ReferenceData, tasks: tuple[str, ...]) -> str:
    return next(one.use_case for one in seeds.use_cases if set(one.tasks) & set(tasks))


def test_the_surface_and_the_bands_stand_in_tables(planner: Planner, plan: Plan) -> None:
    written = trace(planner, plan, find_option(plan, 1))
    tables = {table.title: table for section in written.sections for table in section.tables}
    surface = tables["Capacity surface"]
    rates = [float(row[1] or 0) for row in surface.rows]
    assert rates == sorted(rates)
    steps = tables["Time of one decode step"].rows
    for _, whole, *parts in steps:
        assert float(whole or 0) == pytest.approx(sum(float(part or 0) for part in parts))
    assert all(isinstance(row[3], int) and row[3] > 0 for row in tables["90 % bands of the calibration"].rows)


def test_other_prices_than_the_plan_s_are_named_with_both_tables(
    seeds: ReferenceData, stated: DeploymentSpecification, plan: Plan
) -> None:
    dearer = tuple(price.model_copy(update={"hourly_usd": 2 * price.hourly_usd}) for price in seeds.prices)
    today = planner_for(seeds.model_copy(update={"prices": dearer}), stated)
    option = find_option(plan, "lowest_cost")
    written = trace(today, plan, option)
    assert option.cost is not None
    hourly = written.entries["per_hour_usd"]
    assert hourly.planned == option.cost.per_hour_usd
    assert hourly.value == pytest.approx(2 * option.cost.per_hour_usd)
    assert hourly.differs
    assert plan.price_table in written.changes[0]
    assert today.price_table in written.changes[0]
    assert "per_hour_usd" in written.changes[-1]


def test_another_calibration_than_the_plan_s_is_named_with_both_versions(
    seeds: ReferenceData, stated: DeploymentSpecification, plan: Plan
) -> None:
    newer = read_calibration().model_copy(update={"version": "2099-01-01"})
    written = trace(planner_for(seeds, stated, calibration=newer), plan, find_option(plan, 1))
    assert (written.planned_with.calibration, written.traced_with.calibration) == (plan.calibration, "2099-01-01")
    assert any(plan.calibration in change and "2099-01-01" in change for change in written.changes)


def test_an_option_that_was_estimated_and_is_simulated_now_says_so(
    seeds: ReferenceData, stated: DeploymentSpecification
) -> None:
    planner = Planner(seeds)
    plan = planner.plan(stated)
    option = find_option(plan, 1)
    assert option.source is Source.ESTIMATED
    assert to_simulate(planner, plan, option) is None
    assert_whole(trace(planner, plan, option), option)
    simulated = option.model_copy(update={"source": Source.SIMULATED})
    wanted = to_simulate(planner, plan, simulated)
    assert wanted is not None
    assert len(wanted) == 1
    sweep = planner.surfaces.sweep(wanted.shape, wanted.rows, int(wanted.context_tokens[0]))
    planner.surfaces.put(wanted.shape, wanted.rows, simulate(sweep))
    assert to_simulate(planner, plan, simulated) is None
    assert "Performance: estimated when the plan was made, simulated today." in trace(planner, plan, option).changes


def test_a_configuration_that_the_catalogue_lost_is_an_error_that_names_the_data(
    seeds: ReferenceData, plan: Plan
) -> None:
    option = find_option(plan, 1)
    left = tuple(model for model in seeds.models if model.model_id != option.model)
    with pytest.raises(NotFoundError, match=plan.price_table):
        trace(Planner(seeds.model_copy(update={"models": left})), plan, option)


def test_an_option_that_meets_no_target_any_more_is_an_error(
    seeds: ReferenceData, stated: DeploymentSpecification, plan: Plan
) -> None:
    today, option = Planner(seeds), find_option(plan, 1)
    evaluated = today.evaluate(stated, option)
    assert evaluated is not None
    stuck = replace(Surfaces.unknown(1), simulated=np.array([True]))
    today.surfaces.put(LoadShape.of(stated), evaluated.load.rows, stuck)
    with pytest.raises(NothingFitsError, match="plan again"):
        trace(today, plan, option)


def test_a_figure_that_measured_runs_correct_names_them(seeds: ReferenceData, stated: DeploymentSpecification) -> None:
    base = next(run for run in read_measured_runs() if run.suspect is None)
    option = find_option(Planner(seeds).plan(stated), 1)
    measured = base.model_copy(
        update={
            "model": option.model, "precision": option.precision, "gpu_type": option.gpu_type,
            "tensor_parallel": option.tensor_parallel, "expert_parallel": 1, "data_parallel": 1,
            "load": LoadKind.OPEN_LOOP, "request_rate_rps": stated.traffic.peak_qps / option.replicas,
            "arrival": "poisson", "concurrency": None, "length_kind": "lognormal",
            "prompt_tokens": 512, "output_tokens": 256, "ttft_p95_ms": 60.0, "itl_p95_ms": 6.0, "e2e_p95_ms": 2_000.0,
            "requests": 1_000,
        }
    )  # fmt: skip
    planner = Planner(seeds, [measured])
    plan = planner.plan(stated)
    traced = next(one for one in options(plan) if one.source is Source.MEASURED)
    written = trace(planner, plan, traced)
    assert_whole(written, traced)
    notes = next(section.notes for section in written.sections if section.name == "performance")
    assert any(base.source in note for note in notes)
    simulated = {"saturation_qps", "sequences_in_flight_below", "prefill_step_ms"}
    corrected = {"ttft_p95_below_ms", "itl_p95_above_ms", "e2e_p95_below_ms", "ttft_high_factor"}
    assert (simulated | corrected) <= written.entries.keys()
    named = {
        name
        for name, entry in written.entries.items()
        if base.source in entry.source.source and f"table model_benchmarks, row {measured.id}" in entry.source.where
    }
    assert corrected <= named
    assert not simulated & named
    tables = {table.title: table for section in written.sections for table in section.tables}
    assert base.source in tables["Capacity surface"].source.source
    runs = tables["Measured runs of the surface"]
    assert (runs.source.kind, runs.source.licence) == (SourceKind.DATA, base.licence)
    (row,) = runs.rows
    assert row[:3] == (measured.request_rate_rps, 1, 60.0)


def test_a_figure_that_nothing_corrects_names_no_runs(planner: Planner, plan: Plan) -> None:
    written = trace(planner, plan, find_option(plan, 1))
    assert not any("model_benchmarks" in entry.source.where for entry in written.entries.values())
    assert "Measured runs of the surface" not in {table.title for one in written.sections for table in one.tables}
