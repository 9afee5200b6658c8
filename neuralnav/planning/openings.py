"""Fields of a specification that can be opened: what is in the way taken out, and the least that lets a pick pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue

from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import LicenceDemand, Quality
from neuralnav.planning.changes import Pick
from neuralnav.planning.cost import HOURS_PER_MONTH
from neuralnav.planning.requirements import BUDGET_FIELDS, GPU_COUNT_FIELDS, PLAN_LIMIT
from neuralnav.planning.slo import DEFAULT_RELIABILITY_PCT
from neuralnav.planning.suitability import is_named

Value = Callable[[Pick], JsonValue]

MOST_GPUS = 100_000
MOST_HOURLY_USD = 1e9 / HOURS_PER_MONTH
"""Configurations with more GPUs, or that cost more, are never offered: no limit can be set so high."""


def opened(specification: DeploymentSpecification, fields: Sequence[str]) -> DeploymentSpecification:
    """``specification`` with ``fields`` out of the way, as far as they go; its version stays."""
    sections: dict[str, dict[str, Any]] = {}
    for field in fields:
        section, name = _place(field)
        sections.setdefault(section, {})[name] = _OPEN.get(field)
    return specification.model_copy(
        update={name: getattr(specification, name).model_copy(update=parts) for name, parts in sections.items()}
    )


def is_open(specification: DeploymentSpecification, field: str) -> bool:
    """Whether ``field`` is in nobody's way."""
    section, name = _place(field)
    return bool(getattr(getattr(specification, section), name) == _OPEN.get(field))


_OPEN: Mapping[str, Any] = MappingProxyType(
    {
        PLAN_LIMIT: MOST_GPUS,
        "reliability_pct": DEFAULT_RELIABILITY_PCT,
        "policy.burst_factor": 1.0,
        "policy.headroom": 0.0,
    }
)
"""What a field is when it is out of the way; ``None`` for all others."""


def _place(field: str) -> tuple[str, str]:
    """The section of a specification that holds ``field``, and its name there."""
    section, _, name = field.rpartition(".")
    return section or ("slo_targets" if field == "reliability_pct" else "constraints"), name


def _open(pick: Pick) -> JsonValue:  # noqa: ARG001
    return None


def _add_gpu(pick: Pick) -> JsonValue:
    allowed = pick.setting.specification.constraints.available_gpus or ()
    return [*sorted({*(gpu.value for gpu in allowed), pick.candidate.gpu.gpu_type.value})]


def _exclude_fewer_gpus(pick: Pick) -> JsonValue:
    excluded = pick.setting.specification.constraints.excluded_gpus or ()
    return [gpu.value for gpu in excluded if gpu is not pick.candidate.gpu.gpu_type] or None


def _more_parallel(pick: Pick) -> JsonValue:
    return pick.candidate.tensor_parallel


def _other_provider(pick: Pick) -> JsonValue:
    region = pick.setting.specification.constraints.region
    found = pick.packed(None, region) or pick.packed(None, None)
    return found.instances[0][0].cloud_provider.value if found else None


def _looser_licence(pick: Pick) -> JsonValue:
    demand = pick.setting.specification.constraints.licence
    if demand is LicenceDemand.OPEN and pick.candidate.served.model.licence_allows_commercial_use:
        return LicenceDemand.COMMERCIAL.value
    return LicenceDemand.ANY.value


def _lower_quality(pick: Pick) -> JsonValue:
    setting, accuracy = pick.setting, pick.accuracy
    least = setting.figures.quality_tiers.values[setting.template.use_case][Quality.HIGH]
    asked_more = setting.specification.constraints.quality is Quality.VERY_HIGH
    high = asked_more and accuracy.rated and accuracy.score >= least
    return Quality.HIGH.value if high else Quality.STANDARD.value


def _prefer_more(pick: Pick) -> JsonValue:
    preferred = pick.setting.specification.constraints.preferred_models or ()
    return [*sorted({*preferred, pick.candidate.served.model.short_name})]


def _exclude_fewer(pick: Pick) -> JsonValue:
    excluded = pick.setting.specification.constraints.excluded_models or ()
    return [name for name in excluded if not is_named(pick.candidate.served.model, name)] or None


def _allow_licence(pick: Pick) -> JsonValue:
    allowed = pick.setting.specification.policy.allowed_licences or ()
    return [*sorted({*allowed, pick.candidate.served.model.licence})]


def _allow_vendor(pick: Pick) -> JsonValue:
    allowed = pick.setting.specification.policy.allowed_vendors or ()
    return [*sorted({*allowed, pick.candidate.served.model.provider})]


def _exclude_fewer_vendors(pick: Pick) -> JsonValue:
    excluded, vendor = pick.setting.specification.policy.excluded_vendors or (), pick.candidate.served.model.provider
    return [name for name in excluded if name.casefold() != vendor.casefold()] or None


def _replicas(pick: Pick) -> JsonValue:
    return pick.replicas


def _no_room(field: str) -> Value:
    return lambda pick: _OPEN[field]  # noqa: ARG005


def _limit(field: str) -> Value:
    return lambda pick: pick.limit(field)


CHOICES: Mapping[str, Value] = MappingProxyType(
    {
        "available_gpus": _add_gpu,
        "excluded_gpus": _exclude_fewer_gpus,
        "max_tensor_parallel": _more_parallel,
        "cloud_provider": _other_provider,
        "region": _open,
        "licence": _looser_licence,
        "quality": _lower_quality,
        "preferred_models": _prefer_more,
        "excluded_models": _exclude_fewer,
        "policy.allowed_licences": _allow_licence,
        "policy.allowed_vendors": _allow_vendor,
        "policy.excluded_vendors": _exclude_fewer_vendors,
        "pinned.model": _open,
        "pinned.gpu_type": _open,
        "pinned.precision": _open,
        "pinned.tensor_parallel": _open,
    }
)
"""What rules models and hardware out, and the value that would let a pick in. Approval is never offered."""

SIZES: Mapping[str, Value] = MappingProxyType(
    {
        "pinned.replicas": _replicas,
        **{field: _no_room(field) for field in ("reliability_pct", "policy.burst_factor", "policy.headroom")},
    }
)
"""What sets the number of replicas besides the load, and the value that a pick was sized with."""

LIMITS: Mapping[str, Value] = MappingProxyType({field: _limit(field) for field in (*GPU_COUNT_FIELDS, *BUDGET_FIELDS)})
"""Limits on GPUs and money, and what they must be raised to for a pick."""
