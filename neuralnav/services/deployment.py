"""Deploying as the faces use it: manifests built and checked, then written once approved."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import build_manifests
from neuralnav.deployment.output import write_manifests
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ReferenceData
from neuralnav.models.deployment import Approval, Deployment, DeploymentState, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.services.knowledge import Knowledge
from neuralnav.services.records import Records


@dataclass(frozen=True)
class DeploymentService:
    """Manifests, approvals and what was written. ``records`` may be absent where nothing is to be kept."""

    knowledge: Knowledge
    manifests_dir: Path
    namespace: str
    records: Records | None = None

    async def manifests(
        self, choice: Recommendation, specification: DeploymentSpecification, name: str | None = None
    ) -> ManifestSet:
        """The checked manifests of ``choice``.

        Raises:
            InvalidInputError: the name cannot be used, or a manifest does not pass its checks.
            NotFoundError: the choice names a model or GPU that the reference data does not hold.
        """
        reference = await self.knowledge.reference()
        model, gpu = _model(choice, reference), _gpu(choice, reference)
        architecture = next((a for a in reference.architectures if a.name == model.architecture), None)

        def build() -> ManifestSet:
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

        return await asyncio.to_thread(build)

    async def execute(
        self, *, thread_id: str, choice: Recommendation, manifests: ManifestSet, approval: Approval
    ) -> Deployment:
        """Write the approved manifests, once: the same approval a second time gives the same deployment.

        The files are there afterwards in ``directory``, also where they were written before and have gone since.

        Raises:
            InvalidInputError: the approval is for other manifests, or the directory holds something else.
            UnavailableError: the files cannot be written.
        """
        if approval.manifests_sha256 != manifests.sha256:
            raise InvalidInputError(
                "The approval covers other manifests than these; look at them and approve again.",
                (FieldProblem("manifests_sha256", approval.manifests_sha256, manifests.sha256),),
            )
        key = f"{thread_id}:{manifests.sha256}"
        directory = str(await asyncio.to_thread(write_manifests, manifests, self.manifests_dir))
        deployment = Deployment(
            id=uuid5(NAMESPACE_URL, f"urn:neuralnav:{key}"),
            thread_id=thread_id,
            idempotency_key=key,
            state=DeploymentState.WRITTEN,
            choice=choice,
            manifests=manifests,
            approval=approval,
            directory=directory,
        )
        if self.records is None:
            return deployment
        kept = await self.records.record_deployment(
            deployment,
            who=approval.by,
            what="manifests written",
            subject=f"{manifests.namespace}/{manifests.name}",
            detail={
                "manifests_sha256": manifests.sha256,
                "directory": directory,
                "plan": choice.id,
                "thread": thread_id,
            },
        )
        return kept.model_copy(update={"directory": directory})


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
