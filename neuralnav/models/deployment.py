"""What is approved and done: manifests, the approval that covers them, the deployment and its checks."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue

from neuralnav.models.base import Frozen, PlainText, RequestsPerSecond, WholeNumber
from neuralnav.models.outcome import Outcome
from neuralnav.models.plan import Plan, Recommendation
from neuralnav.models.running import FieldConflict, Preflight, RunningState
from neuralnav.models.specification import SLOTargets

DNS_LABEL = r"^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$"
NAMESPACE = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"

InstallationId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
"""Tells one NeuralNav, which is one database, from others."""


class DeploymentTarget(StrEnum):
    """What the manifests are for."""

    KSERVE = "kserve"
    """A KServe ``InferenceService``."""
    KUBERNETES = "kubernetes"
    """A plain ``Deployment`` with its ``Service``."""
    LLM_D = "llm-d"
    """A KServe ``LLMInferenceService``."""
    LOCAL = "local"
    """Supervised processes on this machine."""


class EngineMode(StrEnum):
    """What serves."""

    VLLM = "vllm"
    SIMULATOR = "simulator"
    """NeuralNav's stand-in, which needs no GPU."""


class Delivery(StrEnum):
    """What becomes of approved manifests."""

    RUN = "run"
    """They are applied: to the cluster or, for the local target, to this machine."""
    FILES = "files"
    """They are written as files."""
    GIT = "git"
    """They are committed to a repository."""


class ManifestFile(Frozen):
    """One file: its name and its text, kept to the byte."""

    model_config = ConfigDict(str_strip_whitespace=False)

    path: str = Field(pattern=r"^(README\.md|[a-z0-9][a-z0-9.-]*\.(yaml|md))$", max_length=100)
    text: str


class ManifestSet(Frozen):
    """The files of one deployment."""

    name: str = Field(pattern=DNS_LABEL)
    namespace: str = Field(pattern=NAMESPACE)
    installation: InstallationId | None = None
    """Whose deployment it is, as every object says; ``None``: of none in particular, as without a database."""
    target: DeploymentTarget = DeploymentTarget.KSERVE
    mode: EngineMode = EngineMode.VLLM
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


class RestsOn(Frozen):
    """The versions of what a plan's figures come from."""

    price_table: str
    calibration: str

    @classmethod
    def of(cls, plan: Plan) -> RestsOn:
        """Those of ``plan``."""
        return cls(price_table=plan.price_table, calibration=plan.calibration)


class Rejection(Frozen):
    """Who rejected a change that was shown, and why."""

    by: str
    change: ChangeKind
    turn: Annotated[WholeNumber, Field(ge=0)]
    """Of the conversation, in which that was said."""
    reason: Annotated[PlainText | None, Field(max_length=500)] = None
    """In the person's own words."""


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
    delivery: Delivery = Delivery.FILES
    """What becomes of the manifests."""
    where: str | None = None
    """The place, as it was shown."""
    takes_over: Annotated[tuple[FieldConflict, ...], Field(max_length=1000)] = ()
    """Fields that may be taken from other tools, as was shown."""
    leaves: bool = False
    """Of an end: whether what is there is left, because another deployment has the same name, as was shown."""

    def covers(self, manifests: ManifestSet, plan: Plan) -> bool:
        """Whether this was given for exactly these manifests, under the prices and calibration of ``plan``."""
        rests_on = (self.manifests_sha256, self.price_table, self.calibration)
        return rests_on == (manifests.sha256, plan.price_table, plan.calibration)


class DeploymentState(StrEnum):
    """How far a deployment has come."""

    APPLYING = "applying"
    """Approved and begun, but not known to be in place: under way, or interrupted by a crash."""
    WRITTEN = "written"
    """As files; whether anything runs from them is not known."""
    APPLIED = "applied"
    """Put in place, where it starts and runs."""
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
    delivery: Delivery = Delivery.FILES
    directory: str | None = None
    """Where the files were written; of a retired one, where they were."""
    left: bool = False
    """Of a retired one: whether what it put there was left, because another deployment has the same name."""

    @property
    def runs(self) -> bool:
        """Whether NeuralNav itself put it in place, so that it can be looked after."""
        return self.delivery is Delivery.RUN and self.state is DeploymentState.APPLIED

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
    summary: PlainText | None = None
    """What was found in one sentence, where there are many checks."""
    waits_for: str | None = None
    """What has to happen before the rest can be checked, in a sentence; ``None``: all is checked."""

    @property
    def passed(self) -> bool:
        """Whether every check was made and passed."""
        return self.waits_for is None and not self.failures

    @property
    def in_short(self) -> str:
        """What was found, as short as it can be said."""
        return self.summary or " ".join(check.detail for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


class Proposal(Frozen):
    """What a change would be, as it is shown before it is approved."""

    delivery: Delivery
    preflight: Preflight


class Watch(Frozen):
    """What a deployment is held to from now on."""

    deployment_id: UUID
    targets: SLOTargets
    planned_peak_qps: RequestsPerSecond
    watched_by: str | None = None
    """What observes it; ``None``: nothing can yet, and ``reason`` says why."""
    reason: str


class ProposedChange(Frozen):
    """A change of the plan that what was observed speaks for."""

    sentence: PlainText
    changes: dict[str, JsonValue] = Field(default_factory=dict)
    """Fields of the specification and their new values; none: there is nothing to plan, only to look into."""


class Observation(Frozen):
    """What is known of a deployment now."""

    deployment_id: UUID
    at: AwareDatetime
    validation: Validation
    running: RunningState | None = None
    """Its replicas, where NeuralNav put it in place."""
    outcome: Outcome | None = None
    """What it did in the last window that was recorded, if any was."""
    findings: Annotated[tuple[PlainText, ...], Field(max_length=20)] = ()
    """What it did lately, against its targets and its plan, in sentences."""
    unseen: PlainText | None = None
    """Why that is not known."""
    advice: ProposedChange | None = None


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
