"""One file of benchmark results to benchmarks: its format is told by its content, each run is checked on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.importers.aiperf import AIPERF
from neuralnav.importers.exported import EXPORTED_JSON
from neuralnav.importers.files import BenchmarkFile, CsvTable, parse, read_file, unusable
from neuralnav.importers.formats import Fields, Format, UnusableRunError
from neuralnav.importers.guidellm import GUIDELLM
from neuralnav.importers.inference_perf import INFERENCE_PERF
from neuralnav.importers.serving_csv import SERVING_CSV, check_columns
from neuralnav.importers.vllm_bench import VLLM_BENCH
from neuralnav.models.benchmark import Benchmark

FORMATS = (EXPORTED_JSON, GUIDELLM, VLLM_BENCH, AIPERF, INFERENCE_PERF, SERVING_CSV)
MOST_RUNS = 20_000
"""Runs of one file."""
OPTIONS: Mapping[str, str] = {
    field: f"--{field.removesuffix('_type').removesuffix('_on').replace('_', '-')}"
    for field in (
        "source",
        "licence",
        "model",
        "gpu_type",
        "tensor_parallel",
        "expert_parallel",
        "data_parallel",
        "precision",
        "engine_version",
        "measured_on",
        "prefix_hit_ratio",
        "length_kind",
        "arrival",
    )
}
"""What may be said of the runs of a file besides, by field, and the option of the command that says it."""
REQUIRED = tuple(name for name, field in Benchmark.model_fields.items() if field.is_required())
_SHOWN = 80


@dataclass(frozen=True)
class ReadFile:
    """What a file holds: its good runs, and what is wrong with the others."""

    name: str
    sha256: str
    format: str
    benchmarks: tuple[Benchmark, ...]
    refused: int
    """Runs with problems."""
    problems: tuple[FieldProblem, ...]
    """Each names the file, the run and the field."""


def read_benchmarks(path: Path, declared: Mapping[str, Any] | None = None) -> ReadFile:
    """The benchmarks in the file at ``path``; ``declared`` (see ``OPTIONS``) holds for each of its runs.

    What is declared replaces what the file says.

    Raises:
        InvalidInputError: the file cannot be read, is of no known format, holds too many runs, or leaves something
            open for all its runs that has to be declared.
    """
    return read_content(read_file(path), declared or {})


def read_content(file: BenchmarkFile, declared: Mapping[str, Any]) -> ReadFile:
    """As ``read_benchmarks``, of a file that is read already."""
    document = parse(file)
    found = next((known for known in FORMATS if known.recognises(document)), None)
    if found is None:
        known = ", ".join(each.name for each in FORMATS)
        raise unusable(file.name, "of no known format", known)
    if isinstance(document, CsvTable) and found is SERVING_CSV:
        _check_columns(file, document)
    benchmarks: list[Benchmark] = []
    problems: list[FieldProblem] = []
    refused = 0
    open_in_all: set[str] | None = None
    for number, (where, raw) in enumerate(found.runs(document)):
        if number >= MOST_RUNS:
            raise unusable(file.name, f"more than {MOST_RUNS:,} runs", f"at most {MOST_RUNS:,} runs a file")
        fields = _fields(found, document, raw, declared)
        result = fields if isinstance(fields, list) else _benchmark(fields)
        if isinstance(result, Benchmark):
            benchmarks.append(result)
        else:
            refused += 1
            problems.extend(
                FieldProblem(f"{file.name}: {where}, {problem.field}", problem.value, problem.allowed)
                for problem in result
            )
        if isinstance(fields, dict):
            missing = {field for field in _needed(fields) if field not in fields}
            open_in_all = missing if open_in_all is None else open_in_all & missing
    _refuse_undeclared(file, open_in_all or set())
    return ReadFile(file.name, file.sha256, found.name, tuple(benchmarks), refused, tuple(problems))


def _check_columns(file: BenchmarkFile, table: CsvTable) -> None:
    try:
        check_columns(table)
    except UnusableRunError as error:
        raise unusable(file.name, f"column {error.problem.value!r}", error.problem.allowed) from None


def _fields(found: Format, document: Any, raw: Any, declared: Mapping[str, Any]) -> Fields | list[FieldProblem]:
    try:
        fields = found.read(document, raw)
    except ValidationError as error:
        return [_problem(detail) for detail in error.errors(include_url=False)]
    except UnusableRunError as error:
        return [error.problem]
    said = {name: value for name, value in declared.items() if name != "arrival" or fields.get("load") == "open_loop"}
    return {**fields, **said}


def _benchmark(fields: Fields) -> Benchmark | list[FieldProblem]:
    try:
        return Benchmark.model_validate(fields)
    except ValidationError as error:
        return [_problem(detail) for detail in error.errors(include_url=False)]


def _needed(fields: Fields) -> Iterable[str]:
    return (*REQUIRED, "arrival") if fields.get("load") == "open_loop" else REQUIRED


def _refuse_undeclared(file: BenchmarkFile, fields: set[str]) -> None:
    undeclared = [(field, option) for field, option in OPTIONS.items() if field in fields]
    if not undeclared:
        return
    options = ", ".join(option for _, option in undeclared)
    raise InvalidInputError(
        f"{file.name} does not say everything about its runs; add {options}.",
        tuple(FieldProblem(field, None, f"must be given: {option}") for field, option in undeclared),
    )


def _problem(detail: ErrorDetails) -> FieldProblem:
    field = ".".join(map(str, detail["loc"])) or "run"
    if detail["type"] == "missing":
        return FieldProblem(field, None, "must be given")
    message = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        name, separator, allowed = message.partition(": ")
        return FieldProblem(name, None, allowed) if separator else FieldProblem(field, None, message)
    return FieldProblem(field, str(detail["input"])[:_SHOWN], message)
