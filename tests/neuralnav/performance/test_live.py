"""Requests that become known when they come, and some that are cancelled."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neuralnav.performance.routing import serve
from tests.neuralnav.performance import step_by_step
from tests.neuralnav.performance.live import serve_live
from tests.neuralnav.performance.loads import Case, cases, even_tables, limits_of, requests_of

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)


@given(cases())
@EXAMPLES
def test_who_comes_unannounced_is_served_as_if_all_had_been_known_to_the_bit(case: Case) -> None:
    live, _ = serve_live(case.requests, case.tables, case.limits, {})
    known = serve(case.requests, case.tables, case.limits)
    assert live.first_token_s.tobytes() == known.first_token_s.tobytes()
    assert live.finish_s.tobytes() == known.finish_s.tobytes()
    assert live.preemptions.tobytes() == known.preemptions.tobytes()
    assert (live.steps, live.peak_kv_bytes) == (known.steps, known.peak_kv_bytes)
    np.testing.assert_allclose([live.busy_s, live.running_s], [known.busy_s, known.running_s], rtol=1e-9)


@given(cases(), st.integers(0, 2**32 - 1))
@EXAMPLES
def test_cancelling_equals_taking_each_step_and_token(case: Case, seed: int) -> None:
    generator = np.random.default_rng(seed)
    known = serve(case.requests, case.tables, case.limits)
    gone = np.flatnonzero(generator.random(len(case.requests)) < 0.4)
    stay_s = (known.finish_s - known.arrival_s) * generator.uniform(0, 1.2, len(case.requests))
    cancelled_s = {int(number): float(known.arrival_s[number] + stay_s[number]) for number in gone}
    served, live = serve_live(case.requests, case.tables, case.limits, cancelled_s)
    load = reference(case, cancelled_s)
    assume(not load.replicas[0].ambiguous)
    finish_s = [0.0 if math.isnan(sequence.finish_s) else sequence.finish_s for sequence in load.sequences]
    np.testing.assert_allclose(served.finish_s, finish_s, rtol=1e-9)
    first_token_s = [
        0.0 if math.isnan(sequence.first_token_s) else sequence.first_token_s for sequence in load.sequences
    ]
    # Who decodes has had its first token; who was cancelled in the step of its first token has not.
    np.testing.assert_allclose(served.first_token_s, first_token_s, rtol=1e-9)
    replica = live.replica
    counts = (replica.unfinished, replica.running, replica.kv_bytes, replica.decoding, replica.context)
    assert counts == (0, 0, 0, 0, 0)
    assert (replica.round_bytes, replica.window_context, replica.in_window) == (0, 0, 0)
    assert not any(live.machine.demand)


def reference(case: Case, cancelled_s: dict[int, float]) -> step_by_step.Load:
    """The same load step by step and token by token."""
    replica = step_by_step.Replica(case.tables, case.limits)
    sequences = step_by_step._sequences(case.requests)
    replica.waiting.extend(sequences)
    for at_s, number in sorted((at_s, number) for number, at_s in cancelled_s.items()):
        replica.run_until(at_s)
        sequence = sequences[number]
        if sequence in replica.waiting:
            replica.waiting.remove(sequence)
        elif sequence in replica.running:
            replica.running.remove(sequence)
            ghost = replace(sequence, output_tokens=10**9)  # the step under way computes it to the end
            replica.scheduled = [(ghost if other is sequence else other, new) for other, new in replica.scheduled]
    replica.run_until(math.inf)
    return step_by_step.Load(sequences, [replica])


def test_who_is_cancelled_leaves_its_place_to_the_next_when_the_step_ends() -> None:
    requests = requests_of((0, 10, 100), (0, 10, 3))
    served, _ = serve_live(requests, even_tables(), limits_of(max_num_seqs=1), {0: 4.5})
    assert served.first_token_s.tolist() == [1, 6]
    assert served.finish_s.tolist() == [0, 8]


def test_a_prefill_that_is_cancelled_gives_its_chunks_back() -> None:
    requests = requests_of((0, 100, 5), (0, 90, 1))
    limits = limits_of(blocks=7, max_num_batched_tokens=32, max_num_seqs=8)
    served, live = serve_live(requests, even_tables(), limits, {0: 1.5})
    assert served.first_token_s.tolist() == [0, 5]
    assert served.peak_kv_bytes == 6
    assert live.replica.kv_bytes == 0
