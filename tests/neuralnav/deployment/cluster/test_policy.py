"""What policy lets through, and what a deployment asks for."""

from __future__ import annotations

import pytest

from neuralnav.deployment.cluster.demand import demands, gpus_at_most
from neuralnav.deployment.cluster.objects import objects_of
from neuralnav.deployment.cluster.policy import Policy
from neuralnav.deployment.manifests import ManifestOptions
from neuralnav.models.deployment import DeploymentTarget, EngineMode
from tests.neuralnav.deployment.cluster.places import MakeSet

TARGETS = (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES, DeploymentTarget.LLM_D)


@pytest.mark.parametrize(
    ("place", "problems"),
    [
        ("docker.io", 0),
        ("docker.io/vllm", 0),
        ("docker.io/vllm/vllm-openai", 0),
        ("docker.io/vllm/vllm", 1),
        ("docker.io/vl", 1),
        ("ocker.io/vllm", 1),
        ("quay.io/vllm", 1),
    ],
)
def test_images_come_from_below_an_allowed_place(make_set: MakeSet, place: str, problems: int) -> None:
    assert len(Policy(registries=(place,)).problems(make_set())) == problems
    assert Policy(registries=()).problems(make_set()) == ()


@pytest.mark.parametrize("target", TARGETS)
def test_gpus_are_counted_with_every_replica_that_an_autoscaler_may_start(
    make_set: MakeSet, target: DeploymentTarget
) -> None:
    fixed = objects_of(make_set(target, replicas=3), assigns_users=False)
    (demand,) = demands(fixed)
    assert (demand.replicas, demand.gpus, demand.resource) == (3, 1, "nvidia.com/gpu")
    assert demand.node_selector == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    scaled = objects_of(make_set(target, replicas=3, options=ManifestOptions()), assigns_users=False)
    assert demands(scaled)[0].replicas < 3
    assert gpus_at_most(scaled) == 3
    simulated = objects_of(make_set(target, mode=EngineMode.SIMULATOR), assigns_users=False)
    assert gpus_at_most(simulated) == 0
