"""The load and the targets of a trace: what was said, what is usual for the use case, and what follows."""

from __future__ import annotations

from neuralnav.models.specification import Derivation, LengthDistribution
from neuralnav.models.trace import TraceSource, Value, names_in
from neuralnav.models.vocabulary import Priority
from neuralnav.planning.slo import LATENCY_FIELDS, RELAXED_FOR_COST, derive_targets
from neuralnav.planning.tracing.context import Traced, from_plan
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import as_said, by_default, of_policy, of_use_case
from neuralnav.planning.traffic import derive_traffic, planned_peak_qps

RATES = ("average_qps", "peak_qps", "steady_concurrency", "peak_concurrency")
LENGTHS = ("prompt_tokens", "output_tokens")
UNITS = {
    "user_count": "people",
    "concurrent_users": "people",
    "steady_concurrency": "people",
    "peak_concurrency": "people",
    "requests_per_active_user_per_min": "requests/min",
}


def trace_load(traced: Traced, ledger: Ledger) -> None:
    """Lengths, rates, and the peak that is planned for."""
    spec, traffic = traced.specification, traced.specification.traffic
    ledger.given("use_case", traced.setting.template.use_case.value, as_said(spec, "use_case"))
    for field in LENGTHS:
        _lengths(traced, ledger, field, getattr(traffic, field))
    for field in RATES:
        _rate(traced, ledger, field)
    arrival = as_said(spec, "burstiness") if traced.said("burstiness") else by_default("traffic.burstiness")
    ledger.given("burstiness", traffic.burstiness.value, arrival)
    hit_ratio = spec.overrides.prefix_cache_hit_ratio
    cached = (
        by_default("traffic.prefix_cache_hit_ratio")
        if hit_ratio is None
        else as_said(spec, "prefix_cache_hit_ratio", "overrides")
    )
    ledger.given("prefix_cache_hit_ratio", traffic.prefix_cache_hit_ratio, cached)
    for field in ("burst_factor", "headroom"):
        ledger.given(field, getattr(spec.policy, field), of_policy(spec, field))
    ledger.derived(
        "planned_peak_qps", planned_peak_qps(spec), "peak_qps x burst_factor x (1 + headroom)", planned_peak_qps
    )
    ledger.close("load")


def trace_targets(traced: Traced, ledger: Ledger) -> None:
    """The p95 targets and the reliability, each with its reason."""
    spec, targets = traced.specification, traced.specification.slo_targets
    ledger.given("priority", spec.intent.priority.value, as_said(spec, "priority"))
    for field in LATENCY_FIELDS:
        _target(traced, ledger, field)
    reliability = as_said(spec, "reliability_pct") if traced.said("reliability_pct") else None
    ledger.given(
        "reliability_pct",
        targets.reliability_pct,
        reliability or by_default("slo_targets.reliability_pct"),
        note=targets.reasons.get("reliability_pct"),
    )
    for words in spec.notes:
        ledger.note(words)
    ledger.close("targets")


def _rate(traced: Traced, ledger: Ledger, field: str) -> None:
    """A rate with everything that its derivation takes."""
    if field in ledger:
        return
    value = getattr(traced.specification.traffic, field)
    derivation = traced.specification.traffic.derivations.get(field, Derivation(formula="as given", inputs={}))
    unit = UNITS.get(field)
    if set(derivation.inputs) <= {field}:
        ledger.given(field, value, as_said(traced.specification, field, "traffic"), unit=unit)
        return
    for name, part in derivation.inputs.items():
        if name in RATES:
            _rate(traced, ledger, name)
        elif name not in ledger and isinstance(part, str | int | float):
            ledger.given(name, part, _leaf(traced, name, part), unit=UNITS.get(name))
    if set(names_in(derivation.formula)) <= derivation.inputs.keys():
        ledger.derived(field, value, derivation.formula, derive_traffic, unit=unit)
    else:
        ledger.derived(field, value, next(iter(derivation.inputs)), derive_traffic, unit=unit, note=derivation.formula)


def _leaf(traced: Traced, name: str, value: Value) -> TraceSource:
    """Who says a part of a rate."""
    if traced.said(name):
        return as_said(traced.specification, name)
    template = traced.setting.template
    if getattr(template.activity, name, None) == value:
        return of_use_case(template)
    return from_plan(f"traffic.derivations, {name}")


def _lengths(traced: Traced, ledger: Ledger, field: str, lengths: LengthDistribution) -> None:
    """Mean and p95 of a length; a p95 that is twice the mean follows from it."""
    spec, template = traced.specification, traced.setting.template
    derivation = spec.traffic.derivations.get(field)
    note = derivation.formula if derivation else None
    if spec.overrides.mix:
        source = as_said(spec, "mix", "overrides")
    elif getattr(spec.overrides, field) is not None:
        source = as_said(spec, field, "overrides")
    elif traced.said(field):
        source = as_said(spec, field)
    elif getattr(template, field) == lengths.mean:
        source = of_use_case(template)
    else:
        source = from_plan(f"traffic.{field}")
    ledger.given(field, lengths.mean, source, unit="tokens", note=note)
    name = f"{field}_p95"
    if lengths.kind == "lognormal" and lengths.p95 == 2 * lengths.mean:
        ledger.derived(name, lengths.p95, f"2 x {field}", derive_traffic, unit="tokens")
    else:
        ledger.given(name, lengths.p95, source, unit="tokens", note=f"{lengths.kind} lengths")


def _target(traced: Traced, ledger: Ledger, field: str) -> None:
    spec, template = traced.specification, traced.setting.template
    value, note = getattr(spec.slo_targets, field), spec.slo_targets.reasons.get(field)
    usual = getattr(template, field)
    factor = RELAXED_FOR_COST[field] if spec.intent.priority is Priority.COST else 1.0
    name = f"target_{field}"
    if traced.said(field):
        ledger.given(name, value, as_said(spec, field), note=note)
    elif value != usual * factor:
        ledger.given(name, value, from_plan(f"slo_targets.{field}"), note=note)
    elif factor == 1:
        ledger.given(name, value, of_use_case(template), note=note)
    else:
        ledger.given(f"usual_{field}", usual, of_use_case(template))
        ledger.derived(name, value, f"usual_{field} x {factor:g}", derive_targets, note=note)
