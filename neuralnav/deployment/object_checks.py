"""What the objects of one set say of each other: they belong together and none reaches beyond its deployment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neuralnav.deployment.manifests.kustomization import PATCH_TARGETS, user_patch
from neuralnav.deployment.manifests.workload import DEPLOYMENT_MARK, INSTALLATION_MARK, workload_of
from neuralnav.deployment.pod_checks import pod_problems
from neuralnav.deployment.schema import (
    Deployment,
    InferenceService,
    Kustomization,
    LLMInferenceService,
    LocalDeployment,
    NetworkPolicy,
    PodDisruptionBudget,
    PodMonitor,
    PrometheusRule,
    ScaledObject,
    Service,
)
from neuralnav.errors import FieldProblem
from neuralnav.models.deployment import ManifestSet
from neuralnav.observability.queries import DEPLOYMENT_LABEL

_SUFFIXES = {"ConfigMap": "-dashboard", "PersistentVolumeClaim": "-models"}
_MANAGED_BY = "app.kubernetes.io/managed-by"


def object_problems(path: str, found: Any, manifests: ManifestSet) -> Iterator[FieldProblem]:
    """What is wrong with one object among ``manifests``."""
    if isinstance(found, Kustomization):
        yield from _kustomization_problems(path, found, manifests)
        return
    yield from _metadata_problems(path, found, manifests)
    if isinstance(found, LocalDeployment):
        return
    for field, value, allowed in _facts(found, manifests):
        if value != allowed:
            yield FieldProblem(f"{path}: {field}", str(value)[:200], str(allowed)[:200])
    if isinstance(found, InferenceService):
        yield from pod_problems(path, found.spec.predictor, manifests)
    elif isinstance(found, Deployment):
        yield from pod_problems(path, found.spec.template.spec, manifests)
    elif isinstance(found, LLMInferenceService):
        yield from pod_problems(path, found.spec.template, manifests)


def _metadata_problems(path: str, found: Any, manifests: ManifestSet) -> Iterator[FieldProblem]:
    metadata = found.metadata
    facts = (
        ("metadata.name", metadata.name, f"{manifests.name}{_SUFFIXES.get(found.kind, '')}"),
        ("metadata.namespace", metadata.namespace, manifests.namespace),
        (f"metadata.labels.{DEPLOYMENT_MARK}", metadata.labels.get(DEPLOYMENT_MARK), manifests.name),
        (f"metadata.labels.{INSTALLATION_MARK}", metadata.labels.get(INSTALLATION_MARK), manifests.installation),
        (f"metadata.labels.{_MANAGED_BY}", metadata.labels.get(_MANAGED_BY), "neuralnav"),
    )
    for field, value, allowed in facts:
        if value != allowed:
            yield FieldProblem(f"{path}: {field}", value, allowed or "not there")


def _facts(found: Any, manifests: ManifestSet) -> Iterator[tuple[str, object, object]]:
    """Field, what it holds and what it must hold."""
    workload = workload_of(manifests.target, manifests.name)
    selected = _selected(found)
    if selected is not None:
        yield "selector", selected, workload.pod_labels
    if isinstance(found, InferenceService):
        predictor = found.spec.predictor
        yield "spec.predictor.maxReplicas", max(predictor.max_replicas, predictor.min_replicas), predictor.max_replicas
    elif isinstance(found, Deployment):
        labels = found.spec.template.metadata.labels
        pods = {key: labels.get(key) for key in workload.pod_labels}
        yield "spec.template.metadata.labels", pods, workload.pod_labels
    elif isinstance(found, LLMInferenceService):
        yield "spec.labels", found.spec.labels, {DEPLOYMENT_MARK: manifests.name}
        yield "spec.replicas", found.spec.replicas is None, found.spec.scaling is not None
    elif isinstance(found, ScaledObject):
        spec = found.spec
        yield "spec.scaleTargetRef.name", spec.scale_target_ref.name, workload.deployment
        yield "spec.maxReplicaCount", max(spec.max_replica_count, spec.min_replica_count), spec.max_replica_count
    elif isinstance(found, PodMonitor):
        label = found.spec.pod_metrics_endpoints[0].relabelings[0]
        yield "spec.podMetricsEndpoints.0.relabelings", label.replacement, manifests.name
    elif isinstance(found, PrometheusRule):
        whose = {rule.labels.get(DEPLOYMENT_LABEL) for group in found.spec.groups for rule in group.rules}
        yield "spec.groups", whose, {manifests.name}


def _selected(found: Any) -> dict[str, str] | None:
    """The labels by which an object chooses pods; ``None``: it chooses none."""
    if isinstance(found, Service):
        return found.spec.selector
    if isinstance(found, NetworkPolicy):
        return found.spec.pod_selector.match_labels
    if isinstance(found, Deployment | PodDisruptionBudget | PodMonitor):
        return found.spec.selector.match_labels
    return None


def _kustomization_problems(path: str, found: Kustomization, manifests: ManifestSet) -> Iterator[FieldProblem]:
    if found.namespace != manifests.namespace:
        yield FieldProblem(f"{path}: namespace", found.namespace, manifests.namespace)
    others = sorted(f.path for f in manifests.files if f.path.endswith(".yaml") and f.path != path)
    if sorted(found.resources) != others:
        yield FieldProblem(f"{path}: resources", ", ".join(found.resources), ", ".join(others))
    patch, patched = found.patches[0], PATCH_TARGETS[manifests.target]
    target = patch.target
    if target.name != manifests.name:
        yield FieldProblem(f"{path}: patches.target.name", target.name, manifests.name)
    if (target.group, target.version, target.kind) != patched[:3]:
        yield FieldProblem(f"{path}: patches.target.kind", target.kind, patched.kind)
    if patch.patch != user_patch(manifests.target):
        yield FieldProblem(f"{path}: patches.patch", patch.patch[:200], user_patch(manifests.target))
