"""What may be deployed at all, whoever approves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from neuralnav.deployment.cluster.demand import gpus_at_most, pod_specs
from neuralnav.deployment.cluster.objects import ClusterObject, objects_of
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import ManifestSet

TRUST_FLAG = "--trust-remote-code"


class Policy(Frozen):
    """The bounds of every deployment."""

    namespaces: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)] = ("neuralnav",)
    registries: Annotated[tuple[str, ...], Field(max_length=100)] = ("docker.io/vllm", "localhost")
    """Registries or repositories that images may come from, each with everything below it. Empty: any."""
    max_gpus: Annotated[int, Field(ge=0, le=100_000)] = 64
    """The most GPUs that one deployment may take, with every replica that its autoscaler may start."""
    trust_remote_code: bool = False
    """Whether models may run that bring Python code of their own."""

    def problems(self, manifests: ManifestSet) -> tuple[str, ...]:
        """What of ``manifests`` is outside the bounds, each in a sentence with what is allowed.

        Raises:
            InvalidInputError: they hold something that is never applied.
        """
        return tuple(self._problems(manifests, objects_of(manifests, assigns_users=False)))

    def _problems(self, manifests: ManifestSet, objects: tuple[ClusterObject, ...]) -> Iterator[str]:
        if manifests.namespace not in self.namespaces:
            allowed = ", ".join(self.namespaces)
            yield f"The namespace {manifests.namespace!r} is not allowed for deployments. Allowed: {allowed}."
        for image in sorted({image for entry in objects for image in _images(entry.document)}):
            if not self._allows(image):
                allowed = ", ".join(self.registries)
                yield f"The image {image!r} comes from a place that is not allowed. Allowed: {allowed}."
        gpus = gpus_at_most(objects)
        if gpus > self.max_gpus:
            yield f"The deployment may take {gpus} GPUs; {self.max_gpus} are allowed. Plan for fewer replicas or GPUs."
        if not self.trust_remote_code and any(_trusts(entry.document) for entry in objects):
            yield (
                f"The model runs code from its repository ({TRUST_FLAG}), which is not allowed. "
                "Choose another model, or have NEURALNAV_ALLOW_TRUST_REMOTE_CODE set."
            )

    def _allows(self, image: str) -> bool:
        places = (place.rstrip("/") for place in self.registries)
        return not self.registries or any(image.startswith((f"{p}/", f"{p}:", f"{p}@")) for p in places)


def _containers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for spec in pod_specs(document):
        for part in ("initContainers", "containers"):
            yield from spec.get(part) or ()


def _images(document: dict[str, Any]) -> Iterator[str]:
    for container in _containers(document):
        if image := container.get("image"):
            yield str(image)


def _trusts(document: dict[str, Any]) -> bool:
    words = (str(word) for c in _containers(document) for word in (*(c.get("command") or ()), *(c.get("args") or ())))
    return any(TRUST_FLAG in word for word in words)
