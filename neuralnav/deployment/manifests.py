"""The manifests of one chosen configuration, built as data and written out in one stable order."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import yaml

from neuralnav.deployment.arguments import engine_flags, plain
from neuralnav.deployment.images import VLLM_VERSION
from neuralnav.deployment.names import derive_name, require_name, require_namespace
from neuralnav.deployment.predictor import build_predictor
from neuralnav.deployment.readme import render_readme
from neuralnav.deployment.sizing import pod_size
from neuralnav.deployment.yaml_text import to_yaml
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture
from neuralnav.models.deployment import ManifestFile, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification

SERVICE_FILE = "inferenceservice.yaml"
KUSTOMIZATION_FILE = "kustomization.yaml"
README_FILE = "README.md"

OWN_PREFIX = "neuralnav.io"
"""Prefix of the annotations that NeuralNav reads back."""

IMAGE_USER = 2000
"""The unprivileged user that vLLM's images are prepared for."""


def build_manifests(
    choice: Recommendation,
    model: CatalogModel,
    gpu: GpuProfile,
    *,
    specification: DeploymentSpecification,
    name: str | None = None,
    namespace: str,
    architecture: ModelArchitecture | None = None,
) -> ManifestSet:
    """The files that deploy ``choice``: an InferenceService, a Kustomization and a README.

    ``name`` is used as given, or derived from use case and model. With ``architecture``, memory, disk and
    start time follow the size of the weights; without, they follow the most that fits the GPUs. The same
    inputs give the same bytes.

    Raises:
        InvalidInputError: the name or namespace cannot be used, the choice is of another model or GPU, or it
            cannot be served by one pod a replica.
    """
    _require_servable(choice, model, gpu)
    namespace = require_namespace(namespace)
    name = derive_name(specification, model, namespace) if name is None else require_name(name, namespace)
    size = pod_size(choice, model, gpu, specification=specification, architecture=architecture)
    flags = engine_flags(choice, model, gpu, drain_seconds=size.drain_seconds)
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": _labels(name),
            "annotations": _annotations(choice, specification),
        },
        "spec": {
            "predictor": build_predictor(model, gpu, flags, size=size, replicas=choice.replicas),
        },
    }
    readme = render_readme(
        choice,
        model,
        gpu,
        specification=specification,
        name=name,
        namespace=namespace,
        flags=flags,
        size=size,
    )
    return ManifestSet(
        name=name,
        namespace=namespace,
        files=(
            ManifestFile(path=README_FILE, text=readme),
            ManifestFile(path=SERVICE_FILE, text=to_yaml(service)),
            ManifestFile(path=KUSTOMIZATION_FILE, text=to_yaml(_kustomization(name, namespace))),
        ),
    )


def plan_sha256(choice: Recommendation, specification: DeploymentSpecification) -> str:
    """Digest of the numbers that a deployment is judged by: the configuration, the load and the targets.

    Words (names for people, reasons, notes, what the person wrote) do not enter it.
    """
    numbers = {
        "choice": choice.model_dump(mode="json", exclude={"display_name", "reason", "notes"}),
        "traffic": specification.traffic.model_dump(mode="json", exclude={"derivations"}),
        "slo_targets": specification.slo_targets.model_dump(mode="json", exclude={"reasons", "experience_class"}),
    }
    canonical = json.dumps(numbers, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def are_planned_for(manifests: ManifestSet, specification: DeploymentSpecification) -> bool:
    """Whether ``manifests`` say that they were planned for the peak and the targets of ``specification``."""
    service = next(file for file in manifests.files if file.path == SERVICE_FILE)
    said = yaml.safe_load(service.text)["metadata"]["annotations"]
    return all(said.get(f"{OWN_PREFIX}/{key}") == value for key, value in _asked(specification).items())


def _require_servable(choice: Recommendation, model: CatalogModel, gpu: GpuProfile) -> None:
    if choice.target != "kserve":
        raise InvalidInputError(
            f"Manifests can be built for KServe only, not for {choice.target[:40]!r}.",
            (FieldProblem("target", choice.target[:40], "kserve"),),
        )
    for field, chosen, given in (
        ("model", choice.model, model.model_id),
        ("gpu_type", choice.gpu_type.value, gpu.gpu_type.value),
    ):
        if chosen != given:
            raise InvalidInputError(
                f"The choice is for the {field} {chosen!r}, the reference entry given is {given!r}.",
                (FieldProblem(field, given, chosen),),
            )
    if choice.tensor_parallel > gpu.gpus_per_node:
        raise InvalidInputError(
            f"One replica needs {choice.tensor_parallel} GPUs and a node holds {gpu.gpus_per_node}: "
            "a replica over several nodes cannot be deployed yet. "
            "Choose a smaller model, a lower precision or larger GPUs.",
            (FieldProblem("tensor_parallel", choice.tensor_parallel, f"at most {gpu.gpus_per_node}"),),
        )


def _labels(name: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "vllm",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/version": VLLM_VERSION,
        "app.kubernetes.io/component": "model-server",
        "app.kubernetes.io/part-of": "neuralnav",
        "app.kubernetes.io/managed-by": "neuralnav",
    }


def _annotations(choice: Recommendation, specification: DeploymentSpecification) -> dict[str, str]:
    """KServe's mode, then the plan's identity and numbers.

    ``none`` keeps KServe from adding an autoscaler and makes it start ``minReplicas`` pods; with ``external``
    it would leave the count to a scaler that does not exist yet.
    """
    predicted = choice.predicted
    own = {
        "plan-id": choice.id,
        "plan-sha256": plan_sha256(choice, specification),
        "predicted-ttft-p95-ms": plain(predicted.ttft_p95_ms.value),
        "predicted-itl-p95-ms": plain(predicted.itl_p95_ms.value),
        "predicted-e2e-p95-ms": plain(predicted.e2e_p95_ms.value),
        "predicted-max-qps-per-replica": plain(predicted.max_qps.value),
    } | _asked(specification)
    return {
        "serving.kserve.io/deploymentMode": "Standard",
        "serving.kserve.io/autoscalerClass": "none",
    } | {f"{OWN_PREFIX}/{key}": value for key, value in own.items()}


def _asked(specification: DeploymentSpecification) -> dict[str, str]:
    targets = specification.slo_targets
    return {
        "target-ttft-p95-ms": plain(targets.ttft_p95_ms),
        "target-itl-p95-ms": plain(targets.itl_p95_ms),
        "target-e2e-p95-ms": plain(targets.e2e_p95_ms),
        "planned-peak-qps": plain(specification.traffic.peak_qps),
    }


def _kustomization(name: str, namespace: str) -> dict[str, Any]:
    """The directory's entry point; its patch names a user, which Kubernetes needs and OpenShift forbids.

    vLLM's image starts as root unless told otherwise, and ``runAsNonRoot`` alone would keep it from starting.
    OpenShift gives every namespace its own user range and refuses any other.
    """
    user = [{"op": "add", "path": "/spec/predictor/securityContext/runAsUser", "value": IMAGE_USER}]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": namespace,
        "resources": [SERVICE_FILE],
        "patches": [
            {
                "target": {
                    "group": "serving.kserve.io",
                    "version": "v1beta1",
                    "kind": "InferenceService",
                    "name": name,
                },
                "patch": json.dumps(user),
            }
        ],
    }
