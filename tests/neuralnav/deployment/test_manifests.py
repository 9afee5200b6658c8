"""Manifests as files: golden copies, published schemas, and what every one of them must hold."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonpatch
import jsonschema
import kubernetes_validate
import pytest
import yaml

from neuralnav.deployment.manifests import are_planned_for, build_manifests, plan_sha256
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.vocabulary import GpuType

Make = Callable[..., Any]

DATA = Path(__file__).parents[2] / "data"
SETS = ("one_nvidia_gpu", "two_amd_gpus", "gated_model", "thinking_model")
NOT_OF_A_POD = ("minReplicas", "maxReplicas", "timeout")


@pytest.fixture(params=SETS)
def manifests(request: pytest.FixtureRequest) -> ManifestSet:
    found: ManifestSet = request.getfixturevalue(request.param)
    return found


def document(manifests: ManifestSet, path: str = "inferenceservice.yaml") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(next(f.text for f in manifests.files if f.path == path))
    return loaded


def predictor(manifests: ManifestSet) -> dict[str, Any]:
    found: dict[str, Any] = document(manifests)["spec"]["predictor"]
    return found


def container(manifests: ManifestSet) -> dict[str, Any]:
    found: dict[str, Any] = predictor(manifests)["containers"][0]
    return found


def closed(schema: Any) -> Any:
    """The schema with unknown fields as errors, as strict field validation of an API server has them."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict) and not open_ended:
        shut["additionalProperties"] = False
    return shut


@pytest.fixture(scope="module")
def published() -> jsonschema.protocols.Validator:
    crd = json.loads((DATA / "crds" / "InferenceService.json").read_text())
    return jsonschema.Draft202012Validator(closed(crd["versions"]["v1beta1"]["schema"]))


@pytest.mark.parametrize("name", SETS)
def test_manifests_equal_their_golden_copies(name: str, request: pytest.FixtureRequest) -> None:
    built: ManifestSet = request.getfixturevalue(name)
    directory = DATA / "manifests" / name.replace("_", "-")
    if os.environ.get("NEURALNAV_UPDATE_GOLDEN"):
        directory.mkdir(parents=True, exist_ok=True)
        for file in built.files:
            (directory / file.path).write_text(file.text)
    assert {path.name for path in directory.iterdir()} == {file.path for file in built.files}
    for file in built.files:
        assert file.text == (directory / file.path).read_text(), file.path


def test_inference_services_satisfy_the_published_schema_without_unknown_fields(
    manifests: ManifestSet, published: jsonschema.protocols.Validator
) -> None:
    assert [error.message for error in published.iter_errors(document(manifests))] == []


