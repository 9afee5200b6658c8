"""The result files of load generators, and what has to be said of them besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neuralnav.importers.reading import ReadFile, read_benchmarks
from neuralnav.models.benchmark import Benchmark

RESULTS = Path(__file__).parents[2] / "data" / "benchmarks"
DECLARED: dict[str, Any] = {
    "source": "a laboratory",
    "licence": "CC0-1.0",
    "gpu_type": "H100",
    "tensor_parallel": 1,
    "precision": "bf16",
}
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
ROW = {
    "source": "a laboratory",
    "license": "CC0-1.0",
    "model": MODEL,
    "gpu": "H100",
    "tensor_parallel": "1",
    "precision": "bf16",
    "load": "closed_loop",
    "concurrency": "8",
    "prompt_tokens": "512",
    "output_tokens": "64",
    "ttft_mean_ms": "100",
}


def read(name: str, **declared: Any) -> ReadFile:
    """The fixture ``name``, of ``DECLARED``."""
    return read_benchmarks(RESULTS / name, DECLARED | declared)


def only(name: str, **declared: Any) -> Benchmark:
    """The one run of the fixture ``name``."""
    (benchmark,) = read(name, **declared).benchmarks
    return benchmark


def write_csv(path: Path, *rows: dict[str, str]) -> Path:
    """A CSV file of ``ROW`` with these changes, a row each."""
    columns = list(dict.fromkeys(column for row in ({}, *rows) for column in (*ROW, *row)))
    lines = [",".join((ROW | row).get(column, "") for column in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    return path
