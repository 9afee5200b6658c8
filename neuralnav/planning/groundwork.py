"""What plans with the same constraints and the same shape of load have in common, kept for the next one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.evaluation import Load
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.requirements import Requirement, first_reasons
from neuralnav.planning.suitability import Suitability
from neuralnav.planning.surface_book import SurfaceBook

KEPT = 16
"""Some 2 MB each."""


@dataclass(frozen=True)
class Groundwork:
    """Everything before a rate and targets come in."""

    judged: tuple[Suitability, ...]
    """Of each served model."""
    fixed: tuple[Requirement, ...]
    """Of every candidate."""
    load: Load
    """Of those that pass."""

    @cached_property
    def rejected(self) -> dict[str, int]:
        """How many candidates each fixed requirement is the first to rule out."""
        return first_reasons(self.fixed)


class Groundworks:
    """Groundwork by what it depends on, those asked for last; may be used from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Groundwork] = OrderedDict()
        self._changing = Lock()

    def get(
        self,
        specification: DeploymentSpecification,
        template: UseCaseTemplate,
        surfaces: SurfaceBook,
        lay: Callable[[], Groundwork],
    ) -> Groundwork:
        """The groundwork of a specification; ``lay`` makes what is not kept."""
        shape = LoadShape.of(specification)
        key = (
            template.use_case,
            specification.intent.subject_matter,
            specification.constraints,
            specification.policy,
            specification.pinned,
            shape.key,
            surfaces.version(shape),
        )
        with self._changing:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        laid = lay()
        with self._changing:
            self._kept[key] = laid
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return laid
