"""Simulations in worker processes: the same results, within the time given, and no process is left behind."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import numpy as np
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import UseCase
from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.performance.sweep_simulation import simulate
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services import sweeping
from neuralnav.services.sweeping import QUEUED_A_WORKER, LocalSweeper
from tests.neuralnav.planning.small import small

LONG_S = 120.0


def sweeps(count: int, engines: int = 1) -> list[Sweep]:
    """So many sweeps of so many engines each."""
    reference = small(read_seeds())
    specification = specify(DeploymentIntent(use_case=UseCase.CHATBOT, user_count=100), reference.use_cases)
    planner = Planner(reference)
    wanted = planner.runnable(specification)
    rows = np.resize(wanted.rows, count * engines).reshape(count, engines)
    return [planner.surfaces.sweep(wanted.shape, chosen, 8192) for chosen in rows]


@pytest.fixture(scope="module")
def some() -> list[Sweep]:
    return sweeps(12)


@pytest.fixture(scope="module")
def sweeper(some: list[Sweep]) -> Iterator[LocalSweeper]:
    """Two workers that all tests share which leave them alive."""
    with LocalSweeper(2) as sweeper:
        sweeper.warm_up(some[0])
        yield sweeper


def same(one: Surfaces, other: Surfaces) -> bool:
    return all(getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes() for field in fields(Surfaces))


def children(parent: int) -> set[int]:
    """Processes that ``parent`` started and that are still alive."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue
        state, ppid = rest.split()[:2]
        if int(ppid) == parent and state != "Z":
            found.add(int(name.split()[0]))
    return found


def workers_of(sweeper: LocalSweeper) -> set[int]:
    """Its processes; those that other sweepers of this program have are theirs."""
    assert sweeper._pool is not None
    return set(sweeper._pool._processes)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_give_the_very_results_of_this_process(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    found = dict(sweeper.run(iter(some), LONG_S))
    assert sorted(found) == list(range(len(some)))
    assert all(same(found[number], simulate(sweep)) for number, sweep in enumerate(some))


def test_nothing_to_do_is_done_at_once(sweeper: LocalSweeper) -> None:
    assert not list(sweeper.run(iter(()), LONG_S))


def test_without_any_time_nothing_is_done(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    assert not list(sweeper.run(iter(some), 0.0))


def test_two_runs_at_once_both_end_with_all_their_results(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    one, other = sweeper.run(iter(some[:6]), LONG_S), sweeper.run(iter(some[6:]), LONG_S)
    first = next(one)
    assert sorted(number for number, _ in other) == list(range(6))
    assert sorted([first[0], *(number for number, _ in one)]) == list(range(6))


def test_sweeps_are_taken_only_a_few_ahead(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    taken: list[int] = []

    def watched() -> Iterator[Sweep]:
        for number, sweep in enumerate(some):
            taken.append(number)
            yield sweep

    steps = sweeper.run(watched(), LONG_S)
    next(steps)
    assert len(taken) <= 2 * QUEUED_A_WORKER
    steps.close()  # type: ignore[attr-defined]
    assert len(taken) <= 2 * QUEUED_A_WORKER


def test_after_the_deadline_nothing_more_is_begun(
    sweeper: LocalSweeper, some: list[Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow whoever takes the results is, and whether or not results are ready by then."""
    now, taken = [0.0], []
    monkeypatch.setattr(sweeping, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def watched() -> Iterator[Sweep]:
        for number, sweep in enumerate(some * 20):
            taken.append(number)
            yield sweep

    steps = sweeper.run(watched(), 60.0)
    next(steps)
    begun, now[0] = len(taken), 61.0
    rest = list(steps)
    assert len(taken) == begun
    assert len(rest) < begun


def test_a_run_that_is_left_halfway_leaves_the_workers_for_the_next(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    steps = sweeper.run(iter(some), LONG_S)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert len(list(sweeper.run(iter(some[:3]), LONG_S))) == 3


def test_workers_that_die_end_the_run_with_a_line_in_the_log_and_the_next_run_has_new_ones(
    some: list[Sweep], caplog: pytest.LogCaptureFixture
) -> None:
    with LocalSweeper(1) as mortal:
        steps = mortal.run(iter(some * 50), LONG_S)
        next(steps)
        started = workers_of(mortal)
        assert started
        with caplog.at_level(logging.WARNING):
            for worker in started:
                os.kill(worker, signal.SIGKILL)
            rest = list(steps)
        assert len(rest) < 50 * len(some) - 1
        assert "died" in caplog.text
        assert len(list(mortal.run(iter(some[:2]), LONG_S))) == 2


def test_an_error_of_a_simulation_names_its_cause(sweeper: LocalSweeper, some: list[Sweep]) -> None:
    tiny = replace(some[0].engines, kv_cache_bytes=np.array([1e6]))
    with pytest.raises(InvalidInputError, match="KV cache"):
        list(sweeper.run(iter([replace(some[0], engines=tiny)]), LONG_S))
    assert len(list(sweeper.run(iter(some[:2]), LONG_S))) == 2


def test_closing_ends_the_workers_and_a_closed_sweeper_starts_new_ones_when_asked(some: list[Sweep]) -> None:
    brief = LocalSweeper(1)
    assert len(list(brief.run(iter(some[:1]), LONG_S))) == 1
    workers = workers_of(brief)
    assert workers
    brief.close()
    brief.close()
    _wait_until_gone(workers)
    assert len(list(brief.run(iter(some[:1]), LONG_S))) == 1
    brief.close()


def test_closing_during_a_run_ends_it_early_and_starts_nothing_anew(some: list[Sweep]) -> None:
    brief = LocalSweeper(1)
    steps = brief.run(iter(some * 100), LONG_S)
    next(steps)
    workers = workers_of(brief)
    brief.close()
    assert len(list(steps)) < 2 * QUEUED_A_WORKER
    assert brief._pool is None
    _wait_until_gone(workers)


def test_a_sweeper_that_is_never_asked_starts_nothing() -> None:
    code = """
import os
from neuralnav.services.sweeping import LocalSweeper
from tests.neuralnav.services.test_sweeping import children
with LocalSweeper():
    print(len(children(os.getpid())))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "0"


PARENT = """
import os, sys
from neuralnav.services.sweeping import LocalSweeper
from tests.neuralnav.services.test_sweeping import children, sweeps
if __name__ == "__main__":
    steps = LocalSweeper(2).run(iter(sweeps(1) * 100_000), 600.0)
    next(steps)
    print(*children(os.getpid()), flush=True)
    for _ in steps:
        pass
"""


def test_workers_end_soon_after_a_parent_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = {int(process) for process in parent.stdout.readline().split()}
        assert len(workers) >= 2
        parent.kill()
    _wait_until_gone(workers)


def test_a_program_that_ends_without_closing_its_sweeper_ends() -> None:
    code = """
from neuralnav.services.sweeping import LocalSweeper
from tests.neuralnav.services.test_sweeping import sweeps
sweeper = LocalSweeper(1)
print(len(list(sweeper.run(iter(sweeps(2)), 120.0))))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "2"), ran.stderr
    assert not ran.stderr


def _wait_until_gone(processes: set[int], patience_s: float = 30.0) -> None:
    """Look again and again, without sleeping on a guess."""
    until = monotonic() + patience_s
    while any(is_alive(process) for process in processes):
        assert monotonic() < until, f"still alive: {[process for process in processes if is_alive(process)]}"
        os.sched_yield()
