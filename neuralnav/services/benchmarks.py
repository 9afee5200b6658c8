"""The measured benchmarks as the faces use them: imported, listed, written out, and put first in predictions."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.importers.exported import document_of
from neuralnav.importers.reading import OPTIONS, ReadFile, read_benchmarks
from neuralnav.importers.serving_csv import COLUMNS, csv_row
from neuralnav.knowledge.connections import Pool, pooled
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.model_benchmarks import Origin, insert, load_benchmarks
from neuralnav.knowledge.reference import load_reference
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.gpus import resolve_gpu
from neuralnav.models.vocabulary import GpuType
from neuralnav.services.prediction import PredictionService, predictions_over
from neuralnav.settings import Settings

MOST_FILES = 1_000
MOST_PROBLEMS = 20
"""More problems than this are counted, not repeated, in an error."""


@dataclass(frozen=True)
class ImportedFile:
    """What became of a file's runs: added, there before, or refused."""

    file: str
    format: str
    added: int
    known: int
    refused: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did, and what is wrong with the runs that it refused."""

    files: tuple[ImportedFile, ...]
    problems: tuple[FieldProblem, ...]

    @property
    def refused(self) -> int:
        """Runs that were not imported."""
        return sum(file.refused for file in self.files)


def read_files(paths: Sequence[Path], declared: Mapping[str, Any], *, strict: bool) -> tuple[ReadFile, ...]:
    """Every file; ``declared`` (see ``importers.reading.OPTIONS``) holds for all runs of all of them.

    Raises:
        InvalidInputError: a file cannot be used at all, something has to be declared, or, with ``strict``, any run is
            wrong.
        NotFoundError: no GPU is called so.
    """
    if len(paths) > MOST_FILES:
        problem = FieldProblem("FILE", len(paths), f"at most {MOST_FILES:,} files")
        raise InvalidInputError(f"Too many files: {problem}.", (problem,))
    said = _canonical(declared)
    read = tuple(read_benchmarks(path, said) for path in paths)
    problems = tuple(problem for file in read for problem in file.problems)
    if strict and problems:
        shown = "; ".join(map(str, problems[:MOST_PROBLEMS]))
        raise InvalidInputError(f"Nothing was imported: {shown}.", problems)
    return read


async def import_files(pool: Pool, files: Sequence[ReadFile], imported_by: str) -> ImportReport:
    """Add the good runs of ``files`` in one transaction; those that are there already stay as they are.

    Raises:
        InvalidInputError: the database refuses a value; then nothing is imported.
        UnavailableError: the database does not answer.
    """
    done = []
    async with pooled(pool) as connection, connection.transaction():
        for file in files:
            origin = Origin(imported_by, file.name, file.sha256)
            added = await insert(connection, file.benchmarks, origin)
            done.append(ImportedFile(file.name, file.format, added, len(file.benchmarks) - added, file.refused))
    return ImportReport(tuple(done), tuple(problem for file in files for problem in file.problems))


def as_csv(benchmarks: Sequence[Benchmark]) -> str:
    """The runs in the layout of ``data/measured/serving.csv``, with a column for every field."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(csv_row(benchmark) for benchmark in benchmarks)
    return out.getvalue()


def as_json(benchmarks: Sequence[Benchmark]) -> str:
    """The runs as one JSON document that can be imported."""
    return json.dumps(document_of(benchmarks), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``.

    Raises:
        UnavailableError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}.") from None


async def stored_benchmarks(settings: Settings, gpu: str | None = None) -> tuple[Benchmark, ...]:
    """The runs in the database, or those on ``gpu``.

    Raises:
        NotFoundError: no GPU is called so.
        InvalidInputError: ``gpu`` means several types, or a row cannot be used.
        UnavailableError: the database cannot be reached.
    """
    wanted = _one_gpu(gpu) if gpu else None
    async with Database.open(settings) as database:
        return await load_benchmarks(database.pool, wanted)


async def stored_predictions(settings: Settings) -> PredictionService:
    """Predictions for the models in the database, added ones too, that put the runs in it first, imported ones too.

    Raises:
        UnavailableError: the database cannot be reached.
        InvalidInputError: a row in the database cannot be used.
    """
    try:
        async with Database.open(settings) as database:
            reference, benchmarks = await load_reference(database.pool), await load_benchmarks(database.pool)
    except UnavailableError as error:
        raise UnavailableError(f"{error.detail} --no-measured predicts from the data that ships alone.") from error
    return await asyncio.to_thread(predictions_over, reference, benchmarks)


def _canonical(declared: Mapping[str, Any]) -> dict[str, Any]:
    said = {field: value for field, value in declared.items() if value is not None}
    unknown = said.keys() - OPTIONS.keys()
    if unknown:
        problem = FieldProblem(min(unknown), said[min(unknown)], f"one of {', '.join(OPTIONS)}")
        raise InvalidInputError(f"This cannot be declared: {problem}.", (problem,))
    return said | ({"gpu_type": _one_gpu(said["gpu_type"])} if "gpu_type" in said else {})


def _one_gpu(name: str) -> GpuType:
    types = resolve_gpu(name)
    if len(types) > 1:
        problem = FieldProblem("gpu", name, " or ".join(types))
        raise InvalidInputError(f"Several GPUs are called so: {problem}.", (problem,))
    return types[0]
