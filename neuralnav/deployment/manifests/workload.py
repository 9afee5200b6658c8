"""What each target runs replicas as: the Deployment that is there in the end, its pods and its container."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.deployment import DeploymentTarget

OWN_PREFIX = "neuralnav.io"
"""Prefix of the labels and annotations that NeuralNav reads back."""

DEPLOYMENT_MARK = f"{OWN_PREFIX}/deployment"
"""Label on every object of a deployment: its name."""

INSTALLATION_MARK = f"{OWN_PREFIX}/installation"
"""Label on every object of a deployment that an installation has made: which one. Not on pods and what selects them."""


@dataclass(frozen=True)
class Workload:
    """Where the replicas of a deployment are found."""

    main_file: str
    """The file that holds the object from which replicas come."""
    deployment: str
    """The Deployment that has the replicas; KServe's controllers name those that they make."""
    service: str
    """The Service in front of them."""
    service_port: int
    pod_labels: dict[str, str]
    """What selects the pods and nothing else."""
    container: str
    """The container that serves."""


def workload_of(target: DeploymentTarget, name: str) -> Workload:
    """The workload of the deployment ``name``.

    Names and labels are those of KServe's controllers (``InferenceService`` in Standard mode: the Deployment
    ``<name>-predictor``; ``LLMInferenceService``: ``<name>-kserve``, labelled with the service's name and part).

    Raises:
        InvalidInputError: ``target`` is not a cluster.
    """
    if target is DeploymentTarget.KSERVE:
        return Workload(
            main_file="inferenceservice.yaml",
            deployment=f"{name}-predictor",
            service=f"{name}-predictor",
            service_port=80,
            pod_labels={"serving.kserve.io/inferenceservice": name},
            container="kserve-container",
        )
    if target is DeploymentTarget.KUBERNETES:
        return Workload(
            main_file="deployment.yaml",
            deployment=name,
            service=name,
            service_port=80,
            pod_labels={DEPLOYMENT_MARK: name},
            container="vllm",
        )
    if target is DeploymentTarget.LLM_D:
        return Workload(
            main_file="llminferenceservice.yaml",
            deployment=f"{name}-kserve",
            service=f"{name}-kserve-workload-svc",
            service_port=8000,
            pod_labels={
                "app.kubernetes.io/name": name,
                "app.kubernetes.io/part-of": "llminferenceservice",
                "kserve.io/component": "workload",
            },
            container="main",
        )
    allowed = ", ".join(other.value for other in DeploymentTarget if other is not DeploymentTarget.LOCAL)
    raise InvalidInputError(
        f"The target {target.value!r} runs no workload on a cluster; allowed: {allowed}.",
        (FieldProblem("target", target.value, allowed),),
    )
