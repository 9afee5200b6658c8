"""The pod of a replica: restricted, on the right nodes, with room for its weights and time to start and to end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from tests.neuralnav.deployment.conftest import CASES, CLUSTERS, _architecture, built, case
from tests.neuralnav.deployment.documents import container, environment, pod, text_of

KSERVE, KUBERNETES, LLM_D, LOCAL = DeploymentTarget


@pytest.fixture(params=[(name, target) for name in CASES for target in CLUSTERS], ids=lambda p: f"{p[0]}-{p[1].value}")
def manifests(request: pytest.FixtureRequest) -> ManifestSet:
    return built(*request.param)


def test_pods_meet_the_restricted_profile_and_name_no_user(manifests: ManifestSet) -> None:
    spec, serving = pod(manifests), container(manifests)
    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert serving["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["automountServiceAccountToken"] is False
    allowed = {"name", "emptyDir", "ephemeral", "persistentVolumeClaim"}
    assert all(set(volume) <= allowed for volume in spec["volumes"])
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


def test_home_and_caches_are_on_writable_volumes(manifests: ManifestSet) -> None:
    variables = environment(manifests)
    mounts = [mount["mountPath"] for mount in container(manifests)["volumeMounts"]]
    for name in ("HOME", "HF_HOME", "HF_HUB_CACHE", "VLLM_CACHE_ROOT", "XDG_CACHE_HOME", "TRITON_CACHE_DIR"):
        assert any(f"{variables[name]}/".startswith(f"{mount}/") for mount in mounts), name


def test_a_pod_may_finish_its_requests_before_it_is_killed(manifests: ManifestSet) -> None:
    arguments = dict(argument.partition("=")[::2] for argument in container(manifests)["args"])
    wait = int(container(manifests)["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod(manifests)["terminationGracePeriodSeconds"] > wait + int(arguments["--shutdown-timeout"])


def test_all_probes_ask_the_port_that_serves_in_plain_http(manifests: ManifestSet) -> None:
    serving = container(manifests)
    assert serving["ports"] == [{"name": "http1", "containerPort": 8000, "protocol": "TCP"}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert serving[probe]["httpGet"] == {"path": "/health", "port": "http1", "scheme": "HTTP"}


@pytest.mark.parametrize("target", CLUSTERS)
def test_gpus_are_asked_for_by_vendor_and_found_by_product(target: DeploymentTarget) -> None:
    for name, resource, count, label in (
        ("one-nvidia-gpu", "nvidia.com/gpu", "1", {"nvidia.com/gpu.product": "NVIDIA-L4"}),
        ("two-amd-gpus", "amd.com/gpu", "2", {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM"}),
    ):
        made = built(name, target)
        resources = container(made)["resources"]
        assert resources["requests"][resource] == resources["limits"][resource] == count
        assert pod(made)["nodeSelector"] == label
        assert pod(made)["tolerations"] == [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}]
        assert ("rocm" in container(made)["image"]) is (resource == "amd.com/gpu")


def test_shared_memory_comes_with_tensor_parallelism_only() -> None:
    def shared(made: ManifestSet) -> list[dict[str, Any]]:
        mounted = {m["name"] for m in container(made)["volumeMounts"] if m["mountPath"] == "/dev/shm"}
        return [volume["emptyDir"] for volume in pod(made)["volumes"] if volume["name"] in mounted]

    assert shared(built("one-nvidia-gpu", KSERVE)) == []
    assert shared(built("two-amd-gpus", KSERVE)) == [{"medium": "Memory", "sizeLimit": "4Gi"}]


@pytest.mark.parametrize("target", CLUSTERS)
def test_a_token_is_named_by_reference_and_for_gated_models_only(target: DeploymentTarget) -> None:
    def token(made: ManifestSet) -> list[dict[str, Any]]:
        return [entry for entry in container(made)["env"] if "TOKEN" in entry["name"]]

    reference = {"secretKeyRef": {"name": "huggingface-token", "key": "token"}}
    assert token(built("gated-model", target)) == [{"name": "HF_TOKEN", "valueFrom": reference}]
    assert token(built("one-nvidia-gpu", target)) == []


def test_a_gpu_without_bf16_is_told_float16() -> None:
    assert "--dtype=float16" in container(built("gated-model", KUBERNETES))["args"]
    assert not any(argument.startswith("--dtype") for argument in container(built("one-nvidia-gpu", KSERVE))["args"])


def test_a_model_that_can_think_is_told_not_to_and_the_readme_says_so() -> None:
    thinking, plain = built("thinking-model", KSERVE), built("one-nvidia-gpu", KSERVE)
    assert '--default-chat-template-kwargs={"enable_thinking":false}' in container(thinking)["args"]
    assert "turns it off" in text_of(thinking, "README.md")
    assert "chat-template" not in text_of(plain, "README.md")


def test_a_larger_model_is_given_longer_to_start_and_more_room() -> None:
    small, large = (
        container(replace(case("one-nvidia-gpu"), architecture=_architecture(num_layers=layers)).build())
        for layers in (14, 40)
    )
    assert small["startupProbe"]["failureThreshold"] < large["startupProbe"]["failureThreshold"]
    for kind, resource in (("requests", "ephemeral-storage"), ("limits", "memory")):
        before, after = (c["resources"][kind][resource].removesuffix("Gi") for c in (small, large))
        assert int(before) < int(after)
    assert small["resources"]["requests"]["memory"] == large["resources"]["requests"]["memory"]


def test_a_pod_on_one_l4_fits_the_smallest_machine_that_rents_one() -> None:
    requests = container(built("one-nvidia-gpu", KSERVE))["resources"]["requests"]
    assert int(requests["cpu"]) < 4
    assert int(requests["memory"].removesuffix("Gi")) <= 12
