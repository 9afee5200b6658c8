"""Run every benchmark and print its figures, with what each is held against."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.command_line import measure_help
from bench.conversation import measure_turns
from neuralnav.settings import Settings


def main() -> None:
    """Measure, print a line each."""
    with tempfile.TemporaryDirectory(prefix="neuralnav-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), database_url=None, llm=None)
        for figure in asyncio.run(measure_turns(settings)):
            print(figure)
    print(measure_help())


if __name__ == "__main__":
    main()
