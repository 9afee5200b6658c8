"""What ``local.yaml`` holds: the processes that one machine runs for a deployment, as data that names no program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic.alias_generators import to_camel

from neuralnav.deployment.arguments import KNOWN_FLAGS, EngineFlag
from neuralnav.models.base import Frozen, ModelId, Name, WholeNumber
from neuralnav.models.deployment import DNS_LABEL, NAMESPACE, EngineMode
from neuralnav.models.plan import Recommendation
from neuralnav.models.vocabulary import GpuType

LOCAL_FILE = "local.yaml"
"""The file of a ``ManifestSet`` that holds the document."""

API_VERSION = "neuralnav.io/v1"
KIND = "LocalDeployment"

MOST_LOCAL_REPLICAS = 2
"""Replicas that one machine runs unless told otherwise: enough to see requests shared out and a replica replaced."""

MOST_REPLICAS = 64
"""Replicas that a document may ask of one machine."""

SIMULATOR_START_SECONDS = 120
"""The longest wait for a simulator, which starts in about two seconds on an idle machine."""

KILL_MARGIN_SECONDS = 5
"""Beyond the time in which requests in flight may finish, until a process is killed."""

CHOSEN_HERE = frozenset({"--port"})
"""Flags that a manifest may hold and a local document may not: the port is whichever is free."""

LOCAL_FLAGS = KNOWN_FLAGS - CHOSEN_HERE

KNOWN_VARIABLES = frozenset({"DO_NOT_TRACK", "HF_HUB_OFFLINE", "VLLM_LOGGING_LEVEL"})
"""Environment variables that a document may set: none that names a program, a library, a place or a secret."""

_MARK = r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,251}[A-Za-z0-9]$"


def _known_flag(argument: str) -> str:
    if argument.partition("=")[0] not in LOCAL_FLAGS:
        raise ValueError(f"one of {', '.join(sorted(LOCAL_FLAGS))}, with '=' before its value")
    return argument


MarkName = Annotated[str, Field(pattern=_MARK)]
MarkValue = Annotated[Name, Field(max_length=2_000)]
Argument = Annotated[Name, Field(max_length=4_000), AfterValidator(_known_flag)]
VariableValue = Annotated[Name, StringConstraints(min_length=1, max_length=200)]
Seconds = Annotated[WholeNumber, Field(ge=1, le=86_400)]
Replicas = Annotated[WholeNumber, Field(ge=1, le=100_000)]


class _Part(Frozen):
    """Keys are written as Kubernetes writes them."""

    model_config = ConfigDict(alias_generator=to_camel)


class LocalMetadata(_Part):
    """What the deployment is called and what it was planned for, as on the objects of a cluster."""

    name: str = Field(pattern=DNS_LABEL)
    namespace: str = Field(pattern=NAMESPACE, max_length=63)
    labels: dict[MarkName, MarkValue] = Field(default_factory=dict, max_length=50)
    annotations: dict[MarkName, MarkValue] = Field(default_factory=dict, max_length=50)


class LocalSpec(_Part):
    """The processes. What program serves follows from ``mode`` alone."""

    mode: EngineMode
    model: ModelId
    gpu: GpuType
    """What a simulator stands in for; vLLM takes the GPU that is there."""
    replicas: Annotated[WholeNumber, Field(ge=1, le=MOST_REPLICAS)]
    planned_replicas: Replicas
    note: Annotated[Name, Field(max_length=500)] | None = None
    """Why fewer replicas run than were planned."""
    args: Annotated[tuple[Argument, ...], Field(max_length=50)]
    env: dict[str, VariableValue] = Field(default_factory=dict)
    start_seconds: Seconds
    """The longest that a replica may take until it answers."""
    termination_seconds: Seconds
    """From the request to stop until a replica is killed."""

    @field_validator("args")
    @classmethod
    def _each_flag_once(cls, arguments: tuple[str, ...]) -> tuple[str, ...]:
        names = [argument.partition("=")[0] for argument in arguments]
        if len(set(names)) < len(names):
            raise ValueError("each flag once")
        return arguments

    @field_validator("env")
    @classmethod
    def _variables_are_known(cls, variables: dict[str, str]) -> dict[str, str]:
        if not variables.keys() <= KNOWN_VARIABLES:
            raise ValueError(f"only {', '.join(sorted(KNOWN_VARIABLES))}")
        return variables

    @model_validator(mode="after")
    def _fewer_replicas_are_explained(self) -> Self:
        if self.replicas > self.planned_replicas:
            raise ValueError(f"replicas: at most plannedReplicas, which is {self.planned_replicas}")
        if (self.replicas < self.planned_replicas) != (self.note is not None):
            raise ValueError("note: must be given where fewer replicas run than were planned, and only there")
        return self

    @property
    def served_name(self) -> str:
        """What clients send as ``model``."""
        named = next((a for a in self.args if a.startswith("--served-model-name=")), None)
        return self.model if named is None else named.partition("=")[2]


class LocalDeployment(_Part):
    """One deployment on this machine."""

    api_version: Literal["neuralnav.io/v1"]
    kind: Literal["LocalDeployment"]
    metadata: LocalMetadata
    spec: LocalSpec


def local_document(
    choice: Recommendation,
    flags: Sequence[EngineFlag],
    *,
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    mode: EngineMode,
    start_seconds: int,
    drain_seconds: int,
    most_replicas: int = MOST_LOCAL_REPLICAS,
) -> dict[str, Any]:
    """The document of ``choice`` as data, ready for ``local.yaml``; the same inputs give the same document.

    ``flags`` are those of ``engine_flags``; the port among them is left out. ``start_seconds`` and ``drain_seconds``
    are those of ``pod_size``. At most ``most_replicas`` of the planned replicas run, as one machine stands in.

    Raises:
        ValidationError: the inputs make no valid document.
    """
    replicas = min(choice.replicas, most_replicas)
    simulated = mode is EngineMode.SIMULATOR
    spec: dict[str, Any] = {
        "mode": mode.value,
        "model": choice.model,
        "gpu": choice.gpu_type.value,
        "replicas": replicas,
        "plannedReplicas": choice.replicas,
    }
    if replicas < choice.replicas:
        spec["note"] = (
            f"{choice.replicas} replicas were planned; {replicas} of them run, because one machine stands in for "
            f"{choice.gpus} GPUs. Each replica takes its planned share of the load and no more."
        )
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels),
            "annotations": dict(annotations),
        },
        "spec": spec
        | {
            "args": [flag.text for flag in flags if flag.name not in CHOSEN_HERE],
            "env": {} if simulated else {"DO_NOT_TRACK": "1"},
            "startSeconds": SIMULATOR_START_SECONDS if simulated else start_seconds,
            "terminationSeconds": drain_seconds + KILL_MARGIN_SECONDS,
        },
    }
    LocalDeployment.model_validate(document)
    return document
