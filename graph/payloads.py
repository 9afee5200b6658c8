"""What each checkpoint shows, as typed data: the ``data`` of its question, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from graph.explored import Explored
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Delivery,
    Deployment,
    ManifestSet,
    Proposal,
    ProposedChange,
    RestsOn,
    Validation,
    Watch,
)
from neuralnav.models.options import NumberedOption
from neuralnav.models.plan import NearMiss, Plan, Recommendation
from neuralnav.models.specification import DeploymentSpecification, SLOTargets
from neuralnav.models.vocabulary import View


class Payload(BaseModel):
    """What every question carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    readings: tuple[str, ...] = ()
    """What the last reply may have meant: texts that are clear at this checkpoint, to be offered as buttons."""


class ClarifyPayload(Payload):
    """Of ``clarify``."""

    missing: tuple[str, ...]
    """Fields that planning cannot start without."""


class SpecificationPayload(Payload):
    """Of ``review_specification``."""

    specification: DeploymentSpecification


class PlanOverview(BaseModel):
    """What of a plan its numbered options leave out: the targets, the views in full, the Pareto front."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    targets: SLOTargets
    views: dict[View, tuple[str, ...]]
    """Ids of the options of each view, best first."""
    front: tuple[str, ...]
    """Ids of the options of the Pareto front, cheapest first."""
    others: tuple[Recommendation, ...]
    """The options of the views and of the front that have no number."""

    @classmethod
    def of(cls, plan: Plan, numbered: Sequence[NumberedOption]) -> Self:
        """The overview of ``plan``, beside its ``numbered`` options."""
        known = {one.option.id for one in numbered}
        listed = (option for options in (*plan.views.values(), plan.pareto) for option in options)
        return cls(
            targets=plan.specification.slo_targets,
            views={view: tuple(option.id for option in options) for view, options in plan.views.items()},
            front=tuple(option.id for option in plan.pareto),
            others=tuple({option.id: option for option in listed if option.id not in known}.values()),
        )


class OptionsPayload(Payload):
    """Of ``present_options``."""

    options: tuple[NumberedOption, ...]
    near_misses: tuple[NearMiss, ...]
    """Where nothing, or little, meets every target: what fails by how much, and what would help."""
    evaluated: int
    """Configurations that were evaluated."""
    compliant: int
    """Those that meet every target and constraint."""
    warnings: tuple[str, ...]
    explored: Explored | None = None
    """What was supposed or compared last, side by side."""
    scenarios: tuple[str, ...] = ()
    """Names of the scenarios that the conversation keeps, to be compared."""
    keeps_scenarios: bool = False
    """Whether scenarios can be kept."""
    overview: PlanOverview | None = None
    """``None``: the question was stored without."""


class ApprovalPayload(Payload):
    """Of ``approve_deployment``."""

    change: ChangeKind
    manifests: ManifestSet
    """The files to write or, where a deployment ends, to remove."""
    manifests_sha256: str
    """What the approval is bound to."""
    choice: Recommendation
    replaces: ManifestSet | None
    """What is in place now."""
    delivery: Delivery = Delivery.FILES
    """What becomes of the manifests."""
    proposal: Proposal | None
    """Where, and what it would change there; ``None``: an end, or one that was stored without."""
    rests_on: RestsOn | None = None
    """The prices and the calibration that are approved with it; ``None``: it was stored without."""
    choice_now: Recommendation | None = None
    """What is in place now; ``None``: nothing, or it was stored without."""
    where: str | None = None
    """The place, as it is approved, where it is known."""
    directory: str | None = None
    """Where the files lie that end."""
    leaves: bool = False
    """Of an end: whether what is there is left, because another deployment has the same name."""
    returns_to: Approval | None = None
    """Of a roll-back: how what it returns to was approved."""


class OperatePayload(Payload):
    """Of ``operate``."""

    deployment: Deployment
    validation: Validation | None
    watch: Watch | None
    earlier_revisions: int
    """Revisions that can be returned to."""
    advice: ProposedChange | None = None
    """What was last advised about it."""


class FailurePayload(Payload):
    """Of ``failed``."""

    problem: dict[str, Any] | None
    """An RFC 9457 problem object."""
    node: str | None
    """Where it happened."""
    half_made: bool = False
    """Whether a change that was approved may have begun; leaving has it undone."""
