"""What is approved and done: manifests, the approval that covers them, the deployment and its checks."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from neuralnav.models.base import Frozen, RequestsPerSecond, WholeNumber
from neuralnav.models.outcome import Outcome
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.specification import SLOTargets

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


class ChangeKind(StrEnum):
    """What an approval lets happen."""

    DEPLOY = "deploy"
    """Put a configuration in place: the first one, or another in place of what is there."""
    ROLL_BACK = "roll_back"
    """Return to the revision before."""
    RETIRE = "retire"
    """End the deployment and take away what it put there."""


Revision = Annotated[WholeNumber, Field(ge=1, le=1_000_000)]
"""Which change of a conversation's deployment this is, from 1."""


class Approval(Frozen):
    """Who approved exactly what."""

    by: str
    at: str
    """UTC time, ISO 8601."""
    manifests_sha256: str
    price_table: str
    calibration: str
    change: ChangeKind = ChangeKind.DEPLOY
    revision: Revision = 1

    def covers(self, manifests: ManifestSet, plan: Plan) -> bool:
        """Whether this was given for exactly these manifests, under the prices and calibration of ``plan``."""
        rests_on = (self.manifests_sha256, self.price_table, self.calibration)
        return rests_on == (manifests.sha256, plan.price_table, plan.calibration)


class DeploymentState(StrEnum):
    """How far a deployment has come."""

    WRITTEN = "written"
    RETIRED = "retired"


class Deployment(Frozen):
    """One approved change: a plan on its way to a running server, or the end of one."""

    id: UUID
    thread_id: str
    idempotency_key: str
    state: DeploymentState
    choice: Recommendation
    manifests: ManifestSet
    approval: Approval
    directory: str | None = None
    """Where the files were written; of a retired one, where they were (``None``: they were left)."""

    @property
    def name(self) -> str:
        """Namespace and name, as people say it."""
        return f"{self.manifests.namespace}/{self.manifests.name}"


class Check(Frozen):
    """One thing that was checked."""

    name: str
    passed: bool
    detail: str
    """What was found, in a sentence."""


class Validation(Frozen):
    """Whether what is there is what was approved."""

    checks: Annotated[tuple[Check, ...], Field(min_length=1)]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


class Watch(Frozen):
    """What a deployment is held to from now on."""

    deployment_id: UUID
    targets: SLOTargets
    planned_peak_qps: RequestsPerSecond
    watched_by: str | None = None
    """What observes it; ``None``: nothing can yet, and ``reason`` says why."""
    reason: str


class Observation(Frozen):
    """What is known of a deployment now."""

    deployment_id: UUID
    at: AwareDatetime
    validation: Validation
    outcome: Outcome | None = None
    """What it did in the last window that was recorded, if any was."""


class Decision(Frozen):
    """How a conversation came to a change: what people learn from about the conversation itself."""

    deployment_id: UUID
    thread_id: str
    change: ChangeKind
    option_number: Annotated[WholeNumber, Field(ge=1, le=99)] | None = None
    """The number of the option that was taken among those shown; ``None``: it was not chosen from a list."""
    turns: Annotated[WholeNumber, Field(ge=1)]
    """Inputs that the conversation had taken."""
    edits: Annotated[WholeNumber, Field(ge=0)]
    """Changes that people made to the specification."""
    first_word_at: AwareDatetime
    decided_at: AwareDatetime
