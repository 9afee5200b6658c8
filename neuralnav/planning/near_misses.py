"""What nearly fits: the cheapest single change of the specification that lets something pass, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from neuralnav.models.figures import listed, money
from neuralnav.models.plan import MissedTarget, NearMiss, Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.changes import Pick, change_words
from neuralnav.planning.evaluation import Load, put_under_load
from neuralnav.planning.explain import short_label
from neuralnav.planning.lighter_load import lighter_load
from neuralnav.planning.openings import CHOICES, LIMITS, SIZES, is_open, opened
from neuralnav.planning.recommendations import Evaluated, Setting
from neuralnav.planning.requirements import PLAN_LIMIT as PLAN_LIMIT
from neuralnav.planning.requirements import SLO_FIELDS, Requirement, failing_one_field, passing
from neuralnav.planning.search import Ground

Booleans = NDArray[np.bool_]

ENOUGH_COMPLIANT = 3
"""From this many compliant configurations on, near misses are not searched."""
MOST_SHOWN = 5
_OPENED = (*CHOICES, "pinned.replicas")
"""What is taken out of the way where no single change helps; limits stay, and are passed over."""
_LIMITS_BUT_THE_PLANS = tuple(field for field in LIMITS if field != PLAN_LIMIT)


@dataclass(frozen=True)
class _Offer:
    """A pick, and the change that would let it pass."""

    pick: Pick
    change: Mapping[str, JsonValue]
    opened: DeploymentSpecification
    """What the pick was sized for."""


def near_misses(
    setting: Setting,
    fixed: Sequence[Requirement],
    stated: Load,
    compliant: Booleans,
    already: Mapping[str, JsonValue] = MappingProxyType({}),
) -> tuple[NearMiss, ...]:
    """Up to five options that pass after one change, cheapest first; after several where no single one helps.

    ``fixed`` has an entry for each candidate; ``stated`` holds those that pass it, ``compliant`` says which of these
    pass everything. ``already`` are changes that led to this setting: they are part of every change, and without
    another one the cheapest that passes is the nearest. The planner's own limit on GPUs guards against loads that are
    meant otherwise: raising it, or a lighter load, is offered only where nothing else helps.
    """
    specification = setting.specification
    if already and compliant.any():
        free = Ground(setting, stated, (), np.zeros_like(compliant))
        pick = free.cheapest(free.sized(specification))
        found = [_Offer(pick, {}, specification)] if pick else []
        return tuple(_near_miss(offer, already) for offer in found)
    near = Ground(setting, stated, (), compliant)
    found = [offer for offer in _single_changes(near, fixed) if _is_worthwhile(offer.pick, near)]
    if found or compliant.any():
        found.sort(key=lambda offer: (offer.pick.hourly_usd, offer.pick.gpus, offer.pick.name))
        shown = tuple(_near_miss(offer, already) for offer in found[:MOST_SHOWN])
    else:
        shown = tuple(_near_miss(offer, already) for offer in _several_changes(_opened_ground(near, fixed)))
    if compliant.any() or "peak_qps" in already or any(PLAN_LIMIT not in miss.change for miss in shown):
        return shown
    return (*_with_lighter_load(near, fixed, already), *shown)[:MOST_SHOWN]


def helps_alone(miss: NearMiss) -> bool:
    """Whether one change is enough, and not of the limit that guards against loads that are meant otherwise."""
    return len(miss.change) == 1 and PLAN_LIMIT not in miss.change


def _single_changes(near: Ground, fixed: Sequence[Requirement]) -> list[_Offer]:
    """The cheapest option for each field that helps; the planner's own limit only where no other field does."""
    table, specification = near.setting.table, near.setting.specification
    rows, far = np.flatnonzero(failing_one_field(fixed)), near
    if rows.size > near.load.rows.size:
        there = tuple(Requirement(one.reason, one.field, one.fails[rows]) for one in fixed)
        known = np.isin(rows, near.load.rows[near.compliant])
        far = Ground(near.setting, put_under_load(table, near.setting.surfaces, rows, specification), there, known)
    found = [*_relaxed_targets(near), *_opened(far, CHOICES), *_opened(near, SIZES), *_raised_limits(near)]
    return [offer for offer in found if PLAN_LIMIT not in offer.change] or found


def _opened_ground(near: Ground, fixed: Sequence[Requirement]) -> Ground:
    """All configurations that any change of fields could let in."""
    changeable = tuple({one.field for one in fixed if one.field is not None})
    rows = np.flatnonzero(passing(fixed, changeable))
    there = tuple(Requirement(one.reason, one.field, one.fails[rows]) for one in fixed)
    load = put_under_load(near.setting.table, near.setting.surfaces, rows, near.setting.specification)
    return Ground(near.setting, load, there, np.zeros(rows.shape, dtype=np.bool_))


def _relaxed_targets(near: Ground) -> Iterator[_Offer]:
    stated = near.setting.specification
    for field in SLO_FIELDS:
        found = near.least_relaxed((field,), stated)
        if found is not None:
            pick, relaxed = found
            yield _Offer(pick, near.round_targets(pick, relaxed, stated), stated)


def _opened(ground: Ground, fields: Mapping[str, object]) -> Iterator[_Offer]:
    specification = ground.setting.specification
    for field in fields:
        if is_open(specification, field):
            continue
        without = opened(specification, (field,))
        pick = ground.cheapest(ground.sized(without), without, ignore=(field,))
        if pick is not None:
            yield _Offer(pick, {field: _value(field, pick)}, without)


