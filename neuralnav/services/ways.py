"""The ways to deliver that the settings know, and whether they still lead to where a deployment is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import Approval, Delivery, Deployment, ManifestSet
from neuralnav.services.delivery import Deliverer, FilesDeliverer
from neuralnav.services.said_of_changes import WAYS_THERE


@dataclass(frozen=True)
class Ways:
    """How approved manifests are delivered: as files under ``manifests_dir``, and in ``others``."""

    manifests_dir: Path
    others: Mapping[Delivery, Deliverer] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, delivery: Delivery) -> Deliverer:
        """The way that ``delivery`` names.

        Raises:
            InvalidInputError: the settings know no such way.
        """
        way = self.others.get(delivery, FilesDeliverer(self.manifests_dir) if delivery is Delivery.FILES else None)
        if way is None:
            there = ", ".join(sorted({Delivery.FILES, *self.others}))
            problem = FieldProblem("delivery", delivery.value, there)
            raise InvalidInputError(f"This deployment was made by other settings than these: {problem}.", (problem,))
        return way

    async def require_here(self, approval: Approval, manifests: ManifestSet) -> None:
        """Refuse to touch what was put in place elsewhere than the present settings lead to.

        Raises:
            InvalidInputError: they lead elsewhere.
        """
        if approval.delivery is Delivery.FILES or approval.where is None:
            return
        here = await self.of(approval.delivery).where(manifests)
        if here != approval.where:
            problem = FieldProblem("where", here, approval.where)
            raise InvalidInputError(
                f"{manifests.namespace}/{manifests.name} belongs to {approval.where}, and the settings lead to {here}. "
                f"Nothing was done. {WAYS_THERE[approval.delivery]}",
                (problem,),
            )

    async def end_elsewhere(self, replaces: Deployment | None, manifests: ManifestSet, approval: Approval) -> None:
        """Take away what ran in another way or on another target; where it runs in the same one, it was replaced.

        Raises:
            InvalidInputError: what is there has been changed by somebody else.
            UnavailableError: the place does not answer.
        """
        if replaces is None or replaces.delivery is not Delivery.RUN:
            return
        if approval.delivery is Delivery.RUN and replaces.manifests.target is manifests.target:
            return
        await self.require_here(replaces.approval, replaces.manifests)
        await self.of(Delivery.RUN).take_away(replaces.manifests)
