"""How long the command line takes to say what it can do."""

from __future__ import annotations

import subprocess
import sys
import time

from bench.figures import Figure

RUNS = 10
HELP_BOUND_MS = 300


def measure_help() -> Figure:
    """``neuralnav --help`` as whole processes, after one that warms up."""
    command = [sys.executable, "-c", "from neuralnav.cli import run; run()", "--help"]
    taken = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        taken.append((time.perf_counter() - begun) * 1000)
    return Figure("neuralnav --help", tuple(taken[1:]), HELP_BOUND_MS)
