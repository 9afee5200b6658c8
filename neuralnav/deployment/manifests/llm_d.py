"""KServe's ``LLMInferenceService``: llm-d's gateway and scheduler in front of vLLM."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.manifests.autoscaling import keda_scaling
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.pod import pod_spec
from neuralnav.deployment.manifests.workload import DEPLOYMENT_MARK


def llm_inference_service(blueprint: Blueprint) -> dict[str, Any]:
    """The LLMInferenceService, in the version that KServe stores.

    vLLM fetches from Hugging Face itself, so that the token stays in one Secret; everything else KServe fetches or
    mounts. Its controller makes the ``ScaledObject`` of ``scaling``.
    """
    weights = blueprint.weights
    fetched_by_vllm = {"storageInitializer": {"enabled": False}} if weights.downloaded else {}
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": blueprint.metadata(),
        "spec": {
            "model": {"uri": weights.uri, "name": blueprint.model.model_id},
            **fetched_by_vllm,
            **_replicas(blueprint),
            "labels": {DEPLOYMENT_MARK: blueprint.name},
            "router": {"gateway": {}, "route": {}, "scheduler": {}},
            "template": pod_spec(blueprint),
        },
    }


def _replicas(blueprint: Blueprint) -> dict[str, Any]:
    scale = blueprint.scale
    if not blueprint.autoscaled:
        return {"replicas": scale.most}
    bounds = {"minReplicas": scale.least, "maxReplicas": scale.most}
    return {"scaling": {**bounds, "keda": keda_scaling(blueprint)}}
