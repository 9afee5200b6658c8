"""What a pod needs beside its GPUs: memory, disk, processors and time, worked out from the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.performance.architecture import weight_bytes

SECONDS_PER_GB = 12.0
"""The slowest load that is waited for: 100 MB/s over the network, then 500 MB/s into the GPUs."""

HOME_VOLUME_GIB = 20

DISK_GIB = 10
"""What a pod needs of its node's disk besides the weights."""

START_SECONDS = 600
"""Besides the weights: imports, compilation, profiling, graph capture; with room for a slow machine."""

PRE_STOP_SECONDS = 10
"""Time for the pod's address to leave the load balancers before vLLM stops taking requests."""


@dataclass(frozen=True)
class PodSize:
    """What one pod asks for. GiB and seconds, whole numbers."""

    weights_gb: float
    """Decimal gigabytes of the weights on disk, or the most that they can be."""
    weights_known: bool
    """``False``: the architecture was not given and ``weights_gb`` is what fits the GPUs."""
    gpus: int
    cpus: int
    memory_request_gib: int
    memory_limit_gib: int
    shared_memory_gib: int
    """0: one GPU needs none beyond the container's own 64 MiB."""
    disk_request_gib: int
    """Of the node's disk, where that holds the weights."""
    model_volume_gib: int
    home_volume_gib: int
    """Compiled kernels and graphs, which vLLM, Triton and FlashInfer keep under the home directory."""
    start_seconds: int
    drain_seconds: int
    request_timeout_seconds: int

    @property
    def termination_seconds(self) -> int:
        """From the request to stop until the pod is killed."""
        return PRE_STOP_SECONDS + self.drain_seconds + 20


def _weights_gb(
    choice: Recommendation, model: CatalogModel, gpu: GpuProfile, architecture: ModelArchitecture | None
) -> float:
    fits = gpu.memory_gb * choice.tensor_parallel * choice.engine.gpu_memory_utilization
    if architecture is None:
        return fits
    if architecture.name != model.architecture:
        raise InvalidInputError(
            f"{model.model_id} has the architecture {model.architecture!r}, not {architecture.name!r}.",
            (FieldProblem("architecture", architecture.name, model.architecture),),
        )
    return weight_bytes(architecture, model.precision) / 1e9


def pod_size(
    choice: Recommendation,
    model: CatalogModel,
    gpu: GpuProfile,
    *,
    specification: DeploymentSpecification,
    architecture: ModelArchitecture | None,
) -> PodSize:
    """What one replica of ``choice`` needs.

    Processors follow vLLM's rule of one for the server, one for the engine and one a GPU ("CPU Resources for
    GPU Deployments" in its documentation), without an upper limit. The memory limit holds the weights too,
    because their page cache counts against it while they load. Two copies of the weights fit the model
    volume: some repositories publish them in two forms.

    Raises:
        InvalidInputError: ``architecture`` is not the model's.
    """
    weights = _weights_gb(choice, model, gpu, architecture)
    gpus = choice.tensor_parallel
    request = 4 + 4 * gpus
    shared = min(2 * gpus, 16) if gpus > 1 else 0
    answer_seconds = math.ceil(specification.slo_targets.e2e_p95_ms / 1000)
    return PodSize(
        weights_gb=weights,
        weights_known=architecture is not None,
        gpus=gpus,
        cpus=2 + gpus,
        memory_request_gib=request,
        memory_limit_gib=request + shared + math.ceil(weights),
        shared_memory_gib=shared,
        disk_request_gib=math.ceil(1.1 * weights) + DISK_GIB,
        model_volume_gib=math.ceil(2.2 * weights) + 5,
        home_volume_gib=HOME_VOLUME_GIB,
        start_seconds=START_SECONDS + math.ceil(SECONDS_PER_GB * weights),
        drain_seconds=min(max(2 * answer_seconds, 30), 600),
        request_timeout_seconds=min(max(4 * answer_seconds, 600), 3600),
    )


def simulated(size: PodSize) -> PodSize:
    """What a simulator needs in place of an engine of this size: no GPU, no weights, the same times.

    A loaded simulator keeps a core busy and stays under 1 GiB.
    """
    return replace(
        size,
        gpus=0,
        cpus=1,
        memory_request_gib=1,
        memory_limit_gib=2 + min(size.shared_memory_gib, 1),
        shared_memory_gib=min(size.shared_memory_gib, 1),
        disk_request_gib=1,
        model_volume_gib=1,
        home_volume_gib=1,
    )
