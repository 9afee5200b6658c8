"""Reading manifests back in tests."""

from __future__ import annotations

from typing import Any

import yaml

from neuralnav.models.deployment import DeploymentTarget, ManifestSet

Document = dict[str, Any]

_PODS = {
    DeploymentTarget.KSERVE: ("inferenceservice.yaml", ("spec", "predictor")),
    DeploymentTarget.KUBERNETES: ("deployment.yaml", ("spec", "template", "spec")),
    DeploymentTarget.LLM_D: ("llminferenceservice.yaml", ("spec", "template")),
}


def text_of(manifests: ManifestSet, path: str) -> str:
    """One file."""
    return next(file.text for file in manifests.files if file.path == path)


def document(manifests: ManifestSet, path: str) -> Document:
    """One file as data."""
    loaded: Document = yaml.safe_load(text_of(manifests, path))
    return loaded


def documents(manifests: ManifestSet) -> dict[str, Document]:
    """Every YAML file as data, by path."""
    return {file.path: document(manifests, file.path) for file in manifests.files if file.path.endswith(".yaml")}


def main_document(manifests: ManifestSet) -> Document:
    """The object that replicas come from."""
    return document(manifests, _PODS[manifests.target][0])


def pod_in(main: Document, target: DeploymentTarget) -> Document:
    """The pods' specification in the object that replicas come from."""
    for key in _PODS[target][1]:
        main = main[key]
    return main


def pod(manifests: ManifestSet) -> Document:
    """The pods' specification."""
    return pod_in(main_document(manifests), manifests.target)


def container(manifests: ManifestSet) -> Document:
    """The container that serves."""
    found: Document = pod(manifests)["containers"][0]
    return found


def environment(manifests: ManifestSet) -> dict[str, str]:
    """Variables with a value of their own."""
    return {entry["name"]: entry["value"] for entry in container(manifests)["env"] if "value" in entry}
