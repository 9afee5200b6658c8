"""The files of a deployment: one tab each, beside what is in place now, to be copied and downloaded."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from graph.payloads import ApprovalPayload, OperatePayload
from neuralnav.chat.cards.card import Card
from neuralnav.chat.cards.diffs import difference
from neuralnav.deployment.output import zip_manifests
from neuralnav.models.deployment import ManifestFile, ManifestSet

ELEMENT = "ManifestFiles"


def files_to_approve(data: Mapping[str, Any]) -> list[Card]:
    """The files that an approval is about, each beside the one that it takes the place of."""
    payload = ApprovalPayload.model_validate(data)
    shown = _set(payload.manifests) | {"all": "Download these (zip)"}
    if payload.replaces is None:
        return [Card(ELEMENT, shown | {"files": [_file(file) for file in _ordered(payload.manifests)]})]
    before = {file.path: file.text for file in payload.replaces.files}
    files = [_changed(file, before.pop(file.path, None)) for file in _ordered(payload.manifests)]
    gone = [_file(file) | {"change": "removed"} for file in _ordered(payload.replaces) if file.path in before]
    return [Card(ELEMENT, shown | {"files": [*files, *gone]})]


def approved_files(data: Mapping[str, Any]) -> list[Card]:
    """The files of what is in place, with where they lie and all of them as one download."""
    deployment = OperatePayload.model_validate(data).deployment
    files = [_file(file) for file in _ordered(deployment.manifests)]
    shown = _set(deployment.manifests) | {"all": "Download all (zip)", "directory": deployment.directory or ""}
    return [Card(ELEMENT, shown | {"files": files})]


def _set(manifests: ManifestSet) -> dict[str, Any]:
    archive = base64.b64encode(zip_manifests(manifests)).decode()
    return {"name": manifests.name, "digest": manifests.sha256[:12], "zip": archive}


def _file(file: ManifestFile) -> dict[str, Any]:
    return {"path": file.path, "text": file.text}


def _changed(file: ManifestFile, before: str | None) -> dict[str, Any]:
    if before is None:
        return _file(file) | {"change": "new"}
    lines = difference(before, file.text)
    return _file(file) | ({"change": "changed", "lines": lines} if lines else {"change": "same"})


def _ordered(manifests: ManifestSet) -> list[ManifestFile]:
    """What serves comes first, what is read about it last."""
    return sorted(manifests.files, key=lambda file: (file.path == "README.md", file.path))
