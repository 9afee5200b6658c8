"""Where every number of a planned option comes from: figures with formulas, inputs and sources, section by section."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from neuralnav.models.base import Frozen
from neuralnav.models.vocabulary import GpuType, Precision

Value = str | bool | int | float | None
"""``None``: there is none, such as the cost of a GPU without a known price."""
NamedValues = dict[str, Value]

SECTIONS = MappingProxyType(
    {
        "load": "Load",
        "targets": "Targets",
        "model": "Model",
        "memory": "GPU memory",
        "performance": "Performance of one replica",
        "replicas": "Replicas",
        "latency": "Latency at the replica's share of the peak",
        "cost": "Cost",
        "scores": "Scores",
    }
)
"""Names of the sections and their titles, in the order in which figures follow from each other."""

FUNCTIONS = frozenset({"min", "max", "ceil", "floor", "log2", "sqrt"})
"""What formulas may call; besides, they hold numbers, names, ``+ - x / ^`` and brackets."""
SAME = 1e-9
"""Figures that differ by less than this share are the same."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def names_in(formula: str) -> tuple[str, ...]:
    """The names of the figures that ``formula`` takes, each once, in the order in which they stand there."""
    found = dict.fromkeys(_NAME.findall(formula))
    return tuple(name for name in found if name != "x" and name not in FUNCTIONS)


class SourceKind(StrEnum):
    """What vouches for a figure."""

    SPECIFICATION = "specification"
    """A person's words or edits, or a stated default."""
    DATA = "data"
    """A published figure in the knowledge base, or one that the planner weighs with."""
    MODEL = "model"
    """The performance model, which was fitted to measurements."""
    FORMULA = "formula"
    """Other figures of the same trace."""


class TraceSource(Frozen):
    """Who says a figure, where it stands, under which terms, and when it held."""

    kind: SourceKind
    where: str = Field(min_length=1)
    """The place: a table and its row, a data file, a field of the specification, a function of the program."""
    source: str = Field(min_length=1)
    """Who published it, or the person's words."""
    licence: str | None = None
    """``None``: what a person said has none."""
    as_of: str | None = None
    """Year, month or day; for the performance model, the version of its calibration."""


class TraceEntry(Frozen):
    """One figure and where it comes from."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Like no other's in the trace; formulas call it so."""
    value: Value
    unit: str = ""
    formula: str | None = None
    """What gives ``value`` from ``inputs``; ``None``: the source says the value itself."""
    inputs: NamedValues = Field(default_factory=dict)
    """The figures of the formula, which are entries of the same trace."""
    source: TraceSource
    planned: Value = None
    """What the plan holds in this place; ``None``: it does not hold this figure."""
    note: str | None = None

    @property
    def differs(self) -> bool:
        """Whether today's figure is another than the plan's."""
        if self.planned is None:
            return False
        if isinstance(self.planned, str) or isinstance(self.value, str | None):
            return self.planned != self.value
        return not math.isclose(self.planned, self.value, rel_tol=SAME, abs_tol=SAME)


class TraceTable(Frozen):
    """Figures that belong together, a row each; all have the same source."""

    title: str
    columns: tuple[str, ...]
    """Each with its unit."""
    rows: tuple[tuple[Value, ...], ...]
    source: TraceSource
    note: str | None = None


class TraceSection(Frozen):
    """One part of the way to an option's figures."""

    name: str
    title: str
    entries: tuple[TraceEntry, ...]
    tables: tuple[TraceTable, ...] = ()
    notes: tuple[str, ...] = ()


class DataVersions(Frozen):
    """Which data a plan or a trace was made with."""

    price_table: str
    """Digest of the prices."""
    calibration: str
    """Version of the calibration."""


class ComparedFigure(Frozen):
    """One figure of a measured run beside the prediction for that run's own load."""

    name: str
    unit: str
    measured: float
    predicted: float | None
    """``None``: the run cannot be predicted; ``MeasuredRun.note`` says why."""


class MeasuredRun(Frozen):
    """A measured run of the same model shape, precision, GPU and tensor parallelism as an option."""

    model: str
    """The id that the run names."""
    precision: Precision
    gpu_type: GpuType
    tensor_parallel: int
    engine_version: str | None
    load: str
    """In words: a rate, a number of clients, or a batch."""
    prompt_tokens: float
    output_tokens: float
    """Mean lengths."""
    figures: tuple[ComparedFigure, ...]
    source: TraceSource
    note: str | None = None


class Trace(Frozen):
    """Every number of one option of a plan, with where it comes from."""

    schema_version: Literal[1] = 1
    option: str
    """Its id in the plan."""
    label: str
    planned_with: DataVersions
    traced_with: DataVersions
    changes: tuple[str, ...]
    """What of the data is other than when the plan was made; empty: every figure is the plan's own."""
    sections: tuple[TraceSection, ...]
    measured_runs: Annotated[int, Field(ge=0)] = 0
    """How many measured runs of the same model shape, precision, GPU and tensor parallelism are stored."""
    measured: tuple[MeasuredRun, ...] = ()
    """Those of them that are nearest to the planned load."""

    @property
    def entries(self) -> dict[str, TraceEntry]:
        """All figures by name."""
        return {entry.name: entry for section in self.sections for entry in section.entries}
