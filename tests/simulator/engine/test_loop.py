"""The engine in real time, on a clock that the tests move: each step takes a second."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from neuralnav.errors import InvalidInputError
from simulator.engine.errors import EngineStoppedError, QueueFullError
from simulator.engine.generation import Tokens
from simulator.engine.loop import RealTimeEngine
from tests.neuralnav.performance.loads import limits_of
from tests.simulator.engine.engines import FITS, engine_of, read
from tests.simulator.engine.timers import SimulatedTimers, readers

PROMPT = list(range(16))


async def test_tokens_come_when_the_steps_end() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 3)
        reading = asyncio.create_task(read(generation))
        await timers.run_until(1000.9)
        assert generation.first_token_s is None
        assert generation.admitted_s == 1000
        await timers.run_until(1010)
    assert await reading == [Tokens(0, 1, 1001), Tokens(1, 1, 1002), Tokens(2, 1, 1003)]
    assert (generation.arrival_s, generation.first_token_s, generation.finish_s) == (1000, 1001, 1003)
    assert generation.finish_reason == "length"


async def test_who_watches_is_told_of_each_token_and_its_time_though_nobody_reads() -> None:
    timers = SimulatedTimers()
    told = []
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 5, watch=lambda about, at_s: told.append((about, at_s, about.finish_s)))
        await timers.run_until(1001.5)
        assert engine.running == engine.stats().running == 1
        await timers.be_late(10)
        assert engine.running == 0
    assert [(about, at_s) for about, at_s, _ in told] == [(generation, 1001.0 + step) for step in range(5)]
    assert [finish_s for _, _, finish_s in told] == [None] * 4 + [1005]


async def test_a_time_scale_makes_everything_faster() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), time_scale=10, timers=timers) as engine:
        reading = asyncio.create_task(read(engine.submit(PROMPT, 3)))
        await timers.run_until(1001)
    assert [tokens.scheduled_s for tokens in await reading] == pytest.approx([1000.1, 1000.2, 1000.3])


async def test_a_reader_who_lags_gets_all_that_is_there_at_once() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 100)
        await timers.run_until(1040)
        assert await anext(generation) == Tokens(0, 40, 1040)
        await timers.run_until(1100)
        assert await anext(generation) == Tokens(40, 60, 1100)
        with pytest.raises(StopAsyncIteration):
            await anext(generation)


async def test_what_is_unread_comes_in_bounded_portions() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 600)
        await timers.run_until(1700)
        assert await read(generation) == [Tokens(0, 256, 1600), Tokens(256, 256, 1600), Tokens(512, 88, 1600)]


async def test_after_a_delay_late_tokens_come_together_and_later_ones_on_time() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        reading = asyncio.create_task(read(engine.submit(PROMPT, 6)))
        await timers.run_until(1001)
        await timers.be_late(3.5)
        assert engine.stats().lag_p95_s > 2
        await timers.run_until(1010)
    assert await reading == [Tokens(0, 1, 1001), Tokens(1, 3, 1004), Tokens(4, 1, 1005), Tokens(5, 1, 1006)]


async def test_who_comes_during_a_delay_is_scheduled_by_when_it_came() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        engine.submit(PROMPT, 100)
        await timers.run_until(1001)
        timers.now_s = 1005.5
        late = engine.submit(PROMPT, 1)
        await timers.run_until(1010)
        assert (late.arrival_s, late.admitted_s, late.finish_s) == (1005.5, 1006, 1007)


async def test_more_steps_than_a_turn_takes_are_made_up_for_in_several() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        reading = asyncio.create_task(read(engine.submit(PROMPT, 500)))
        await timers.run_until(1001)
        await timers.be_late(400)
        await timers.run_until(1500)
    assert sum(tokens.count for tokens in await reading) == 500


@pytest.mark.parametrize("at_s", [1000.5, 1001.5, 1030.5])
async def test_cancelling_in_prefill_or_decoding_frees_place_and_blocks_at_once(at_s: float) -> None:
    timers = SimulatedTimers()
    limits = limits_of(max_num_seqs=1, max_num_batched_tokens=16)
    async with RealTimeEngine(engine_of(limits=limits), timers=timers) as engine:
        cancelled, next_one = engine.submit(list(range(48)), 100), engine.submit(PROMPT, 1)
        reading = asyncio.create_task(read(cancelled))
        await timers.run_until(at_s)
        assert engine.stats().kv_usage > 0
        cancelled.cancel()
        cancelled.cancel()
        stats = engine.stats()
        assert (stats.running, stats.waiting, stats.kv_usage) == (0, 1, 0)
        await timers.run_until(at_s + 2)
        assert next_one.finish_s == at_s + 1.5
    await reading
    assert (cancelled.finish_reason, cancelled.finish_s) == ("abort", None)


async def test_cancelling_in_the_queue_lets_the_next_one_come_forward() -> None:
    timers = SimulatedTimers()
    limits = limits_of(blocks=8, max_num_seqs=4)
    async with RealTimeEngine(engine_of(limits=limits), timers=timers) as engine:
        engine.submit(list(range(64)), 40)
        await timers.run_until(1000.5)
        too_long, short = engine.submit(list(range(100)), 1), engine.submit(PROMPT, 1)
        await timers.run_until(1005.5)
        assert engine.stats().waiting == 2
        too_long.cancel()
        assert engine.stats().waiting == 1
        await timers.run_until(1010)
        assert short.admitted_s == 1006
        with pytest.raises(StopAsyncIteration):
            await anext(too_long)


async def test_waiting_is_bounded() -> None:
    timers = SimulatedTimers()
    engine_with_one_place = engine_of(limits=limits_of(max_num_seqs=1))
    async with RealTimeEngine(engine_with_one_place, max_waiting=2, timers=timers) as engine:
        generations = [engine.submit(PROMPT, 5)]
        await timers.run_until(1000.5)
        generations += [engine.submit(PROMPT, 5) for _ in range(2)]
        with pytest.raises(QueueFullError, match="2 requests wait already"):
            engine.submit(PROMPT, 5)
        generations[1].cancel()
        generations.append(engine.submit(PROMPT, 5))
        for _ in range(200):
            await timers.run_until(timers.now_s + 5)
            generations.append(engine.submit(PROMPT, 5))
        await timers.run_until(timers.now_s + 20)
        assert [generation.finish_reason for generation in generations].count("length") == 203


async def test_preemptions_show() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(limits=limits_of(blocks=3)), timers=timers) as engine:
        first, second = engine.submit(list(range(15)), 20), engine.submit(list(range(100, 115)), 20)
        await timers.run_until(1003.5)
        stats = engine.stats()
        assert (stats.preemptions_total, stats.running, stats.waiting) == (1, 1, 1)
        await timers.run_until(1100)
        assert (first.preemptions, second.preemptions) == (0, 1)
        assert (first.finish_s, second.finish_s) == (1020, 1038)


async def test_what_is_in_the_prefix_cache_is_not_computed_again() -> None:
    timers, limits = SimulatedTimers(), limits_of(max_num_batched_tokens=16, max_num_seqs=4)
    async with RealTimeEngine(engine_of(limits=limits), timers=timers) as engine:
        prompt = list(range(64))
        first = engine.submit(prompt, 1)
        await timers.run_until(1010)
        again = engine.submit(prompt, 1)
        await timers.run_until(1020)
        assert (first.cached_tokens, first.finish_s) == (0, 1004)
        assert (again.cached_tokens, again.finish_s) == (48, 1011)
        stats = engine.stats()
        assert (stats.prefix_cache_queries_total, stats.prefix_cache_hits_total) == (128, 48)
        assert (stats.prompt_tokens_total, stats.generation_tokens_total) == (128, 2)
        assert stats.iteration_tokens.total == 130


async def test_an_idle_engine_waits_for_nothing() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        assert timers.pending == 0
        engine.submit(PROMPT, 2)
        assert timers.pending == 1
        await timers.run_until(1010)
        assert timers.pending == 0


async def test_closing_ends_every_generation_with_an_error() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(limits=limits_of(max_num_seqs=1)), timers=timers) as engine:
        reading = [asyncio.create_task(read(engine.submit(PROMPT, 5))) for _ in range(2)]
        await timers.run_until(1001.5)
    for result in await asyncio.gather(*reading, return_exceptions=True):
        assert isinstance(result, EngineStoppedError)
    assert timers.pending == 0
    with pytest.raises(EngineStoppedError):
        engine.submit(PROMPT, 1)
    with pytest.raises(EngineStoppedError):
        await engine.__aenter__()


async def test_a_generation_has_one_reader() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 1)
        reading = asyncio.create_task(read(generation))
        await readers()
        with pytest.raises(RuntimeError):
            await anext(generation)
        await timers.run_until(1002)
        assert len(await reading) == 1


async def test_a_reader_who_is_interrupted_can_read_on() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(), timers=timers) as engine:
        generation = engine.submit(PROMPT, 2)
        reading = asyncio.create_task(read(generation))
        await readers()
        reading.cancel()
        await timers.run_until(1003)
        assert await read(generation) == [Tokens(0, 2, 1002)]


@pytest.mark.parametrize(("prompt", "outputs", "field"), [([], 1, "prompt_tokens"), (PROMPT, 0, "output_tokens")])
async def test_an_empty_request_is_refused(prompt: list[int], outputs: int, field: str) -> None:
    async with RealTimeEngine(engine_of(), timers=SimulatedTimers()) as engine:
        with pytest.raises(InvalidInputError, match=field):
            engine.submit(prompt, outputs)


async def test_a_request_that_never_fits_is_refused_and_the_longest_that_does_is_served() -> None:
    timers = SimulatedTimers()
    async with RealTimeEngine(engine_of(limits=limits_of(blocks=2)), timers=timers) as engine:
        with pytest.raises(InvalidInputError, match="output_tokens: 18"):
            engine.submit(PROMPT, 18)
        generation = engine.submit(PROMPT, 17)
        await timers.run_until(1100)
        assert generation.finish_reason == "length"


def test_an_engine_that_does_not_fit_is_refused() -> None:
    engine = replace(engine_of(), memory=replace(FITS, fits=False, reason="needs 90 GiB"))
    with pytest.raises(InvalidInputError, match="needs 90 GiB"):
        RealTimeEngine(engine)


async def test_real_time_passes_on_the_event_loops_own_clock() -> None:
    async with RealTimeEngine(engine_of(), time_scale=1000) as engine:
        generation = engine.submit(PROMPT, 20)
        assert sum(tokens.count for tokens in await read(generation)) == 20
        assert generation.finish_s is not None
        assert generation.finish_s - generation.arrival_s == pytest.approx(0.02)
        assert asyncio.get_running_loop().time() >= generation.finish_s


def test_an_engine_that_compiles_nothing_needs_no_numba() -> None:
    code = "import sys, simulator.engine.loop; assert 'numba' not in sys.modules"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=30)
