"""What manifests are built with besides the plan: addresses, namespaces, storage and policy of a cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from neuralnav.deployment.images import PINNED_IMAGE, SIMULATOR_IMAGE
from neuralnav.deployment.local.document import MOST_LOCAL_REPLICAS
from neuralnav.models.base import Frozen, Name
from neuralnav.models.deployment import NAMESPACE, InstallationId

NamespaceName = Annotated[str, Field(pattern=NAMESPACE)]
LabelKey = Annotated[str, Field(pattern=r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
LabelText = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
PlainUrl = Annotated[
    str,
    Field(pattern=r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[\w.~-]+)*/?$", max_length=300),
]
"""Scheme, host, port and path; no credentials, no query."""

StorageUri = Annotated[
    str,
    Field(
        pattern=r"^(hf://[A-Za-z0-9][\w.-]*/[\w.-]+|pvc://[a-z0-9]([a-z0-9-]*[a-z0-9])?(/[\w.-]+)*"
        r"|(s3|gs)://[a-z0-9][a-z0-9.-]+[a-z0-9](/[\w.=-]+)*/?"
        r"|oci://[a-z0-9.-]+(:[0-9]{2,5})?(/[a-z0-9._-]+)+(:[\w.-]{1,128}|@sha256:[0-9a-f]{64}))$",
        max_length=300,
    ),
]
"""``hf://organisation/model``, ``pvc://claim/path``, ``s3://bucket/path``, ``gs://bucket/path`` or ``oci://image:tag``."""


class Extra(StrEnum):
    """Parts of a set that a cluster may have no use or no resource type for."""

    AUTOSCALING = "autoscaling"
    """KEDA's ``ScaledObject``; without it, the planned number of replicas is fixed."""
    POD_MONITOR = "pod-monitor"
    ALERTS = "alerts"
    DASHBOARD = "dashboard"
    DISRUPTION_BUDGET = "disruption-budget"
    NETWORK_POLICY = "network-policy"


class ManifestOptions(Frozen):
    """A cluster's ways; the defaults suit one with kube-prometheus-stack and KEDA."""

    prometheus_url: PlainUrl = "http://prometheus-operated.monitoring.svc:9090"
    """The Prometheus that autoscalers in the cluster ask."""
    monitoring_labels: Annotated[dict[LabelKey, LabelText], Field(max_length=10)] = Field(default_factory=dict)
    """Labels by which Prometheus finds monitors and rules, such as ``release: prometheus``; often none are needed."""
    monitoring_namespaces: Annotated[tuple[NamespaceName, ...], Field(max_length=20)] = (
        "monitoring",
        "openshift-monitoring",
        "openshift-user-workload-monitoring",
    )
    """Whose pods may scrape the replicas."""
    ingress_namespaces: Annotated[tuple[NamespaceName, ...], Field(max_length=20)] = (
        "envoy-gateway-system",
        "ingress-nginx",
        "istio-system",
        "kserve",
        "openshift-ingress",
    )
    """Whose pods may send requests, besides those of the deployment's own namespace: gateways and ingresses."""
    storage_uri: StorageUri | None = None
    """Where the weights are; ``None``: at Hugging Face, under the model's own id."""
    shared_storage_class: Annotated[str | None, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")] = None
    """A storage class whose volumes several nodes can write at once (ReadWriteMany); replicas then share one cache."""
    storage_class: Annotated[str | None, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")] = None
    """The storage class of caches that one replica has for itself; ``None``: the cluster's default."""
    simulator_image: Annotated[str, Field(pattern=PINNED_IMAGE, max_length=300)] = SIMULATOR_IMAGE
    local_replicas: Annotated[int, Field(ge=1, le=64)] = MOST_LOCAL_REPLICAS
    """The most replicas of one deployment that this machine runs, for the local target."""
    allow_trust_remote_code: bool = False
    """Whether models may be deployed whose repositories bring Python code that vLLM has to run."""
    installation: InstallationId | None = None
    """Whose deployment it is; ``None``: objects do not say."""
    price_table: Annotated[Name | None, Field(pattern=r"^[A-Za-z0-9][\w.:-]{0,99}$")] = None
    """The plan's, to be written beside its figures."""
    calibration: Annotated[Name | None, Field(pattern=r"^[A-Za-z0-9][\w.:+-]{0,99}$")] = None
    """The plan's, to be written beside its figures."""
    without: frozenset[Extra] = frozenset()
    """What to leave out."""


DEFAULT_OPTIONS = ManifestOptions()
