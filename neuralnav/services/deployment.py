"""Deploying as the faces use it: manifests built and checked, changes made once approved, checked and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import ManifestOptions, build_manifests
from neuralnav.deployment.names import distinct_name
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ReferenceData
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Decision,
    Delivery,
    Deployment,
    DeploymentState,
    DeploymentTarget,
    EngineMode,
    ManifestSet,
    Observation,
    Proposal,
    RestsOn,
    Validation,
    Watch,
)
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.delivery import Deliverer, FilesDeliverer, Say, say_nothing
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.observing import Observatory
from neuralnav.services.records import Records
from neuralnav.services.said_of_changes import DONE, UNWATCHED, WATCHED_BY, WATCHES, WAYS_THERE
from neuralnav.services.status import NOBODY_WATCHES, lately


@dataclass(frozen=True)
class Placing:
    """For what and how deployments are made."""

    target: DeploymentTarget = DeploymentTarget.KSERVE
    mode: EngineMode = EngineMode.VLLM
    delivery: Delivery = Delivery.FILES
    options: ManifestOptions = field(default_factory=ManifestOptions)


@dataclass(frozen=True)
class DeploymentService:
    """Manifests, approved changes and what became of them. ``records`` may be absent where nothing is to be kept."""

    knowledge: Knowledge
    manifests_dir: Path
    namespace: str
    records: Records | None = None
    placing: Placing = Placing()
    ways: Mapping[Delivery, Deliverer] = field(default_factory=lambda: MappingProxyType({}))
    """How to deliver, besides as files."""
    observatory: Observatory | None = None
    """Reads what deployments do, where NeuralNav runs them."""

    async def manifests(
        self,
        choice: Recommendation,
        specification: DeploymentSpecification,
        name: str | None = None,
        whose: str | None = None,
        besides: str | None = None,
        rests_on: RestsOn | None = None,
    ) -> ManifestSet:
        """The checked manifests of ``choice``, which say what prices and calibration its figures rest on, if given.

        Without a ``name`` one is derived. Where a deployment of another conversation than ``besides`` has the name,
        ``whose`` makes an ending of its own.

        Raises:
            InvalidInputError: the name cannot be used, or a manifest does not pass its checks.
            NotFoundError: the choice names a model or GPU that the reference data does not hold.
        """
        reference = await self.knowledge.reference()
        model, gpu = _model(choice, reference), _gpu(choice, reference)
        options = self.placing.options.model_copy(update=rests_on.model_dump() if rests_on else {})
        architecture = next((a for a in reference.architectures if a.name == model.architecture), None)

        def build(name: str | None) -> ManifestSet:
            built = build_manifests(
                choice,
                model,
                gpu,
                specification=specification,
                name=name,
                namespace=self.namespace,
                architecture=architecture,
                target=self.placing.target,
                mode=self.placing.mode,
                options=options,
            )
            check_manifests(built)
            return built

        built = await asyncio.to_thread(build, name)
        if whose is None or not await self._is_taken(built, besides):
            return built
        return await asyncio.to_thread(build, distinct_name(built.name, built.namespace, whose))

    async def _is_taken(self, manifests: ManifestSet, besides: str | None) -> bool:
        if self.records is None:
            return False
        return await self.records.is_name_taken(manifests.namespace, manifests.name, besides)

    async def propose(
        self, manifests: ManifestSet, replaces: Deployment | None = None, delivery: Delivery | None = None
    ) -> Proposal:
        """Where and what deploying ``manifests`` would change, and whether it could; changes nothing.

        ``delivery``: how; unset, as new deployments are delivered.

        Raises:
            UnavailableError: the place does not answer.
        """
        delivery = delivery or self.placing.delivery
        before = replaces.manifests if replaces and replaces.delivery is delivery else None
        return Proposal(delivery=delivery, preflight=await self._way(delivery).preflight(manifests, before))

    async def execute(
        self,
        *,
        thread_id: str,
        choice: Recommendation,
        manifests: ManifestSet,
        approval: Approval,
        replaces: Deployment | None = None,
    ) -> Deployment:
        """Make the approved change, once: the same approval a second time gives the same deployment.

        After a deployment or a roll-back ``manifests`` are in place, also where they have gone since, and what only
        ``replaces`` had is gone; after the end of a deployment they are not, unless another conversation's deployment
        has the same name.

        Raises:
            InvalidInputError: the approval is for other manifests, or what is there belongs to somebody else.
            UnavailableError: the place does not answer.
        """
        if approval.manifests_sha256 != manifests.sha256:
            raise InvalidInputError(
                "The approval covers other manifests than these; look at them and approve again.",
                (FieldProblem("manifests_sha256", approval.manifests_sha256, manifests.sha256),),
            )
        return await self._make(thread_id, _key(thread_id, manifests, approval), choice, manifests, approval, replaces)

    async def made(self, *, thread_id: str, manifests: ManifestSet, approval: Approval) -> bool:
        """Whether :meth:`execute` has made this change already, as far as is kept.

        Raises:
            UnavailableError: the database does not answer.
        """
        if self.records is None:
            return False
        return await self.records.find_deployment(_key(thread_id, manifests, approval)) is not None

    async def shares_files(self, thread_id: str, manifests: ManifestSet) -> bool:
        """Whether a deployment of another conversation has that name, so that its files are to be left.

        Raises:
            UnavailableError: the database does not answer.
        """
        return await self._is_taken(manifests, besides=thread_id)

    async def find_undone(self, deployment: Deployment) -> Deployment | None:
        """What :meth:`undo` made of ``deployment``, if it was undone, as far as is kept.

        Raises:
            UnavailableError: the database does not answer.
        """
        return None if self.records is None else await self.records.find_deployment(_undone(deployment))

    async def _require_here(self, approval: Approval, manifests: ManifestSet) -> None:
        """Refuse to touch what was put in place elsewhere than the present settings lead to."""
        if approval.delivery is Delivery.FILES or approval.where is None:
            return
        here = await self._way(approval.delivery).where(manifests)
        if here != approval.where:
            problem = FieldProblem("where", here, approval.where)
            raise InvalidInputError(
                f"{manifests.namespace}/{manifests.name} belongs to {approval.where}, and the settings lead to {here}. "
                f"Nothing was done. {WAYS_THERE[approval.delivery]}",
                (problem,),
            )

    def _way(self, delivery: Delivery) -> Deliverer:
        way = self.ways.get(delivery, FilesDeliverer(self.manifests_dir) if delivery is Delivery.FILES else None)
        if way is None:
            there = ", ".join(sorted({Delivery.FILES, *self.ways}))
            problem = FieldProblem("delivery", delivery.value, there)
            raise InvalidInputError(f"This deployment was made by other settings than these: {problem}.", (problem,))
        return way

    async def _make(
        self,
        thread_id: str,
        key: str,
        choice: Recommendation,
        manifests: ManifestSet,
        approval: Approval,
        replaces: Deployment | None,
    ) -> Deployment:
        async with self._claimed(manifests):
            retires = approval.change is ChangeKind.RETIRE
            shared = await self.shares_files(thread_id, manifests)
            if shared and not retires:
                raise InvalidInputError(
                    f"Another conversation has deployed {manifests.namespace}/{manifests.name} in the meantime. "
                    "Nothing was done; try again for another name.",
                    (FieldProblem("name", manifests.name, "a name that no other deployment has"),),
                )
            way = self._way(approval.delivery)
            await self._require_here(approval, manifests)
            if retires:
                directory = None if shared else await way.take_away(manifests)
            else:
                before = replaces.manifests if replaces and replaces.delivery is approval.delivery else None
                directory = await way.put(manifests, choice, before, take_over=bool(approval.takes_over))
                await self._end_elsewhere(replaces, manifests, approval)
            deployment = Deployment(
                id=uuid5(NAMESPACE_URL, f"urn:neuralnav:{key}"),
                thread_id=thread_id,
                idempotency_key=key,
                state=_state_after(approval),
                choice=choice,
                manifests=manifests,
                approval=approval,
                delivery=approval.delivery,
                directory=directory,
            )
            return await self._kept(deployment, DONE[approval.delivery][approval.change], {"directory": directory})

    async def _end_elsewhere(self, replaces: Deployment | None, manifests: ManifestSet, approval: Approval) -> None:
        """Take away what ran in another way or on another target; where it runs in the same one, it was replaced."""
        if replaces is None or replaces.delivery is not Delivery.RUN:
            return
        if approval.delivery is Delivery.RUN and replaces.manifests.target is manifests.target:
            return
        await self._require_here(replaces.approval, replaces.manifests)
        await self._way(Delivery.RUN).take_away(replaces.manifests)

    def _claimed(self, manifests: ManifestSet) -> AbstractAsyncContextManager[None]:
        return self.records.claimed(manifests.namespace, manifests.name) if self.records else nullcontext()

    async def _kept(self, deployment: Deployment, what: str, detail: dict[str, Any]) -> Deployment:
        if self.records is None:
            return deployment
        kept = await self.records.record_deployment(
            deployment,
            who=deployment.approval.by,
            what=what,
            subject=deployment.name,
            detail={
                "manifests_sha256": deployment.manifests.sha256,
                "plan": deployment.choice.id,
                "revision": deployment.approval.revision,
                "thread": deployment.thread_id,
            }
            | ({"where": deployment.approval.where} if deployment.approval.where else {})
            | detail,
        )
        return kept.model_copy(update={"directory": deployment.directory})

    async def validate(
        self, deployment: Deployment, specification: DeploymentSpecification, say: Say = say_nothing
    ) -> Validation:
        """Whether what is in place is, and does, what was approved; waits a while for it to be ready.

        Raises:
            UnavailableError: the place does not answer.
        """
        await self._require_here(deployment.approval, deployment.manifests)
        validation = await self._way(deployment.delivery).validate(deployment, specification, say)
        if deployment.runs and self.records is not None and validation.waits_for is None:
            await self.records.note(
                who=deployment.approval.by,
                what="passed its checks" if validation.passed else "did not pass its checks",
                subject=deployment.name,
                detail={check.name: check.detail for check in validation.checks} | {"thread": deployment.thread_id},
                key=f"{deployment.idempotency_key}:validated:{validation.passed}",
            )
        return validation

    async def undo(self, deployment: Deployment, previous: Deployment | None) -> Deployment:
        """Return to ``previous`` or, without one, remove what ``deployment`` created; its approval covers that.

        What was there and is not ours any more is left as it is.

        Raises:
            InvalidInputError: what is there has been changed by somebody else, so it is left.
            UnavailableError: the place does not answer.
        """
        back = ChangeKind.RETIRE if previous is None else ChangeKind.ROLL_BACK
        to = deployment if previous is None else previous
        update = {
            "change": back,
            "manifests_sha256": to.manifests.sha256,
            "delivery": to.delivery,
            "where": to.approval.where,
            "takes_over": (),
        }
        approval = deployment.approval.model_copy(update=update)
        key, thread = _undone(deployment), deployment.thread_id
        return await self._make(thread, key, to.choice, to.manifests, approval, deployment)

    async def watch(
        self, deployment: Deployment, specification: DeploymentSpecification, *, settled: bool = True
    ) -> Watch:
        """What ``deployment`` is held to from now on, and what watches it.

        Raises:
            UnavailableError: the database does not answer.
        """
        if deployment.runs and self.records is not None:
            await self.records.watch(deployment.id, specification, settled=settled)
        watching = deployment.runs and self.records is not None and await self.records.is_watched_over()
        return Watch(
            deployment_id=deployment.id,
            targets=specification.slo_targets,
            planned_peak_qps=specification.traffic.peak_qps,
            watched_by=WATCHED_BY if watching else None,
            reason=WATCHES if watching else NOBODY_WATCHES if deployment.runs else UNWATCHED[deployment.delivery],
        )

    async def observe(
        self, deployment: Deployment, specification: DeploymentSpecification | None = None
    ) -> Observation:
        """What is known of ``deployment`` now: whether it is as approved, its replicas, and its last outcome.

        With the ``specification`` that it was planned for, also what it did lately against that.

        Raises:
            UnavailableError: the place or the database does not answer.
        """
        await self._require_here(deployment.approval, deployment.manifests)
        validation, running = await self._way(deployment.delivery).look(deployment)
        seen: dict[str, Any] = {}
        if deployment.runs and specification is not None and self.observatory is not None:
            seen = await lately(deployment, specification, self.observatory, self.records)
        return Observation(
            **seen,
            deployment_id=deployment.id,
            at=datetime.now(UTC),
            validation=validation,
            running=running,
            outcome=await self.records.latest_outcome(deployment.id) if self.records else None,
        )

    async def record(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change; returns what is kept.

        Raises:
            NotFoundError: the deployment is not kept.
            UnavailableError: the database does not answer.
        """
        return decision if self.records is None else await self.records.record_decision(decision)


def _state_after(approval: Approval) -> DeploymentState:
    if approval.change is ChangeKind.RETIRE:
        return DeploymentState.RETIRED
    return DeploymentState.APPLIED if approval.delivery is Delivery.RUN else DeploymentState.WRITTEN


def _undone(deployment: Deployment) -> str:
    """The key of what undoing ``deployment`` makes."""
    return f"{deployment.idempotency_key}:undone"


def _key(thread_id: str, manifests: ManifestSet, approval: Approval) -> str:
    """Under which a change is made once."""
    return f"{thread_id}:{approval.revision}:{approval.change.value}:{manifests.sha256}"


def _model(choice: Recommendation, reference: ReferenceData) -> CatalogModel:
    found = next((m for m in reference.models if m.model_id == choice.model), None)
    if found is None:
        raise NotFoundError(f"The catalogue has no model {choice.model!r} any more; plan again.")
    return found


def _gpu(choice: Recommendation, reference: ReferenceData) -> GpuProfile:
    found = next((g for g in reference.gpus if g.gpu_type == choice.gpu_type), None)
    if found is None:
        raise NotFoundError(f"No GPU {choice.gpu_type!r} is known any more; plan again.")
    return found
