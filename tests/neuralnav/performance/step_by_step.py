"""vLLM's V1 scheduler written out plainly, one step and one token at a time: what the fast simulation is held against.

It shares no code with the simulation. As in vLLM, there is no prefill and no decoding here: every sequence just has
tokens whose keys and values are computed, and others that are not.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from neuralnav.performance.arrivals import Requests
from neuralnav.performance.kv_cache import ReplicaLimits
from neuralnav.performance.step_tables import StepTables


@dataclass
class Sequence:
    """One request and all that happens to it."""

    number: int
    arrival_s: float
    prompt_tokens: int
    output_tokens: int
    cached_tokens: int
    generated_tokens: int = 0
    computed_tokens: int = 0
    slots: int = 0
    """Tokens that have a place in the KV cache."""
    in_prefill: bool = True
    preemptions: int = 0
    replica: int = 0
    first_token_s: float = math.nan
    finish_s: float = math.nan

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.generated_tokens


@dataclass
class Replica:
    """One replica; ``finished`` is told of each sequence that ends."""

    tables: StepTables
    limits: ReplicaLimits
    finished: Callable[[Sequence], None] = lambda sequence: None
    waiting: deque[Sequence] = field(default_factory=deque)
    running: list[Sequence] = field(default_factory=list)
    scheduled: list[tuple[Sequence, int]] = field(default_factory=list)
    """Sequences of the step in progress, each with its new tokens."""
    now_s: float = 0.0
    end_s: float = 0.0
    steps: int = 0
    computed: int = 0
    """Tokens computed in all steps."""
    busy_s: float = 0.0
    running_s: float = 0.0
    peak_kv_bytes: int = 0
    ambiguous: bool = False
    """Whether rounding decides if somebody arrived before a step began. It happens to clients that pause: they may
    come back as many steps after one another as they were answered."""

    def run_until(self, until_s: float) -> None:
        while True:
            if self.scheduled:
                if self.end_s > until_s:
                    return
                self.end_step()
            if self.running:
                gaps_s = [abs(sequence.arrival_s - self.now_s) for sequence in self.waiting]
                self.ambiguous |= any(gap_s < 1e-9 for gap_s in gaps_s)
            elif not self.waiting:
                return
            else:
                self.now_s = max(self.now_s, self.waiting[0].arrival_s)
            if self.now_s >= until_s:
                return
            self.begin_step()

    def begin_step(self) -> None:
        self.schedule()
        seconds = self.step_s()
        self.end_s = self.now_s + seconds
        self.steps += 1
        self.computed += sum(new for _, new in self.scheduled)
        self.busy_s += seconds
        self.running_s += len(self.running) * seconds
        self.peak_kv_bytes = max(self.peak_kv_bytes, self.kv_bytes())

    def end_step(self) -> None:
        self.now_s = self.end_s
        for sequence, new in self.scheduled:
            sequence.computed_tokens += new
            if sequence.computed_tokens == sequence.tokens:
                sequence.in_prefill = False
                sequence.generated_tokens += 1
                if sequence.generated_tokens == 1:
                    sequence.first_token_s = self.now_s
                if sequence.generated_tokens == sequence.output_tokens:
                    sequence.finish_s = self.now_s
                    self.running.remove(sequence)
                    self.finished(sequence)
        self.scheduled = []

    def schedule(self) -> None:
        budget = self.limits.max_num_batched_tokens
        preempted = False
        index = 0
        while index < len(self.running) and budget > 0:
            sequence = self.running[index]
            new = min(sequence.tokens - sequence.computed_tokens, budget)
            while sequence in self.running and not self.fits(sequence, sequence.computed_tokens + new):
                self.preempt(self.running.pop())
                preempted = True
            if sequence not in self.running:
                break
            sequence.slots = sequence.computed_tokens + new
            self.scheduled.append((sequence, new))
            budget -= new
            index += 1
        while not preempted and self.waiting and budget > 0 and len(self.running) < self.limits.max_num_seqs:
            sequence = self.waiting[0]
            if sequence.arrival_s > self.now_s or not self.fits(sequence, sequence.tokens):
                break
            self.waiting.popleft()
            self.running.append(sequence)
            sequence.computed_tokens = sequence.cached_tokens
            new = min(sequence.tokens - sequence.computed_tokens, budget)
            sequence.slots = sequence.computed_tokens + new
            self.scheduled.append((sequence, new))
            budget -= new

    def preempt(self, sequence: Sequence) -> None:
        sequence.preemptions += 1
        sequence.computed_tokens = sequence.slots = 0
        sequence.in_prefill = True
        self.waiting.appendleft(sequence)

    def fits(self, sequence: Sequence, slots: int) -> bool:
        others = sum(self.held(other.slots) for other in self.running if other is not sequence)
        return others + self.held(slots) <= self.limits.kv_cache_bytes

    def kv_bytes(self) -> int:
        return sum(self.held(sequence.slots) for sequence in self.running)

    def held(self, slots: int) -> int:
        held = self.limits.sequence_bytes
        for block in range(math.ceil(slots / self.limits.block_tokens)):
            held += self.limits.block_bytes
            if block < self.limits.window_blocks:
                held += self.limits.window_block_bytes
        return held

    def step_s(self) -> float:
        tables = self.tables
        decoding = [sequence for sequence, _ in self.scheduled if not sequence.in_prefill]
        prefills = [(sequence, new) for sequence, new in self.scheduled if sequence.in_prefill]
        contexts = [sequence.computed_tokens + 1 for sequence in decoding]
        sampled = sum(sequence.computed_tokens + new == sequence.tokens for sequence, new in self.scheduled)
        prompt_tokens = sum(new for _, new in prefills)
        seconds = (
            tables.tokens_s[len(decoding) + prompt_tokens]
            + tables.sampled_s[sampled]
            + tables.decode_s[len(decoding)]
            + tables.context_s[len(decoding)] * sum(contexts)
            + tables.window_context_s[len(decoding)] * sum(min(context, tables.window) for context in contexts)
        )
        factor = 1.0
        if prefills:
            seconds += tables.prefill_s + tables.prompt_token_s * prompt_tokens
            factor = tables.prefill_factor
        for sequence, new in prefills:
            for token in range(sequence.computed_tokens + 1, sequence.computed_tokens + new + 1):
                seconds += tables.pair_s * token + tables.window_pair_s * min(token, tables.window)
        return float(factor * seconds)


@dataclass
class Load:
    """A load that was served."""

    sequences: list[Sequence]
    replicas: list[Replica]


def serve(
    requests: Requests, tables: StepTables, limits: ReplicaLimits, replicas: int = 1, *, least_loaded: bool = False
) -> Load:
    """The load behind a router that goes round, or that looks for the replica with the fewest requests."""
    fleet = [Replica(tables, limits) for _ in range(replicas)]
    sequences = _sequences(requests)
    for sequence in sequences:
        sequence.replica = sequence.number % replicas
        if least_loaded:
            for replica in fleet:
                replica.run_until(sequence.arrival_s)
            loads = [len(replica.waiting) + len(replica.running) for replica in fleet]
            sequence.replica = loads.index(min(loads))
        fleet[sequence.replica].waiting.append(sequence)
    for replica in fleet:
        replica.run_until(math.inf)
    return Load(sequences, fleet)


def serve_closed_loop(
    requests: Requests, concurrency: int, tables: StepTables, limits: ReplicaLimits, pause_s: float = 0.0
) -> Load:
    """The load from clients that have one request in flight each."""
    sequences = _sequences(requests)
    unsent = deque(sequences)
    replica = Replica(tables, limits)

    def send(at_s: float) -> None:
        if unsent:
            unsent[0].arrival_s = at_s
            replica.waiting.append(unsent.popleft())

    replica.finished = lambda sequence: send(sequence.finish_s + pause_s)
    for _ in range(concurrency):
        send(0.0)
    replica.run_until(math.inf)
    return Load(sequences, [replica])


def _sequences(requests: Requests) -> list[Sequence]:
    rows = zip(
        requests.arrival_s.tolist(),
        requests.prompt_tokens.tolist(),
        requests.output_tokens.tolist(),
        requests.cached_tokens.tolist(),
        strict=True,
    )
    return [Sequence(number, *row) for number, row in enumerate(rows)]
