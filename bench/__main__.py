"""Run every benchmark and print its figures, with what each is held against."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.capacity import measure_capacity
from bench.command_line import measure_help
from bench.concurrent_conversations import measure_concurrent_turns
from bench.conversation import measure_turns
from bench.figures import Measured
from bench.peers import compare_with_peers
from bench.planning import measure_planning
from bench.predictions import measure_predictions
from bench.simulation import measure_simulation
from bench.simulator_streams import measure_simulator_streams
from neuralnav.settings import Settings


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print a line each; 1 when a figure misses its bound, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="install other estimators and ask them the same")
    options = parser.parse_args(arguments)
    all_hold = True
    for figure in _figures():
        print(figure, flush=True)
        all_hold = all_hold and figure.holds
    if options.peers:
        for line in compare_with_peers():
            print(line, flush=True)
    return 0 if all_hold else 1


def _figures() -> Iterator[Measured]:
    yield from measure_simulation()
    yield from measure_simulator_streams()
    yield from measure_capacity()
    yield measure_predictions()
    with tempfile.TemporaryDirectory(prefix="neuralnav-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), database_url=None, llm=None)
        yield from measure_planning(settings)
        yield from asyncio.run(measure_turns(settings))
        yield from asyncio.run(measure_concurrent_turns(settings))
    yield measure_help()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
