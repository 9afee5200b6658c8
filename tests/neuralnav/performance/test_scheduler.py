"""What one replica does, step by step, and that taking steps at once changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.performance.arrivals import Requests
from neuralnav.performance.compiled import COMPILES
from neuralnav.performance.decoding import context_of
from neuralnav.performance.kv_cache import held_bytes
from neuralnav.performance.routing import Served, _new_fleet, serve, serve_closed_loop
from neuralnav.performance.scheduler import begin_steps, end_steps
from neuralnav.performance.state import NONE, Machine, enqueue
from tests.neuralnav.performance import step_by_step
from tests.neuralnav.performance.loads import (
    Case,
    cases,
    chat_requests,
    even_tables,
    h100_limits,
    h100_tables,
    limits_of,
    requests_of,
)

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)
SAME = {"rtol": 1e-9, "atol": 0.0}


def assert_same(served: Served, load: step_by_step.Load) -> None:
    for name in ("arrival_s", "first_token_s", "finish_s"):
        np.testing.assert_allclose(getattr(served, name), [getattr(s, name) for s in load.sequences], **SAME)
    assert served.preemptions.tolist() == [sequence.preemptions for sequence in load.sequences]
    assert served.replica.tolist() == [sequence.replica for sequence in load.sequences]
    assert served.steps == sum(replica.steps for replica in load.replicas)
    assert served.peak_kv_bytes == max(replica.peak_kv_bytes for replica in load.replicas)
    np.testing.assert_allclose(served.busy_s, sum(replica.busy_s for replica in load.replicas), **SAME)
    np.testing.assert_allclose(served.running_s, sum(replica.running_s for replica in load.replicas), **SAME)


@given(cases())
@EXAMPLES
def test_jumping_over_steps_equals_taking_each(case: Case) -> None:
    served = serve(case.requests, case.tables, case.limits)
    assert_same(served, step_by_step.serve(case.requests, case.tables, case.limits))


@given(cases(), st.integers(1, 12))
@EXAMPLES
def test_jumping_over_steps_equals_taking_each_in_a_closed_loop(case: Case, concurrency: int) -> None:
    served = serve_closed_loop(case.requests, concurrency, case.tables, case.limits)
    assert_same(served, step_by_step.serve_closed_loop(case.requests, concurrency, case.tables, case.limits))


@given(cases(), st.integers(1, 12), st.sampled_from([0.001, 0.0717, 1.3]))
@EXAMPLES
def test_jumping_over_steps_equals_taking_each_with_clients_that_pause(
    case: Case, concurrency: int, pause_s: float
) -> None:
    served = serve_closed_loop(case.requests, concurrency, case.tables, case.limits, pause_s=pause_s)
    load = step_by_step.serve_closed_loop(case.requests, concurrency, case.tables, case.limits, pause_s)
    assume(not load.replicas[0].ambiguous)
    assert_same(served, load)


def test_jumping_over_steps_equals_taking_each_with_hundreds_of_sequences() -> None:
    requests, limits = chat_requests(60, qps=100, seed=3), h100_limits(kv_cache_gib=2)
    served = serve(requests, h100_tables(), limits)
    assert served.preemptions.sum() > 0
    assert_same(served, step_by_step.serve(requests, h100_tables(), limits))


def test_a_request_gets_its_first_token_with_its_prompt_and_one_more_each_step() -> None:
    served = serve(requests_of((0, 100, 5)), even_tables(), limits_of())
    assert (served.first_token_s[0], served.finish_s[0]) == (1, 5)


def test_one_output_token_ends_with_the_prompt() -> None:
    served = serve(requests_of((0, 100, 1)), even_tables(), limits_of())
    assert served.first_token_s[0] == served.finish_s[0] == 1


def test_a_prompt_beyond_the_token_budget_is_computed_in_chunks() -> None:
    served = serve(requests_of((0, 2049, 1)), even_tables(), limits_of(max_num_batched_tokens=1024))
    assert served.first_token_s[0] == 3


def test_decoding_comes_first_and_prompts_share_what_is_left_of_the_budget() -> None:
    requests = requests_of((0, 4, 10), (1, 20, 1), (1, 5, 1))
    served = serve(requests, even_tables(), limits_of(max_num_batched_tokens=11, max_num_seqs=4))
    assert served.first_token_s.tolist() == [1, 3, 4]  # chunks of 10 + 0, 10 + 0 and 5 tokens beside one that decodes


def test_cached_prompt_tokens_are_not_computed_but_count_in_the_cache() -> None:
    requests = Requests(np.zeros(1), np.array([100]), np.array([1]), np.array([96]))
    served = serve(requests, even_tables(0.0, 1.0), limits_of())
    assert (served.first_token_s[0], served.peak_kv_bytes) == (4, 7)


def test_no_more_than_max_num_seqs_run_at_a_time() -> None:
    served = serve(requests_of(*[(0, 10, 4)] * 5), even_tables(), limits_of(max_num_seqs=2))
    assert served.first_token_s.tolist() == [1, 1, 5, 5, 9]


def test_a_request_waits_until_the_cache_has_room_for_its_whole_prompt_even_where_its_first_chunk_fits() -> None:
    requests = requests_of((0, 64, 6), (0, 96, 1), (0, 1, 1))
    limits = limits_of(blocks=10, max_num_batched_tokens=72, max_num_seqs=8)
    served = serve(requests, even_tables(), limits)
    assert served.first_token_s.tolist() == [1, 8, 8]  # 5 + 6 blocks do not fit; nobody overtakes


def test_who_was_admitted_last_is_preempted_when_blocks_run_out_and_computed_anew() -> None:
    requests = requests_of((0, 15, 20), (0, 15, 20))
    served = serve(requests, even_tables(), limits_of(blocks=3))
    assert served.preemptions.tolist() == [0, 1]
    # After step 2 both have filled a block with 16 tokens. In step 3 the first takes the last block, and the second,
    # with 2 tokens generated, gives its own back. Its 17 tokens need two blocks, which are free after step 20.
    assert served.finish_s.tolist() == [20, 38]
    assert served.first_token_s.tolist() == [1, 1]


def test_nobody_is_admitted_in_a_step_that_preempted() -> None:
    requests = requests_of((0, 16, 3), (0, 16, 3), (1, 1, 1))
    served = serve(requests, even_tables(), limits_of(blocks=3, max_num_batched_tokens=64, max_num_seqs=4))
    assert served.preemptions.tolist() == [0, 1, 0]
    assert served.finish_s.tolist() == [3, 5, 4]


def test_alone_the_first_token_takes_the_steps_of_the_prompt() -> None:
    tables, requests = h100_tables(), chat_requests(20, qps=1e-3)
    served = serve(requests, tables, h100_limits())
    pairs = requests.prompt_tokens * (requests.prompt_tokens + 1) / 2
    prefill_s = (
        tables.tokens_s[requests.prompt_tokens]
        + tables.sampled_s[1]
        + tables.decode_s[0]
        + tables.prefill_s
        + tables.prompt_token_s * requests.prompt_tokens
        + tables.pair_s * pairs
    )
    np.testing.assert_allclose(served.first_token_s - served.arrival_s, prefill_s, rtol=1e-9)


def test_clients_of_a_closed_loop_send_when_they_are_answered_and_have_paused() -> None:
    requests = requests_of(*[(99, 10, 3)] * 3)
    served = serve_closed_loop(requests, 2, even_tables(), limits_of(), pause_s=0.5)
    assert served.arrival_s.tolist() == [0, 0, 3.5]
    assert served.finish_s.tolist() == [3, 3, 6.5]


def test_more_clients_than_requests_are_a_static_batch() -> None:
    requests = requests_of((0, 10, 3), (0, 20, 5))
    closed = serve_closed_loop(requests, 100, even_tables(), limits_of())
    assert closed.finish_s.tolist() == serve(requests, even_tables(), limits_of()).finish_s.tolist()


@given(cases())
@EXAMPLES
def test_every_request_ends_once_within_the_cache(case: Case) -> None:
    served = serve(case.requests, case.tables, case.limits)
    assert np.all(served.arrival_s < served.first_token_s)
    decoded = case.requests.output_tokens > 1
    assert np.all((served.first_token_s < served.finish_s) == decoded)
    assert 0 <= served.peak_kv_bytes <= case.limits.kv_cache_bytes
    longest_run_s = np.max(served.finish_s)
    assert served.busy_s <= longest_run_s * (1 + 1e-9)
    assert served.running_s <= case.limits.max_num_seqs * served.busy_s * (1 + 1e-9)


@given(cases())
@settings(EXAMPLES, max_examples=60)
def test_what_a_replica_counts_is_what_its_running_requests_add_up_to(case: Case) -> None:
    fleet = _new_fleet(case.requests, case.tables, case.limits, 1)
    replica, requests = fleet.replicas[0], fleet.requests
    machine = Machine(fleet.tables, fleet.limits, fleet.demands[0], fleet.agendas[0])
    for number in range(len(requests)):
        enqueue(replica, requests, number)
    while begin_steps(replica, requests, machine, np.inf):
        assert field(replica, "kv_bytes") <= case.limits.kv_cache_bytes
        end_steps(replica, requests, machine)
        running = running_requests(replica, requests)
        prefilling = field(replica, "prefilling")
        decoding = [requests[number] for number in running if number != prefilling]
        contexts = [context_of(replica, request) for request in decoding]
        cached = [context - 1 for context in contexts]
        if prefilling != NONE:
            assert running[0] == prefilling
            cached.append(field(requests[prefilling], "computed_tokens"))
        assert field(replica, "kv_bytes") == sum(held_bytes(case.limits, tokens) for tokens in cached)
        assert field(replica, "running") == len(running)
        assert field(replica, "decoding") == len(decoding)
        assert field(replica, "context") == sum(contexts)
        assert field(replica, "window_context") == sum(min(context, case.tables.window) for context in contexts)
        assert field(replica, "in_window") == sum(context < case.tables.window for context in contexts)
        assert field(replica, "round_bytes") == sum(machine.demand) == sum(field(r, "block_bytes") for r in decoding)
        assert sorted(machine.agenda[: len(decoding)]) == sorted(
            field(requests[number], "next_change") * len(requests) + number
            for number in running
            if number != prefilling
        )
    assert field(replica, "kv_bytes") == field(replica, "unfinished") == field(replica, "running") == 0


def running_requests(replica: Any, requests: Any) -> list[int]:
    """Their numbers, the last admitted first."""
    numbers = [field(replica, "last_running")]
    while numbers[-1] != NONE:
        numbers.append(field(requests[numbers[-1]], "ahead"))
    return numbers[:-1]


def field(row: Any, name: str) -> Any:
    return row[name] if COMPILES else getattr(row, name)


def test_every_token_is_computed_once_where_nobody_is_preempted() -> None:
    requests = chat_requests(2000, qps=30, hit_ratio=0.4)
    tables = even_tables(step_s=0.0, token_s=1e-5, size=8192)
    served = serve(requests, tables, h100_limits())
    computed = requests.prompt_tokens - requests.cached_tokens + requests.output_tokens - 1
    assert served.preemptions.sum() == 0
    assert served.busy_s == pytest.approx(1e-5 * computed.sum(), rel=1e-9)


def test_the_same_load_gives_the_same_bytes() -> None:
    first, again = (serve(chat_requests(500, qps=20), h100_tables(), h100_limits()) for _ in range(2))
    assert first.finish_s.tobytes() == again.finish_s.tobytes()
    assert first.first_token_s.tobytes() == again.first_token_s.tobytes()


def test_interpreted_and_compiled_code_give_the_same_bytes() -> None:
    interpreted, compiled = (_outcomes_of_a_process(NUMBA_DISABLE_JIT=flag) for flag in "10")
    assert interpreted.pop("compiles") is False
    compiled.pop("compiles")
    assert interpreted == compiled


def _outcomes_of_a_process(**environment: str) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.neuralnav.performance.outcomes"]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=120
    )
    outcomes: dict[str, object] = json.loads(done.stdout)
    return outcomes


def test_a_load_far_beyond_capacity_ends() -> None:
    served = serve(chat_requests(20_000, qps=1e5), h100_tables(), h100_limits(kv_cache_gib=8))
    assert np.isfinite(served.finish_s).all()
    assert served.preemptions.sum() > 0


@pytest.mark.parametrize(
    ("requests", "problem"),
    [
        (requests_of((0, 150, 12)), ("prompt_tokens of request 0", 150)),
        (requests_of((0, 1, 1), (0, 0, 1)), ("prompt_tokens of request 1", 0)),
        (requests_of((0, 1, 0)), ("output_tokens of request 0", 0)),
        (requests_of((-1, 1, 1)), ("arrival_s of request 0", -1)),
        (requests_of((2, 1, 1), (1, 1, 1)), ("arrival_s of request 1", 1)),
        (Requests(np.zeros(1), np.array([5]), np.array([5]), np.array([5])), ("cached_tokens of request 0", 5)),
    ],
)
def test_a_request_that_can_never_be_served_is_refused(requests: Requests, problem: tuple[str, float]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        serve(requests, even_tables(), limits_of(blocks=10))
    assert (refused.value.problems[0].field, refused.value.problems[0].value) == problem


def test_the_longest_request_that_fits_is_served() -> None:
    served = serve(requests_of((0, 150, 11)), even_tables(), limits_of(blocks=10))
    assert served.finish_s[0] == 11


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_num_seqs": 0}, "max_num_seqs"),
        ({"max_num_seqs": 5000}, "max_num_seqs"),
        ({"max_num_batched_tokens": 255}, "max_num_batched_tokens"),
        ({"max_num_batched_tokens": 4097}, "max_num_batched_tokens"),
        ({"block_tokens": 0}, "block_tokens"),
        ({"kv_cache_bytes": -1}, "kv_cache_bytes"),
    ],
)
def test_limits_that_contradict_each_other_or_the_step_times_are_refused(change: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        serve(requests_of((0, 1, 1)), even_tables(), limits_of()._replace(**change))
    assert refused.value.problems[0].field == field


@pytest.mark.parametrize("arguments", [{"concurrency": 0}, {"concurrency": 1, "pause_s": -1.0}])
def test_clients_that_cannot_be_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError):
        serve_closed_loop(requests_of((0, 1, 1)), tables=even_tables(), limits=limits_of(), **arguments)
