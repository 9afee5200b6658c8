"""What a load generator reports, and the requests that it says it sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Requests with prompts and answers of normally distributed lengths, at a rate or one after the other."""

    model: str
    prompt_tokens: int
    prompt_deviation: int
    output_tokens: int
    output_deviation: int
    requests: int
    qps: float | None
    """Of Poisson arrivals; ``None``: the next request is sent when the one before has ended."""
    streaming: bool = True


@dataclass(frozen=True)
class SentRequest:
    """One request as the generator recorded it; seconds since the same moment."""

    sent_s: float
    first_token_s: float
    """The end where nothing was streamed."""
    last_token_s: float
    """Where the generator's ITL ends."""
    end_s: float
    prompt_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Statistic:
    """Mean and p95 of a latency, milliseconds."""

    mean: float
    p95: float


@dataclass(frozen=True)
class Latencies:
    """TTFT, ITL and E2E of a run, each by the generator's own definition."""

    ttft: Statistic
    itl: Statistic
    e2e: Statistic


@dataclass(frozen=True)
class Report:
    """One run of a generator."""

    latencies: Latencies | None
    """``None`` where nothing was streamed."""
    e2e: Statistic
    requests: tuple[SentRequest, ...]
    """In the order in which they were sent."""
    failed: int


class LoadGenerator(Protocol):
    """A program that sends requests and reports on them."""

    name: str
    """With its version."""

    def install(self) -> None:
        """Get its packages, unless they are there.

        Raises:
            LoadGeneratorError: they cannot be had.
        """

    def run(self, url: str, load: Load) -> Report:
        """Put ``load`` on the server at ``url``.

        Raises:
            LoadGeneratorError: it cannot be installed, or fails.
        """

    def latencies(self, ttft_s: Floats, e2e_s: Floats, output_tokens: NDArray[np.int64]) -> Latencies:
        """What it would report of requests with these times."""
