"""Which change of a specification lets a chosen configuration pass, and how that is said."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from pydantic import JsonValue

from neuralnav.models.figures import duration, figure
from neuralnav.models.vocabulary import LicenceDemand, Quality
from neuralnav.planning.candidates import Candidate
from neuralnav.planning.cost import HOURS_PER_MONTH
from neuralnav.planning.evaluation import Load, Sizing, usd_per_million_tokens
from neuralnav.planning.recommendations import Setting
from neuralnav.planning.requirements import BUDGET_FIELDS, GPU_COUNT_FIELDS, SLO_FIELDS
from neuralnav.planning.shorter_requests import LENGTH_FIELDS
from neuralnav.planning.suitability import is_named


@dataclass(frozen=True)
class Pick:
    """One configuration of a sized load, picked to see what it would take."""

    setting: Setting
    load: Load
    sizing: Sizing
    position: int

    @property
    def candidate(self) -> Candidate:
        """The candidate itself."""
        return self.setting.table.candidates[int(self.load.rows[self.position])]

    @property
    def gpus(self) -> int:
        """GPUs in all replicas."""
        return int(self.sizing.gpus[self.position])

    @property
    def hourly_usd(self) -> float:
        """Cost an hour; infinite without a price."""
        return float(self.sizing.hourly_usd[self.position])

    def target(self, field: str, searched: float) -> float:
        """The smallest round target that keeps the replicas as sized with the target ``searched``.

        It is the latency at the rate that a replica must be able to carry: its share of the peak over the headroom.
        """
        specification = self.setting.specification
        policy, targets = specification.policy, specification.slo_targets
        spare = int(targets.reliability_pct >= policy.spare_replica_from_pct)
        working = max(int(self.sizing.replicas[self.position]) - spare, 1)
        must_carry = specification.traffic.peak_qps / working / policy.max_utilisation
        rates = np.zeros(self.load.rows.shape)
        rates[self.position] = min(must_carry, float(self.sizing.max_qps[self.position]))
        latency = float(getattr(self.load.curves.at(rates), field)[self.position])
        rounded = round_up(latency)
        return rounded if rounded <= searched else round_up(searched, digits=3)

    def limit(self, field: str) -> float | int:
        """What a limit on GPUs or money has to be raised to."""
        if field in GPU_COUNT_FIELDS:
            return self.gpus
        if field == "max_monthly_cost_usd":
            return round_up(self.hourly_usd * HOURS_PER_MONTH, digits=3)
        if field == "max_hourly_cost_usd":
            return round_up(self.hourly_usd, digits=3)
        per_million = usd_per_million_tokens(np.array([self.hourly_usd]), self.setting.specification)
        return round_up(float(per_million[0]) / 1000, digits=3)


def round_up(value: float, digits: int = 2) -> float:
    """``value`` rounded up to a few digits: 173.2 to 180."""
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.12g}")


def change_words(field: str, value: JsonValue) -> str:
    """A change as an instruction, such as ``relax TTFT to 180 ms``."""
    name = field.removeprefix("policy.").removeprefix("max_").removesuffix("_usd").replace("_", " ")
    if value is None:
        return f"leave the {name} open"
    if field == "mix":
        return "shorten the requests of the mix"
    if isinstance(value, list):
        return f"set {name} to {', '.join(map(str, value))}"
    if isinstance(value, str | dict):
        return f"set {name} to {str(value).replace('_', ' ')}"
    if field in SLO_FIELDS:
        return f"relax {field.split('_')[0].upper()} to {duration(value)}"
    if field in LENGTH_FIELDS:
        return f"shorten {_LENGTH_WORDS[field]} to {value:,} tokens on average"
    if field in BUDGET_FIELDS:
        return f"raise the budget {_BUDGET_WORDS[field]} to ${figure(value)}"
    if field == "max_gpus":
        return f"allow {value:,} GPUs"
    if field in GPU_COUNT_FIELDS:
        return f"raise the planner's limit to {value:,} GPUs"
    return f"set {name} to {value:,}"


_LENGTH_WORDS = MappingProxyType({"prompt_tokens": "prompts", "output_tokens": "answers"})
_BUDGET_WORDS = MappingProxyType(
    {
        "max_monthly_cost_usd": "a month",
        "max_hourly_cost_usd": "an hour",
        "max_cost_per_1k_tokens_usd": "for 1,000 tokens",
    }
)


def _add_gpu(pick: Pick) -> JsonValue:
    allowed = pick.setting.specification.constraints.available_gpus or ()
    return [*sorted({*(gpu.value for gpu in allowed), pick.candidate.gpu.gpu_type.value})]


def _more_parallel(pick: Pick) -> JsonValue:
    return pick.candidate.tensor_parallel


def _open(pick: Pick) -> JsonValue:  # noqa: ARG001
    return None


def _other_provider(pick: Pick) -> JsonValue:
    candidate = pick.candidate
    replicas = int(pick.sizing.replicas[pick.position])
    found = pick.setting.book.pack(candidate.gpu.gpu_type, candidate.tensor_parallel, replicas)
    return found.instances[0][0].cloud_provider.value if found else None


def _looser_licence(pick: Pick) -> JsonValue:
    demand = pick.setting.specification.constraints.licence
    if demand is LicenceDemand.OPEN and pick.candidate.served.model.licence_allows_commercial_use:
        return LicenceDemand.COMMERCIAL.value
    return LicenceDemand.ANY.value


def _lower_quality(pick: Pick) -> JsonValue:
    setting = pick.setting
    served_at = int(setting.table.served_index[pick.load.rows[pick.position]])
    accuracy = setting.judged[served_at].accuracy
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


CONSTRAINT_CHANGES: Mapping[str, Callable[[Pick], JsonValue]] = MappingProxyType(
    {
        "available_gpus": _add_gpu,
        "max_tensor_parallel": _more_parallel,
        "cloud_provider": _other_provider,
        "region": _open,
        "licence": _looser_licence,
        "quality": _lower_quality,
        "preferred_models": _prefer_more,
        "excluded_models": _exclude_fewer,
    }
)
"""Constraint to the value that would let a configuration pass."""
