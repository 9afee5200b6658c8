"""The manifests' shape as closed types: what NeuralNav writes, and nothing else that Kubernetes takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from neuralnav.models.deployment import DNS_LABEL, NAMESPACE

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
QualifiedName = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
        r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        max_length=253,
    ),
]
LabelValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
Printable = Annotated[str, Field(pattern=r"^[ -~]{1,300}$")]
AbsolutePath = Annotated[str, Field(pattern=r"^(/[a-z0-9.-]+)+$", max_length=100)]
Quantity = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}(m|Ki|Mi|Gi|Ti)?$")]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
PinnedImage = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9.-]+\.[a-z]+/[a-z0-9._/-]+(:v[0-9]+\.[0-9]+\.[0-9]+|@sha256:[0-9a-f]{64})$",
        max_length=300,
    ),
]
"""An image with its registry, and a full version or a digest."""


class Closed(BaseModel):
    """A part of a manifest: camelCase keys, no unknown ones, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


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


class Container(Closed):
    """The container that serves."""

    name: Literal["kserve-container"]
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


class Volume(Closed):
    """A temporary volume; no host path, no other kind."""

    name: Name
    empty_dir: EmptyDir


class Toleration(Closed):
    """Of the taint that GPU nodes carry."""

    key: QualifiedName
    operator: Literal["Exists"]
    effect: Literal["NoSchedule"]


class Predictor(Closed):
    """The pods that serve and how many there are."""

    min_replicas: Annotated[int, Field(ge=1, le=10_000)]
    max_replicas: Annotated[int, Field(ge=1, le=10_000)]
    timeout: Seconds
    automount_service_account_token: Literal[False]
    enable_service_links: Literal[False]
    termination_grace_period_seconds: Seconds
    security_context: PodSecurity
    node_selector: Annotated[dict[QualifiedName, LabelValue], Field(min_length=1, max_length=1)]
    tolerations: Annotated[list[Toleration], Field(min_length=1, max_length=1)]
    containers: Annotated[list[Container], Field(min_length=1, max_length=1)]
    volumes: Annotated[list[Volume], Field(max_length=10)]


class Spec(Closed):
    """A predictor alone."""

    predictor: Predictor


class Metadata(Closed):
    """Name, place and marks."""

    name: Annotated[str, Field(pattern=DNS_LABEL)]
    namespace: Annotated[str, Field(pattern=NAMESPACE)]
    labels: dict[QualifiedName, LabelValue]
    annotations: dict[QualifiedName, Printable]


class InferenceService(Closed):
    """KServe's ``InferenceService`` as NeuralNav writes it."""

    api_version: Literal["serving.kserve.io/v1beta1"]
    kind: Literal["InferenceService"]
    metadata: Metadata
    spec: Spec


class PatchTarget(Closed):
    """The object that a patch changes."""

    group: Literal["serving.kserve.io"]
    version: Literal["v1beta1"]
    kind: Literal["InferenceService"]
    name: Annotated[str, Field(pattern=DNS_LABEL)]


class Patch(Closed):
    """The one patch: the user of plain Kubernetes, as a JSON patch."""

    target: PatchTarget
    patch: Annotated[
        str,
        Field(
            pattern=r'^\[\{"op": "add", "path": "/spec/predictor/securityContext/runAsUser", '
            r'"value": [1-9][0-9]{3,9}\}\]$'
        ),
    ]


class Kustomization(Closed):
    """The directory's entry point."""

    api_version: Literal["kustomize.config.k8s.io/v1beta1"]
    kind: Literal["Kustomization"]
    namespace: Annotated[str, Field(pattern=NAMESPACE)]
    resources: list[str]
    patches: Annotated[list[Patch], Field(max_length=1)]
