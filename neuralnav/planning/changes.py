"""A configuration picked to see what it would take, and how a change of the specification is said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from pydantic import JsonValue

from neuralnav.models.figures import duration, figure, plural
from neuralnav.models.vocabulary import CloudProvider
from neuralnav.planning.candidates import Candidate
from neuralnav.planning.cost import HOURS_PER_MONTH, Packing
from neuralnav.planning.evaluation import Load, Sizing, usd_per_million_tokens
from neuralnav.planning.recommendations import Setting
from neuralnav.planning.requirements import BUDGET_FIELDS, GPU_COUNT_FIELDS, SLO_FIELDS
from neuralnav.planning.scoring import Accuracy
from neuralnav.planning.shorter_requests import LENGTH_FIELDS
from neuralnav.planning.slo import spare_replicas
from neuralnav.planning.traffic import planned_peak_qps


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
    def name(self) -> str:
        """The candidate's name, which no other has."""
        return str(self.setting.table.names[self.load.rows[self.position]])

    @property
    def accuracy(self) -> Accuracy:
        """Of the model, for the use case."""
        served_at = int(self.setting.table.served_index[self.load.rows[self.position]])
        return self.setting.judged[served_at].accuracy

    @property
    def replicas(self) -> int:
        """Replicas, spare ones among them."""
        return int(self.sizing.replicas[self.position])

    @property
    def gpus(self) -> int:
        """GPUs in all replicas."""
        return int(self.sizing.gpus[self.position])

    @property
    def hourly_usd(self) -> float:
        """Cost an hour; infinite without a price."""
        return float(self.sizing.hourly_usd[self.position])

    def packed(self, provider: CloudProvider | None, region: str | None) -> Packing | None:
        """The instances to rent for it there, ``None`` standing for anywhere; ``None``: none hold it."""
        candidate = self.candidate
        return self.setting.book.pack(
            candidate.gpu.gpu_type, candidate.tensor_parallel, self.replicas, provider, region
        )

    def target(self, field: str, searched: float) -> float:
        """The smallest round target that keeps the replicas as sized with the target ``searched``.

        It is the latency at the rate that a replica must be able to carry: its share of the peak over the headroom.
        """
        specification = self.setting.specification
        policy = specification.policy
        working = max(self.replicas - spare_replicas(specification.slo_targets, policy), 1)
        must_carry = planned_peak_qps(specification) / working / policy.max_utilisation
        rates = np.zeros(self.load.rows.shape)
        rates[self.position] = min(must_carry, float(self.sizing.max_qps[self.position]))
        latency = float(getattr(self.load.surfaces.at(rates), field)[self.position])
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
    name = field.rpartition(".")[2].removeprefix("max_").removesuffix("_usd").replace("_", " ")
    if field in _OWN_WORDS:
        return _OWN_WORDS[field]
    if value is None:
        return f"leave the {_FREED_WORDS.get(field, name)} open"
    if isinstance(value, list):
        return f"set {name} to {', '.join(map(str, value))}"
    if isinstance(value, str | dict):
        return f"set {name} to {str(value).replace('_', ' ')}"
    if field in SLO_FIELDS:
        return f"relax {field.split('_')[0].upper()} to {duration(value)}"
    if field == "pinned.replicas":
        return f"plan with {plural(int(value), 'replica')}"
    if field in _NUMBER_WORDS:
        return _NUMBER_WORDS[field].format(figure(value))
    if field in LENGTH_FIELDS:
        return f"shorten {_LENGTH_WORDS[field]} to {value:,} tokens on average"
    if field in BUDGET_FIELDS:
        return f"raise the budget {_BUDGET_WORDS[field]} to ${figure(value)}"
    return f"set {name} to {value:,}"


_OWN_WORDS = MappingProxyType(
    {
        "mix": "shorten the requests of the mix",
        "reliability_pct": "plan without a spare replica",
        "policy.burst_factor": "plan without room for bursts",
        "policy.headroom": "plan without headroom",
    }
)
_FREED_WORDS = MappingProxyType({"pinned.gpu_type": "GPU", "excluded_gpus": "GPUs"})
_NUMBER_WORDS = MappingProxyType(
    {
        "max_gpus": "allow {} GPUs",
        "policy.max_gpus_per_plan": "raise the planner's limit to {} GPUs",
        "peak_qps": "plan for {} requests/s at peak",
        "throughput_rps": "ask for {} requests/s to carry",
    }
)
_LENGTH_WORDS = MappingProxyType({"prompt_tokens": "prompts", "output_tokens": "answers"})
_BUDGET_WORDS = MappingProxyType(
    {
        "max_monthly_cost_usd": "a month",
        "max_hourly_cost_usd": "an hour",
        "max_cost_per_1k_tokens_usd": "for 1,000 tokens",
    }
)
