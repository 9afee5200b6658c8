"""Let load generators measure the simulator, and hold what they report against a replay of their own requests."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench.load_generators.aiperf import AiPerf
from bench.load_generators.comparisons import NotMeasured
from bench.load_generators.environments import LoadGeneratorError
from bench.load_generators.guidellm import GuideLlm
from bench.load_generators.measuring import WHAT, compare
from bench.load_generators.reports import LoadGenerator
from bench.load_generators.table import BLOCK, PAGE, rendered
from scripts.blocks import with_block

GENERATORS: dict[str, LoadGenerator] = {"aiperf": AiPerf(), "guidellm": GuideLlm()}


def main(arguments: Sequence[str] = ()) -> int:
    """Print every figure; 1 when one misses its bound or nothing could be measured, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.load_generators", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}, if every bound holds")
    parser.add_argument("--install", choices=sorted(GENERATORS), help="only install a generator, if it is not there")
    options = parser.parse_args(arguments)
    comparisons = []
    try:
        if options.install:
            GENERATORS[options.install].install()
            return 0
        for comparison in compare():
            comparisons.append(comparison)
            for difference in comparison.differences():
                print(difference, flush=True)
    except LoadGeneratorError as error:
        print(NotMeasured(WHAT, str(error)), flush=True)
        return 1
    missed = [difference for run in comparisons for difference in run.differences() if not difference.holds]
    if missed and options.write:
        print(f"{PAGE.name} is not written: {len(missed)} figures miss their bound:", *missed, sep="\n", flush=True)
    elif options.write:
        page = with_block(PAGE.read_text(encoding="utf-8"), BLOCK, f"{rendered(comparisons)}\n")
        PAGE.write_text(page, encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
