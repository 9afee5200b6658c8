"""The checks before manifests are shown: what is built passes, every tampering is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests.pod import PORT_NAME, TOKEN_KEY, TOKEN_SECRET
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestFile, ManifestSet
from tests.neuralnav.deployment.conftest import CASES, CLUSTERS, built
from tests.neuralnav.deployment.documents import main_document, pod_in

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


@pytest.mark.parametrize("target", DeploymentTarget)
@pytest.mark.parametrize("mode", EngineMode)
@pytest.mark.parametrize("name", CASES)
def test_what_is_built_passes(name: str, mode: EngineMode, target: DeploymentTarget) -> None:
    check_manifests(built(name, target, mode))


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
    "an unmarked object": (lambda d: d["metadata"]["labels"].pop("neuralnav.io/deployment"), "neuralnav.io/deployment"),
    "another owner": (
        lambda d: d["metadata"]["labels"].update({"app.kubernetes.io/managed-by": "helm"}),
        "managed-by",
    ),
    "a wrong label": (lambda d: d["metadata"]["labels"].update({"a b": "c"}), "labels"),
    "an owner": (lambda d: d["metadata"].update(ownerReferences=[]), "ownerReferences"),
    "a range upside down": (lambda d: pod(d).update(minReplicas=9), "maxReplicas"),
    "a simulated GPU": (
        lambda d: serving(d)["env"].append({"name": "NEURALNAV_SIMULATOR_GPU", "value": "L4"}),
        "simulator mode",
    ),
    "no node with a GPU": (lambda d: pod(d).pop("nodeSelector"), "nodeSelector"),
    "another probe": (lambda d: serving(d)["livenessProbe"]["httpGet"].update(host="evil.example"), "host"),
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


POD_TAMPERINGS: dict[str, tuple[Change, str]] = {
    "the host's network": (lambda p: p.update(hostNetwork=True), "hostNetwork"),
    "a host path": (lambda p: p["volumes"].append({"name": "h", "hostPath": {"path": "/"}}), "volumes"),
    "a service account": (lambda p: p.update(serviceAccountName="admin"), "serviceAccountName"),
    "a shell": (lambda p: p["containers"][0].update(command=["sh", "-c"]), "command"),
    "another container's name": (lambda p: p["containers"][0].update(name="sidecar"), "name"),
    "no GPU": (lambda p: p["containers"][0]["resources"]["limits"].pop("nvidia.com/gpu"), "limits"),
}


@pytest.mark.parametrize("target", CLUSTERS)
@pytest.mark.parametrize("what", POD_TAMPERINGS)
def test_tampering_with_pods_is_found_on_every_target(what: str, target: DeploymentTarget) -> None:
    change, named = POD_TAMPERINGS[what]
    made = built("one-nvidia-gpu", target)
    document = main_document(made)
    change(pod_in(document, target))
    path = next(file.path for file in made.files if f"kind: {document['kind']}\n" in file.text)
    with pytest.raises(InvalidInputError, match=named):
        check_manifests(replaced(made, path, yaml.safe_dump(document)))


def spec(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["spec"]
    return found


OTHER_KINDS: dict[str, tuple[str, Change, str]] = {
    "another Deployment is scaled": (
        "scaledobject.yaml",
        lambda d: spec(d)["scaleTargetRef"].update(name="other"),
        "scaleTargetRef.name",
    ),
    "something without a scale subresource is scaled": (
        "scaledobject.yaml",
        lambda d: spec(d)["scaleTargetRef"].update(kind="InferenceService"),
        "scaleTargetRef.kind",
    ),
    "no least number": ("scaledobject.yaml", lambda d: spec(d).update(minReplicaCount=0), "minReplicaCount"),
    "another trigger": ("scaledobject.yaml", lambda d: spec(d)["triggers"][0].update(type="cron"), "type"),
    "a policy for other pods": (
        "networkpolicy.yaml",
        lambda d: spec(d)["podSelector"].update(matchLabels={"app": "db"}),
        "selector",
    ),
    "a policy that lets everyone in": (
        "networkpolicy.yaml",
        lambda d: spec(d)["ingress"][0]["from"].append({"namespaceSelector": {}}),
        "ingress",
    ),
    "a policy for another port": (
        "networkpolicy.yaml",
        lambda d: spec(d)["ingress"][0]["ports"][0].update(port=22),
        "port",
    ),
    "a budget that blocks draining": (
        "poddisruptionbudget.yaml",
        lambda d: spec(d).update(maxUnavailable=0),
        "maxUnavailable",
    ),
    "a budget for other pods": (
        "poddisruptionbudget.yaml",
        lambda d: spec(d)["selector"].update(matchLabels={"app": "db"}),
        "selector",
    ),
    "scraping of other namespaces": (
        "podmonitor.yaml",
        lambda d: spec(d).update(namespaceSelector={"any": True}),
        "namespaceSelector",
    ),
    "another deployment's series": (
        "podmonitor.yaml",
        lambda d: spec(d)["podMetricsEndpoints"][0]["relabelings"][0].update(replacement="other"),
        "relabelings",
    ),
    "an alert of another deployment": (
        "prometheusrule.yaml",
        lambda d: spec(d)["groups"][0]["rules"][0]["labels"].update(neuralnav_deployment="other"),
        "groups",
    ),
    "a recording rule": (
        "prometheusrule.yaml",
        lambda d: spec(d)["groups"][0]["rules"][0].update(record="x"),
        "record",
    ),
    "a dashboard that is no JSON": (
        "dashboard.yaml",
        lambda d: d["data"].update({"dashboard.json": "{"}),
        "dashboard",
    ),
    "a dashboard with a panel of text": (
        "dashboard.yaml",
        lambda d: d["data"].update({"dashboard.json": d["data"]["dashboard.json"].replace("timeseries", "text")}),
        "type",
    ),
    "a second entry": ("dashboard.yaml", lambda d: d["data"].update(more="x"), "more"),
    "another name": ("dashboard.yaml", lambda d: d["metadata"].update(name="other"), "metadata.name"),
    "another namespace": ("podmonitor.yaml", lambda d: d["metadata"].update(namespace="kube-system"), "namespace"),
}


@pytest.mark.parametrize("what", OTHER_KINDS)
def test_tampering_with_what_stands_beside_is_found(one_nvidia_gpu: ManifestSet, what: str) -> None:
    path, change, named = OTHER_KINDS[what]
    with pytest.raises(InvalidInputError, match=named):
        check_manifests(changed(one_nvidia_gpu, change, path))


def test_an_open_service_is_refused() -> None:
    made = built("one-nvidia-gpu", DeploymentTarget.KUBERNETES)
    for change, named in (
        (lambda d: spec(d).update(type="LoadBalancer"), "type"),
        (lambda d: spec(d).update(externalIPs=["203.0.113.1"]), "externalIPs"),
        (lambda d: spec(d).update(selector={"app": "db"}), "selector"),
    ):
        with pytest.raises(InvalidInputError, match=named):
            check_manifests(changed(made, change, "service.yaml"))


def test_what_belongs_to_another_target_or_mode_is_refused() -> None:
    kserve, kubernetes = (built("one-nvidia-gpu", t) for t in (DeploymentTarget.KSERVE, DeploymentTarget.KUBERNETES))
    service = next(file for file in kubernetes.files if file.path == "service.yaml")
    with pytest.raises(InvalidInputError, match="files"):
        check_manifests(kserve.model_copy(update={"files": (*kserve.files, service)}))
    for changes in ({"mode": EngineMode.SIMULATOR}, {"target": DeploymentTarget.KUBERNETES}):
        with pytest.raises(InvalidInputError):
            check_manifests(kserve.model_copy(update=changes))


KUSTOMIZATIONS: dict[str, tuple[Change, str]] = {
    "a remote resource": (lambda d: d["resources"].append("https://evil.example/x.yaml"), "resources"),
    "a generator": (lambda d: d.update(secretGenerator=[]), "secretGenerator"),
    "another patch": (lambda d: d["patches"][0].update(patch="- op: remove"), "patch"),
    "another target": (lambda d: d["patches"][0]["target"].update(name="other"), "target.name"),
    "root": (lambda d: d["patches"][0].update(patch=d["patches"][0]["patch"].replace("2000", "0")), "patch"),
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
    assert PORT_NAME == "http1"
    assert (TOKEN_SECRET, TOKEN_KEY) == ("huggingface-token", "token")
