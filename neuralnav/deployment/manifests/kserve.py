"""KServe's ``InferenceService`` in Standard mode, with vLLM as its own container."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.pod import pod_spec


def inference_service(blueprint: Blueprint) -> dict[str, Any]:
    """The InferenceService.

    With the autoscaler class ``external`` KServe makes no autoscaler of its own and leaves the number of replicas to
    the ``ScaledObject``; with ``none`` it keeps ``minReplicas`` itself.
    """
    scale = blueprint.scale
    least = scale.least if blueprint.autoscaled else scale.most
    mode = {
        "serving.kserve.io/deploymentMode": "Standard",
        "serving.kserve.io/autoscalerClass": "external" if blueprint.autoscaled else "none",
    }
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": blueprint.metadata(annotations=mode),
        "spec": {
            "predictor": {
                "minReplicas": least,
                "maxReplicas": scale.most,
                "timeout": blueprint.size.request_timeout_seconds,
                **pod_spec(blueprint),
            },
        },
    }
