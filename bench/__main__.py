"""Run every benchmark and print its figures, with what each is held against."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.capacity import measure_capacity
from bench.chat import measure_chat
from bench.command_line import measure_help
from bench.concurrent_conversations import measure_concurrent_turns
from bench.conversation import measure_turns
from bench.figures import Measured
from bench.load_generators.comparisons import Difference, NotMeasured
from bench.load_generators.measuring import WHAT, measure_load_generators
from bench.peers import compare_with_peers
from bench.planning import measure_planning
from bench.predictions import measure_predictions
from bench.simulation import measure_simulation
from bench.simulator_streams import measure_simulator_streams
from bench.simulator_streams_http import measure_simulator_http
from neuralnav.settings import Settings


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print a line each; 1 when a figure misses its bound, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="install other estimators and ask them the same")
    without = "leave out the load generators, which take twenty minutes and packages of their own"
    parser.add_argument("--without-load-generators", action="store_true", help=without)
    options = parser.parse_args(arguments)
    all_hold = True
    for figure in _own_figures() if options.without_load_generators else _figures():
        print(figure, flush=True)
        all_hold = all_hold and figure.holds
    if options.without_load_generators:
        print(f"{WHAT}: left out, as asked for", flush=True)
    if options.peers:
        for line in compare_with_peers():
            print(line, flush=True)
    return 0 if all_hold else 1


def _figures() -> Iterator[Measured | Difference | NotMeasured]:
    yield from _own_figures()
    yield from measure_load_generators()


def _own_figures() -> Iterator[Measured]:
    """Those that need nothing but this project."""
    yield from measure_simulation()
    yield from measure_simulator_streams()
    yield from measure_simulator_http()
    yield from measure_capacity()
    yield measure_predictions()
    with tempfile.TemporaryDirectory(prefix="neuralnav-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), database_url=None, llm=None)
        yield from measure_planning(settings)
        yield from asyncio.run(measure_turns(settings))
        yield from asyncio.run(measure_concurrent_turns(settings))
    yield measure_help()
    yield from measure_chat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
