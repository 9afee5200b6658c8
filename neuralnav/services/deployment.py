"""Deploying as the faces use it: manifests built and checked, changes made once approved, checked and undone."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import build_manifests
from neuralnav.deployment.names import distinct_name
from neuralnav.deployment.output import holds_manifests, manifests_path, remove_manifests, write_manifests
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ReferenceData
from neuralnav.models.deployment import (
    Approval,
    ChangeKind,
    Check,
    Decision,
    Deployment,
    DeploymentState,
    ManifestSet,
    Observation,
    Validation,
    Watch,
)
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.records import Records

_DONE = {
    ChangeKind.DEPLOY: "manifests written",
    ChangeKind.ROLL_BACK: "rolled back",
    ChangeKind.RETIRE: "retired",
}
FILES_ONLY = "The manifests were written as files, which NeuralNav does not run: there is nothing to measure yet."


@dataclass(frozen=True)
class DeploymentService:
    """Manifests, approved changes and what became of them. ``records`` may be absent where nothing is to be kept."""

    knowledge: Knowledge
    manifests_dir: Path
    namespace: str
    records: Records | None = None

    async def manifests(
        self,
        choice: Recommendation,
        specification: DeploymentSpecification,
        name: str | None = None,
        whose: str | None = None,
        besides: str | None = None,
    ) -> ManifestSet:
        """The checked manifests of ``choice``.

        Without a ``name`` one is derived. Where a deployment of another conversation than ``besides`` has the name,
        ``whose`` makes an ending of its own.

        Raises:
            InvalidInputError: the name cannot be used, or a manifest does not pass its checks.
            NotFoundError: the choice names a model or GPU that the reference data does not hold.
        """
        reference = await self.knowledge.reference()
        model, gpu = _model(choice, reference), _gpu(choice, reference)
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

    async def execute(
        self, *, thread_id: str, choice: Recommendation, manifests: ManifestSet, approval: Approval
    ) -> Deployment:
        """Make the approved change, once: the same approval a second time gives the same deployment.

        After a deployment or a roll-back the files are there in ``directory``, also where they have gone since;
        after the end of a deployment they are not, unless another conversation's deployment has the same name.

        Raises:
            InvalidInputError: the approval is for other manifests, or the directory holds something else.
            UnavailableError: the files cannot be written or removed.
        """
        if approval.manifests_sha256 != manifests.sha256:
            raise InvalidInputError(
                "The approval covers other manifests than these; look at them and approve again.",
                (FieldProblem("manifests_sha256", approval.manifests_sha256, manifests.sha256),),
            )
        return await self._make(thread_id, _key(thread_id, manifests, approval), choice, manifests, approval)

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

    async def _make(
        self, thread_id: str, key: str, choice: Recommendation, manifests: ManifestSet, approval: Approval
    ) -> Deployment:
        async with self._claimed(manifests):
            retires = approval.change is ChangeKind.RETIRE
            shared = await self.shares_files(thread_id, manifests)
            if shared and not retires:
                raise InvalidInputError(
                    f"Another conversation has deployed {manifests.namespace}/{manifests.name} in the meantime. "
                    "Nothing was written; try again for another name.",
                    (FieldProblem("name", manifests.name, "a name that no other deployment has"),),
                )
            act = remove_manifests if retires else write_manifests
            directory = None if shared else str(await asyncio.to_thread(act, manifests, self.manifests_dir))
            deployment = Deployment(
                id=uuid5(NAMESPACE_URL, f"urn:neuralnav:{key}"),
                thread_id=thread_id,
                idempotency_key=key,
                state=DeploymentState.RETIRED if retires else DeploymentState.WRITTEN,
                choice=choice,
                manifests=manifests,
                approval=approval,
                directory=directory,
            )
            return await self._kept(deployment, _DONE[approval.change], {"directory": directory})

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
            | detail,
        )
        return kept.model_copy(update={"directory": deployment.directory})

    async def validate(self, deployment: Deployment) -> Validation:
        """Whether the files on disk are the approved ones.

        Raises:
            UnavailableError: they cannot be read.
        """
        target = manifests_path(deployment.manifests, self.manifests_dir)
        same = await asyncio.to_thread(holds_manifests, deployment.manifests, self.manifests_dir)
        found = f"{target} {'holds' if same else 'does not hold'} the approved files"
        detail = f"{found}, digest {deployment.manifests.sha256[:12]}."
        return Validation(checks=(Check(name="files", passed=same, detail=detail),))

    async def undo(self, deployment: Deployment, previous: Deployment | None) -> Deployment:
        """Return to ``previous`` or, without one, remove what ``deployment`` created; its approval covers that.

        What was there and is not ours any more is left as it is.

        Raises:
            InvalidInputError: what is there has been changed by somebody else, so it is left.
            UnavailableError: the files cannot be written or removed.
        """
        back = ChangeKind.RETIRE if previous is None else ChangeKind.ROLL_BACK
        to = deployment if previous is None else previous
        approval = deployment.approval.model_copy(update={"change": back, "manifests_sha256": to.manifests.sha256})
        key = f"{deployment.idempotency_key}:undone"
        return await self._make(deployment.thread_id, key, to.choice, to.manifests, approval)

    async def watch(self, deployment: Deployment, specification: DeploymentSpecification) -> Watch:
        """What ``deployment`` is held to, and what watches it."""
        return Watch(
            deployment_id=deployment.id,
            targets=specification.slo_targets,
            planned_peak_qps=specification.traffic.peak_qps,
            reason=FILES_ONLY,
        )

    async def observe(self, deployment: Deployment) -> Observation:
        """What is known of ``deployment`` now: whether it is as approved, and its last outcome.

        Raises:
            UnavailableError: files or database cannot be read.
        """
        outcome = await self.records.latest_outcome(deployment.id) if self.records else None
        return Observation(
            deployment_id=deployment.id,
            at=datetime.now(UTC),
            validation=await self.validate(deployment),
            outcome=outcome,
        )

    async def record(self, decision: Decision) -> Decision:
        """Keep how a conversation came to a change; returns what is kept.

        Raises:
            NotFoundError: the deployment is not kept.
            UnavailableError: the database does not answer.
        """
        return decision if self.records is None else await self.records.record_decision(decision)


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
