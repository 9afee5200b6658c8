"""Who vouches for a figure: rows of the knowledge base, the specification, the performance model, a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuralnav import __version__
from neuralnav.models.catalog import CatalogModel, GpuProfile, InstancePrice, ModelArchitecture, UseCaseTemplate
from neuralnav.models.provenance import Sourced
from neuralnav.models.specification import EDITED, DeploymentSpecification, PlanningPolicy
from neuralnav.models.trace import SourceKind, TraceSource
from neuralnav.performance.calibration import Calibration
from neuralnav.planning.figures import PlanningFigures
from neuralnav.planning.measured_surfaces import Evidence

OURS = "Apache-2.0"
MOST_ROWS = 5
"""More measured runs are counted, and not named one by one."""


def of_row(table: str, key: str, row: Sourced) -> TraceSource:
    """A row of the knowledge base."""
    return TraceSource(
        kind=SourceKind.DATA,
        where=f"table {table}, row {key}",
        source=row.source,
        licence=row.source_licence,
        as_of=row.as_of,
    )


def of_use_case(template: UseCaseTemplate) -> TraceSource:
    """The row of a use case."""
    return of_row("slo_templates", template.use_case, template)


def of_model(model: CatalogModel) -> TraceSource:
    """The row of a catalogue model."""
    return of_row("model_catalog", model.model_id, model)


def of_architecture(architecture: ModelArchitecture) -> TraceSource:
    """The row of a model's shape."""
    return of_row("model_architectures", architecture.name, architecture)


def of_gpu(gpu: GpuProfile) -> TraceSource:
    """The row of a GPU."""
    return of_row("hardware_profiles", gpu.gpu_type, gpu)


def of_price(price: InstancePrice) -> TraceSource:
    """The row of a price."""
    key = f"{price.cloud_provider} {price.instance_type} {price.region}"
    return of_row("cost_data", key, price).model_copy(update={"as_of": price.effective.isoformat()})


def of_figures(figures: PlanningFigures, entry: str) -> TraceSource:
    """A figure that the planner weighs with."""
    return TraceSource(
        kind=SourceKind.DATA,
        where=f"data/planning.json, {entry}",
        source=figures.source,
        licence=figures.licence,
        as_of=figures.as_of,
    )


def of_calibration(calibration: Calibration, where: str) -> TraceSource:
    """The performance model as it was fitted."""
    return TraceSource(
        kind=SourceKind.MODEL,
        where=where,
        source=f"fitted to {calibration.source}",
        licence=calibration.licence,
        as_of=calibration.version,
    )


def of_runs(evidence: Evidence) -> TraceSource:
    """Measured runs in the knowledge base."""
    days = [run.measured_on.isoformat() for run in evidence.runs if run.measured_on]
    return TraceSource(
        kind=SourceKind.DATA,
        where=f"table model_benchmarks, {_rows(evidence)}",
        source=evidence.reference,
        licence=", ".join(dict.fromkeys(run.licence for run in evidence.runs)),
        as_of=max(days, default=None),
    )


def of_measured(evidence: Evidence, simulation: TraceSource) -> TraceSource:
    """A figure of the performance model, times what measured runs are of it."""
    runs = of_runs(evidence)
    return simulation.model_copy(
        update={
            "where": f"{runs.where}; where nothing was measured, their ratio to {simulation.where}",
            "source": f"{runs.source}; the simulation was {simulation.source}",
            "licence": ", ".join(dict.fromkeys(filter(None, (runs.licence, simulation.licence)))),
        }
    )


def of_policy(specification: DeploymentSpecification, field: str) -> TraceSource:
    """A field of the planner's policy."""
    usual = getattr(PlanningPolicy(), field) == getattr(specification.policy, field)
    return TraceSource(
        kind=SourceKind.SPECIFICATION,
        where=f"specification, policy.{field}",
        source="default of the planner's policy" if usual else _words(specification, f"policy.{field}"),
    )


def as_said(specification: DeploymentSpecification, field: str, where: str = "intent") -> TraceSource:
    """A field that a person said or set; ``where`` is the part of the specification that holds it."""
    return TraceSource(
        kind=SourceKind.SPECIFICATION,
        where=f"specification, {where}.{field}",
        source=_words(specification, field),
    )


def by_default(path: str) -> TraceSource:
    """A field of the specification that nobody said and that took the program's default."""
    return TraceSource(
        kind=SourceKind.SPECIFICATION, where=f"specification, {path}", source="default; nobody said otherwise"
    )


def worked_out(by: Callable[..., Any]) -> TraceSource:
    """A figure that a function works out of others."""
    return TraceSource(
        kind=SourceKind.FORMULA,
        where=f"{by.__module__}.{by.__qualname__}",
        source=f"worked out by NeuralNav {__version__}",
        licence=OURS,
    )


def constant(name: str, where: str) -> TraceSource:
    """A number that the program holds under a name."""
    return TraceSource(
        kind=SourceKind.FORMULA,
        where=f"{where}.{name}",
        source=f"NeuralNav {__version__}; the reason stands beside it",
        licence=OURS,
    )


def _rows(evidence: Evidence) -> str:
    """The ids of the runs, of many the first."""
    ids = [run.id for run in evidence.runs]
    rows = f"row {ids[0]}" if len(ids) == 1 else f"rows {', '.join(ids[:MOST_ROWS])}"
    return rows if len(ids) <= MOST_ROWS else f"{rows} and {len(ids) - MOST_ROWS} more"


def _words(specification: DeploymentSpecification, field: str) -> str:
    words = specification.evidence.get(field)
    if words == EDITED:
        return "as you set it"
    return f'your words: "{words}"' if words else "as given"
