"""The engine in real time: the schedule is followed by a clock, and tokens are given out when they are due.

The schedule keeps to the clock, not to when its tokens were given out. Where the process is late, because the machine
or the event loop has too much to do, the steps that have ended by then are made up for at once, later ones are on time
again, and readers find the late tokens together. So a delay is never added to the next one, and times are those of the
GPU that is simulated, which would not have waited either. What is late shows as lag, and only there.

Where even that is too much (a time scale so large that the steps of a second take longer than a second to work out),
the event loop gets its turn after every ``STEPS_A_TURN`` steps: the schedule falls behind the clock as a whole, and the
lag grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.performance.arrivals import MOST_REQUESTS
from neuralnav.performance.checks import check_limits, outside, refuse
from neuralnav.performance.compiled import COMPILES
from neuralnav.performance.engine import Engine
from neuralnav.performance.kv_cache import longest_request
from simulator.engine.clock import Clock, LoopTimers, Timer, Timers
from simulator.engine.errors import EngineStoppedError, QueueFullError
from simulator.engine.generation import Generation
from simulator.engine.prefix_cache import block_keys
from simulator.engine.schedule import Schedule, compile_schedule
from simulator.engine.sequences import GeneratedSequence, Phase
from simulator.engine.stats import EngineStats, Lag

STEPS_A_TURN = 64
"""Most steps that are made up for before the event loop does other things."""


class RealTimeEngine:
    """A simulated vLLM replica that serves while it is entered (``async with``), in one event loop.

    Args:
        engine: Its step times and limits.
        time_scale: How many of its seconds pass in one on the wall, 0.001 to 1,000.
        max_waiting: Most requests that wait; a preempted one may always come back.
        prefix_caching: Whether prompts share blocks.
        timers: The clock on the wall; ``None``: that of the event loop in which it is entered.

    Raises:
        InvalidInputError: the model does not fit on the GPU, or a setting is out of bounds.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        time_scale: float = 1.0,
        max_waiting: int = 10_000,
        prefix_caching: bool = True,
        timers: Timers | None = None,
    ) -> None:
        if not engine.memory.fits:
            problem = FieldProblem("engine", engine.memory.reason, "one that fits into the memory of its GPUs")
            raise InvalidInputError(f"This cannot be served: {engine.memory.reason}.", (problem,))
        check_limits(engine.tables, engine.limits)
        refuse(*outside("max_waiting", max_waiting, 1, MOST_REQUESTS))
        if COMPILES:
            compile_schedule(engine.tables, engine.limits)
        self._limits = engine.limits
        self._longest_request = longest_request(engine.limits)
        self._max_waiting = max_waiting
        self._time_scale = time_scale
        self._timers = timers
        self._schedule = Schedule(
            engine.tables, engine.limits, engine.limits.max_num_seqs + max_waiting, prefix_caching=prefix_caching
        )
        self._generations: dict[GeneratedSequence, Generation] = {}
        self._lag = Lag()
        self._clock: Clock | None = None
        self._timer: Timer | None = None
        self._timer_due_s = math.inf
        self._closed = False

    async def __aenter__(self) -> Self:
        if self._closed or self._clock is not None:
            raise EngineStoppedError("An engine runs once. Make another one.")
        self._clock = Clock(self._timers or LoopTimers(), self._time_scale)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def submit(
        self,
        prompt: Sequence[int],
        output_tokens: int,
        answer: Sequence[int] | None = None,
        watch: Callable[[Generation, float], None] | None = None,
    ) -> Generation:
        """A request comes now, and its answer will have ``output_tokens`` unless it is cancelled.

        Args:
            prompt: Token ids.
            output_tokens: 1 or more.
            answer: Their ids, read when the answer ends: prompts that repeat it find them in the prefix cache.
            watch: Called for each token, one by one, with the generation and the time at which the schedule had it (by
                the event loop's clock), whether or not somebody reads.

        Raises:
            QueueFullError: as many wait as may.
            EngineStoppedError: the engine is not entered, or closed.
            InvalidInputError: the request is empty, or too long for the KV cache.
        """
        if self._clock is None or self._closed:
            raise EngineStoppedError("The engine does not run.")
        refuse(
            *outside("prompt_tokens", len(prompt), 1, self._longest_request - 1),
            *outside("output_tokens", output_tokens, 1, max(self._longest_request - len(prompt), 1)),
        )
        if self._schedule.waiting >= self._max_waiting:
            raise QueueFullError(f"{self._max_waiting:,} requests wait already. Try again later.")
        sequence = GeneratedSequence(len(prompt), output_tokens)
        if self._schedule.caches_prefixes:
            keys = block_keys(prompt, self._limits.block_tokens)
            sequence.block_keys, sequence.answer = keys, answer
            sequence.prompt_rest = tuple(prompt[len(keys) * self._limits.block_tokens :])
        generation = Generation(sequence, self._clock, self._lag, self._cancel, watch)
        self._generations[sequence] = generation
        self._schedule.enqueue(sequence, self._clock.engine_s())
        self._set_timer()
        return generation

    @property
    def running(self) -> int:
        """Requests in prefill or decoding."""
        return self._schedule.running

    def stats(self) -> EngineStats:
        """What it does now, and its totals."""
        schedule, totals = self._schedule, self._schedule.totals
        lag_p50_s, lag_p95_s = self._lag.quantiles_s(0.5, 0.95)
        return EngineStats(
            running=schedule.running,
            waiting=schedule.waiting,
            kv_usage=schedule.kv_bytes / max(self._limits.kv_cache_bytes, 1),
            preemptions_total=totals.preemptions,
            prompt_tokens_total=totals.prompt_tokens,
            generation_tokens_total=totals.generation_tokens,
            prefix_cache_queries_total=totals.prefix_queries,
            prefix_cache_hits_total=totals.prefix_hits,
            iteration_tokens=schedule.step_tokens.so_far(),
            lag_p50_s=lag_p50_s,
            lag_p95_s=lag_p95_s,
        )

    def _cancel(self, sequence: GeneratedSequence) -> None:
        self._schedule.cancel(sequence)
        self._generations.pop(sequence).wake()
        self._set_timer()

    def _give_out(self) -> None:
        """Take the steps that are due, and let the readers of their tokens see them."""
        self._timer = None
        try:
            for _ in range(STEPS_A_TURN):
                if not self._is_due():
                    break
                for sequence in self._schedule.step():
                    self._generations[sequence].token_came()
                    if sequence.phase is Phase.ENDED:
                        del self._generations[sequence]
        except BaseException:
            self._stop()  # nobody would wake the readers again
            raise
        self._set_timer()

    def _is_due(self) -> bool:
        return self._clock is not None and self._clock.late_s(self._schedule.due_s) >= 0

    def _set_timer(self) -> None:
        due_s = self._schedule.due_s
        if self._clock is None or (self._timer is not None and self._timer_due_s == due_s):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_due_s = None, due_s
        if due_s < math.inf:
            self._timer = self._clock.call_at(due_s, self._give_out)

    def _stop(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for sequence, generation in self._generations.items():
            generation.stop()
            self._schedule.cancel(sequence)
        self._generations.clear()
