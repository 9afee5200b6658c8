"""The trace of an option: each section in the order in which its figures follow from those before."""

from __future__ import annotations

import numpy as np

from neuralnav.errors import FieldProblem, NotFoundError, NothingFitsError
from neuralnav.models.labels import hardware_label, model_label
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.trace import DataVersions, Trace, TraceSection
from neuralnav.models.vocabulary import Source
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import ToSimulate
from neuralnav.planning.recommendations import Evaluated
from neuralnav.planning.tracing.context import ONLY, Traced
from neuralnav.planning.tracing.engine import trace_memory, trace_memory_use, trace_model
from neuralnav.planning.tracing.latency import trace_latency
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.load import trace_load, trace_targets
from neuralnav.planning.tracing.money import trace_cost, trace_replicas
from neuralnav.planning.tracing.performance import trace_performance
from neuralnav.planning.tracing.scores import trace_scores


def to_simulate(planner: Planner, plan: Plan, option: Recommendation) -> ToSimulate | None:
    """The engine of ``option`` where the plan simulated it and ``planner`` has no surface of it; ``None``: it has.

    Raises:
        NotFoundError: today's data do not hold the configuration.
    """
    evaluated = _evaluated(planner, plan, option)
    if option.source is Source.ESTIMATED or evaluated.load.surfaces.simulated[ONLY]:
        return None
    rows = evaluated.load.rows
    contexts = [evaluated.setting.judged[at].context_tokens for at in evaluated.setting.table.served_index[rows]]
    return ToSimulate(LoadShape.of(plan.specification), rows, np.array(contexts, dtype=np.intp))


def trace(planner: Planner, plan: Plan, option: Recommendation) -> Trace:
    """Where every number of ``option`` in ``plan`` comes from, by the data and the surfaces that ``planner`` has.

    Each figure is worked out anew. Where the data are still those of the plan, it is the plan's own to the last digit;
    where they are not, the trace names both.

    Raises:
        NotFoundError: today's data do not hold the configuration.
        NothingFitsError: by today's data no number of its replicas meets the targets.
    """
    evaluated, today = _evaluated(planner, plan, option), _versions(planner)
    if not evaluated.sizing.carries[ONLY] or evaluated.sizing.performance.saturated[ONLY]:
        raise NothingFitsError(
            f"By today's data {option.id} does not meet the targets any more. {_made_with(plan, today)}"
        )
    traced = Traced(
        plan=plan,
        option=option,
        evaluated=evaluated,
        today=evaluated.recommend(ONLY, slo_met=option.slo_met),
        planner=planner,
    )
    sections = _sections(traced)
    return Trace(
        option=option.id,
        label=f"{model_label(option)} on {hardware_label(option)}",
        planned_with=DataVersions(price_table=plan.price_table, calibration=plan.calibration),
        traced_with=today,
        changes=_changes(traced, today, sections),
        sections=sections,
    )


def _evaluated(planner: Planner, plan: Plan, option: Recommendation) -> Evaluated:
    evaluated = planner.evaluate(plan.specification, option)
    if evaluated is None:
        problem = FieldProblem("option", option.id, "a configuration of today's catalogue and GPUs")
        made_with = _made_with(plan, _versions(planner))
        raise NotFoundError(f"Today's data do not hold {option.id} any more. {made_with}", (problem,))
    return evaluated


def _versions(planner: Planner) -> DataVersions:
    return DataVersions(price_table=planner.price_table, calibration=planner.calibration.version)


def _made_with(plan: Plan, today: DataVersions) -> str:
    return (
        f"The plan was made with price table {plan.price_table} and calibration {plan.calibration}, today's are "
        f"{today.price_table} and {today.calibration}: plan again."
    )


def _sections(traced: Traced) -> tuple[TraceSection, ...]:
    ledger = Ledger()
    trace_load(traced, ledger)
    trace_targets(traced, ledger)
    trace_model(traced, ledger)
    trace_memory(traced, ledger)
    trace_performance(traced, ledger)
    trace_replicas(traced, ledger)
    trace_latency(traced, ledger)
    trace_memory_use(traced, ledger)
    ledger.close("latency")
    trace_cost(traced, ledger)
    trace_scores(traced, ledger)
    return tuple(ledger.sections)


def _changes(traced: Traced, today: DataVersions, sections: tuple[TraceSection, ...]) -> tuple[str, ...]:
    plan, changes = traced.plan, []
    if plan.price_table != today.price_table:
        changes.append(f"Prices: the plan was made with table {plan.price_table}, today's is {today.price_table}.")
    if plan.calibration != today.calibration:
        changes.append(f"Calibration: the plan was made with {plan.calibration}, today's is {today.calibration}.")
    then, now = traced.option.source, traced.today.source
    if then is not now:
        changes.append(f"Performance: {then.value} when the plan was made, {now.value} today.")
    differing = [entry.name for section in sections for entry in section.entries if entry.differs]
    if differing:
        changes.append(f"Figures that are not the plan's: {', '.join(differing)}.")
    return tuple(changes)
