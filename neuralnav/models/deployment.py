"""What is approved and written: manifests, the approval that covers them, and the deployment."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from neuralnav.models.base import Frozen
from neuralnav.models.plan import Plan, Recommendation

DNS_LABEL = r"^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$"
NAMESPACE = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"


class ManifestFile(Frozen):
    """One file: its name and its text, kept to the byte."""

    model_config = ConfigDict(str_strip_whitespace=False)

    path: str = Field(pattern=r"^(README\.md|[a-z0-9][a-z0-9.-]*\.(yaml|md))$", max_length=100)
    text: str


class ManifestSet(Frozen):
    """The files of one deployment."""

    name: str = Field(pattern=DNS_LABEL)
    namespace: str = Field(pattern=NAMESPACE)
    files: Annotated[tuple[ManifestFile, ...], Field(min_length=1)]

    @property
    def sha256(self) -> str:
        """Digest of names and texts: what an approval is bound to."""
        digest = hashlib.sha256()
        for file in sorted(self.files, key=lambda file: file.path):
            digest.update(f"{file.path}\0{len(file.text)}\0{file.text}\0".encode())
        return digest.hexdigest()


class Approval(Frozen):
    """Who approved exactly what."""

    by: str
    at: str
    """UTC time, ISO 8601."""
    manifests_sha256: str
    price_table: str
    calibration: str

    def covers(self, manifests: ManifestSet, plan: Plan) -> bool:
        """Whether this was given for exactly these manifests, under the prices and calibration of ``plan``."""
        rests_on = (self.manifests_sha256, self.price_table, self.calibration)
        return rests_on == (manifests.sha256, plan.price_table, plan.calibration)


class DeploymentState(StrEnum):
    """How far a deployment has come."""

    APPROVED = "approved"
    WRITTEN = "written"


class Deployment(Frozen):
    """One approved plan on its way to a running server."""

    id: UUID
    thread_id: str
    idempotency_key: str
    state: DeploymentState
    choice: Recommendation
    manifests: ManifestSet
    approval: Approval
    directory: str | None = None
    """Where the files were written."""