def _raised_limits(near: Ground) -> Iterator[_Offer]:
    specification = near.setting.specification
    sizing = near.sized(specification)
    for field in LIMITS:
        pick = near.cheapest(sizing, ignore=(field,))
        if pick is not None:
            yield _Offer(pick, {field: _value(field, pick)}, specification)


def _several_changes(ground: Ground) -> Iterator[_Offer]:
    """The nearest when no single change helps: all targets relaxed alike, everything else open."""
    without = opened(ground.setting.specification, _OPENED)
    for limits in (_LIMITS_BUT_THE_PLANS, tuple(LIMITS)):
        passed_over = (*_OPENED, *limits)
        found = ground.least_relaxed(SLO_FIELDS, without, passed_over)
        if found is not None:
            pick, relaxed = found
            targets = ground.round_targets(pick, relaxed, without, passed_over)
            yield _Offer(pick, dict(_needed(ground, pick, targets)), without)
            return


def _needed(ground: Ground, pick: Pick, targets: Mapping[str, float]) -> Iterator[tuple[str, JsonValue]]:
    """The fields among all opened ones that a pick really needs, with their values."""
    specification = ground.setting.specification
    for field, needed in targets.items():
        if needed > getattr(specification.slo_targets, field):
            yield field, needed
    failed = {one.field for one in ground.requirements(pick.sizing, specification) if one.fails[pick.position]}
    if _is_cheaper_elsewhere(pick):
        failed |= {field for field in ("cloud_provider", "region") if not is_open(specification, field)}
    for field in (*CHOICES, *LIMITS):
        if field in failed:
            yield field, _value(field, pick)
    if specification.pinned.replicas not in (None, pick.replicas):
        yield "pinned.replicas", pick.replicas


def _is_cheaper_elsewhere(pick: Pick) -> bool:
    """Whether a pick costs what it does only where the stated provider and region do not hold."""
    constraints = pick.setting.specification.constraints
    packing = pick.packed(constraints.cloud_provider, constraints.region)
    return np.isfinite(pick.hourly_usd) and (packing is None or packing.hourly_usd > pick.hourly_usd * (1 + 1e-9))


def _with_lighter_load(
    near: Ground, fixed: Sequence[Requirement], already: Mapping[str, JsonValue]
) -> tuple[NearMiss, ...]:
    """What the planner's limit on GPUs can carry: with nothing else changed or, failing that, with other changes."""
    specification = near.setting.specification
    change = lighter_load(near, specification)
    if change is None:
        change = lighter_load(_opened_ground(near, fixed), opened(specification, _OPENED))
    if change is None:
        return ()
    lighter = replace(near.setting, specification=change.specification)
    there = Ground(lighter, near.load, (), near.compliant)
    passes = passing(there.requirements(there.sized(change.specification), change.specification))
    carried, asked = change.specification.traffic.peak_qps, specification.traffic.peak_qps
    missed = MissedTarget(target="peak_qps", predicted=carried, allowed=asked)
    return tuple(
        miss.model_copy(update={"missed": (missed, *miss.missed)})
        for miss in near_misses(lighter, fixed, near.load, passes, {**already, **change.fields})
    )


def _is_worthwhile(pick: Pick, near: Ground) -> bool:
    """Whether a pick is cheaper or more accurate than everything that passes as it is."""
    if not near.compliant.any():
        return True
    hourly = near.sized(near.setting.specification).hourly_usd[near.compliant]
    accuracy = near.accuracy(np.flatnonzero(near.compliant))
    return pick.hourly_usd < hourly.min() or round(pick.accuracy.score) > round(float(accuracy.max()))


def _value(field: str, pick: Pick) -> JsonValue:
    return {**CHOICES, **SIZES, **LIMITS}[field](pick)


def _near_miss(offer: _Offer, already: Mapping[str, JsonValue]) -> NearMiss:
    pick, change = offer.pick, {**already, **offer.change}
    evaluated = Evaluated.of(pick.setting, pick.load, pick.sizing, offer.opened.constraints)
    option = evaluated.recommend(pick.position, slo_met=not set(change) & set(SLO_FIELDS))
    return NearMiss(
        option=option,
        missed=tuple(_missed(pick, offer.change, option)),
        change=change,
        sentence=_sentence(option, change),
    )


def _missed(pick: Pick, change: Mapping[str, JsonValue], option: Recommendation) -> Iterator[MissedTarget]:
    """What of a change can be counted: how much the option takes, and how much was allowed."""
    specification = pick.setting.specification
    for field in change:
        if field in SLO_FIELDS:
            taken = getattr(option.predicted, field).value
            yield MissedTarget(target=field, predicted=taken, allowed=getattr(specification.slo_targets, field))
        elif field == PLAN_LIMIT:
            allowed = specification.policy.max_gpus_per_plan
            yield MissedTarget(target=field, predicted=pick.gpus, allowed=allowed)
        elif field == "pinned.replicas":
            yield MissedTarget(target=field, predicted=pick.replicas, allowed=specification.pinned.replicas or 0)
        elif field == "max_tensor_parallel":
            allowed = specification.constraints.max_tensor_parallel or 0
            yield MissedTarget(target=field, predicted=pick.candidate.tensor_parallel, allowed=allowed)
        elif field in LIMITS:
            allowed = getattr(specification.constraints, field)
            yield MissedTarget(target=field, predicted=float(pick.limit(field)), allowed=allowed)


def _sentence(option: Recommendation, change: Mapping[str, JsonValue]) -> str:
    cost = f" at {money(option.cost.per_month_usd)}/month" if option.cost else ", no price known"
    what = listed([change_words(field, value) for field, value in change.items()])
    return f"{what[:1].upper()}{what[1:]}: {short_label(option)}{cost}."
