"""The requests of a running engine, and the bounded number of rows that the scheduler keeps them in."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from neuralnav.performance.rows import attributed, new_rows
from neuralnav.performance.state import Request


class Phase(Enum):
    """Where a request stands."""

    WAITING = auto()
    """In the queue, for the first time or after a preemption."""
    PREFILL = auto()
    DECODING = auto()
    ENDED = auto()
    """It has all its tokens, or was cancelled."""


@dataclass(slots=True, eq=False)
class GeneratedSequence:
    """One request and what has become of it; times are the schedule's, in seconds of engine time."""

    prompt_tokens: int
    output_tokens: int
    """How many it will get, unless it is cancelled."""
    block_keys: array[int] = field(default_factory=lambda: array("q"))
    """Of its prompt's full blocks, and of those of its answer that were computed when it last gave its blocks back;
    none where prefixes are not cached."""
    prompt_rest: Sequence[int] = ()
    """The tokens of its prompt after the last full block."""
    answer: Sequence[int] | None = None
    """The tokens that it gets; ``None``: they are not looked for in the prefix cache."""
    number: int = -1
    """Its row, which is another's once it has ended."""
    phase: Phase = Phase.WAITING
    tokens: int = 0
    """Output tokens that it has."""
    token_s: float = 0.0
    """The end of the step that gave the newest one."""
    arrival_s: float = 0.0
    admitted_s: float | None = None
    """The beginning of the first step that computed some of its prompt."""
    first_token_s: float | None = None
    finish_s: float | None = None
    """The end of the step that gave its last token; ``None`` if it was cancelled before."""
    cached_tokens: int = 0
    """Prompt tokens that the prefix cache held when it was admitted."""
    held_blocks: int = 0
    """How many of the blocks with a key it has in the KV cache."""
    preemptions: int = 0


class Rows:
    """The scheduler's rows of requests: a row is used again once its request has ended, so memory stays bounded."""

    def __init__(self, count: int) -> None:
        self.requests: Any = new_rows(Request, count)
        """For the scheduler."""
        self._attributed: list[Request] = attributed(self.requests)
        self._free = list(range(count - 1, -1, -1))

    def __getitem__(self, number: int) -> Request:
        return self._attributed[number]

    def take(self, sequence: GeneratedSequence) -> None:
        """Give a sequence a row that is as good as new; there is one."""
        number = sequence.number = self._free.pop()
        row = self._attributed[number]
        row.arrival_s, row.prompt_tokens, row.output_tokens = (
            sequence.arrival_s,
            sequence.prompt_tokens,
            sequence.output_tokens,
        )
        row.cached_tokens = row.computed_tokens = row.generated_tokens = row.preemptions = 0

    def give_back(self, sequence: GeneratedSequence) -> None:
        """Take its row for others."""
        self._free.append(sequence.number)
        sequence.number = -1
