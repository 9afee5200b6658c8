"""The checks before manifests are shown: what is built passes, every tampering is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.predictor import CONTAINER, PORT_NAME, TOKEN_KEY, TOKEN_SECRET
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestFile, ManifestSet

Change = Callable[[dict[str, Any]], object]


def replaced(manifests: ManifestSet, path: str, text: str) -> ManifestSet:
    files = tuple(
        ManifestFile(path=file.path, text=text if file.path == path else file.text) for file in manifests.files
    )
    return manifests.model_copy(update={"files": files})


def changed(manifests: ManifestSet, change: Change, path: str = "inferenceservice.yaml") -> ManifestSet:
    document = yaml.safe_load(next(file.text for file in manifests.files if file.path == path))
    change(document)
    return replaced(manifests, path, yaml.safe_dump(document))


def pod(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["spec"]["predictor"]
    return found


def serving(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = pod(document)["containers"][0]
    return found


def told(document: dict[str, Any], arguments: str) -> None:
    serving(document)["args"].append(f"--default-chat-template-kwargs={arguments}")


@pytest.mark.parametrize("name", ["one_nvidia_gpu", "two_amd_gpus", "gated_model", "thinking_model"])
def test_what_is_built_passes(name: str, request: pytest.FixtureRequest) -> None:
    check_manifests(request.getfixturevalue(name))


TAMPERINGS: dict[str, tuple[Change, str]] = {
    "an unknown field": (lambda d: pod(d).update(hostnetwork=True), "hostnetwork"),
    "the host's network": (lambda d: pod(d).update(hostNetwork=True), "hostNetwork"),
    "a host path": (lambda d: pod(d)["volumes"].append({"name": "h", "hostPath": {"path": "/"}}), "volumes"),
    "a second container": (lambda d: pod(d)["containers"].append(serving(d)), "containers"),
    "another container name": (lambda d: serving(d).update(name="vllm"), "containers.0.name"),
    "a privileged container": (lambda d: serving(d)["securityContext"].update(privileged=True), "privileged"),
    "escalation": (lambda d: serving(d)["securityContext"].update(allowPrivilegeEscalation=True), "allow"),
    "a fixed user": (lambda d: pod(d)["securityContext"].update(runAsUser=2000), "runAsUser"),
    "root": (lambda d: pod(d)["securityContext"].update(runAsNonRoot=False), "runAsNonRoot"),
    "kept capabilities": (lambda d: serving(d)["securityContext"].pop("capabilities"), "capabilities"),
    "an image without a version": (lambda d: serving(d).update(image="docker.io/vllm/vllm-openai"), "image"),
    "the latest image": (lambda d: serving(d).update(image="docker.io/vllm/vllm-openai:latest"), "image"),
    "an image without a registry": (lambda d: serving(d).update(image="vllm/vllm-openai:v0.31.0"), "image"),
    "another command": (lambda d: serving(d).update(command=["sh", "-c"]), "command"),
    "an unknown flag": (lambda d: serving(d)["args"].append("--enable-magic"), "pinned vLLM"),
    "an API key": (lambda d: serving(d)["args"].append("--api-key=x"), "pinned vLLM"),
    "a repeated flag": (lambda d: serving(d)["args"].append("--port=1"), "each flag once"),
    "a chat template": (lambda d: told(d, '{"chat_template":"x"}'), "a JSON object of"),
    "broken arguments of the chat template": (lambda d: told(d, '{"thinking"'), "a JSON object of"),
    "an environment variable for the chat template": (
        lambda d: told(d, '{"effort":"$(HF_TOKEN)"}'),
        "a JSON object of",
    ),
    "no model": (lambda d: serving(d)["args"].pop(0), "the model first"),
    "a secret value": (
        lambda d: serving(d)["env"].append({"name": "T", "value": "hf_" + 30 * "a"}),
        "no secret values",
    ),
    "another secret": (
        lambda d: serving(d)["env"].append(
            {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "admin", "key": "token"}}}
        ),
        "env",
    ),
    "a repeated variable": (
        lambda d: serving(d)["env"].append({"name": "HOME", "value": "/"}),
        "each variable once",
    ),
    "a wrong quantity": (
        lambda d: serving(d)["resources"]["requests"].update(memory="8 GiB"),
        "requests.memory",
    ),
    "no GPU": (lambda d: serving(d)["resources"]["limits"].pop("nvidia.com/gpu"), "limits"),
    "fewer GPUs": (lambda d: serving(d)["resources"]["limits"].update({"nvidia.com/gpu": "2"}), "request"),
    "an absent volume": (lambda d: pod(d)["volumes"].pop(), "each volume once"),
    "another name": (lambda d: d["metadata"].update(name="other"), "metadata.name"),
    "another namespace": (lambda d: d["metadata"].update(namespace="kube-system"), "metadata.namespace"),
    "a wrong label": (lambda d: d["metadata"]["labels"].update({"a b": "c"}), "labels"),
    "an owner": (lambda d: d["metadata"].update(ownerReferences=[]), "ownerReferences"),
    "an autoscaled range": (lambda d: pod(d).update(maxReplicas=9), "maxReplicas"),
    "a number as text": (lambda d: pod(d).update(minReplicas="2"), "minReplicas"),
    "another kind": (lambda d: d.update(kind="Secret"), "kind"),
    "another version": (lambda d: d.update(apiVersion="serving.kserve.io/v1alpha1"), "apiVersion"),
    "a status": (lambda d: d.update(status={}), "status"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_with_the_service_is_found(one_nvidia_gpu: ManifestSet, what: str) -> None:
    change, named = TAMPERINGS[what]
    with pytest.raises(InvalidInputError) as caught:
        check_manifests(changed(one_nvidia_gpu, change))
    assert named in str(caught.value)
    assert caught.value.problems


KUSTOMIZATIONS: dict[str, tuple[Change, str]] = {
    "a remote resource": (lambda d: d["resources"].append("https://evil.example/x.yaml"), "resources"),
    "a generator": (lambda d: d.update(secretGenerator=[]), "secretGenerator"),
    "another patch": (lambda d: d["patches"][0].update(patch="- op: remove"), "patch"),
    "another target": (lambda d: d["patches"][0]["target"].update(name="other"), "target.name"),
    "another namespace": (lambda d: d.update(namespace="other"), "namespace"),
}


@pytest.mark.parametrize("what", KUSTOMIZATIONS)
def test_tampering_with_the_kustomization_is_found(one_nvidia_gpu: ManifestSet, what: str) -> None:
    change, named = KUSTOMIZATIONS[what]
    with pytest.raises(InvalidInputError, match=named):
        check_manifests(changed(one_nvidia_gpu, change, "kustomization.yaml"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("inferenceservice.yaml", "a: [1"),
        ("inferenceservice.yaml", "a: 1\n---\nb: 2\n"),
        ("inferenceservice.yaml", "- 1\n"),
        ("inferenceservice.yaml", ""),
        ("inferenceservice.yaml", "kind: [InferenceService]\n"),
        ("inferenceservice.yaml", "!!python/object/apply:os.getcwd []\n"),
        ("inferenceservice.yaml", "a: " + 200_001 * "x"),
        ("README.md", "# Title\n<script>"),
    ],
)
def test_a_file_that_is_something_else_is_refused(one_nvidia_gpu: ManifestSet, path: str, text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_manifests(replaced(one_nvidia_gpu, path, text))
    assert any(path in problem.field for problem in caught.value.problems)


def test_missing_and_repeated_files_are_found(one_nvidia_gpu: ManifestSet) -> None:
    for files in (one_nvidia_gpu.files[:2], (*one_nvidia_gpu.files, one_nvidia_gpu.files[1])):
        with pytest.raises(InvalidInputError, match="files"):
            check_manifests(one_nvidia_gpu.model_copy(update={"files": files}))


def test_the_shape_names_what_the_pods_are_built_with() -> None:
    assert (CONTAINER, PORT_NAME) == ("kserve-container", "http1")
    assert (TOKEN_SECRET, TOKEN_KEY) == ("huggingface-token", "token")
