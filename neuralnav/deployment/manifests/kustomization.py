"""The directory's entry point; its patch names a user, which Kubernetes needs and OpenShift forbids.

vLLM's image starts as root unless told otherwise, and ``runAsNonRoot`` alone would keep it from starting. OpenShift
gives every namespace its own range of users and groups and refuses any other.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from neuralnav.models.deployment import DeploymentTarget

FILE = "kustomization.yaml"

IMAGE_USER = 2000
"""The unprivileged user that vLLM's images are prepared for."""


class PatchTarget(NamedTuple):
    """The object that has the pods' specification, and where in it."""

    group: str
    version: str
    kind: str
    pod: str
    """JSON pointer to the pods' specification."""


PATCH_TARGETS = {
    DeploymentTarget.KSERVE: PatchTarget("serving.kserve.io", "v1beta1", "InferenceService", "/spec/predictor"),
    DeploymentTarget.KUBERNETES: PatchTarget("apps", "v1", "Deployment", "/spec/template/spec"),
    DeploymentTarget.LLM_D: PatchTarget("serving.kserve.io", "v1alpha2", "LLMInferenceService", "/spec/template"),
}


def user_fields() -> dict[str, Any]:
    """What a pod's security context needs besides on clusters that assign no user; the group owns its volumes."""
    return {"runAsUser": IMAGE_USER, "fsGroup": IMAGE_USER, "fsGroupChangePolicy": "OnRootMismatch"}


def user_patch(target: DeploymentTarget) -> str:
    """The JSON patch that adds them."""
    at = f"{PATCH_TARGETS[target].pod}/securityContext"
    return json.dumps(
        [{"op": "add", "path": f"{at}/{field}", "value": value} for field, value in user_fields().items()]
    )


def kustomization(target: DeploymentTarget, name: str, namespace: str, files: tuple[str, ...]) -> dict[str, Any]:
    """The Kustomization of ``files``."""
    patched = PATCH_TARGETS[target]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": namespace,
        "resources": list(files),
        "patches": [
            {
                "target": {
                    "group": patched.group,
                    "version": patched.version,
                    "kind": patched.kind,
                    "name": name,
                },
                "patch": user_patch(target),
            }
        ],
    }
