"""What nearly fits: the cheapest single change of the specification that lets something pass, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from neuralnav.models.plan import MissedTarget, NearMiss, Recommendation
from neuralnav.models.specification import Constraints
from neuralnav.planning.changes import CONSTRAINT_CHANGES, Pick, change_words
from neuralnav.planning.evaluation import Load, Sizing, size
from neuralnav.planning.explain import listed, money, short_label
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
RELAXATIONS = (1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Factors on a target that are tried in turn."""
MOST_SHOWN = 5
MOST_GPUS = 100_000
"""Configurations with more are not offered, whatever is changed."""
_LIMITS = (*GPU_COUNT_FIELDS, *BUDGET_FIELDS)


def near_misses(
    setting: Setting, load: Load, fixed: tuple[Requirement, ...], compliant: Booleans
) -> tuple[NearMiss, ...]:
    """Up to five options that pass after one change, cheapest first; after several where no single one helps.

    ``load`` holds every configuration that can run at all; ``fixed`` and ``compliant`` have an entry for each.
    """
    search = _Search(setting, load, fixed)
    found = [
        *search.relaxed_targets(compliant),
        *search.changed_constraints(compliant),
        *search.raised_limits(compliant),
    ]
    if not found and not compliant.any():
        found = list(search.several_changes())
    found.sort(key=lambda miss: (_monthly_usd(miss.option), miss.option.gpus, miss.sentence))
    return tuple(found[:MOST_SHOWN])


@dataclass(frozen=True)
class _Search:
    setting: Setting
    load: Load
    fixed: tuple[Requirement, ...]

    def relaxed_targets(self, compliant: Booleans) -> Iterator[NearMiss]:
        for field in SLO_FIELDS:
            for factor in RELAXATIONS:
                pick = self._cheapest(self._sized({field: factor}), barred=compliant)
                if pick is not None:
                    yield self._miss(pick, {field: pick.target(field, factor)})
                    break

    def changed_constraints(self, compliant: Booleans) -> Iterator[NearMiss]:
        constraints = self.setting.specification.constraints
        for field, change in CONSTRAINT_CHANGES.items():
            if getattr(constraints, field) is None:
                continue
            opened = constraints.model_copy(update={field: None})
            pick = self._cheapest(self._sized({}, opened), ignore=(field,), barred=compliant)
            if pick is not None:
                yield self._miss(pick, {field: change(pick)}, opened)

    def raised_limits(self, compliant: Booleans) -> Iterator[NearMiss]:
        sizing = self._sized({})
        for field in _LIMITS:
            pick = self._cheapest(sizing, ignore=(field,), barred=compliant)
            if pick is not None:
                yield self._miss(pick, {field: pick.limit(field)})

    def several_changes(self) -> Iterator[NearMiss]:
        """The nearest when no single change helps: all targets relaxed alike, all constraints open."""
        for factor in (1.0, *RELAXATIONS):
            sizing = self._sized(dict.fromkeys(SLO_FIELDS, factor), Constraints())
            too_many = sizing.gpus > MOST_GPUS
            pick = self._cheapest(sizing, ignore=(*CONSTRAINT_CHANGES, *_LIMITS), barred=too_many)
            if pick is not None:
                yield self._miss(pick, dict(self._needed(pick, factor)), Constraints())
                return

    def _sized(self, factors: Mapping[str, float], constraints: Constraints | None = None) -> Sizing:
        targets = self.setting.specification.slo_targets
        relaxed = {field: getattr(targets, field) * factor for field, factor in factors.items()}
        return size(
            self.setting.table,
            self.load,
            self.setting.specification,
            self.setting.book,
            targets=targets.model_copy(update=relaxed),
            constraints=constraints,
        )

    def _requirements(self, sizing: Sizing) -> tuple[Requirement, ...]:
        specification = self.setting.specification
        return (*self.fixed, *sized_requirements(self.setting.table, self.load, sizing, specification))

    def _cheapest(self, sizing: Sizing, *, ignore: Sequence[str] = (), barred: Booleans) -> Pick | None:
        """The cheapest that passes all but ``ignore``; where no prices are known, the one with the fewest GPUs."""
        positions = np.flatnonzero(passing(self._requirements(sizing), ignore) & ~barred)
        if not positions.size:
            return None
        first = np.lexsort((positions, sizing.gpus[positions], sizing.hourly_usd[positions]))[0]
        return Pick(self.setting, self.load, sizing, int(positions[first]))

    def _needed(self, pick: Pick, factor: float) -> Iterator[tuple[str, JsonValue]]:
        targets = self.setting.specification.slo_targets
        for field in SLO_FIELDS:
            needed = pick.target(field, factor)
            if needed > getattr(targets, field):
                yield field, needed
        failed = [one.field for one in self._requirements(pick.sizing) if one.fails[pick.position]]
        for constraint in filter(None, failed):
            if constraint in CONSTRAINT_CHANGES:
                yield constraint, CONSTRAINT_CHANGES[constraint](pick)
            elif constraint in _LIMITS:
                yield constraint, pick.limit(constraint)

    def _miss(
        self, pick: Pick, change: Mapping[str, JsonValue], constraints: Constraints | None = None
    ) -> NearMiss:
        prices_under = constraints or self.setting.specification.constraints
        evaluated = Evaluated.of(self.setting, self.load, pick.sizing, prices_under)
        option = evaluated.recommend(pick.position, slo_met=not set(change) & set(SLO_FIELDS))
        measured = [field for field in change if field in (*SLO_FIELDS, *_LIMITS)]
        return NearMiss(
            option=option,
            missed=tuple(self._missed(pick, field, option) for field in measured),
            change=dict(change),
            sentence=_sentence(option, change),
        )

    def _missed(self, pick: Pick, field: str, option: Recommendation) -> MissedTarget:
        specification = self.setting.specification
        if field in SLO_FIELDS:
            predicted = getattr(option.predicted, field).value
            allowed = getattr(specification.slo_targets, field)
        elif field == "policy.max_gpus_per_plan":
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