def test_the_published_schema_refuses_an_unknown_field(
    one_nvidia_gpu: ManifestSet, published: jsonschema.protocols.Validator
) -> None:
    service = document(one_nvidia_gpu)
    service["spec"]["predictor"]["containers"][0]["readinessProb"] = {}
    assert any("readinessProb" in error.message for error in published.iter_errors(service))


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_pods_satisfy_the_schema_of_kubernetes(manifests: ManifestSet, version: str) -> None:
    spec = {key: value for key, value in predictor(manifests).items() if key not in NOT_OF_A_POD}
    metadata = {key: value for key, value in document(manifests)["metadata"].items() if key != "annotations"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    kubernetes_validate.validate(pod, version, strict=True)


def test_a_model_that_can_think_is_told_not_to_and_the_readme_says_so(
    thinking_model: ManifestSet, one_nvidia_gpu: ManifestSet
) -> None:
    readme, plain_readme = (
        next(file.text for file in made.files if file.path == "README.md") for made in (thinking_model, one_nvidia_gpu)
    )
    assert '--default-chat-template-kwargs={"enable_thinking":false}' in container(thinking_model)["args"]
    assert "turns it off" in readme
    assert "chat-template" not in plain_readme


def test_manifests_say_what_they_were_planned_for(one_nvidia_gpu: ManifestSet, make_specification: Make) -> None:
    specification = make_specification()
    assert are_planned_for(one_nvidia_gpu, specification)
    busier = specification.traffic.model_copy(update={"peak_qps": 10.0})
    assert not are_planned_for(one_nvidia_gpu, specification.model_copy(update={"traffic": busier}))
    slower = specification.slo_targets.model_copy(update={"ttft_p95_ms": 151.0})
    assert not are_planned_for(one_nvidia_gpu, specification.model_copy(update={"slo_targets": slower}))


def test_every_flag_exists_in_the_pinned_vllm(manifests: ManifestSet) -> None:
    lines = (DATA / "vllm" / "serve-flags-0.31.0.txt").read_text().splitlines()
    known = {line for line in lines if line.startswith("--")}
    assert container(manifests)["image"].endswith(":v0.31.0")
    for argument in container(manifests)["args"][1:]:
        flag = argument.partition("=")[0]
        assert flag in known or f"--{flag.removeprefix('--no-')}" in known


def test_pods_meet_the_restricted_profile_and_name_no_user(manifests: ManifestSet) -> None:
    pod, serving = predictor(manifests), container(manifests)
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert serving["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert all(set(volume) == {"name", "emptyDir"} for volume in pod["volumes"])
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


def test_home_and_caches_are_on_writable_volumes(manifests: ManifestSet) -> None:
    environment = {entry["name"]: entry.get("value", "") for entry in container(manifests)["env"]}
    mounts = [mount["mountPath"] for mount in container(manifests)["volumeMounts"]]
    for name in ("HOME", "HF_HOME", "VLLM_CACHE_ROOT", "XDG_CACHE_HOME", "TRITON_CACHE_DIR"):
        assert any(f"{environment[name]}/".startswith(f"{mount}/") for mount in mounts), name


def test_kustomize_adds_the_user_that_plain_kubernetes_needs(
    manifests: ManifestSet, published: jsonschema.protocols.Validator
) -> None:
    kustomization = document(manifests, "kustomization.yaml")
    (patch,) = kustomization["patches"]
    assert kustomization["resources"] == ["inferenceservice.yaml"]
    assert patch["target"]["name"] == manifests.name
    patched = jsonpatch.apply_patch(document(manifests), patch["patch"])
    assert patched["spec"]["predictor"]["securityContext"]["runAsUser"] == 2000
    assert [error.message for error in published.iter_errors(patched)] == []


def test_kserve_runs_in_standard_mode_with_the_planned_number_of_replicas(one_nvidia_gpu: ManifestSet) -> None:
    service = document(one_nvidia_gpu)
    annotations = service["metadata"]["annotations"]
    assert annotations["serving.kserve.io/deploymentMode"] == "Standard"
    assert annotations["serving.kserve.io/autoscalerClass"] == "none"
    assert predictor(one_nvidia_gpu)["minReplicas"] == predictor(one_nvidia_gpu)["maxReplicas"] == 2
    assert container(one_nvidia_gpu)["name"] == "kserve-container"
    assert container(one_nvidia_gpu)["ports"] == [{"name": "http1", "containerPort": 8000, "protocol": "TCP"}]


def test_gpus_are_asked_for_by_vendor_and_found_by_product(
    one_nvidia_gpu: ManifestSet, two_amd_gpus: ManifestSet
) -> None:
    for manifests, resource, count, label in (
        (one_nvidia_gpu, "nvidia.com/gpu", "1", {"nvidia.com/gpu.product": "NVIDIA-L4"}),
        (two_amd_gpus, "amd.com/gpu", "2", {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM"}),
    ):
        resources = container(manifests)["resources"]
        assert resources["requests"][resource] == resources["limits"][resource] == count
        assert predictor(manifests)["nodeSelector"] == label
        assert predictor(manifests)["tolerations"] == [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}]
    assert "rocm" in container(two_amd_gpus)["image"]
    assert "rocm" not in container(one_nvidia_gpu)["image"]


def test_shared_memory_comes_with_tensor_parallelism_only(
    one_nvidia_gpu: ManifestSet, two_amd_gpus: ManifestSet
) -> None:
    def shared(manifests: ManifestSet) -> list[dict[str, Any]]:
        return [v["emptyDir"] for v in predictor(manifests)["volumes"] if v["name"] == "shared-memory"]

    assert shared(one_nvidia_gpu) == []
    assert shared(two_amd_gpus) == [{"medium": "Memory", "sizeLimit": "4Gi"}]


def test_a_token_is_named_by_reference_and_for_gated_models_only(
    gated_model: ManifestSet, one_nvidia_gpu: ManifestSet
) -> None:
    def token(manifests: ManifestSet) -> list[dict[str, Any]]:
        return [entry for entry in container(manifests)["env"] if "TOKEN" in entry["name"]]

    reference = {"secretKeyRef": {"name": "huggingface-token", "key": "token"}}
    assert token(gated_model) == [{"name": "HF_TOKEN", "valueFrom": reference}]
    assert token(one_nvidia_gpu) == []


def test_a_pod_may_finish_its_requests_before_it_is_killed(manifests: ManifestSet) -> None:
    arguments = dict(argument.partition("=")[::2] for argument in container(manifests)["args"])
    wait = int(container(manifests)["lifecycle"]["preStop"]["exec"]["command"][1])
    assert predictor(manifests)["terminationGracePeriodSeconds"] > wait + int(arguments["--shutdown-timeout"])


def test_a_larger_model_is_given_longer_to_start_and_more_room(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make, make_architecture: Make
) -> None:
    model, gpu = make_model(), make_gpu()

    def built(layers: int) -> dict[str, Any]:
        return container(
            build_manifests(
                make_choice(model, gpu),
                model,
                gpu,
                specification=make_specification(),
                namespace="neuralnav",
                architecture=make_architecture(num_layers=layers),
            )
        )

    small, large = built(14), built(40)
    assert small["startupProbe"]["failureThreshold"] < large["startupProbe"]["failureThreshold"]
    for kind, resource in (("requests", "ephemeral-storage"), ("limits", "memory")):
        before, after = (c["resources"][kind][resource].removesuffix("Gi") for c in (small, large))
        assert int(before) < int(after)
    assert small["resources"]["requests"]["memory"] == large["resources"]["requests"]["memory"]


def test_a_pod_on_one_l4_fits_the_smallest_machine_that_rents_one(one_nvidia_gpu: ManifestSet) -> None:
    requests = container(one_nvidia_gpu)["resources"]["requests"]
    assert int(requests["cpu"]) < 4
    assert int(requests["memory"].removesuffix("Gi")) <= 12


def test_the_same_inputs_give_the_same_bytes(
    one_nvidia_gpu: ManifestSet,
    make_model: Make,
    make_gpu: Make,
    make_choice: Make,
    make_specification: Make,
    make_architecture: Make,
) -> None:
    model, gpu = make_model(), make_gpu()
    again = build_manifests(
        make_choice(model, gpu),
        model,
        gpu,
        specification=make_specification(),
        namespace="neuralnav",
        architecture=make_architecture(),
    )
    assert again == one_nvidia_gpu
    assert again.sha256 == one_nvidia_gpu.sha256


def test_the_plan_digest_follows_numbers_and_not_words(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu = make_model(), make_gpu()
    plan = plan_sha256(make_choice(model, gpu), make_specification())
    assert plan == plan_sha256(make_choice(model, gpu, reason="other words"), make_specification(reasons={}))
    assert plan != plan_sha256(make_choice(model, gpu, replicas=3), make_specification())


def test_a_replica_over_several_nodes_is_refused(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu = make_model(), make_gpu(gpus_per_node=4)
    with pytest.raises(InvalidInputError, match="several nodes") as caught:
        build_manifests(
            make_choice(model, gpu, tensor_parallel=8),
            model,
            gpu,
            specification=make_specification(),
            namespace="neuralnav",
        )
    assert caught.value.problems[0].field == "tensor_parallel"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model", {"model": "other/model"}),
        ("gpu_type", {"gpu_type": GpuType.H100}),
        ("target", {"target": "nomad"}),
    ],
)
def test_a_choice_of_something_else_is_refused(
    field: str,
    changes: dict[str, Any],
    make_model: Make,
    make_gpu: Make,
    make_choice: Make,
    make_specification: Make,
) -> None:
    model, gpu = make_model(), make_gpu()
    with pytest.raises(InvalidInputError) as caught:
        build_manifests(
            make_choice(model, gpu, **changes),
            model,
            gpu,
            specification=make_specification(),
            namespace="neuralnav",
        )
    assert caught.value.problems[0].field == field


def test_an_architecture_of_another_model_is_refused(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make, make_architecture: Make
) -> None:
    model, gpu = make_model(), make_gpu()
    with pytest.raises(InvalidInputError, match="architecture"):
        build_manifests(
            make_choice(model, gpu),
            model,
            gpu,
            specification=make_specification(),
            namespace="neuralnav",
            architecture=make_architecture(name="other/model"),
        )


def test_gpus_of_an_unknown_kind_are_refused(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu = make_model(), make_gpu(kubernetes_resource="example.com/gpu")
    with pytest.raises(InvalidInputError, match="no vLLM image"):
        build_manifests(make_choice(model, gpu), model, gpu, specification=make_specification(), namespace="neuralnav")
