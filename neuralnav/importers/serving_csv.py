"""CSV in the layout of ``data/measured/serving.csv``, with the columns that an export adds."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from neuralnav.importers.files import CsvTable
from neuralnav.importers.formats import Fields, Format, UnusableRunError
from neuralnav.models.benchmark import Benchmark
from neuralnav.models.prediction import LoadKind

RENAMED = MappingProxyType({"license": "licence", "gpu": "gpu_type"})
"""Columns that are called otherwise than their fields."""
COLUMN_OF = MappingProxyType({field: column for column, field in RENAMED.items()})
COLUMNS = tuple(COLUMN_OF.get(field, field) for field in Benchmark.model_fields)
NEEDED = frozenset({"model", "gpu", "load", "prompt_tokens", "output_tokens"})
"""Columns without which a row is no run."""
UNIFORM_SOURCE = "aiconfigurator/silicon_sample:inferencemax"
"""InferenceMAX draws lengths from 0.8 to 1.0 of the nominal ones."""


def _recognises(document: Any) -> bool:
    return isinstance(document, CsvTable)


def _runs(table: CsvTable) -> Iterator[tuple[str, Any]]:
    for number, cells in table.lines:
        yield f"line {number}", cells


def _read(table: CsvTable, cells: tuple[str, ...]) -> Fields:
    if len(cells) != len(table.columns):
        raise UnusableRunError("row", f"{len(cells)} values", f"{len(table.columns)}, as the header has")
    return row_fields(dict(zip(table.columns, cells, strict=True)))


def check_columns(table: CsvTable) -> None:
    """Refuse a table with a column that is unknown, there twice, or missing.

    Raises:
        UnusableRunError: names the column.
    """
    for column in table.columns:
        if column not in COLUMNS or table.columns.count(column) > 1:
            raise UnusableRunError("columns", column[:80], f"each once: {', '.join(COLUMNS)}")
    if missing := sorted(NEEDED - set(table.columns)):
        raise UnusableRunError("columns", f"no {missing[0]}", f"at least {', '.join(sorted(NEEDED))}")


def row_fields(row: dict[str, str]) -> Fields:
    """What a row of texts by column says; an empty text is no value.

    Where there is no column for it, arrivals of an open loop count as Poisson and its lengths as lognormal, as traces
    do; other lengths are fixed, but those of InferenceMAX.
    """
    fields: Fields = {RENAMED.get(column, column): text.strip() for column, text in row.items() if text.strip()}
    open_loop = fields.get("load") == LoadKind.OPEN_LOOP
    if open_loop:
        fields.setdefault("arrival", "poisson")
    uniform = fields.get("source") == UNIFORM_SOURCE
    fields.setdefault("length_kind", "lognormal" if open_loop else "uniform_0.8_1.0" if uniform else "fixed")
    return fields


def csv_row(benchmark: Benchmark) -> tuple[str, ...]:
    """The cells of a benchmark, one a column of ``COLUMNS``; reading them gives the same benchmark."""
    document = benchmark.model_dump(mode="json")
    return tuple("" if document[field] is None else str(document[field]) for field in Benchmark.model_fields)


SERVING_CSV = Format("csv", _recognises, _runs, _read)
