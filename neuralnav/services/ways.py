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
        if approval.where is None:
            return
        here = await self.of(approval.delivery).where(manifests)
        if here != approval.where:
            problem = FieldProblem("where", here, approval.where)
            raise InvalidInputError(
                f"{manifests.namespace}/{manifests.name} belongs to {approval.where}, and the settings lead to {here}. "
                f"Nothing was done. {WAYS_THERE[approval.delivery]}",
                (problem,),
            )


def require_same_place(replaces: Deployment | None, delivery: Delivery, where: str) -> None:
    """Refuse to put something in place of what runs elsewhere: that would go on, or end, without being approved.

    Raises:
        InvalidInputError: what ``replaces`` runs is in another place, or would be delivered in another way.
    """
    if replaces is None or not replaces.runs or replaces.approval.where is None:
        return
    runs_at = replaces.approval.where
    if (delivery, where) != (Delivery.RUN, runs_at):
        now = f"{delivery.value} to {where}"
        raise InvalidInputError(
            f"{replaces.name} runs at {runs_at}, and this would be {now}: what runs would neither be replaced nor "
            f"ended. End it first, or start over to leave it. {WAYS_THERE[Delivery.RUN]}",
            (FieldProblem("where", now, f"run to {runs_at}"),),
        )
