"""What nearly fits: the cheapest single change of the specification that lets something pass, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from neuralnav.models.figures import listed, money
from neuralnav.models.plan import MissedTarget, NearMiss, Recommendation
from neuralnav.models.specification import Constraints
from neuralnav.planning.changes import CONSTRAINT_CHANGES, Pick, change_words
from neuralnav.planning.evaluation import Load, Sizing, put_under_load, size
from neuralnav.planning.explain import short_label
from neuralnav.planning.recommendations import Evaluated, Setting
from neuralnav.planning.requirements import (
    BUDGET_FIELDS,
    GPU_COUNT_FIELDS,
    SLO_FIELDS,
    Requirement,
    passing,
    sized_requirements,
)

Booleans = NDArray[np.bool_]

ENOUGH_COMPLIANT = 3
"""From this many compliant configurations on, near misses are not searched."""
RELAXATIONS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
"""Factors on a target, or on the best that can be kept at all, that are tried: the smallest that helps is offered."""
MOST_SHOWN = 5
MOST_GPUS = 100_000
"""Configurations with more are not offered, whatever is changed."""
LONGEST_TARGET_MS = 3_600_000
PLAN_LIMIT = "policy.max_gpus_per_plan"
"""Offered only where nothing else helps: it guards against loads that are meant otherwise."""
_LIMITS = (*GPU_COUNT_FIELDS, *BUDGET_FIELDS)


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
    another one the cheapest that passes is the nearest.
    """
    if already and compliant.any():
        return tuple(_Ground(setting, stated, (), np.zeros_like(compliant), already).as_it_is())
    near = _Ground(setting, stated, (), compliant, already)
    changeable = {one.field for one in fixed if one.field is not None}
    rows = np.flatnonzero(passing(fixed, tuple(changeable)))
    far = near
    if rows.size > stated.rows.size:
        there = tuple(Requirement(one.reason, one.field, one.fails[rows]) for one in fixed)
        known = np.isin(rows, stated.rows[compliant])
        far = _Ground(setting, put_under_load(setting.table, rows, setting.specification), there, known, already)
    found = [*near.relaxed_targets(), *far.changed_constraints(), *near.raised_limits()]
    found = [miss for miss in found if PLAN_LIMIT not in miss.change] or found
    found = [miss for miss in found if near.worthwhile(miss.option)]
    if not found and not compliant.any():
        found = list(far.several_changes())
    found.sort(key=lambda miss: (_monthly_usd(miss.option), miss.option.gpus, miss.sentence))
    return tuple(found[:MOST_SHOWN])


