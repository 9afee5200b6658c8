"""Run every benchmark and print its figures, with what each is held against."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bench.command_line import measure_help
from bench.conversation import measure_turns
from bench.figures import Figure
from neuralnav.settings import Settings


def main() -> int:
    """Measure, print a line each; 1 when a figure misses its bound, else 0."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="neuralnav-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), database_url=None, llm=None)
        figures.extend(asyncio.run(measure_turns(settings)))
    figures.append(measure_help())
    for figure in figures:
        print(figure)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
