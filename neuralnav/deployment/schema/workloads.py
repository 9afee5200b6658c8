"""What replicas come from on each target, and what stands beside them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neuralnav.deployment.schema.parts import (
    Claim,
    Closed,
    LabelSelector,
    LabelValue,
    Metadata,
    Printable,
    QualifiedName,
    Replicas,
    Seconds,
)
from neuralnav.deployment.schema.pods import PodSpec, TemplateMetadata
from neuralnav.deployment.schema.scaling import KedaScaling


class Predictor(PodSpec):
    """The pods of an InferenceService and how many there are."""

    min_replicas: Replicas
    max_replicas: Replicas
    timeout: Seconds


class InferenceServiceSpec(Closed):
    """A predictor alone."""

    predictor: Predictor


class InferenceService(Closed):
    """KServe's ``InferenceService`` as NeuralNav writes it."""

    api_version: Literal["serving.kserve.io/v1beta1"]
    kind: Literal["InferenceService"]
    metadata: Metadata
    spec: InferenceServiceSpec


class RollingUpdate(Closed):
    """A new pod before an old one goes."""

    max_surge: Literal[1]
    max_unavailable: Literal[0]


class Strategy(Closed):
    """How pods are replaced."""

    type: Literal["Recreate", "RollingUpdate"]
    rolling_update: RollingUpdate | None = None


class PodTemplate(Closed):
    """The pods of a Deployment."""

    metadata: TemplateMetadata
    spec: PodSpec


class DeploymentSpec(Closed):
    """``replicas`` stays open where an autoscaler sets it."""

    replicas: Replicas | None = None
    revision_history_limit: Annotated[int, Field(ge=1, le=10)]
    progress_deadline_seconds: Seconds
    strategy: Strategy
    selector: LabelSelector
    template: PodTemplate


class Deployment(Closed):
    """A ``Deployment`` as NeuralNav writes it."""

    api_version: Literal["apps/v1"]
    kind: Literal["Deployment"]
    metadata: Metadata
    spec: DeploymentSpec


class ServicePort(Closed):
    """The one port of the Service."""

    name: Literal["http"]
    port: Literal[80]
    target_port: Literal["http1"]
    protocol: Literal["TCP"]


class ServiceSpec(Closed):
    """Inside the cluster only."""

    type: Literal["ClusterIP"]
    selector: Annotated[dict[QualifiedName, LabelValue], Field(min_length=1, max_length=5)]
    ports: Annotated[list[ServicePort], Field(min_length=1, max_length=1)]


class Service(Closed):
    """A ``Service`` as NeuralNav writes it."""

    api_version: Literal["v1"]
    kind: Literal["Service"]
    metadata: Metadata
    spec: ServiceSpec


class PersistentVolumeClaim(Closed):
    """The cache of a deployment's weights."""

    api_version: Literal["v1"]
    kind: Literal["PersistentVolumeClaim"]
    metadata: Metadata
    spec: Claim


class ModelReference(Closed):
    """Which model, and where its weights are."""

    uri: Printable
    name: Printable


class StorageInitializer(Closed):
    """Off: vLLM fetches the weights itself."""

    enabled: Literal[False]


class Empty(Closed):
    """KServe's own defaults."""


class Router(Closed):
    """llm-d's gateway, route and scheduler as KServe sets them up."""

    gateway: Empty
    route: Empty
    scheduler: Empty


class Scaling(Closed):
    """Bounds, and what KEDA is told."""

    min_replicas: Replicas
    max_replicas: Replicas
    keda: KedaScaling


class LLMInferenceServiceSpec(Closed):
    """Servers behind llm-d's router."""

    model: ModelReference
    storage_initializer: StorageInitializer | None = None
    replicas: Replicas | None = None
    scaling: Scaling | None = None
    labels: dict[QualifiedName, LabelValue]
    router: Router
    template: PodSpec


class LLMInferenceService(Closed):
    """KServe's ``LLMInferenceService`` as NeuralNav writes it."""

    api_version: Literal["serving.kserve.io/v1alpha2"]
    kind: Literal["LLMInferenceService"]
    metadata: Metadata
    spec: LLMInferenceServiceSpec
