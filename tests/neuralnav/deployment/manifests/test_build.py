"""Building manifests: the same inputs give the same bytes, and what cannot be served is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import ManifestOptions, are_planned_for, plan_sha256
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, EngineMode
from neuralnav.models.vocabulary import GpuType
from tests.neuralnav.deployment.conftest import _one_nvidia_gpu, built, case
from tests.neuralnav.deployment.documents import container, document, main_document, pod

Make = Callable[..., Any]
KSERVE, KUBERNETES, LLM_D, LOCAL = DeploymentTarget


@pytest.mark.parametrize("target", DeploymentTarget)
@pytest.mark.parametrize("mode", EngineMode)
def test_the_same_inputs_give_the_same_bytes(target: DeploymentTarget, mode: EngineMode) -> None:
    first, again = built("one-nvidia-gpu", target, mode), _one_nvidia_gpu().build(target, mode)
    assert again == first
    assert again.sha256 == first.sha256
    assert (again.target, again.mode) == (target, mode)


@pytest.mark.parametrize("target", DeploymentTarget)
def test_manifests_say_what_they_were_planned_for(target: DeploymentTarget) -> None:
    made, specification = built("one-nvidia-gpu", target), case("one-nvidia-gpu").specification
    assert are_planned_for(made, specification)
    busier = specification.traffic.model_copy(update={"peak_qps": 10.0})
    assert not are_planned_for(made, specification.model_copy(update={"traffic": busier}))
    slower = specification.slo_targets.model_copy(update={"ttft_p95_ms": 151.0})
    assert not are_planned_for(made, specification.model_copy(update={"slo_targets": slower}))


def test_the_plan_digest_follows_numbers_and_not_words(
    make_model: Make, make_gpu: Make, make_choice: Make, make_specification: Make
) -> None:
    model, gpu = make_model(), make_gpu()
    plan = plan_sha256(make_choice(model, gpu), make_specification())
    assert plan == plan_sha256(make_choice(model, gpu, reason="other words"), make_specification(reasons={}))
    assert plan != plan_sha256(make_choice(model, gpu, replicas=3), make_specification())


def refused(**changes: Any) -> str:
    """The field that is blamed."""
    with pytest.raises(InvalidInputError) as caught:
        replace(case("one-nvidia-gpu"), **changes).build()
    return caught.value.problems[0].field


def test_a_replica_over_several_nodes_is_refused(make_model: Make, make_gpu: Make, make_choice: Make) -> None:
    model, gpu = make_model(), make_gpu(gpus_per_node=4)
    assert refused(gpu=gpu, choice=make_choice(model, gpu, tensor_parallel=8)) == "tensor_parallel"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model", {"model": "other/model"}),
        ("gpu_type", {"gpu_type": GpuType.H100}),
        ("target", {"target": "nomad"}),
    ],
)
def test_a_choice_of_something_else_is_refused(
    field: str, changes: dict[str, Any], make_model: Make, make_gpu: Make, make_choice: Make
) -> None:
    assert refused(choice=make_choice(make_model(), make_gpu(), **changes)) == field


def test_an_architecture_of_another_model_is_refused(make_architecture: Make) -> None:
    assert refused(architecture=make_architecture(name="other/model")) == "architecture"


def test_gpus_of_an_unknown_kind_are_refused(make_gpu: Make) -> None:
    assert refused(gpu=make_gpu(kubernetes_resource="example.com/gpu")) == "kubernetes_resource"


@pytest.mark.parametrize("target", DeploymentTarget)
def test_code_of_a_models_repository_runs_only_where_that_is_allowed(target: DeploymentTarget) -> None:
    with pytest.raises(InvalidInputError, match="--trust-remote-code") as caught:
        case("gated-model").build(target, allow_trust_remote_code=False)
    assert caught.value.problems[0].field == "allow_trust_remote_code"
    simulated = case("gated-model").build(target, EngineMode.SIMULATOR, allow_trust_remote_code=False)
    check_manifests(simulated)
    assert any("--trust-remote-code" in file.text for file in simulated.files)


STORED = {
    "s3://models/llama/8b": ({KSERVE, LLM_D}, "/mnt/models"),
    "gs://models/llama/8b": ({KSERVE}, "/mnt/models"),
    "oci://registry.example/models/llama:v1": ({KSERVE, LLM_D}, "/mnt/models"),
    "pvc://weights/llama": ({KSERVE, KUBERNETES, LLM_D}, "/mnt/models"),
    "hf://mirror/llama": ({KSERVE, KUBERNETES, LLM_D}, "mirror/llama"),
}


@pytest.mark.parametrize("target", [KSERVE, KUBERNETES, LLM_D])
@pytest.mark.parametrize("uri", STORED)
def test_weights_come_from_where_the_target_can_take_them(uri: str, target: DeploymentTarget) -> None:
    targets, argument = STORED[uri]
    if target not in targets:
        with pytest.raises(InvalidInputError, match="weights cannot come from") as caught:
            case("gated-model").build(target, storage_uri=uri)
        assert caught.value.problems[0].field == "storage_uri"
        return
    made = case("gated-model").build(target, storage_uri=uri)
    check_manifests(made)
    assert container(made)["args"][0] == argument
    assert "--served-model-name=meta-llama/Llama-3.1-8B-Instruct" in container(made)["args"]
    names = {entry["name"] for entry in container(made)["env"]}
    assert ("HF_TOKEN" in names) is uri.startswith("hf://")
    assert ("STORAGE_URI" in names) is (target is KSERVE and not uri.startswith("hf://"))
    if target is LLM_D:
        spec = main_document(made)["spec"]
        assert spec["model"]["uri"] == uri
        assert ("storageInitializer" in spec) is uri.startswith("hf://")


def test_plain_kubernetes_mounts_a_claim_with_the_weights_itself() -> None:
    made = case("one-nvidia-gpu").build(KUBERNETES, storage_uri="pvc://weights/llama/8b")
    mount = next(m for m in container(made)["volumeMounts"] if m["mountPath"] == "/mnt/models")
    assert mount == {"name": "weights", "mountPath": "/mnt/models", "readOnly": True, "subPath": "llama/8b"}
    claim = next(v["persistentVolumeClaim"] for v in pod(made)["volumes"] if v["name"] == "weights")
    assert claim == {"claimName": "weights", "readOnly": True}


def test_a_path_that_leads_out_of_its_storage_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no storage URI"):
        case("one-nvidia-gpu").build(KUBERNETES, storage_uri="pvc://weights/../../etc")


@pytest.mark.parametrize(
    "image",
    [
        "docker.io/neuralnav/neuralnav-simulator:latest",
        "neuralnav-simulator:0.1.0",
        "localhost/neuralnav-simulator",
        "localhost/x:0.1.0\nhostNetwork: true",
    ],
)
def test_a_simulator_image_must_be_pinned(image: str) -> None:
    with pytest.raises(ValidationError):
        ManifestOptions(simulator_image=image)


def test_the_simulator_image_is_the_one_that_is_asked_for() -> None:
    image = "registry.example:5000/tools/neuralnav-simulator:1.2.3"
    made = case("one-nvidia-gpu").build(KUBERNETES, EngineMode.SIMULATOR, simulator_image=image)
    check_manifests(made)
    assert container(made)["image"] == image


def test_the_local_target_is_one_document_and_a_readme() -> None:
    made = built("one-nvidia-gpu", LOCAL, EngineMode.SIMULATOR)
    check_manifests(made)
    assert {file.path for file in made.files} == {"README.md", "local.yaml"}
    found = document(made, "local.yaml")
    assert found["metadata"]["labels"]["neuralnav.io/deployment"] == made.name
    assert found["spec"]["replicas"] == 2
    one = case("one-nvidia-gpu").build(LOCAL, local_replicas=1)
    check_manifests(one)
    assert document(one, "local.yaml")["spec"]["replicas"] == 1
