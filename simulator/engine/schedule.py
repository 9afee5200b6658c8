"""One replica whose requests become known only when they come, step by step.

The rules and the times are those of ``neuralnav.performance.scheduler``: for the same arrivals every token has, to the
bit, the time that a simulation of the whole load gives it. Like that simulation it begins all decode steps up to the
next change of the batch at once, tells of each when it ends, and cuts the run short when somebody comes who may be
admitted, or is cancelled. That costs about as much as what changes, not as the steps between.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuralnav.performance.decoding import run_s, untaken_bytes
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.rows import attributed, readable, whole_zeros
from neuralnav.performance.scheduler import begin_steps, end_steps, let_go, let_in, withdraw
from neuralnav.performance.state import NONE, Machine, Replica, enqueue, idle_replicas
from neuralnav.performance.step_tables import StepTables
from simulator.engine.prefix_cache import PrefixCache, block_keys
from simulator.engine.sequences import GeneratedSequence, Phase, Rows
from simulator.engine.stats import StepTokens


@dataclass
class Totals:
    """What has been counted since the start; see ``EngineStats``."""

    preemptions: int = 0
    prompt_tokens: int = 0
    generation_tokens: int = 0
    prefix_queries: int = 0
    prefix_hits: int = 0


class Schedule:
    """A replica with room for ``most`` requests, waiting and running; times are seconds of engine time."""

    def __init__(self, tables: StepTables, limits: ReplicaLimits, most: int, *, prefix_caching: bool) -> None:
        replicas = idle_replicas(1)
        self._row = replicas[0]
        self._replica: Replica = attributed(replicas)[0]
        self._rows = Rows(most)
        self._limits = readable(limits)
        self._machine = Machine(
            readable(tables),
            self._limits,
            whole_zeros(limits.block_tokens),
            whole_zeros(min(limits.max_num_seqs, most)),
        )
        self._block_bytes = limits.block_bytes + limits.window_block_bytes
        self._prefixes = PrefixCache() if prefix_caching and self._block_bytes > 0 else None
        self._sequences: dict[int, GeneratedSequence] = {}
        self._decoding: dict[int, GeneratedSequence] = {}
        self._told_steps = 0
        """Steps of which the tokens were told: they may be some of the run under way."""
        self.due_s = math.inf
        """When the step under way ends, or the next can begin; infinity while there is nothing to do."""
        self.totals = Totals()
        self.step_tokens = StepTokens()

    @property
    def caches_prefixes(self) -> bool:
        """Whether the block keys of a prompt are of use."""
        return self._prefixes is not None

    @property
    def running(self) -> int:
        """Requests in prefill or decoding."""
        return int(self._replica.running)

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return int(self._replica.unfinished - self._replica.running)

    @property
    def kv_bytes(self) -> int:
        """Bytes in use of each GPU's KV cache, with what the step under way takes."""
        replica = self._replica
        if replica.steps_under_way <= 1:
            return int(replica.kv_bytes)
        begun = self._told_steps + 1 - replica.steps
        return int(replica.kv_bytes - untaken_bytes(self._row, self._machine, min(begun, replica.steps_under_way)))

    def enqueue(self, sequence: GeneratedSequence, at_s: float) -> None:
        """A request comes at ``at_s``, which is not before any other came nor before the last step that was told.

        The caller sees that there is room for it, and that the KV cache can hold it.
        """
        replica = self._replica
        if replica.steps_under_way > 0 and at_s <= replica.now_s:
            at_s = math.nextafter(replica.now_s, math.inf)  # it has missed the step that began at this very moment
        sequence.arrival_s = at_s
        self._rows.take(sequence)
        self._sequences[sequence.number] = sequence
        enqueue(self._row, self._rows.requests, sequence.number)
        if replica.steps_under_way > 0:
            let_in(self._row, self._rows.requests, self._machine)
        self._set_due()

    def cancel(self, sequence: GeneratedSequence) -> None:
        """A request that has not ended gives its row and its blocks back; the step under way ends as planned."""
        steps = min(self._told_steps + 1 - int(self._replica.steps), int(self._replica.steps_under_way))
        leave = withdraw if sequence.phase is Phase.WAITING else let_go
        leave(self._row, self._rows.requests, self._machine, sequence.number, steps)
        self._decoding.pop(sequence.number, None)
        self._end(sequence)
        self._set_due()

    def step(self) -> list[GeneratedSequence]:
        """End the step that is due, or begin one where none is under way; those who got a token, ended or not."""
        replica, given = self._replica, []
        at_s = self.due_s
        if self._told_steps < replica.steps + replica.steps_under_way:
            self._told_steps += 1
            given = list(self._decoding.values())
            if self._told_steps == replica.steps + replica.steps_under_way:
                given.extend(self._sequences[number] for number in self._ending_prefills())
            self._tell(given, at_s)
        if self._told_steps == replica.steps + replica.steps_under_way:
            if replica.steps_under_way > 0:
                end_steps(self._row, self._rows.requests, self._machine)
                self._see_who_ended(given)
            self._begin()
        self._set_due()
        return given

    def _tell(self, given: list[GeneratedSequence], at_s: float) -> None:
        tokens = len(given)
        self.totals.generation_tokens += tokens
        for sequence in given:
            if sequence.first_token_s is None:
                sequence.first_token_s = at_s
                self.totals.prompt_tokens += sequence.prompt_tokens
                tokens += sequence.prompt_tokens
            sequence.tokens += 1
            sequence.token_s = at_s
        self.step_tokens.count(tokens)

    def _see_who_ended(self, given: list[GeneratedSequence]) -> None:
        for sequence in given:
            if sequence.tokens == sequence.output_tokens:
                sequence.finish_s = sequence.token_s
                self._decoding.pop(sequence.number, None)
                self._end(sequence)
            elif sequence.phase is Phase.PREFILL:
                sequence.phase = Phase.DECODING
                self._decoding[sequence.number] = sequence

    def _end(self, sequence: GeneratedSequence) -> None:
        self._release_blocks(sequence)
        sequence.phase = Phase.ENDED
        del self._sequences[sequence.number]
        self._rows.give_back(sequence)

    def _begin(self) -> None:
        """Begin the next steps, if there are any, and see who was admitted and who was preempted."""
        replica = self._replica
        running, unfinished_prefill = int(replica.running), int(replica.prefilling)
        if self._prefixes is not None:
            self._look_up_prefixes(self._prefixes)
        if not begin_steps(self._row, self._rows.requests, self._machine, math.inf):
            return
        began_s = float(replica.now_s)
        for sequence in list(self._last_admitted(int(replica.running) - running)):
            self._admit(sequence, began_s)
            self._hold_blocks(sequence)
        for sequence in list(self._first_waiting(running - int(replica.running))):
            self._release_blocks(sequence)
            sequence.phase = Phase.WAITING
            sequence.preemptions += 1
            self.totals.preemptions += 1
            self._decoding.pop(sequence.number, None)
        if unfinished_prefill != NONE and self._sequences[unfinished_prefill].phase is Phase.PREFILL:
            self._hold_blocks(self._sequences[unfinished_prefill])
        if self._prefixes is not None:
            free_bytes = self._limits.kv_cache_bytes - self.kv_bytes
            self._prefixes.keep(free_bytes // self._block_bytes)

    def _admit(self, sequence: GeneratedSequence, began_s: float) -> None:
        sequence.phase = Phase.PREFILL
        if sequence.admitted_s is None:
            sequence.admitted_s = began_s
            sequence.cached_tokens = int(self._rows[sequence.number].cached_tokens)
            if self._prefixes is not None:
                self.totals.prefix_queries += sequence.prompt_tokens
                self.totals.prefix_hits += sequence.cached_tokens

    def _look_up_prefixes(self, prefixes: PrefixCache) -> None:
        """See what the prefix cache holds of those who may be admitted now: no more than the step has tokens for.

        Blocks that one of them brings count for those behind it, who are only admitted where it is computed as a whole.
        As in vLLM, the last token of a prompt is computed in any case.
        """
        size = self._limits.block_tokens
        places, tokens = self._limits.max_num_seqs - self.running, self._limits.max_num_batched_tokens
        number, coming = int(self._replica.first_waiting), set[int]()
        while number != NONE and places > 0 and tokens > 0:
            sequence, row = self._sequences[number], self._rows[number]
            if sequence.admitted_s is None:
                usable = sequence.block_keys[: (sequence.prompt_tokens - 1) // size]
                row.cached_tokens = size * prefixes.matching(usable, coming)
            coming.update(sequence.block_keys)
            tokens -= sequence.prompt_tokens - int(row.cached_tokens)
            places -= 1
            number = int(row.behind)

    def _hold_blocks(self, sequence: GeneratedSequence) -> None:
        """Its computed blocks can be found by others from now on, as in vLLM from the step on that computes them."""
        if self._prefixes is not None:
            computed = int(self._rows[sequence.number].computed_tokens) // self._limits.block_tokens
            blocks = min(computed, len(sequence.block_keys))
            self._prefixes.use(sequence.block_keys[sequence.held_blocks : blocks])
            sequence.held_blocks = blocks

    def _release_blocks(self, sequence: GeneratedSequence) -> None:
        if self._prefixes is not None:
            if sequence.phase is Phase.DECODING and sequence.answer is not None:
                self._hold_answer(self._prefixes, sequence, sequence.answer)
            self._prefixes.release(sequence.block_keys[: sequence.held_blocks])
            sequence.held_blocks = 0

    def _hold_answer(self, prefixes: PrefixCache, sequence: GeneratedSequence, answer: Sequence[int]) -> None:
        """The full blocks of what it was given can be found by others too: all but the last token are computed."""
        size, keys = self._limits.block_tokens, sequence.block_keys
        first = size * len(keys) - sequence.prompt_tokens
        end = (sequence.prompt_tokens + sequence.tokens - 1) // size * size - sequence.prompt_tokens
        tokens = [*(sequence.prompt_rest if first < 0 else ()), *answer[max(first, 0) : max(end, 0)]]
        keys.extend(block_keys(tokens, size, behind=keys[-1] if keys else 0))
        prefixes.use(keys[sequence.held_blocks :])
        sequence.held_blocks = len(keys)

    def _ending_prefills(self) -> Iterator[int]:
        """Whose prefill the step under way ends."""
        number = int(self._replica.first_prefill)
        for _ in range(self._replica.prefills):
            yield number
            number = int(self._rows[number].behind)

    def _last_admitted(self, count: int) -> Iterator[GeneratedSequence]:
        number = int(self._replica.last_running)
        for _ in range(count):
            yield self._sequences[number]
            number = int(self._rows[number].ahead)

    def _first_waiting(self, count: int) -> Iterator[GeneratedSequence]:
        number = int(self._replica.first_waiting)
        for _ in range(count):
            yield self._sequences[number]
            number = int(self._rows[number].behind)

    def _set_due(self) -> None:
        replica = self._replica
        steps = self._told_steps + 1 - int(replica.steps)
        if steps < replica.steps_under_way:
            self.due_s = float(replica.now_s) + run_s(self._row, self._machine, steps)
        elif replica.steps_under_way > 0:
            self.due_s = float(replica.end_s)
        elif replica.first_waiting != NONE:
            self.due_s = max(float(replica.now_s), float(self._rows[int(replica.first_waiting)].arrival_s))
        else:
            self.due_s = math.inf


def compile_schedule(tables: StepTables, limits: ReplicaLimits) -> None:
    """Serve a few tokens apart, so that what a schedule calls is compiled before anybody waits for it."""
    schedule = Schedule(tables, limits, 2, prefix_caching=False)
    first, second = (GeneratedSequence(1, 8) for _ in range(2))
    schedule.enqueue(first, 0.0)
    schedule.step()
    schedule.step()
    schedule.enqueue(second, schedule.due_s)
    schedule.cancel(second)
    schedule.cancel(first)
