"""The manifests' shape as closed types: what NeuralNav writes, and nothing else that Kubernetes takes."""

from __future__ import annotations

from neuralnav.deployment.local.document import LocalDeployment
from neuralnav.deployment.schema.kustomizations import Kustomization
from neuralnav.deployment.schema.monitoring import ConfigMap, PodMonitor, PrometheusRule
from neuralnav.deployment.schema.parts import Closed, Metadata
from neuralnav.deployment.schema.pods import Container, PodSpec
from neuralnav.deployment.schema.policies import NetworkPolicy, PodDisruptionBudget
from neuralnav.deployment.schema.scaling import ScaledObject
from neuralnav.deployment.schema.workloads import (
    Deployment,
    InferenceService,
    LLMInferenceService,
    PersistentVolumeClaim,
    Service,
)

__all__ = [
    "Closed",
    "ConfigMap",
    "Container",
    "Deployment",
    "InferenceService",
    "Kustomization",
    "LLMInferenceService",
    "LocalDeployment",
    "Metadata",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PodMonitor",
    "PodSpec",
    "PrometheusRule",
    "ScaledObject",
    "Service",
]
