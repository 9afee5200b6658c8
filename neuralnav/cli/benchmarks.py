"""``neuralnav benchmarks``: import, list and export measured benchmarks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neuralnav.cli.documents import argument_text
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.importers.reading import ReadFile
from neuralnav.knowledge.database import Database
from neuralnav.models.figures import plural
from neuralnav.services.benchmarks import (
    ImportReport,
    as_csv,
    as_json,
    import_files,
    read_files,
    stored_benchmarks,
    write_text,
)
from neuralnav.settings import LOCAL_USER, get_settings

WRITERS = {"csv": as_csv, "json": as_json}


def import_(files: Sequence[Path], options: dict[str, str | None], *, strict: bool, as_json: bool) -> int:
    """Import ``files``; ``options`` says what they do not. 1 when runs were refused; with ``strict`` none is then."""
    declared = {field: argument_text(value) for field, value in options.items() if value is not None}
    report = asyncio.run(_import(read_files(files, declared, strict=strict)))
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    return 1 if report.refused else 0


def list_(gpu: str | None, model: str | None, *, as_json: bool) -> int:
    """The stored runs, of one GPU or of models whose id contains ``model``."""
    runs = asyncio.run(stored_benchmarks(get_settings(), gpu))
    wanted = (model or "").casefold()
    found = [run for run in runs if wanted in run.model.casefold()]
    if as_json:
        print_json([{"id": run.id, **run.model_dump(mode="json")} for run in found])
    else:
        from neuralnav.cli.benchmark_table import print_benchmarks

        print_benchmarks(found, sys.stdout)
    return 0


def export(kind: str, out: Path | None) -> int:
    """Every stored run as CSV or JSON, to ``out`` or standard output."""
    if kind not in WRITERS:
        problem = FieldProblem("--format", kind, " or ".join(WRITERS))
        raise InvalidInputError(f"This format is not known: {problem}.", (problem,))
    text = WRITERS[kind](asyncio.run(stored_benchmarks(get_settings())))
    if out is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_text(out, text)
    return 0


async def _import(files: Sequence[ReadFile]) -> ImportReport:
    async with Database.open(get_settings()) as database:
        return await import_files(database.pool, files, LOCAL_USER)


def _document(report: ImportReport) -> dict[str, Any]:
    return {
        "imported": sum(file.added for file in report.files),
        "known": sum(file.known for file in report.files),
        "refused": report.refused,
        "files": [asdict(file) for file in report.files],
        "errors": [asdict(problem) for problem in report.problems],
    }


def _print(report: ImportReport) -> None:
    for file in report.files:
        sys.stdout.write(
            f"{file.file} ({file.format}): {plural(file.added, 'run')} imported, {file.known} there before, "
            f"{file.refused} refused\n"
        )
    for problem in report.problems:
        sys.stderr.write(f"Refused: {problem}\n")
