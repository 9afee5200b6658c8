"""The replicas and the cost of a trace: how many for the peak, what is rented, at which prices."""

from __future__ import annotations

from neuralnav.planning.cost import HOURS_PER_MONTH, SECONDS_PER_HOUR, Packing, PriceBook, cost_of, tokens_per_second
from neuralnav.planning.evaluation import size
from neuralnav.planning.recommendations import Evaluated
from neuralnav.planning.slo import spare_replicas
from neuralnav.planning.tracing.context import Traced
from neuralnav.planning.tracing.ledger import Ledger
from neuralnav.planning.tracing.sources import as_said, of_policy, of_price, worked_out


def trace_replicas(traced: Traced, ledger: Ledger) -> None:
    """Replicas for the planned peak, a spare one among them where the reliability asks for it."""
    spec, today, option = traced.specification, traced.today, traced.option
    spare = spare_replicas(spec.slo_targets, spec.policy)
    ledger.given("max_utilisation", spec.policy.max_utilisation, of_policy(spec, "max_utilisation"))
    ledger.given(
        "spare_replica_from_pct", spec.policy.spare_replica_from_pct, of_policy(spec, "spare_replica_from_pct")
    )
    ledger.given(
        "spare_replicas",
        spare,
        worked_out(spare_replicas),
        note=f"reliability_pct {'reaches' if spare else 'is below'} spare_replica_from_pct",
    )
    if spec.pinned.replicas is not None:
        ledger.given("replicas", today.replicas, as_said(spec, "replicas", "pinned"), planned=option.replicas)
    else:
        ledger.derived(
            "replicas",
            today.replicas,
            "max(ceil(planned_peak_qps / (max_qps x max_utilisation)), 1) + spare_replicas",
            size,
            planned=option.replicas,
        )
    ledger.derived("gpus", today.gpus, "replicas x tensor_parallel", size, planned=option.gpus)
    ledger.derived(
        "carried_qps",
        today.replicas * today.predicted.max_qps.value,
        "replicas x max_qps",
        size,
        note="within all three targets",
    )
    ledger.close("replicas")


def trace_cost(traced: Traced, ledger: Ledger) -> None:
    """The rented instances, their prices, and the cost an hour, a month and 1,000 tokens."""
    traffic = traced.specification.traffic
    per_hour = tokens_per_second(traffic) * SECONDS_PER_HOUR
    ledger.derived(
        "tokens_per_hour",
        per_hour,
        f"average_qps x (prompt_tokens + output_tokens) x {SECONDS_PER_HOUR}",
        tokens_per_second,
        unit="tokens/h",
    )
    packing = _packing(traced)
    if packing is None:
        ledger.note(f"No instance with a known price holds {traced.candidate.tensor_parallel} of these GPUs.")
    else:
        _rented(traced, ledger, packing)
    if traced.evaluated.constraints.region is None and traced.plan.specification.constraints.region is not None:
        ledger.note(
            f"No price is known in {traced.plan.specification.constraints.region}: other regions' prices stand in."
        )
    ledger.close("cost")


def _packing(traced: Traced) -> Packing | None:
    constraints, candidate = traced.evaluated.constraints, traced.candidate
    return traced.setting.book.pack(
        candidate.gpu.gpu_type,
        candidate.tensor_parallel,
        traced.today.replicas,
        constraints.cloud_provider,
        constraints.region,
    )


def _rented(traced: Traced, ledger: Ledger, packing: Packing) -> None:
    planned, terms = traced.option.cost, []
    for number, (price, count) in enumerate(packing.instances, start=1):
        source = of_price(price)
        name = f"instance_{number}"
        ledger.given(name, f"{price.cloud_provider} {price.instance_type}, {price.region}", source, note=price.note)
        ledger.given(f"{name}_gpus", price.gpus, source, unit="GPUs")
        ledger.given(f"{name}_hourly_usd", price.hourly_usd, source, unit="$/h")
        ledger.given(f"{name}_count", count, worked_out(PriceBook.pack), unit="machines")
        terms.append(f"{name}_count x {name}_hourly_usd")
    cost = cost_of(packing, traced.specification.traffic)
    ledger.derived(
        "per_hour_usd",
        cost.per_hour_usd,
        " + ".join(terms),
        PriceBook.pack,
        unit="$/h",
        planned=planned.per_hour_usd if planned else None,
        note="the cheapest mix of instances of one region that holds all replicas",
    )
    ledger.derived(
        "per_month_usd",
        cost.per_month_usd,
        f"per_hour_usd x {HOURS_PER_MONTH}",
        cost_of,
        unit="$/month",
        planned=planned.per_month_usd if planned else None,
    )
    ledger.derived(
        "per_1k_tokens_usd",
        cost.per_1k_tokens_usd,
        "per_hour_usd / tokens_per_hour x 1000",
        cost_of,
        unit="$",
        planned=planned.per_1k_tokens_usd if planned else None,
        note="prompt and output tokens at the average load",
    )
    ledger.given(
        "instances", packing.label, worked_out(Evaluated.recommend), planned=planned.instance if planned else None
    )
