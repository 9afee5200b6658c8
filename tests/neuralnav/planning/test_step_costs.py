"""Step times of candidates, worked out when first asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest

from neuralnav.models.catalog import ReferenceData
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.performance.step_time import StepCurves
from neuralnav.planning.candidates import CandidateTable, candidate_table
from neuralnav.planning.step_costs import Rows, StepCosts


@pytest.fixture(scope="module")
def table(seeds: ReferenceData) -> CandidateTable:
    return candidate_table(seeds)


@pytest.fixture(scope="module")
def some(table: CandidateTable) -> Rows:
    """Candidates of every kind of model, GPU and degree, impossible ones among them."""
    return np.random.default_rng(0).choice(len(table.candidates), 120, replace=False)


@pytest.fixture(scope="module")
def at_once(table: CandidateTable, some: Rows) -> StepCurves:
    return StepCosts(table, shipped_efficiencies()).curves(some)


def same(one: StepCurves, other: StepCurves) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(StepCurves))


def test_rows_one_by_one_are_those_all_at_once(table: CandidateTable, some: Rows, at_once: StepCurves) -> None:
    costs = StepCosts(table, shipped_efficiencies())
    for position, row in enumerate(some):
        assert same(costs.curves(np.array([row])), at_once.take(np.array([position])))


def test_rows_in_another_order_and_twice_are_the_same(table: CandidateTable, some: Rows, at_once: StepCurves) -> None:
    costs = StepCosts(table, shipped_efficiencies())
    backwards = np.arange(some.size)[::-1]
    assert same(costs.curves(some[backwards]), at_once.take(backwards))
    assert same(costs.curves(some), at_once)


def test_threads_that_ask_for_the_same_rows_get_the_same(
    table: CandidateTable, some: Rows, at_once: StepCurves
) -> None:
    costs = StepCosts(table, shipped_efficiencies())
    parts = [some[start : start + 40] for start in (0, 20, 40, 60, 80, 0, 80)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(costs.curves, parts))
    for part, curves in zip(parts, found, strict=True):
        positions = np.flatnonzero(np.isin(some, part))
        assert same(curves, at_once.take(positions))


def test_impossible_candidates_take_no_time_and_all_others_do(
    table: CandidateTable, some: Rows, at_once: StepCurves
) -> None:
    possible = table.possible[some]
    assert 0 < possible.sum() < possible.size
    assert not at_once.tokens_s[~possible].any()
    assert (at_once.tokens_s[possible] > 0).all()


def test_engines_have_the_memory_and_limits_of_their_candidates(table: CandidateTable, some: Rows) -> None:
    engines = StepCosts(table, shipped_efficiencies()).engines(some, 0.8)
    assert np.array_equal(engines.kv_cache_bytes, table.kv_cache_bytes(0.8)[some])
    assert np.array_equal(engines.max_num_seqs, table.max_num_seqs[some])
    assert np.array_equal(engines.kv_window_token_bytes, table.kv_window_token_bytes[some])


def test_no_rows_have_no_curves(table: CandidateTable) -> None:
    assert StepCosts(table, shipped_efficiencies()).curves(np.empty(0, dtype=np.intp)).tokens_s.shape[0] == 0
