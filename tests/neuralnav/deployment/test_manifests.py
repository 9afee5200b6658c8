"""Manifests as files: golden copies for every target and mode, published schemas, and what all of them must hold."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonpatch
import jsonschema
import kubernetes_validate
import pytest

from neuralnav.deployment.checks import check_manifests
from neuralnav.deployment.manifests import Extra
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestSet
from tests.neuralnav.deployment.conftest import CASES, CLUSTERS, built, case
from tests.neuralnav.deployment.documents import Document, container, document, documents, main_document, pod, pod_in

DATA = Path(__file__).parents[2] / "data"
KSERVE, KUBERNETES, LLM_D, LOCAL = DeploymentTarget
VLLM, SIMULATOR = EngineMode
WHOLE = "one-nvidia-gpu"
"""The case whose golden copies hold every file; those of others leave out what only names tell apart."""
ALIKE = {"dashboard.yaml", "prometheusrule.yaml"}
GOLDEN = [
    *((WHOLE, target, mode) for target in DeploymentTarget for mode in EngineMode),
    *((name, target, VLLM) for name in ("two-amd-gpus", "gated-model") for target in CLUSTERS),
    ("thinking-model", KSERVE, VLLM),
]
CUSTOM = {
    "InferenceService": "v1beta1",
    "LLMInferenceService": "v1alpha2",
    "ScaledObject": "v1alpha1",
    "PodMonitor": "v1",
    "PrometheusRule": "v1",
}
CLIENT_SIDE = {"Kustomization"}


def identity(made: Any) -> str:
    return f"{made[0]}-{made[1].value}-{made[2].value}"


@pytest.fixture(params=[(name, target) for name in CASES for target in CLUSTERS], ids=lambda p: f"{p[0]}-{p[1].value}")
def manifests(request: pytest.FixtureRequest) -> ManifestSet:
    """Every case for every cluster target, with vLLM."""
    return built(*request.param)


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


@cache
def published(kind: str) -> jsonschema.protocols.Validator:
    crd = json.loads((DATA / "crds" / f"{kind}.json").read_text())
    return jsonschema.Draft202012Validator(closed(crd["versions"][CUSTOM[kind]]["schema"]))


def complaints(found: Document) -> list[str]:
    """What an API server with strict field validation would say of an object."""
    kind = found["kind"]
    if kind in CLIENT_SIDE:
        return []
    if kind in CUSTOM:
        return [error.message for error in published(kind).iter_errors(found)]
    try:
        kubernetes_validate.validate(found, "1.37", strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    return []


@pytest.mark.parametrize("made", GOLDEN, ids=identity)
def test_manifests_equal_their_golden_copies(made: tuple[str, DeploymentTarget, EngineMode]) -> None:
    name, target, mode = made
    built_now = {file.path: file.text for file in built(name, target, mode).files}
    kept = {path: text for path, text in built_now.items() if name == WHOLE or path not in ALIKE}
    directory = DATA / "manifests" / name / f"{target.value}-{mode.value}"
    if os.environ.get("NEURALNAV_UPDATE_GOLDEN"):
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in kept.items():
            (directory / path).write_text(text)
    assert {path.name for path in directory.iterdir()} == set(kept)
    for path, text in kept.items():
        assert text == (directory / path).read_text(), path


@pytest.mark.parametrize("target", CLUSTERS)
@pytest.mark.parametrize("mode", EngineMode)
@pytest.mark.parametrize("name", CASES)
def test_every_object_satisfies_its_schema_without_unknown_fields(
    name: str, mode: EngineMode, target: DeploymentTarget
) -> None:
    for path, found in documents(built(name, target, mode)).items():
        assert complaints(found) == [], path
    check_manifests(built(name, target, mode))


@pytest.mark.parametrize("target", CLUSTERS)
def test_other_storage_and_fewer_parts_satisfy_the_schemas_too(target: DeploymentTarget) -> None:
    for options in (
        {
            "storage_uri": "pvc://weights/llama",
            "shared_storage_class": "nfs",
            "price_table": "ab12",
            "calibration": "1",
        },
        {"without": frozenset(Extra)},
        {"monitoring_labels": {"release": "prometheus"}, "storage_class": "fast"},
    ):
        made = case("two-amd-gpus").build(target, **options)
        check_manifests(made)
        for path, found in documents(made).items():
            assert complaints(found) == [], path


@pytest.mark.parametrize("kind", CUSTOM)
def test_the_published_schemas_refuse_unknown_fields(kind: str) -> None:
    target = LLM_D if kind == "LLMInferenceService" else KSERVE
    (found,) = [d for d in documents(built(WHOLE, target)).values() if d["kind"] == kind]
    found["spec"]["unheardOf"] = 1
    assert any("unheardOf" in message for message in complaints(found))


@pytest.mark.parametrize("target", CLUSTERS)
@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_pods_satisfy_the_schema_of_kubernetes(target: DeploymentTarget, version: str) -> None:
    for name in CASES:
        found = built(name, target)
        spec = {k: v for k, v in pod(found).items() if k not in ("minReplicas", "maxReplicas", "timeout")}
        metadata = {"name": found.name, "namespace": found.namespace}
        kubernetes_validate.validate(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, version, strict=True
        )


def test_every_flag_exists_in_the_pinned_vllm(manifests: ManifestSet) -> None:
    lines = (DATA / "vllm" / "serve-flags-0.31.0.txt").read_text().splitlines()
    known = {line for line in lines if line.startswith("--")}
    assert container(manifests)["image"].endswith(":v0.31.0")
    for argument in container(manifests)["args"][1:]:
        flag = argument.partition("=")[0]
        assert flag in known or f"--{flag.removeprefix('--no-')}" in known


def test_every_object_says_whose_it_is_and_what_it_was_planned_for(manifests: ManifestSet) -> None:
    wanted = ("plan-id", "plan-sha256", "target-ttft-p95-ms", "predicted-e2e-p95-ms", "planned-peak-qps")
    for path, found in documents(manifests).items():
        if found["kind"] not in CLIENT_SIDE:
            labels, annotations = found["metadata"]["labels"], found["metadata"]["annotations"]
            assert labels["app.kubernetes.io/managed-by"] == "neuralnav", path
            assert labels["neuralnav.io/deployment"] == manifests.name, path
            assert found["metadata"]["namespace"] == manifests.namespace, path
            assert {f"neuralnav.io/{key}" for key in wanted} <= set(annotations), path


def test_versions_of_prices_and_calibration_are_written_where_they_are_given() -> None:
    made = case(WHOLE).build(KSERVE, price_table="ab12cd", calibration="2026-11-20")
    annotations = main_document(made)["metadata"]["annotations"]
    assert annotations["neuralnav.io/price-table"] == "ab12cd"
    assert annotations["neuralnav.io/calibration"] == "2026-11-20"


def test_the_kustomization_lists_every_object_and_the_readme_explains_every_file(manifests: ManifestSet) -> None:
    kustomization = document(manifests, "kustomization.yaml")
    others = {path for path in documents(manifests) if path != "kustomization.yaml"}
    assert set(kustomization["resources"]) == others
    readme = next(file.text for file in manifests.files if file.path == "README.md")
    assert all(f"| `{path}` | " in readme for path in documents(manifests))


@pytest.mark.parametrize("target", CLUSTERS)
def test_kustomize_adds_the_user_and_group_that_plain_kubernetes_needs(target: DeploymentTarget) -> None:
    made = built(WHOLE, target)
    (patch,) = document(made, "kustomization.yaml")["patches"]
    patched = jsonpatch.apply_patch(main_document(made), patch["patch"])
    security = pod_in(patched, target)["securityContext"]
    assert (security["runAsUser"], security["fsGroup"]) == (2000, 2000)
    assert complaints(patched) == []
    assert "runAsUser" not in pod(made)["securityContext"]


@pytest.mark.parametrize("target", CLUSTERS)
def test_simulator_mode_changes_the_image_and_what_a_pod_asks_of_its_node_and_nothing_else(
    target: DeploymentTarget,
) -> None:
    def without_them(mode: EngineMode) -> dict[str, Document]:
        found = documents(built("gated-model", target, mode))
        for entry in found.values():
            if entry["kind"] in ("InferenceService", "Deployment", "LLMInferenceService"):
                spec = pod_in(entry, target)
                for field in ("nodeSelector", "tolerations"):
                    assert (field in spec) is (mode is VLLM)
                    spec.pop(field, None)
                (serving,) = spec["containers"]
                assert ("neuralnav-simulator" in serving.pop("image")) is (mode is SIMULATOR)
                assert any("gpu" in name for name in serving.pop("resources")["limits"]) is (mode is VLLM)
                told = [e for e in serving["env"] if e["name"] == "NEURALNAV_SIMULATOR_GPU"]
                assert [e["value"] for e in told] == (["T4"] if mode is SIMULATOR else [])
                serving["env"] = [e for e in serving["env"] if e not in told]
                for volume in spec["volumes"]:
                    volume.get("emptyDir", {}).pop("sizeLimit", None)
                    volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).get("spec", {}).pop("resources", None)
        return found

    assert without_them(SIMULATOR) == without_them(VLLM)
