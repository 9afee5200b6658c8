"""The container images that manifests name, pinned to one release of vLLM."""

from __future__ import annotations

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import GpuProfile

VLLM_VERSION = "0.31.0"
"""The release whose flags, images and environment variables the manifests use."""

IMAGE_OF_RESOURCE = {
    "nvidia.com/gpu": f"docker.io/vllm/vllm-openai:v{VLLM_VERSION}",
    "amd.com/gpu": f"docker.io/vllm/vllm-openai-rocm:v{VLLM_VERSION}",
}
"""Kubernetes resource of a GPU to its vLLM image, with the registry in front: CRI-O does not guess one."""

SIMULATOR_IMAGE = "localhost/neuralnav-simulator:0.1.0"
"""What ``simulator/Dockerfile`` makes, as nodes know an image that was built and loaded there."""

PINNED_IMAGE = (
    r"^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:[0-9]{2,5})?/[a-z0-9._/-]+"
    r"(:v?[0-9]+\.[0-9]+\.[0-9]+([.-][A-Za-z0-9.-]{1,40})?|@sha256:[0-9a-f]{64})$"
)
"""An image with its registry, and a full version or a digest."""


def engine_image(gpu: GpuProfile) -> str:
    """The vLLM image for ``gpu``.

    Raises:
        InvalidInputError: no image is known for GPUs of this kind.
    """
    image = IMAGE_OF_RESOURCE.get(gpu.kubernetes_resource)
    if image is None:
        allowed = ", ".join(IMAGE_OF_RESOURCE)
        raise InvalidInputError(
            f"There is no vLLM image for GPUs that Kubernetes calls {gpu.kubernetes_resource!r}.",
            (FieldProblem("kubernetes_resource", gpu.kubernetes_resource, allowed),),
        )
    return image
