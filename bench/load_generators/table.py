"""The table of ``docs/simulator.md``: every run, measured beside replayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from bench.load_generators.comparisons import Comparison, Difference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
BLOCK = "load generators"
HEADER = (
    "| configuration | load | requests | TTFT mean | TTFT p95 | ITL mean | ITL p95 | E2E mean | E2E p95 |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def rendered(comparisons: Sequence[Comparison]) -> str:
    """Markdown: a table for each generator, and what its HTTP takes."""
    by_generator = groupby(comparisons, key=lambda comparison: comparison.generator)
    return "\n".join(_part(generator, tuple(runs)) for generator, runs in by_generator)


def _part(generator: str, runs: Sequence[Comparison]) -> str:
    rows = "\n".join(map(_row, runs))
    differences = [difference for run in runs for difference in run.differences()]
    worst = max(differences, key=lambda difference: abs(difference.share))
    return (
        f"{generator}; HTTP takes {runs[0].http_ms:.1f} ms at an idle simulator. The largest of the {len(differences)} "
        f"differences is {worst.share:+.1%}.\n\n{HEADER}\n{rows}\n".replace("%", " %")
    )


def _row(run: Comparison) -> str:
    cells = (run.configuration, f"{run.load:.0%}: {run.qps:.2f}/s", f"{run.requests:,}", *_cells(run))
    return f"| {' | '.join(cells)} |"


def _cells(run: Comparison) -> Iterator[str]:
    return map(_cell, run.differences())


def _cell(difference: Difference) -> str:
    expected_ms = difference.replayed_ms + difference.http_ms
    return f"{difference.measured_ms:,.1f} / {expected_ms:,.1f}, {difference.share:+.1%}"
