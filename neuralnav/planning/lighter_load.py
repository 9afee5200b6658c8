"""The load that the planner's limit on GPUs can carry, for loads that are far beyond it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.openings import LIMITS
from neuralnav.planning.requirements import GPU_COUNT_FIELDS, passing
from neuralnav.planning.search import RELAXATIONS, Ground
from neuralnav.planning.slo import LATENCY_FIELDS, spare_replicas
from neuralnav.planning.specification import edit_specification
from neuralnav.planning.traffic import peak_factor

_DIGITS = 2


@dataclass(frozen=True)
class LighterLoad:
    """A specification with a peak that can be carried, and the fields that make it so."""

    specification: DeploymentSpecification
    fields: dict[str, JsonValue]


def lighter_load(ground: Ground, specification: DeploymentSpecification) -> LighterLoad | None:
    """The highest round peak that any configuration carries with the GPUs that policy allows; ``None``: none does.

    Configurations with a price come first. ``specification`` says what a configuration has to keep besides: the stated
    one, or one with fields opened, where the targets are relaxed as far as they go too. The lighter load itself is
    that of the stated one.
    """
    stated = ground.setting.specification
    wide = specification is not stated
    relaxed = ground.relaxed(LATENCY_FIELDS, RELAXATIONS[-1]) if wide else {}
    passed_over = {*LIMITS, *(one.field for one in ground.fixed if one.field)} if wide else GPU_COUNT_FIELDS
    sizing, policy = ground.sized(specification, relaxed), stated.policy
    able = passing(ground.requirements(sizing, specification), tuple(passed_over))
    degrees = ground.setting.table.tensor_parallel[ground.load.rows]
    most = min(policy.max_gpus_per_plan, stated.constraints.max_gpus or policy.max_gpus_per_plan)
    working = np.maximum(most // degrees - spare_replicas(stated.slo_targets, policy), 0)
    carried = working * sizing.max_qps * policy.max_utilisation / peak_factor(policy)
    priced = able & np.isfinite(sizing.hourly_usd)
    best = float(np.max(carried, where=priced if priced.any() else able, initial=0.0))
    if not 0 < best < stated.traffic.peak_qps:
        return None
    peak = _rounded_down(best)
    fields: dict[str, JsonValue] = {"peak_qps": peak}
    if (stated.intent.throughput_rps or 0) > peak:
        fields["throughput_rps"] = peak
    changed = edit_specification(stated, fields, (ground.setting.template,), at="")
    return LighterLoad(changed, fields)


def _rounded_down(value: float) -> float:
    unit = 10.0 ** (math.floor(math.log10(value)) - _DIGITS + 1)
    return float(f"{math.floor(value / unit + 1e-9) * unit:.12g}")
