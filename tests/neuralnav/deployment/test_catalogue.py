"""The shipped catalogue: whatever can be planned can be written as manifests that pass their checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import Extra, ManifestOptions, build_manifests
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.deployment import DeploymentTarget, EngineMode
from neuralnav.models.vocabulary import Precision

Make = Callable[..., Any]
ALONE = ManifestOptions(allow_trust_remote_code=True, without=frozenset(Extra))
"""The servers without what stands beside them, which does not depend on model and GPU."""


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return read_seeds()


def test_every_model_and_every_gpu_of_the_catalogue_can_be_deployed(
    reference: ReferenceData, make_choice: Make, make_specification: Make
) -> None:
    architectures = {architecture.name: architecture for architecture in reference.architectures}
    gpus, targets, modes = reference.gpus, list(DeploymentTarget), list(EngineMode)
    assert len(reference.models) >= len(gpus)
    for at, model in enumerate(reference.models):
        gpu = gpus[at % len(gpus)]
        built = build_manifests(
            make_choice(model, gpu, tensor_parallel=min(at % 8 + 1, gpu.gpus_per_node)),
            model,
            gpu,
            specification=make_specification(),
            namespace="neuralnav",
            architecture=architectures[model.architecture],
            target=targets[at % len(targets)],
            mode=modes[at % 5 % 2],
            options=ALONE,
        )
        check_manifests(built)


def test_every_16_bit_model_can_be_served_in_fp8_made_while_loading(
    reference: ReferenceData, make_choice: Make, make_specification: Make
) -> None:
    gpu = next(gpu for gpu in reference.gpus if gpu.fp8_tflops)
    for model in reference.models:
        if model.precision is Precision.BF16:
            choice = make_choice(model, gpu, precision=Precision.FP8, engine={"quantization": "fp8"})
            built = build_manifests(
                choice,
                model,
                gpu,
                specification=make_specification(),
                namespace="neuralnav",
                options=ALONE,
            )
            check_manifests(built)
            assert any("--quantization=fp8_per_tensor" in file.text for file in built.files)
