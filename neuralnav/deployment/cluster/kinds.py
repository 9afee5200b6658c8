"""The kinds of objects that a deployment may consist of, and where the API keeps them. Nothing else is ever touched."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import quote

from neuralnav.errors import FieldProblem, InvalidInputError


class Stage(IntEnum):
    """The order of applying; objects are removed the other way round."""

    CONFIGURATION = 0
    STORAGE = 1
    WORKLOAD = 2
    PROTECTION = 3
    SCALING = 4
    MONITORING = 5


@dataclass(frozen=True)
class Kind:
    """One kind in the version that NeuralNav writes."""

    group: str
    version: str
    name: str
    plural: str
    stage: Stage
    installed_by: str | None = None
    """What brings the kind into a cluster; ``None``: Kubernetes itself."""

    @property
    def api_version(self) -> str:
        """As manifests say it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def optional(self) -> bool:
        """Whether a deployment serves as planned without objects of this kind."""
        return self.stage is Stage.MONITORING

    @property
    def root(self) -> str:
        """The path of the version."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str, name: str = "") -> str:
        """The path of the list in a namespace, or of one object."""
        listed = f"{self.root}/namespaces/{quote(namespace, safe='')}/{self.plural}"
        return f"{listed}/{quote(name, safe='')}" if name else listed


_KSERVE, _KEDA, _PROMETHEUS = "KServe", "KEDA", "the Prometheus operator"
CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps", Stage.CONFIGURATION)
CLAIM = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", Stage.STORAGE)
DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments", Stage.WORKLOAD)
SERVICE = Kind("", "v1", "Service", "services", Stage.WORKLOAD)
INFERENCE_SERVICE = Kind(
    "serving.kserve.io", "v1beta1", "InferenceService", "inferenceservices", Stage.WORKLOAD, _KSERVE
)
LLM_INFERENCE_SERVICE = Kind(
    "serving.kserve.io", "v1alpha2", "LLMInferenceService", "llminferenceservices", Stage.WORKLOAD, _KSERVE
)
KINDS = (
    CONFIG_MAP,
    CLAIM,
    DEPLOYMENT,
    SERVICE,
    INFERENCE_SERVICE,
    LLM_INFERENCE_SERVICE,
    Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", Stage.PROTECTION),
    Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", Stage.PROTECTION),
    Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", Stage.SCALING),
    Kind("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects", Stage.SCALING, _KEDA),
    Kind("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", Stage.MONITORING, _PROMETHEUS),
    Kind("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors", Stage.MONITORING, _PROMETHEUS),
    Kind("monitoring.coreos.com", "v1", "PrometheusRule", "prometheusrules", Stage.MONITORING, _PROMETHEUS),
)
_BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}


def kind_of(api_version: str, name: str) -> Kind:
    """The kind that a manifest names.

    Raises:
        InvalidInputError: NeuralNav does not manage objects of that kind.
    """
    found = _BY_NAME.get((api_version, name))
    if found is None:
        allowed = ", ".join(sorted(kind.name for kind in KINDS))
        raise InvalidInputError(
            f"Objects of the kind {name[:60]!r} ({api_version[:60]}) are never applied.",
            (FieldProblem("kind", name[:60], allowed),),
        )
    return found
