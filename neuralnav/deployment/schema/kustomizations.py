"""The directory's entry point."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neuralnav.deployment.schema.parts import Closed, DeploymentName, Printable
from neuralnav.models.deployment import NAMESPACE


class PatchTarget(Closed):
    """The object that a patch changes."""

    group: Literal["serving.kserve.io", "apps"]
    version: Literal["v1beta1", "v1", "v1alpha2"]
    kind: Literal["InferenceService", "Deployment", "LLMInferenceService"]
    name: DeploymentName


class Patch(Closed):
    """A JSON patch."""

    target: PatchTarget
    patch: Annotated[str, Field(pattern=r"^[ -~]{1,1000}$")]


class Kustomization(Closed):
    """Its resources and the one patch that names a user."""

    api_version: Literal["kustomize.config.k8s.io/v1beta1"]
    kind: Literal["Kustomization"]
    namespace: Annotated[str, Field(pattern=NAMESPACE)]
    resources: Annotated[list[Printable], Field(min_length=1, max_length=20)]
    patches: Annotated[list[Patch], Field(min_length=1, max_length=1)]
