"""The objects of a set of manifests, as data: read back from the files, patched where the cluster needs it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from neuralnav.deployment.cluster.kinds import Kind, kind_of
from neuralnav.deployment.manifests.workload import DEPLOYMENT_MARK, INSTALLATION_MARK
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import ManifestSet

MANAGED_BY = "app.kubernetes.io/managed-by"
OWNER = "neuralnav"
KUSTOMIZATION = "Kustomization"

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with its C library."""

Document = dict[str, Any]


@dataclass(frozen=True)
class ClusterObject:
    """One object as it is to be applied."""

    kind: Kind
    name: str
    namespace: str
    document: Document

    @property
    def title(self) -> str:
        """As people say it: ``Deployment chatbot``."""
        return f"{self.kind.name} {self.name}"

    @property
    def identity(self) -> tuple[Kind, str]:
        """What tells it from the others of its namespace."""
        return (self.kind, self.name)

    @property
    def path(self) -> str:
        """Where the API keeps it."""
        return self.kind.path(self.namespace, self.name)


def objects_of(manifests: ManifestSet, *, assigns_users: bool) -> tuple[ClusterObject, ...]:
    """The objects, in the order in which they are applied.

    ``assigns_users``: the cluster gives every namespace a range of users (OpenShift), so the Kustomization's patch,
    which names one, is left out.

    Raises:
        InvalidInputError: something in the files is not an object of this deployment.
    """
    documents = dict(_documents(manifests))
    patches = _patches(documents, manifests)
    found = tuple(
        _object(path, document, manifests, () if assigns_users else patches)
        for path, document in documents.items()
        if document.get("kind") != KUSTOMIZATION
    )
    if not found:
        raise _unusable("files", "no object", "at least one object")
    if len({entry.identity for entry in found}) != len(found):
        raise _unusable("files", ", ".join(entry.title for entry in found), "each object once")
    return tuple(sorted(found, key=lambda entry: (entry.kind.stage, entry.kind.name, entry.name)))


def ownership_labels(manifests: ManifestSet) -> dict[str, str]:
    """What every object of the deployment is marked with."""
    installation = {} if manifests.installation is None else {INSTALLATION_MARK: manifests.installation}
    return {MANAGED_BY: OWNER, DEPLOYMENT_MARK: manifests.name} | installation


def is_ours(document: Document, manifests: ManifestSet) -> bool:
    """Whether an object of the cluster is this deployment's own, made by NeuralNav and by nothing that it started.

    What carries the mark of an installation is ours only where ``manifests`` carry the same one, and what carries none
    only where they carry none.
    """
    labels = _labels(document)
    marked = all(labels.get(name) == value for name, value in ownership_labels(manifests).items())
    of_ours = labels.get(INSTALLATION_MARK) == manifests.installation
    return marked and of_ours and not (document.get("metadata") or {}).get("ownerReferences")


def why_not_ours(found: ClusterObject, live: Document, manifests: ManifestSet) -> str | None:
    """Why what is there in the place of an object cannot be touched, in a sentence; ``None``: it is ours."""
    if is_ours(live, manifests):
        return None
    labels = _labels(live)
    other, there = labels.get(INSTALLATION_MARK), f"{found.title} is there already in the namespace {found.namespace!r}"
    if other is not None and labels.get(MANAGED_BY) == OWNER and other != manifests.installation:
        return (
            f"{there}: another NeuralNav (installation {other}) has it, so it is left alone. Choose another name, or "
            "have it removed there."
        )
    return f"{there} and is not this deployment's: it is left alone. Choose another name, or have it removed."


def _labels(document: Document) -> Document:
    return (document.get("metadata") or {}).get("labels") or {}


def _documents(manifests: ManifestSet) -> Iterator[tuple[str, Document]]:
    for file in manifests.files:
        if not file.path.endswith(".yaml"):
            continue
        try:
            document = yaml.load(file.text, Loader=_Loader)  # noqa: S506 - it is a safe loader
        except yaml.YAMLError:
            document = None
        if not isinstance(document, dict):
            raise _unusable(file.path, "something else", "one YAML document")
        yield file.path, document


def _object(path: str, document: Document, manifests: ManifestSet, patches: tuple[Document, ...]) -> ClusterObject:
    kind = kind_of(str(document.get("apiVersion")), str(document.get("kind")))
    metadata = document.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise _unusable(f"{path}: metadata.name", None, "a name")
    if metadata.get("namespace") != manifests.namespace:
        raise _unusable(f"{path}: metadata.namespace", metadata.get("namespace"), manifests.namespace)
    if not is_ours(document, manifests):
        wanted = ", ".join(f"{name}: {value}" for name, value in ownership_labels(manifests).items())
        raise _unusable(f"{path}: metadata.labels", metadata.get("labels"), wanted)
    patched = copy.deepcopy(document)
    for patch in patches:
        if _is_target(patch.get("target") or {}, kind, metadata["name"]):
            _add(patched, str(patch.get("patch")))
    return ClusterObject(kind, metadata["name"], manifests.namespace, patched)


def _patches(documents: dict[str, Document], manifests: ManifestSet) -> tuple[Document, ...]:
    found = [document for document in documents.values() if document.get("kind") == KUSTOMIZATION]
    if len(found) > 1:
        raise _unusable("files", f"{len(found)} Kustomizations", f"one, for {manifests.name}")
    return tuple(patch for document in found for patch in document.get("patches") or () if isinstance(patch, dict))


def _is_target(target: Document, kind: Kind, name: str) -> bool:
    return (target.get("group", ""), target.get("version"), target.get("kind"), target.get("name")) == (
        kind.group,
        kind.version,
        kind.name,
        name,
    )


def _add(document: Document, patch: str) -> None:
    """Carry out a JSON patch of additions to objects that are there, the only kind that manifests have."""
    try:
        for step in json.loads(patch):
            *parents, last = step["path"].removeprefix("/").split("/")
            place: Any = document
            for part in parents:
                place = place[part]
            place |= {"add": {last: step["value"]}}[step["op"]]
    except (ValueError, KeyError, TypeError):
        raise _unusable("kustomization.yaml: patches", patch[:100], "a JSON patch that adds to its target") from None


def _unusable(field: str, value: Any, allowed: str) -> InvalidInputError:
    return InvalidInputError(
        f"The manifests cannot be applied: {field} is not {allowed}.", (FieldProblem(field, value, allowed),)
    )
