"""The schedule of requests that come one by one is that of the simulation which knows them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.routing import serve
from simulator.engine.prefix_cache import block_keys
from simulator.engine.schedule import Schedule
from simulator.engine.sequences import GeneratedSequence, Phase
from tests.neuralnav.performance.loads import Case, cases, even_tables, limits_of

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)


def sequence_of(prompt: list[int], answer: Sequence[int], output: int, size: int) -> GeneratedSequence:
    keys = block_keys(prompt, size)
    return GeneratedSequence(len(prompt), output, keys, prompt[len(keys) * size :], answer)


class Recorded:
    """A load given to a schedule at its recorded times, and the times at which each request got its tokens."""

    def __init__(self, case: Case, prompts: list[list[int]], *, most: int = 0, prefix_caching: bool = True) -> None:
        self.schedule = Schedule(case.tables, case.limits, most or len(case.requests), prefix_caching=prefix_caching)
        outputs = case.requests.output_tokens.tolist()
        self.sequences = [
            sequence_of(prompt, range(output), output, case.limits.block_tokens)
            for prompt, output in zip(prompts, outputs, strict=True)
        ]
        self.token_times: dict[GeneratedSequence, list[float]] = {sequence: [] for sequence in self.sequences}

    def run(self, arrivals: list[float], cancelled: dict[int, float]) -> None:
        events = [(at_s, 0, number) for number, at_s in enumerate(arrivals)]
        events += [(at_s, 1, number) for number, at_s in cancelled.items()]
        for at_s, goes, number in sorted(events):
            self.run_until(at_s)
            sequence = self.sequences[number]
            if not goes:
                self.schedule.enqueue(sequence, at_s)
            elif sequence.phase is not Phase.ENDED:
                self.schedule.cancel(sequence)
        self.run_until(math.inf)

    def run_until(self, at_s: float) -> None:
        while self.schedule.due_s < at_s:
            due_s = self.schedule.due_s
            for sequence in self.schedule.step():
                assert sequence.token_s == due_s
                self.token_times[sequence].append(due_s)
            assert 0 <= self.schedule.kv_bytes <= self.schedule._limits.kv_cache_bytes
            assert self.schedule.due_s >= due_s


def prompts_of(case: Case, seed: int) -> list[list[int]]:
    """Prompts of the case's lengths that share beginnings, some of them with prompt and answer of others."""
    generator = np.random.default_rng(seed)
    documents = generator.integers(0, 1000, (3, 200))
    documents[2, 30:] = range(170)
    prompts = [documents[generator.integers(3)][:length].tolist() for length in case.requests.prompt_tokens]
    for prompt in prompts:
        prompt[len(prompt) - len(prompt) // 4 :] = generator.integers(0, 1000, len(prompt) // 4).tolist()
    return prompts


@given(cases(), st.integers(0, 2**32 - 1))
@EXAMPLES
def test_recorded_arrivals_have_the_times_of_the_simulation_to_the_bit(case: Case, seed: int) -> None:
    caching = seed % 3 > 0
    recorded = Recorded(case, prompts_of(case, seed), prefix_caching=caching)
    recorded.run(case.requests.arrival_s.tolist(), {})
    sequences = recorded.sequences
    cached_tokens = np.array([sequence.cached_tokens for sequence in sequences])
    assert caching or not cached_tokens.any()
    served = serve(replace(case.requests, cached_tokens=cached_tokens), case.tables, case.limits)
    assert [sequence.first_token_s for sequence in sequences] == served.first_token_s.tolist()
    assert [sequence.finish_s for sequence in sequences] == served.finish_s.tolist()
    assert [sequence.preemptions for sequence in sequences] == served.preemptions.tolist()
    times = list(recorded.token_times.values())
    assert [len(each) for each in times] == case.requests.output_tokens.tolist()
    assert [each[0] for each in times] == served.first_token_s.tolist()
    assert all(each == sorted(set(each)) for each in times)


@given(cases(), st.integers(0, 2**32 - 1))
@settings(EXAMPLES, max_examples=40)
def test_rows_of_those_who_have_ended_serve_the_next_ones(case: Case, seed: int) -> None:
    rounds, count = 3, len(case.requests)
    uncached = replace(case.requests, cached_tokens=np.zeros(count, np.int64))
    apart_s = 2 * float(serve(uncached, case.tables, case.limits).finish_s.max())
    again = Requests(
        np.concatenate([case.requests.arrival_s + apart_s * turn for turn in range(rounds)]),
        *(np.tile(getattr(case.requests, name), rounds) for name in ("prompt_tokens", "output_tokens")),
        cached_tokens=np.zeros(rounds * count, np.int64),
    )
    longer = replace(case, requests=again)
    recorded = Recorded(longer, prompts_of(longer, seed), most=count, prefix_caching=False)
    recorded.run(again.arrival_s.tolist(), {})
    served = serve(again, case.tables, case.limits)
    assert [sequence.finish_s for sequence in recorded.sequences] == served.finish_s.tolist()


@given(cases(), st.integers(0, 2**32 - 1))
@EXAMPLES
def test_whoever_is_cancelled_whenever_nothing_is_left_and_all_others_end(case: Case, seed: int) -> None:
    generator = np.random.default_rng(seed)
    served = serve(case.requests, case.tables, case.limits)
    stay_s = (served.finish_s - served.arrival_s) * generator.uniform(0, 1.2, len(case.requests))
    gone = np.flatnonzero(generator.random(len(case.requests)) < 0.4)
    recorded = Recorded(case, prompts_of(case, seed))
    recorded.run(
        case.requests.arrival_s.tolist(),
        {int(number): float(case.requests.arrival_s[number] + stay_s[number]) for number in gone},
    )
    schedule = recorded.schedule
    assert (schedule.running, schedule.waiting, schedule.kv_bytes, schedule.due_s) == (0, 0, 0, math.inf)
    assert not schedule._prefixes._users
    for number, sequence in enumerate(recorded.sequences):
        assert sequence.phase is Phase.ENDED
        assert len(recorded.token_times[sequence]) == sequence.tokens
        assert (sequence.finish_s is None) == (sequence.tokens < sequence.output_tokens)
        assert sequence.finish_s is not None or number in gone
    assert schedule.totals.generation_tokens == sum(sequence.tokens for sequence in recorded.sequences)


def test_the_kv_cache_holds_what_the_step_under_way_takes_and_not_what_later_ones_will() -> None:
    schedule = Schedule(even_tables(), limits_of(blocks=100), 4, prefix_caching=False)
    schedule.enqueue(GeneratedSequence(16, 100), 0.0)
    blocks = []
    while schedule.due_s < 40:
        schedule.step()
        blocks.append(schedule.kv_bytes)
    assert blocks == [1] + [2] * 16 + [3] * 16 + [4] * 7


def test_a_newcomer_shares_blocks_with_those_of_the_same_step() -> None:
    schedule = Schedule(even_tables(), limits_of(), 4, prefix_caching=True)
    prompt = list(range(40))
    first, second, other = (GeneratedSequence(len(p), 2, block_keys(p, 16)) for p in (prompt, prompt, prompt[1:]))
    for sequence in (first, second, other):
        schedule.enqueue(sequence, 0.0)
    schedule.step()
    assert [sequence.cached_tokens for sequence in (first, second, other)] == [0, 32, 0]


def test_what_an_answer_left_is_found_by_the_prompt_that_repeats_it_up_to_its_last_computed_block() -> None:
    prompt, answer = list(range(40)), list(range(500, 560))
    for got, blocks in ((60, 6), (57, 6), (56, 5), (9, 3), (8, 2), (1, 2)):
        schedule = Schedule(even_tables(), limits_of(), 4, prefix_caching=True)
        schedule.enqueue(sequence_of(prompt, answer, got, 16), 0.0)
        run(schedule)
        repeated = sequence_of([*prompt, *answer[:got], *range(900, 950)], [], 1, 16)
        schedule.enqueue(repeated, 100.0)
        run(schedule)
        assert repeated.cached_tokens == 16 * blocks, got


def test_what_a_cancelled_answer_had_is_found_and_what_it_never_got_is_not() -> None:
    schedule = Schedule(even_tables(), limits_of(), 4, prefix_caching=True)
    prompt, answer = list(range(16)), list(range(500, 600))
    cancelled = sequence_of(prompt, answer, 100, 16)
    schedule.enqueue(cancelled, 0.0)
    while cancelled.tokens < 33:
        schedule.step()
    schedule.cancel(cancelled)
    repeated = sequence_of([*prompt, *answer], [], 1, 16)
    schedule.enqueue(repeated, 100.0)
    run(schedule)
    assert repeated.cached_tokens == 48
    assert not schedule._prefixes._users


def run(schedule: Schedule) -> None:
    while schedule.due_s < math.inf:
        schedule.step()
