"""The JSON that ``neuralnav benchmarks export`` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neuralnav.importers.formats import Fields, Format, UnusableRunError, said
from neuralnav.models.benchmark import Benchmark

SCHEMA = "neuralnav.benchmarks/1"


def document_of(benchmarks: Sequence[Benchmark]) -> dict[str, Any]:
    """The document that holds ``benchmarks``."""
    runs = [benchmark.model_dump(mode="json", exclude_none=True) for benchmark in benchmarks]
    return {"schema": SCHEMA, "benchmarks": runs}


def _recognises(document: Any) -> bool:
    return isinstance(document, dict) and document.get("schema") == SCHEMA


def _runs(document: Any) -> Iterator[tuple[str, Any]]:
    runs = document.get("benchmarks")
    for number, run in enumerate(runs if isinstance(runs, list) else [runs], start=1):
        yield f"benchmark {number}", run


def _read(_document: Any, run: Any) -> Fields:
    if not isinstance(run, dict):
        raise UnusableRunError("benchmarks", str(run)[:80], "a list of objects")
    return said(run)


EXPORTED_JSON = Format("neuralnav", _recognises, _runs, _read)
