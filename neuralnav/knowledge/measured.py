"""Published runs of real vLLM servers, as ``data/measured/serving.csv`` holds them: read, typed and checked."""

from __future__ import annotations

from pathlib import Path

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.importers.reading import read_benchmarks
from neuralnav.importers.serving_csv import SERVING_CSV
from neuralnav.models.benchmark import Benchmark
from neuralnav.resources import resource_dir

MOST_PROBLEMS = 20


def shipped_runs() -> Path:
    """The file of runs that ships."""
    return resource_dir("data") / "measured" / "serving.csv"


def read_measured_runs(path: Path | None = None) -> tuple[Benchmark, ...]:
    """The runs in ``path``; unset, those that ship.

    Raises:
        InvalidInputError: the file cannot be read, has other columns, or holds a value that is out of range; each
            problem names line and column, the value and what is allowed.
    """
    source = path or shipped_runs()
    read = read_benchmarks(source)
    if read.format != SERVING_CSV.name:
        problem = FieldProblem(source.name, read.format, "CSV")
        raise InvalidInputError(f"{source} cannot be used: {problem}", (problem,))
    if read.problems:
        problems = read.problems[:MOST_PROBLEMS]
        raise InvalidInputError(f"{source} cannot be used: {'; '.join(map(str, problems))}", problems)
    return read.benchmarks
