"""How many predictions a second ``neuralnav predict --file`` gives, start of the process included."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from bench.capacity import ENGINES
from bench.figures import Rate

LOADS = 200
"""For each engine: 20 rates at each of ten prompt lengths."""
PREDICTIONS_RATE = 50


def measure_predictions() -> Rate:
    """1,000 lines, no two alike, answered by one process."""
    lines = prediction_lines()
    command = [sys.executable, "-c", "from neuralnav.cli import run; run()", "predict", "--file", "-"]
    begun = time.perf_counter()
    done = subprocess.run(command, input="\n".join(lines), check=True, stdout=subprocess.PIPE, text=True, timeout=300)
    elapsed_s = time.perf_counter() - begun
    answers = len(done.stdout.splitlines())
    return Rate(f"predictions of one process, {answers:,} lines in", answers / elapsed_s, PREDICTIONS_RATE)


def prediction_lines() -> list[str]:
    """What is asked: one JSON object a line."""
    return [
        json.dumps(engine.model_dump(mode="json", exclude_unset=True) | _load(number))
        for engine in ENGINES
        for number in range(LOADS)
    ]


def _load(number: int) -> dict[str, object]:
    rate, length = 1 + number % 20, 200 + 100 * (number // 20)
    return {"qps": rate, "prompt_tokens": length, "output_tokens": 256, "length_kind": "lognormal"}
