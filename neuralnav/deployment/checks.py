"""Manifests read back as data and checked, before anybody sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from neuralnav.deployment.arguments import CHAT_TEMPLATE_FLAG, KNOWN_FLAGS
from neuralnav.deployment.markdown import SECRET_LIKE
from neuralnav.deployment.schema import Container, InferenceService, Kustomization
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import ChatTemplateArguments
from neuralnav.models.deployment import ManifestFile, ManifestSet
from neuralnav.models.problems import problems_of

MAX_FILE_CHARACTERS = 200_000
"""The largest file that is read."""

_DOCUMENTS: dict[str, TypeAdapter[Any]] = {
    "InferenceService": TypeAdapter(InferenceService),
    "Kustomization": TypeAdapter(Kustomization),
}

_CHAT_TEMPLATE_ARGUMENTS: TypeAdapter[Any] = TypeAdapter(ChatTemplateArguments)


def check_manifests(manifests: ManifestSet) -> None:
    """Nothing, if every file is exactly what NeuralNav means to write.

    Checked: one YAML document a file, of a known kind, with no unknown or missing field, of the set's name
    and namespace; names, labels and quantities; images pinned; the restricted pod-security profile; only
    flags that the pinned vLLM has; mounts, probes and Kustomize resources that refer to what is there; no
    token anywhere; no HTML in the README.

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
    if sorted(kinds) != sorted(_DOCUMENTS):
        yield FieldProblem("files", ", ".join(kinds) or "none", "one " + " and one ".join(sorted(_DOCUMENTS)))


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
        document = yaml.safe_load(file.text)
    except yaml.YAMLError as error:
        yield FieldProblem(file.path, str(error).splitlines()[0][:200], "one YAML document")
        return
    kind = document.get("kind") if isinstance(document, dict) else None
    adapter = _DOCUMENTS.get(kind) if isinstance(kind, str) else None
    if adapter is None:
        yield FieldProblem(f"{file.path}: kind", str(kind)[:80], " or ".join(sorted(_DOCUMENTS)))
        return
    kinds.append(str(kind))
    try:
        parsed = adapter.validate_python(document)
    except ValidationError as error:
        yield from problems_of(error, file.path, section=f"{file.path}: ")
        return
    if isinstance(parsed, InferenceService):
        yield from _service_problems(file.path, parsed, manifests)
    else:
        yield from _kustomization_problems(file.path, parsed, manifests)


def _service_problems(path: str, service: InferenceService, manifests: ManifestSet) -> Iterator[FieldProblem]:
    predictor = service.spec.predictor
    container = predictor.containers[0]
    facts = (
        ("metadata.name", service.metadata.name, manifests.name),
        ("metadata.namespace", service.metadata.namespace, manifests.namespace),
        ("spec.predictor.maxReplicas", predictor.max_replicas, predictor.min_replicas),
    )
    for field, found, allowed in facts:
        if found != allowed:
            yield FieldProblem(f"{path}: {field}", found, str(allowed))
    volumes = [volume.name for volume in predictor.volumes]
    mounts = [mount.name for mount in container.volume_mounts]
    if sorted(volumes) != sorted(mounts) or len(set(volumes)) != len(volumes):
        yield FieldProblem(f"{path}: volumeMounts", ", ".join(mounts), "each volume once")
    names = [variable.name for variable in container.env]
    if len(set(names)) != len(names):
        yield FieldProblem(f"{path}: env", ", ".join(names), "each variable once")
    yield from _resource_problems(path, container, predictor.tolerations[0].key)
    yield from _argument_problems(path, container)


def _resource_problems(path: str, container: Container, gpu: str) -> Iterator[FieldProblem]:
    requests, limits = container.resources.requests, container.resources.limits
    if set(requests) != {"cpu", "memory", "ephemeral-storage", gpu}:
        yield FieldProblem(f"{path}: requests", ", ".join(requests), f"cpu, memory, ephemeral-storage, {gpu}")
    if set(limits) != {"memory", gpu}:
        yield FieldProblem(f"{path}: limits", ", ".join(limits), f"memory, {gpu}")
    if requests.get(gpu) != limits.get(gpu):
        yield FieldProblem(f"{path}: limits.{gpu}", limits.get(gpu), f"the request, {requests.get(gpu)}")


def _argument_problems(path: str, container: Container) -> Iterator[FieldProblem]:
    model, *flags = container.args
    if model.startswith("-"):
        yield FieldProblem(f"{path}: args", model, "the model first")
    names = [flag.partition("=")[0] for flag in flags]
    for flag, name in zip(flags, names, strict=True):
        if name not in KNOWN_FLAGS:
            yield FieldProblem(f"{path}: args", name, "a flag that the pinned vLLM has")
        if name == CHAT_TEMPLATE_FLAG:
            yield from _chat_template_problems(path, flag.partition("=")[2])
    if len(set(names)) != len(names):
        yield FieldProblem(f"{path}: args", ", ".join(names), "each flag once")


def _chat_template_problems(path: str, arguments: str) -> Iterator[FieldProblem]:
    try:
        _CHAT_TEMPLATE_ARGUMENTS.validate_json(arguments)
    except ValidationError:
        allowed = "a JSON object of at most three switches or words, none of them the engine's own"
        yield FieldProblem(f"{path}: args: {CHAT_TEMPLATE_FLAG}", arguments[:80], allowed)


def _kustomization_problems(path: str, kustomization: Kustomization, manifests: ManifestSet) -> Iterator[FieldProblem]:
    if kustomization.namespace != manifests.namespace:
        yield FieldProblem(f"{path}: namespace", kustomization.namespace, manifests.namespace)
    others = sorted(f.path for f in manifests.files if f.path.endswith(".yaml") and f.path != path)
    if sorted(kustomization.resources) != others:
        yield FieldProblem(f"{path}: resources", ", ".join(kustomization.resources), ", ".join(others))
    for patch in kustomization.patches:
        if patch.target.name != manifests.name:
            yield FieldProblem(f"{path}: patches.target.name", patch.target.name, manifests.name)
