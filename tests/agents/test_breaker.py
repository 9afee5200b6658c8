"""When calls are made after failures, and when none is."""

from __future__ import annotations

import asyncio

import pytest

from agents.breaker import BreakerOpenError, BreakerState, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def failing(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(ValueError, match="no"), breaker.attempt():
            raise ValueError("no")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures=3, pause_s=60, clock=clock)


def test_it_opens_after_the_third_failure_in_a_row(breaker: CircuitBreaker) -> None:
    failing(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    failing(breaker)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(BreakerOpenError), breaker.attempt():
        pytest.fail("no call is made while it is open")


def test_a_success_in_between_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    failing(breaker, 2)
    with breaker.attempt():
        pass
    failing(breaker, 2)
    assert breaker.state is BreakerState.CLOSED


def test_it_stays_open_for_the_pause_and_then_lets_one_call_probe(breaker: CircuitBreaker, clock: Clock) -> None:
    failing(breaker, 3)
    clock.now += 59.9
    assert breaker.state is BreakerState.OPEN
    clock.now += 0.2
    assert breaker.state is BreakerState.HALF_OPEN
    with breaker.attempt(), pytest.raises(BreakerOpenError), breaker.attempt():
        pytest.fail("one probe at a time")
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    failing(breaker, 3)
    clock.now += 61
    failing(breaker)
    assert breaker.state is BreakerState.OPEN
    clock.now += 59
    assert breaker.state is BreakerState.OPEN
    clock.now += 2
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_cancelled_probe_leaves_the_place_to_another(breaker: CircuitBreaker, clock: Clock) -> None:
    failing(breaker, 3)
    clock.now += 61
    with pytest.raises(asyncio.CancelledError), breaker.attempt():
        raise asyncio.CancelledError
    assert breaker.state is BreakerState.HALF_OPEN


def test_failures_of_calls_begun_before_it_opened_do_not_prolong_the_pause(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    late = breaker.attempt()
    late.__enter__()
    failing(breaker, 3)
    clock.now += 50
    assert not late.__exit__(ValueError, ValueError("late"), None)
    clock.now += 11
    assert breaker.state is BreakerState.HALF_OPEN
