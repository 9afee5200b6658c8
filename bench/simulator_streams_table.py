"""The table of ``docs/simulator.md``: what the simulator streams over HTTP at rising rates.

    python -m bench.simulator_streams_table --write

measures for a minute, and writes the table unless a bound is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.simulator_streams import LAG_BOUND_MS, STREAMS, TOKENS_PER_S
from bench.simulator_streams_client import Seen
from bench.simulator_streams_http import lag_ms, see
from scripts.blocks import with_block

PAGE = Path(__file__).resolve().parents[1] / "docs" / "simulator.md"
BLOCK = "streams"
RATES = (TOKENS_PER_S, 15_000, 20_000, 30_000)
HEADER = (
    "| Streams | Tokens a second | p95 of the lag | The server takes, of a core | Tokens a chunk |\n"
    "| ---: | ---: | ---: | ---: | ---: |"
)


def main(arguments: Sequence[str] = ()) -> int:
    """Print each row; 1 when ``STREAMS`` streams at the first rate miss their bounds, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulator_streams_table", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}, if the bounds hold")
    options = parser.parse_args(arguments)
    print(HEADER, flush=True)
    rows, missed = [], False
    for rate in RATES:
        seen = see(rate, STREAMS)
        rows.append(_row(STREAMS, seen))
        print(rows[-1], flush=True)
        missed = missed or (rate == TOKENS_PER_S and not _holds(seen))
    if missed:
        print(f"{STREAMS} streams miss {TOKENS_PER_S:,} tokens a second within {LAG_BOUND_MS:.0f} ms", flush=True)
    elif options.write:
        table = "\n".join((HEADER, *rows))
        PAGE.write_text(with_block(PAGE.read_text(encoding="utf-8"), BLOCK, f"{table}\n"), encoding="utf-8")
    return 1 if missed else 0


def _holds(seen: Seen) -> bool:
    return seen.tokens_per_s >= TOKENS_PER_S and lag_ms(seen) <= LAG_BOUND_MS


def _row(streams: int, seen: Seen) -> str:
    cells = (
        f"{streams:,}",
        f"{seen.tokens_per_s:,.0f}",
        f"{lag_ms(seen):,.0f} ms",
        f"{seen.server_share:.2f}",
        f"{seen.tokens_a_chunk:.2f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
