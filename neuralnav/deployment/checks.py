"""Manifests read back as data and checked, before anybody sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from neuralnav.deployment import schema
from neuralnav.deployment.markdown import SECRET_LIKE
from neuralnav.deployment.object_checks import object_problems
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import DeploymentTarget, ManifestFile, ManifestSet
from neuralnav.models.problems import problems_of

MAX_FILE_CHARACTERS = 200_000
"""The largest file that is read."""

_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml."""

_KINDS: dict[str, type[BaseModel]] = {
    shape.__name__: shape
    for shape in (
        schema.ConfigMap,
        schema.Deployment,
        schema.InferenceService,
        schema.Kustomization,
        schema.LLMInferenceService,
        schema.LocalDeployment,
        schema.NetworkPolicy,
        schema.PersistentVolumeClaim,
        schema.PodDisruptionBudget,
        schema.PodMonitor,
        schema.PrometheusRule,
        schema.ScaledObject,
        schema.Service,
    )
}

_NEEDED = {
    DeploymentTarget.KSERVE: frozenset({"InferenceService", "Kustomization"}),
    DeploymentTarget.KUBERNETES: frozenset({"Deployment", "Service", "Kustomization"}),
    DeploymentTarget.LLM_D: frozenset({"LLMInferenceService", "Kustomization"}),
    DeploymentTarget.LOCAL: frozenset({"LocalDeployment"}),
}
"""What a set holds exactly once."""

_WATCHING = frozenset({"ConfigMap", "NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "PrometheusRule"})

_OPTIONAL = {
    DeploymentTarget.KSERVE: _WATCHING | {"PersistentVolumeClaim", "ScaledObject"},
    DeploymentTarget.KUBERNETES: _WATCHING | {"PersistentVolumeClaim", "ScaledObject"},
    DeploymentTarget.LLM_D: _WATCHING | {"PersistentVolumeClaim"},
    DeploymentTarget.LOCAL: frozenset[str](),
}
"""What it may hold once besides."""


def check_manifests(manifests: ManifestSet) -> None:
    """Nothing, if every file is exactly what NeuralNav means to write.

    Checked: one YAML document a file, of a kind that the target knows, with no unknown or missing field, of the set's
    name and namespace and marked as ours; names, labels and quantities; images pinned; the restricted pod-security
    profile; only flags that the pinned vLLM has; GPUs in vLLM mode and none in simulator mode; mounts, probes,
    selectors, scale targets and Kustomize resources that refer to what is there; no token anywhere; no HTML in the
    README.

    Raises:
        InvalidInputError: with one problem for each thing found wrong.
    """
    problems = tuple(_problems(manifests))
    if problems:
        shown = "; ".join(map(str, problems[:5]))
        raise InvalidInputError(f"The manifests did not pass their checks: {shown}", problems)


def _problems(manifests: ManifestSet) -> Iterator[FieldProblem]:
    paths = [file.path for file in manifests.files]
    if len(set(paths)) != len(paths):
        yield FieldProblem("files", ", ".join(paths), "each name once")
    kinds: list[str] = []
    for file in manifests.files:
        yield from _text_problems(file)
        if file.path.endswith(".yaml"):
            yield from _document_problems(file, manifests, kinds)
    needed, optional = _NEEDED[manifests.target], _OPTIONAL[manifests.target]
    if not needed <= set(kinds) <= needed | optional or len(set(kinds)) != len(kinds):
        allowed = f"one {' and one '.join(sorted(needed))}"
        if optional:
            allowed += f", at most one each of {', '.join(sorted(optional))}"
        yield FieldProblem("files", ", ".join(kinds) or "none", allowed)


def _text_problems(file: ManifestFile) -> Iterator[FieldProblem]:
    if len(file.text) > MAX_FILE_CHARACTERS:
        yield FieldProblem(file.path, f"{len(file.text)} characters", f"at most {MAX_FILE_CHARACTERS}")
    if SECRET_LIKE.search(file.text):
        yield FieldProblem(file.path, "something that looks like an access token", "no secret values")
    if file.path.endswith(".md") and "<" in file.text:
        yield FieldProblem(file.path, "<", "no HTML")


def _document_problems(file: ManifestFile, manifests: ManifestSet, kinds: list[str]) -> Iterator[FieldProblem]:
    if len(file.text) > MAX_FILE_CHARACTERS:
        return
    try:
        document: Any = yaml.load(file.text, Loader=_SAFE_LOADER)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        yield FieldProblem(file.path, str(error).splitlines()[0][:200], "one YAML document")
        return
    kind = document.get("kind") if isinstance(document, dict) else None
    shape = _KINDS.get(kind) if isinstance(kind, str) else None
    if shape is None:
        yield FieldProblem(f"{file.path}: kind", str(kind)[:80], " or ".join(sorted(_KINDS)))
        return
    kinds.append(shape.__name__)
    try:
        parsed = shape.model_validate(document)
    except ValidationError as error:
        yield from problems_of(error, file.path, section=f"{file.path}: ")
        return
    yield from object_problems(file.path, parsed, manifests)
