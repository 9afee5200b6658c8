"""Trying changes on configurations: the cheapest that passes, and the least relaxed targets that let something pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.changes import Pick, round_up
from neuralnav.planning.evaluation import Load, Sizing, size
from neuralnav.planning.openings import MOST_GPUS, MOST_HOURLY_USD
from neuralnav.planning.recommendations import Setting
from neuralnav.planning.requirements import Requirement, passing, sized_requirements

Booleans = NDArray[np.bool_]

RELAXATIONS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
"""Factors on a target, or on the best that can be kept at all, that are tried: the smallest that helps is offered."""
LONGEST_TARGET_MS = 3_600_000
_UNCHANGED: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Ground:
    """Configurations that changes are tried on."""

    setting: Setting
    load: Load
    fixed: tuple[Requirement, ...]
    """Requirements that some of them fail before they are sized; an entry for each row of ``load``."""
    compliant: Booleans
    """Which pass everything as it is; they are no near misses."""

    def sized(self, specification: DeploymentSpecification, relaxed: Mapping[str, float] = _UNCHANGED) -> Sizing:
        """All of them sized for ``specification``, with some targets relaxed; as it is stated, only once."""
        targets = specification.slo_targets
        if not relaxed and specification is self.setting.specification:
            return self._as_stated
        targets = targets.model_copy(update=dict(relaxed))
        return size(self.setting.table, self.load, specification, self.setting.book, targets=targets)

    @cached_property
    def _as_stated(self) -> Sizing:
        return size(self.setting.table, self.load, self.setting.specification, self.setting.book)

    def requirements(self, sizing: Sizing, specification: DeploymentSpecification) -> tuple[Requirement, ...]:
        """All that they must keep, once they are sized for ``specification``."""
        return (*self.fixed, *sized_requirements(self.load, sizing, specification))

    def cheapest(
        self, sizing: Sizing, specification: DeploymentSpecification | None = None, ignore: Sequence[str] = ()
    ) -> Pick | None:
        """The cheapest that passes all but requirements on ``ignore`` and is new; of equal cost the most accurate."""
        requirements = self.requirements(sizing, specification or self.setting.specification)
        able = passing(requirements, ignore) & ~self.compliant & (sizing.gpus <= MOST_GPUS)
        able &= (sizing.hourly_usd <= MOST_HOURLY_USD) | np.isinf(sizing.hourly_usd)
        positions = np.flatnonzero(able)
        if not positions.size:
            return None
        names = self.setting.table.names[self.load.rows[positions]]
        hourly, gpus = sizing.hourly_usd[positions], sizing.gpus[positions]
        first = np.lexsort((names, -self.accuracy(positions), gpus, hourly))[0]
        return Pick(self.setting, self.load, sizing, int(positions[first]))

    def accuracy(self, positions: NDArray[np.intp]) -> NDArray[np.float64]:
        """Accuracy scores at ``positions``."""
        scores = np.array([one.accuracy.score for one in self.setting.judged], dtype=np.float64)
        return scores[self.setting.table.served_index[self.load.rows[positions]]]

    def least_relaxed(
        self, fields: Sequence[str], specification: DeploymentSpecification, ignore: Sequence[str] = ()
    ) -> tuple[Pick, dict[str, float]] | None:
        """The cheapest under the least relaxed targets that let something pass at a sensible cost, and these targets.

        The smallest factor that helps at all is passed over while the next one halves the cost.
        """

        def attempt(at: int) -> tuple[Pick, dict[str, float]] | None:
            relaxed = self.relaxed(fields, RELAXATIONS[at])
            pick = self.cheapest(self.sized(specification, relaxed), specification, ignore)
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

    def round_targets(
        self,
        pick: Pick,
        relaxed: Mapping[str, float],
        specification: DeploymentSpecification,
        ignore: Sequence[str] = (),
    ) -> dict[str, float]:
        """Round targets under which a pick passes as it was found: the least that do, or else ``relaxed``."""
        least = {field: pick.target(field, target) for field, target in relaxed.items()}
        sizing = self.sized(specification, least)
        passes = passing(self.requirements(sizing, specification), ignore)
        if passes[pick.position] and int(sizing.replicas[pick.position]) == pick.replicas:
            return least
        return {field: round_up(target, digits=3) for field, target in relaxed.items()}

    def relaxed(self, fields: Sequence[str], factor: float) -> dict[str, float]:
        """The targets times ``factor``; one that nothing keeps even without load counts as the best that is kept."""
        targets, relaxed = self.setting.specification.slo_targets, {}
        for name in fields:
            stated = float(getattr(targets, name))
            idle = getattr(self.load.surfaces, name)[:, 0]
            base = max(stated, float(idle.min())) if idle.size else stated
            relaxed[name] = max(stated, min(base * factor, LONGEST_TARGET_MS))
        return relaxed
