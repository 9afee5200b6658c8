"""A simulator for one run of a load generator, which must not find its prompts in the prefix cache."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from bench.load_generators.environments import LoadGeneratorError
from bench.simulator_process import SimulatorStartError, simulator_process

METRICS_TIMEOUT_S = 60.0


@contextmanager
def running_simulator(arguments: Sequence[str]) -> Iterator[str]:
    """The address of a new simulator, which ends afterwards.

    Raises:
        LoadGeneratorError: it does not start, or prompts had blocks in common, which a replay would not know of.
    """
    try:
        with simulator_process(arguments) as simulator:
            yield simulator.url
            _check_prefixes(simulator.url)
    except SimulatorStartError as error:
        raise LoadGeneratorError(str(error)) from error


def _check_prefixes(url: str) -> None:
    metrics = httpx.get(f"{url}/metrics", timeout=METRICS_TIMEOUT_S).text
    hits = re.search(r"^vllm:prefix_cache_hits_total\{[^}]*\} (\S+)$", metrics, re.MULTILINE)
    if hits is None or float(hits[1]) > 0:
        found = "no metric" if hits is None else f"{float(hits[1]):,.0f} tokens"
        raise LoadGeneratorError(f"prefix cache hits of random prompts: {found}, where there should be none")
