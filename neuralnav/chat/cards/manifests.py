"""The files of a deployment: one tab each, to be read before they are approved and downloaded afterwards."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from neuralnav.chat.cards.card import Card
from neuralnav.deployment.output import zip_manifests
from neuralnav.models.deployment import Deployment, ManifestFile, ManifestSet

ELEMENT = "ManifestFiles"


def files_to_approve(data: Mapping[str, Any]) -> list[Card]:
    """The files that an approval is about."""
    return [Card(ELEMENT, _files(ManifestSet.model_validate(data["manifests"])))]


def approved_files(data: Mapping[str, Any]) -> list[Card]:
    """The files of what is in place, with where they lie and all of them as one download."""
    deployment = Deployment.model_validate(data["deployment"])
    props = _files(deployment.manifests)
    if deployment.directory:
        archive = base64.b64encode(zip_manifests(deployment.manifests)).decode()
        props |= {"directory": deployment.directory, "zip": archive}
    return [Card(ELEMENT, props)]


def _files(manifests: ManifestSet) -> dict[str, Any]:
    files = sorted(manifests.files, key=_reading_order)
    return {"name": manifests.name, "files": [file.model_dump(mode="json") for file in files]}


def _reading_order(file: ManifestFile) -> tuple[bool, str]:
    return file.path == "README.md", file.path
