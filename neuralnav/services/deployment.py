"""Deploying as the faces use it: manifests built and checked, changes made once approved, checked and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
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
    Rejection,
    RestsOn,
    Validation,
    Watch,
)
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.change_records import ChangeRecords, change_key, undo_key
from neuralnav.services.delivery import Deliverer, Say, say_nothing
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.observing import Observatory
from neuralnav.services.records import Records
from neuralnav.services.said_of_changes import UNWATCHED, WATCHED_BY, WATCHES
from neuralnav.services.status import NOBODY_WATCHES, lately
from neuralnav.services.ways import Ways, require_same_place


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

    @property
    def _ways(self) -> Ways:
        return Ways(self.manifests_dir, self.ways)

    @property
    def _kept(self) -> ChangeRecords:
        return ChangeRecords(self.records)

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
            UnavailableError: the database does not answer.
        """
        reference = await self.knowledge.reference()
        model, gpu = _model(choice, reference), _gpu(choice, reference)
        ours = {"installation": await self.records.installation()} if self.records else {}
        options = self.placing.options.model_copy(update=ours | (rests_on.model_dump() if rests_on else {}))
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
        if whose is None or not await self._kept.is_taken(built, besides):
            return built
        return await asyncio.to_thread(build, distinct_name(built.name, built.namespace, whose))

    async def propose(
        self, manifests: ManifestSet, replaces: Deployment | None = None, delivery: Delivery | None = None
    ) -> Proposal:
        """Where and what deploying ``manifests`` would change, and whether it could; changes nothing.

        ``delivery``: how; unset, as new deployments are delivered.

        Raises:
            InvalidInputError: what ``replaces`` runs is elsewhere, so this would not take its place.
            UnavailableError: the place does not answer.
        """
        delivery = delivery or self.placing.delivery
        way = self._ways.of(delivery)
        require_same_place(replaces, delivery, await way.where(manifests))
        before = replaces.manifests if replaces and replaces.delivery is delivery else None
        return Proposal(delivery=delivery, preflight=await way.preflight(manifests, before))

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
        key = change_key(thread_id, manifests, approval)
        if approval.change is not ChangeKind.RETIRE:
            where = approval.where or await self._ways.of(approval.delivery).where(manifests)
            require_same_place(replaces, approval.delivery, where)
        elif (ended := await self._kept.find(key)) is not None:
            return ended
        return await self._make(thread_id, key, choice, manifests, approval, replaces)

    async def reject(self, thread_id: str, manifests: ManifestSet, rejection: Rejection) -> None:
        """Keep that a change was rejected; nothing else is done.

        Raises:
            UnavailableError: the database does not answer.
        """
        await self._kept.rejected(thread_id, manifests, rejection)

    async def find_change(self, *, thread_id: str, manifests: ManifestSet, approval: Approval) -> Deployment | None:
        """What :meth:`execute` has made of this approval or, in the state ``applying``, begun to make.

        ``None``: nothing yet, as far as is kept.

        Raises:
            UnavailableError: the database does not answer.
        """
        return await self._kept.find(change_key(thread_id, manifests, approval))

    async def shares_files(self, thread_id: str, manifests: ManifestSet) -> bool:
        """Whether a deployment of another conversation has that name, so that what is there is to be left.

        Raises:
            UnavailableError: the database does not answer.
        """
        return await self._kept.is_taken(manifests, besides=thread_id)

    async def find_undone(self, deployment: Deployment) -> Deployment | None:
        """What :meth:`undo` made of ``deployment``, if it was undone, as far as is kept.

        Raises:
            UnavailableError: the database does not answer.
        """
        return await self._kept.find(undo_key(deployment))

    async def _make(
        self,
        thread_id: str,
        key: str,
        choice: Recommendation,
        manifests: ManifestSet,
        approval: Approval,
        replaces: Deployment | None,
        *,
        undoes: bool = False,
    ) -> Deployment:
        """Make a change and keep it; unless it ``undoes`` one, it is kept before, so a crash leaves nothing unknown."""
        async with self._kept.claimed(manifests):
            retires = approval.change is ChangeKind.RETIRE
            shared = await self.shares_files(thread_id, manifests)
            if shared and not retires:
                raise InvalidInputError(
                    f"Another conversation has deployed {manifests.namespace}/{manifests.name} in the meantime. "
                    "Nothing was done; try again for another name.",
                    (FieldProblem("name", manifests.name, "a name that no other deployment has"),),
                )
            way = self._ways.of(approval.delivery)
            await self._ways.require_here(approval, manifests)
            left = retires and (shared or approval.leaves)
            deployment = Deployment(
                id=uuid5(NAMESPACE_URL, f"urn:neuralnav:{key}"),
                thread_id=thread_id,
                idempotency_key=key,
                state=_state_after(approval),
                choice=choice,
                manifests=manifests,
                approval=approval,
                delivery=approval.delivery,
                left=left,
            )
            if not undoes:
                await self._kept.begun(deployment)
            directory = None
            if not retires:
                before = replaces.manifests if replaces and replaces.delivery is approval.delivery else None
                directory = await way.put(manifests, choice, before, take_over=approval.takes_over)
                if undoes and replaces and replaces.delivery is Delivery.RUN is not approval.delivery:
                    await self._ways.require_here(replaces.approval, replaces.manifests)
                    await self._ways.of(Delivery.RUN).take_away(replaces.manifests)
            elif not left:
                directory = await way.take_away(manifests)
            made = deployment.model_copy(update={"directory": directory})
            return await self._kept.made(made, undoes=undoes)

    async def validate(
        self, deployment: Deployment, specification: DeploymentSpecification, say: Say = say_nothing
    ) -> Validation:
        """Whether what is in place is, and does, what was approved; waits a while for it to be ready.

        Raises:
            UnavailableError: the place does not answer.
        """
        await self._ways.require_here(deployment.approval, deployment.manifests)
        validation = await self._ways.of(deployment.delivery).validate(deployment, specification, say)
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
        key, thread = undo_key(deployment), deployment.thread_id
        return await self._make(thread, key, to.choice, to.manifests, approval, deployment, undoes=True)

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
        await self._ways.require_here(deployment.approval, deployment.manifests)
        validation, running = await self._ways.of(deployment.delivery).look(deployment)
        seen: dict[str, Any] = {}
        if deployment.runs and specification is not None and self.observatory is not None:
            seen = await lately(deployment, specification, self.observatory, self.records, running)
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
