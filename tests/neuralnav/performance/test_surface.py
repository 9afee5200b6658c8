"""Capacity surfaces asked for rates and targets: by hand, and whatever rising curves they hold."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.performance.results import Targets
from neuralnav.performance.surface import IDLE, LOADS, ReplicaPerformance, Surfaces

ANYTHING = Targets(np.inf, np.inf, np.inf)
COLUMNS = LOADS.size


def surfaces(*rows: tuple[float, list[float], list[float], list[float]]) -> Surfaces:
    """Saturation rate, TTFT, ITL and E2E of each engine."""
    saturation, ttft, itl, e2e = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Surfaces(
        saturation_qps=saturation,
        ttft_p95_ms=ttft,
        itl_p95_ms=itl,
        e2e_p95_ms=e2e,
        sequences=np.broadcast_to(10 * LOADS, ttft.shape),
        simulated=np.ones(saturation.size, dtype=np.bool_),
    )


def line(start: float, step: float) -> list[float]:
    return [start + step * column for column in range(COLUMNS)]


ONE = surfaces((10.0, line(20, 10), line(5, 1), line(1000, 100)))


def rising() -> st.SearchStrategy[list[float]]:
    """Curves that rise, flat in many places."""
    step = st.one_of(st.just(0.0), st.floats(0.01, 1e4))
    return st.tuples(st.floats(0.01, 1e4), st.lists(step, min_size=COLUMNS - 1, max_size=COLUMNS - 1)).map(
        lambda drawn: np.cumsum([drawn[0], *drawn[1]]).tolist()
    )


def any_surfaces() -> st.SearchStrategy[Surfaces]:
    row = st.tuples(st.floats(1e-4, 1e4), rising(), rising(), rising())
    return st.lists(row, min_size=1, max_size=3).map(lambda rows: surfaces(*rows))


limits = st.one_of(st.floats(0.01, 1e5), st.just(np.inf))
targets = st.tuples(limits, limits, limits)
looser = st.tuples(st.floats(1, 10), st.floats(1, 10), st.floats(1, 10))


def test_a_target_is_met_up_to_the_load_at_which_its_curve_crosses_it() -> None:
    between = (LOADS[3] + LOADS[4]) / 2
    assert ONE.max_qps(Targets(55, np.inf, np.inf)) == pytest.approx([10 * between])
    assert ONE.max_qps(Targets(np.inf, 8, np.inf)) == pytest.approx([10 * LOADS[3]])
    assert ONE.max_qps(Targets(np.inf, np.inf, 1000)) == pytest.approx([10 * LOADS[0]])


def test_the_strictest_target_decides() -> None:
    each = [
        ONE.max_qps(one)
        for one in (Targets(90, np.inf, np.inf), Targets(np.inf, 7, np.inf), Targets(np.inf, np.inf, 1900))
    ]
    assert ONE.max_qps(Targets(90, 7, 1900)) == min(each)


def test_without_targets_an_engine_carries_the_last_load_and_not_what_saturates_it() -> None:
    assert ONE.max_qps(ANYTHING) == pytest.approx([10 * LOADS[-1]])


def test_a_target_below_the_idle_latency_gives_no_rate() -> None:
    assert ONE.max_qps(Targets(19.9, np.inf, np.inf)) == [0]


def test_between_two_loads_latencies_are_linear() -> None:
    between = (LOADS[5] + LOADS[6]) / 2
    found = ONE.at(np.array([10 * between]))
    assert (found.ttft_p95_ms, found.itl_p95_ms, found.e2e_p95_ms) == pytest.approx((75.0, 10.5, 1550.0))
    assert found.sequences == pytest.approx(10 * between)
    assert found.utilisation == pytest.approx(between)
    assert not found.saturated


@pytest.mark.parametrize("qps", [0.0, 1e-9, 10 * LOADS[IDLE]])
def test_loads_below_the_lightest_count_as_that(qps: float) -> None:
    found = ONE.at(np.array([qps]))
    assert found.ttft_p95_ms == ONE.ttft_p95_ms[0, IDLE]
    assert not found.saturated


def test_beyond_the_last_load_an_engine_is_saturated_and_nothing_is_promised() -> None:
    found = ONE.at(np.array([10 * LOADS[-1] * 1.001]))
    assert found.saturated
    assert np.isinf([found.ttft_p95_ms, found.itl_p95_ms, found.e2e_p95_ms]).all()
    assert found.utilisation == pytest.approx(LOADS[-1] + 0.001, abs=1e-3)
    assert ONE.at(np.array([1e6])).utilisation == 1


def test_the_last_load_itself_is_still_promised() -> None:
    at_most = ONE.at(ONE.max_qps(ANYTHING))
    assert not at_most.saturated
    assert at_most.ttft_p95_ms == pytest.approx(ONE.ttft_p95_ms[0, -1])


@pytest.mark.parametrize("asked", [ANYTHING, Targets(1e9, 1e9, 1e9), Targets(1, 1, 1)])
def test_an_engine_of_which_nothing_is_known_carries_nothing(asked: Targets) -> None:
    nothing = Surfaces.unknown(2)
    with np.errstate(all="raise"):
        assert nothing.max_qps(asked).tolist() == [0, 0]
        found = nothing.at(np.array([0.0, 5.0]))
    assert found.saturated.all()
    assert np.isinf(found.e2e_p95_ms).all()
    assert found.sequences.tolist() == [0, 0]
    assert found.utilisation.tolist() == [1, 1]
    assert not nothing.simulated.any()


def test_latencies_that_do_not_depend_on_the_load_raise_no_warnings() -> None:
    flat = surfaces((10.0, [5.0] * COLUMNS, [5.0] * COLUMNS, [5.0] * COLUMNS))
    with np.errstate(all="raise"):
        assert flat.max_qps(Targets(6, 5, np.inf)) == pytest.approx([10 * LOADS[-1]])
        assert flat.at(np.array([3.0])).itl_p95_ms == [5]


def test_some_rows_are_taken_in_the_order_asked_for() -> None:
    three = surfaces(*((float(row), line(row, 1), line(row, 2), line(row, 3)) for row in (1, 2, 3)))
    taken = three.take(np.array([2, 0]))
    assert taken.saturation_qps.tolist() == [3, 1]
    assert taken.e2e_p95_ms[:, 0].tolist() == [3, 1]


def test_rows_are_put_without_touching_what_they_are_put_into() -> None:
    before = Surfaces.unknown(3)
    after = before.put(np.array([1]), ONE)
    assert after.simulated.tolist() == [False, True, False]
    assert after.saturation_qps.tolist() == [0, 10, 0]
    assert not before.simulated.any()
    assert np.isinf(before.ttft_p95_ms).all()
    for field in fields(Surfaces):
        assert np.array_equal(getattr(after.take(np.array([1])), field.name), getattr(ONE, field.name))


def test_put_what_was_taken_and_nothing_changes() -> None:
    three = surfaces(*((float(row), line(row, 1), line(row, 2), line(row, 3)) for row in (1, 2, 3)))
    rows = np.array([2, 0])
    again = three.put(rows, three.take(rows))
    assert all(np.array_equal(getattr(again, field.name), getattr(three, field.name)) for field in fields(Surfaces))


@given(any_surfaces(), targets, looser)
def test_looser_targets_never_carry_less(
    some: Surfaces, tight: tuple[float, float, float], factors: tuple[float, float, float]
) -> None:
    loose = (limit * factor for limit, factor in zip(tight, factors, strict=True))
    with np.errstate(all="raise"):
        assert (some.max_qps(Targets(*tight)) <= some.max_qps(Targets(*loose))).all()


@given(any_surfaces(), targets)
def test_at_the_largest_rate_every_target_holds_and_at_the_next_load_one_does_not(
    some: Surfaces, limits_ms: tuple[float, float, float]
) -> None:
    most = some.max_qps(Targets(*limits_ms))
    share = most / some.saturation_qps
    above = LOADS[np.minimum(np.searchsorted(LOADS, share * (1 + 1e-9), side="right"), COLUMNS - 1)]
    at_most, beyond = some.at(most), some.at(above * some.saturation_qps)
    assert (_held(at_most, limits_ms, 1 + 1e-6) | (most == 0)).all()
    last = share >= LOADS[-1] * (1 - 1e-9)
    assert (~_held(beyond, limits_ms, 1 - 1e-6) | (most == 0) | last).all()
    assert (~_held(some.at(0 * most), limits_ms, 1.0) | (most > 0)).all()


def _held(at: ReplicaPerformance, limits_ms: tuple[float, float, float], slack: float) -> np.ndarray:
    p95s = (at.ttft_p95_ms, at.itl_p95_ms, at.e2e_p95_ms)
    return np.asarray(np.all([p95 <= limit * slack for p95, limit in zip(p95s, limits_ms, strict=True)], axis=0))


@given(any_surfaces(), st.floats(0, 2e4), st.floats(0, 2e4))
def test_latencies_never_fall_with_the_rate_and_are_never_nan(some: Surfaces, one: float, other: float) -> None:
    rows = some.saturation_qps.size
    slow, fast = (some.at(np.full(rows, qps)) for qps in sorted((one, other)))
    for name in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences", "utilisation"):
        before, after = getattr(slow, name), getattr(fast, name)
        assert not np.isnan(before).any()
        assert (after >= before * (1 - 1e-12)).all()
    assert (np.isinf(fast.ttft_p95_ms) == fast.saturated).all()
