"""Where a server takes its weights from: Hugging Face by itself, or a storage that KServe or a claim brings."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import DeploymentTarget

MOUNTED_AT = "/mnt/models"
"""Where KServe puts what a storage URI names, and where we mount a claim ourselves."""

_SCHEMES = {
    DeploymentTarget.KSERVE: ("hf", "pvc", "s3", "gs", "oci"),
    DeploymentTarget.KUBERNETES: ("hf", "pvc"),
    DeploymentTarget.LLM_D: ("hf", "pvc", "s3", "oci"),
}
"""What can be fetched: plain Kubernetes has nobody who fetches, and the controller of llm-d does not take ``gs``."""


@dataclass(frozen=True)
class Weights:
    """One source of weights."""

    uri: str
    """With its scheme."""
    argument: str
    """What ``vllm serve`` is given as the model."""

    @property
    def downloaded(self) -> bool:
        """Whether vLLM fetches them from Hugging Face when it starts."""
        return self.uri.startswith("hf://")

    @property
    def claim(self) -> tuple[str, str] | None:
        """Name of the PersistentVolumeClaim that holds them and the path inside, ``""`` for its root."""
        scheme, _, place = self.uri.partition("://")
        if scheme != "pvc":
            return None
        claim, _, path = place.partition("/")
        return claim, path


def weights_of(model_id: str, storage_uri: str | None, target: DeploymentTarget) -> Weights:
    """The source for ``target``: ``storage_uri`` or, where there is none, the model's repository at Hugging Face.

    Raises:
        InvalidInputError: ``target`` cannot take weights from there, or the path leads out of its storage.
    """
    uri = storage_uri or f"hf://{model_id}"
    scheme, _, place = uri.partition("://")
    schemes = _SCHEMES.get(target, ("hf",))
    if scheme not in schemes:
        allowed = ", ".join(f"{known}://" for known in schemes)
        raise InvalidInputError(
            f"With the target {target.value}, weights cannot come from {uri!r}; allowed: {allowed}.",
            (FieldProblem("storage_uri", uri, allowed),),
        )
    if {".", ".."} & set(place.split("/")):
        allowed = "a path without '.' and '..'"
        raise InvalidInputError(f"{uri!r} is no storage URI.", (FieldProblem("storage_uri", uri, allowed),))
    return Weights(uri, place if scheme == "hf" else MOUNTED_AT)
