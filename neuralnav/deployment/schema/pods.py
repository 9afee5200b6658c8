"""Pods as NeuralNav writes them: one container, the restricted security profile, volumes that are safe to hand out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neuralnav.deployment.schema.parts import (
    AbsolutePath,
    Claim,
    Closed,
    LabelValue,
    Name,
    PinnedImage,
    Printable,
    QualifiedName,
    Quantity,
    Seconds,
)


class SecretKey(Closed):
    """The one secret that a pod may read."""

    name: Literal["huggingface-token"]
    key: Literal["token"]


class ValueSource(Closed):
    """Where a variable's value comes from."""

    secret_key_ref: SecretKey


class Variable(Closed):
    """A variable with a value of its own."""

    name: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,60}$")]
    value: Printable


class SecretVariable(Closed):
    """A variable whose value stays in a Secret."""

    name: Literal["HF_TOKEN"]
    value_from: ValueSource


class Port(Closed):
    """The container's one port."""

    name: Literal["http1"]
    container_port: Literal[8000]
    protocol: Literal["TCP"]


class Resources(Closed):
    """Quantities by resource."""

    requests: dict[QualifiedName, Quantity]
    limits: dict[QualifiedName, Quantity]


class SeccompProfile(Closed):
    """The runtime's own profile."""

    type: Literal["RuntimeDefault"]


class Capabilities(Closed):
    """None are kept."""

    drop: tuple[Literal["ALL"]] = Field(strict=False)


class ContainerSecurity(Closed):
    """What the restricted pod-security profile asks of a container."""

    allow_privilege_escalation: Literal[False]
    run_as_non_root: Literal[True]
    capabilities: Capabilities
    seccomp_profile: SeccompProfile


class PodSecurity(Closed):
    """What it asks of a pod. No user: OpenShift assigns one."""

    run_as_non_root: Literal[True]
    seccomp_profile: SeccompProfile


class HttpGet(Closed):
    """vLLM's health endpoint."""

    path: Literal["/health"]
    port: Literal["http1"]
    scheme: Literal["HTTP"]


class Probe(Closed):
    """A probe of the health endpoint."""

    http_get: HttpGet
    period_seconds: Seconds
    timeout_seconds: Seconds
    failure_threshold: Annotated[int, Field(ge=1, le=10_000)]


class Exec(Closed):
    """The wait before vLLM is stopped."""

    command: tuple[Literal["sleep"], Annotated[str, Field(pattern=r"^[0-9]{1,3}$")]] = Field(strict=False)


class PreStop(Closed):
    """What runs before the signal to stop."""

    exec: Exec


class Lifecycle(Closed):
    """The container's hooks."""

    pre_stop: PreStop


class Mount(Closed):
    """A volume in the container."""

    name: Name
    mount_path: AbsolutePath
    read_only: Literal[True] | None = None
    sub_path: Annotated[str, Field(pattern=r"^[\w-][\w.-]*(/[\w-][\w.-]*)*$", max_length=300)] | None = None


class Container(Closed):
    """The container that serves."""

    name: Literal["kserve-container", "vllm", "main"]
    image: PinnedImage
    image_pull_policy: Literal["IfNotPresent"]
    command: tuple[Literal["vllm"], Literal["serve"]] = Field(strict=False)
    args: Annotated[list[Printable], Field(min_length=1, max_length=40)]
    ports: Annotated[list[Port], Field(min_length=1, max_length=1)]
    env: Annotated[list[Variable | SecretVariable], Field(max_length=40)]
    resources: Resources
    security_context: ContainerSecurity
    startup_probe: Probe
    readiness_probe: Probe
    liveness_probe: Probe
    lifecycle: Lifecycle
    volume_mounts: Annotated[list[Mount], Field(max_length=10)]


class EmptyDir(Closed):
    """A temporary volume with an upper size."""

    medium: Literal["Memory"] | None = None
    size_limit: Quantity


class TemporaryVolume(Closed):
    """One that is gone with its pod."""

    name: Name
    empty_dir: EmptyDir


class ClaimSource(Closed):
    """A claim of the same namespace."""

    claim_name: Name
    read_only: Literal[True] | None = None


class ClaimedVolume(Closed):
    """One that outlives its pod."""

    name: Name
    persistent_volume_claim: ClaimSource


class TemplateMetadata(Closed):
    """Marks of what is made from a template."""

    labels: dict[QualifiedName, LabelValue]


class ClaimTemplate(Closed):
    """A claim that is made for each pod."""

    metadata: TemplateMetadata
    spec: Claim


class EphemeralSource(Closed):
    """Made and removed with its pod."""

    volume_claim_template: ClaimTemplate


class EphemeralVolume(Closed):
    """A claimed volume that is gone with its pod."""

    name: Name
    ephemeral: EphemeralSource


Volume = TemporaryVolume | ClaimedVolume | EphemeralVolume
"""No host path, no other kind."""


class Toleration(Closed):
    """Of the taint that GPU nodes carry."""

    key: QualifiedName
    operator: Literal["Exists"]
    effect: Literal["NoSchedule"]


class PodSpec(Closed):
    """One replica. Simulators run on any node, so they select none and tolerate nothing."""

    automount_service_account_token: Literal[False]
    enable_service_links: Literal[False]
    termination_grace_period_seconds: Seconds
    security_context: PodSecurity
    node_selector: Annotated[dict[QualifiedName, LabelValue], Field(min_length=1, max_length=1)] | None = None
    tolerations: Annotated[list[Toleration], Field(min_length=1, max_length=1)] | None = None
    containers: Annotated[list[Container], Field(min_length=1, max_length=1)]
    volumes: Annotated[list[Volume], Field(max_length=10)]
