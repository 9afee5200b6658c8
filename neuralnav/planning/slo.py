"""Service levels: the use case's defaults, relaxed where cost comes first, replaced by what was said."""

from __future__ import annotations

from collections.abc import Mapping

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.figures import duration
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.specification import EDITED, PlanningPolicy, SLOTargets, TrafficProfile
from neuralnav.models.vocabulary import Priority

DEFAULT_RELIABILITY_PCT = 99.0
LATENCY_FIELDS = ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms")
RELAXED_FOR_COST = {"ttft_p95_ms": 1.5, "itl_p95_ms": 1.5, "e2e_p95_ms": 1.25}
"""Factors on the defaults when cost comes first."""


def derive_targets(intent: DeploymentIntent, template: UseCaseTemplate, evidence: Mapping[str, str]) -> SLOTargets:
    """The p95 targets to hold, each with its reason. What was said is kept as said, whatever the priority."""
    values, reasons = {}, {}
    for field in LATENCY_FIELDS:
        values[field], reasons[field] = _target(field, intent, template, evidence)
    if intent.reliability_pct is not None:
        reliability = intent.reliability_pct
        reasons["reliability_pct"] = _as_said("reliability_pct", evidence)
    else:
        reliability = DEFAULT_RELIABILITY_PCT
        reasons["reliability_pct"] = "default"
    return SLOTargets(
        **values, reliability_pct=reliability, experience_class=template.experience_class, reasons=reasons
    )


def spare_replicas(targets: SLOTargets, policy: PlanningPolicy) -> int:
    """Replicas beyond those that the load needs, so that one may fail: 1 from the reliability on that policy names."""
    return int(targets.reliability_pct >= policy.spare_replica_from_pct)


def contradictions(targets: SLOTargets, traffic: TrafficProfile) -> tuple[str, ...]:
    """Notes on targets that cannot all matter: an E2E target that asks for faster tokens than the ITL target."""
    tokens = traffic.output_tokens.mean
    by_parts = targets.ttft_p95_ms + tokens * targets.itl_p95_ms
    if targets.e2e_p95_ms <= targets.ttft_p95_ms:
        return (
            f"E2E of {duration(targets.e2e_p95_ms)} is not above TTFT of {duration(targets.ttft_p95_ms)}: "
            "nothing can meet both.",
        )
    if targets.e2e_p95_ms >= by_parts:
        return ()
    asked = (targets.e2e_p95_ms - targets.ttft_p95_ms) / tokens
    return (
        f"E2E of {duration(targets.e2e_p95_ms)} with {tokens:,.0f} output tokens asks for about "
        f"{duration(asked)} a token, tighter than ITL {duration(targets.itl_p95_ms)}; E2E of "
        f"{duration(by_parts)} would fit both.",
    )


def _target(
    field: str, intent: DeploymentIntent, template: UseCaseTemplate, evidence: Mapping[str, str]
) -> tuple[float, str]:
    said = getattr(intent, field)
    if said is not None:
        return said, _as_said(field, evidence)
    default = getattr(template, field)
    if intent.priority is Priority.COST:
        factor = RELAXED_FOR_COST[field]
        return (
            default * factor,
            f"{template.name} default of {default:g} ms, relaxed by {factor:g} as cost comes first",
        )
    return default, f"default of {template.name}"


def _as_said(field: str, evidence: Mapping[str, str]) -> str:
    words = evidence.get(field)
    if words == EDITED:
        return "as you set it"
    return f'as you said: "{words}"' if words else "as given"