@dataclass(frozen=True)
class _Ground:
    """Configurations that changes are tried on."""

    setting: Setting
    load: Load
    fixed: tuple[Requirement, ...]
    compliant: Booleans
    already: Mapping[str, JsonValue]

    def as_it_is(self) -> Iterator[NearMiss]:
        """The cheapest that passes without another change."""
        pick = self._cheapest(self._sized({}))
        if pick is not None:
            yield self._miss(pick, {})

    def worthwhile(self, option: Recommendation) -> bool:
        """Whether an option is cheaper or more accurate than everything that passes as it is."""
        if not self.compliant.any():
            return True
        hourly = self._sized({}).hourly_usd[self.compliant]
        accuracy = self._accuracy(np.flatnonzero(self.compliant))
        cheaper = option.cost is not None and option.cost.per_hour_usd < hourly.min()
        return cheaper or round(option.scores.accuracy) > round(float(accuracy.max()))

    def relaxed_targets(self) -> Iterator[NearMiss]:
        for field in SLO_FIELDS:
            found = self._least_relaxed((field,))
            if found is not None:
                pick, relaxed = found
                yield self._miss(pick, {field: pick.target(field, relaxed[field])})

    def changed_constraints(self) -> Iterator[NearMiss]:
        constraints = self.setting.specification.constraints
        for field, change in CONSTRAINT_CHANGES.items():
            if getattr(constraints, field) is None:
                continue
            opened = constraints.model_copy(update={field: None})
            pick = self._cheapest(self._sized({}, opened), ignore=(field,))
            if pick is not None:
                yield self._miss(pick, {field: change(pick)}, opened)

    def raised_limits(self) -> Iterator[NearMiss]:
        sizing = self._sized({})
        for field in _LIMITS:
            pick = self._cheapest(sizing, ignore=(field,))
            if pick is not None:
                yield self._miss(pick, {field: pick.limit(field)})

    def several_changes(self) -> Iterator[NearMiss]:
        """The nearest when no single change helps: all targets relaxed alike, all constraints open."""
        found = self._least_relaxed(SLO_FIELDS, Constraints(), (*CONSTRAINT_CHANGES, *_LIMITS))
        if found is not None:
            pick, relaxed = found
            yield self._miss(pick, dict(self._needed(pick, relaxed)), Constraints())

    def _least_relaxed(
        self,
        fields: Sequence[str],
        constraints: Constraints | None = None,
        ignore: Sequence[str] = (),
    ) -> tuple[Pick, dict[str, float]] | None:
        """The cheapest under the least relaxed targets that let something pass at a sensible cost, and these targets.

        The smallest factor that helps at all is passed over while the next one halves the cost.
        """

        def attempt(at: int) -> tuple[Pick, dict[str, float]] | None:
            relaxed = self._relaxed(fields, RELAXATIONS[at])
            pick = self._cheapest(self._sized(relaxed, constraints), ignore=ignore)
            return None if pick is None else (pick, relaxed)

        low, high = 0, len(RELAXATIONS) - 1
        best, best_at = attempt(high), high
        if best is None:
            return None
        while low < best_at:
            at = (low + best_at) // 2
            found = attempt(at)
            if found is None:
                low = at + 1
            else:
                best, best_at = found, at
        while best_at < high:
            found = attempt(best_at + 1)
            if found is None or not found[0].hourly_usd < best[0].hourly_usd / 2:
                break
            best, best_at = found, best_at + 1
        return best

    def _relaxed(self, fields: Sequence[str], factor: float) -> dict[str, float]:
        """The targets times ``factor``; one that nothing keeps even without load counts as the best that is kept."""
        targets, relaxed = self.setting.specification.slo_targets, {}
        for field in fields:
            stated = float(getattr(targets, field))
            idle = getattr(self.load.curves, field)[:, 0]
            base = max(stated, float(idle.min())) if idle.size else stated
            relaxed[field] = max(stated, min(base * factor, LONGEST_TARGET_MS))
        return relaxed

    def _sized(self, relaxed: Mapping[str, float], constraints: Constraints | None = None) -> Sizing:
        return size(
            self.setting.table,
            self.load,
            self.setting.specification,
            self.setting.book,
            targets=self.setting.specification.slo_targets.model_copy(update=dict(relaxed)),
            constraints=constraints,
        )

    def _requirements(self, sizing: Sizing) -> tuple[Requirement, ...]:
        specification = self.setting.specification
        return (*self.fixed, *sized_requirements(self.load, sizing, specification))

    def _cheapest(self, sizing: Sizing, *, ignore: Sequence[str] = ()) -> Pick | None:
        """The cheapest that passes all but ``ignore`` and is new; of equal cost the most accurate."""
        able = passing(self._requirements(sizing), ignore) & ~self.compliant & (sizing.gpus <= MOST_GPUS)
        positions = np.flatnonzero(able)
        if not positions.size:
            return None
        names = self.setting.table.names[self.load.rows[positions]]
        hourly, gpus = sizing.hourly_usd[positions], sizing.gpus[positions]
        first = np.lexsort((names, -self._accuracy(positions), gpus, hourly))[0]
        return Pick(self.setting, self.load, sizing, int(positions[first]))

    def _accuracy(self, positions: NDArray[np.intp]) -> NDArray[np.float64]:
        scores = np.array([one.accuracy.score for one in self.setting.judged], dtype=np.float64)
        return scores[self.setting.table.served_index[self.load.rows[positions]]]

    def _needed(self, pick: Pick, relaxed: Mapping[str, float]) -> Iterator[tuple[str, JsonValue]]:
        targets = self.setting.specification.slo_targets
        for field in SLO_FIELDS:
            needed = pick.target(field, relaxed[field])
            if needed > getattr(targets, field):
                yield field, needed
        failed = [one.field for one in self._requirements(pick.sizing) if one.fails[pick.position]]
        for field in filter(None, failed):
            if field in CONSTRAINT_CHANGES:
                yield field, CONSTRAINT_CHANGES[field](pick)
            elif field in _LIMITS:
                yield field, pick.limit(field)

    def _miss(self, pick: Pick, change: Mapping[str, JsonValue], constraints: Constraints | None = None) -> NearMiss:
        prices_under = constraints or self.setting.specification.constraints
        evaluated = Evaluated.of(self.setting, self.load, pick.sizing, prices_under)
        option = evaluated.recommend(pick.position, slo_met=not set(change) & set(SLO_FIELDS))
        measured = [field for field in change if field in (*SLO_FIELDS, *_LIMITS)]
        return NearMiss(
            option=option,
            missed=tuple(self._missed(pick, field, option) for field in measured),
            change={**self.already, **change},
            sentence=_sentence(option, {**self.already, **change}),
        )

    def _missed(self, pick: Pick, field: str, option: Recommendation) -> MissedTarget:
        specification = self.setting.specification
        if field in SLO_FIELDS:
            predicted = getattr(option.predicted, field).value
            allowed = getattr(specification.slo_targets, field)
        elif field == PLAN_LIMIT:
            predicted, allowed = pick.gpus, specification.policy.max_gpus_per_plan
        else:
            predicted, allowed = pick.limit(field), getattr(specification.constraints, field)
        return MissedTarget(target=field, predicted=float(predicted), allowed=float(allowed))


def _sentence(option: Recommendation, change: Mapping[str, JsonValue]) -> str:
    cost = f" at {money(option.cost.per_month_usd)}/month" if option.cost else ", no price known"
    what = listed([change_words(field, value) for field, value in change.items()])
    return f"{what[:1].upper()}{what[1:]}: {short_label(option)}{cost}."


def _monthly_usd(option: Recommendation) -> float:
    return option.cost.per_month_usd if option.cost else math.inf
