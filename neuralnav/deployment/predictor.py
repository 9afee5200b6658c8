"""The predictor of an InferenceService: one pod that runs vLLM, under the restricted pod-security profile."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.arguments import PORT, EngineFlag, engine_arguments
from neuralnav.deployment.images import engine_image
from neuralnav.deployment.sizing import PRE_STOP_SECONDS, PodSize
from neuralnav.models.catalog import CatalogModel, GpuProfile

CONTAINER = "kserve-container"
"""The name by which KServe finds the container that serves."""

PORT_NAME = "http1"

HOME = "/home/vllm"
MODELS = "/mnt/models-cache"

TOKEN_SECRET = "huggingface-token"  # noqa: S105
"""Name of the Secret with the Hugging Face token; its key is ``TOKEN_KEY``."""

TOKEN_KEY = "token"  # noqa: S105

PROBE_PERIOD_SECONDS = 10

HOME_VOLUME_GIB = 20
"""Compiled kernels and graphs, which vLLM, Triton and FlashInfer keep under the home directory."""


def build_predictor(
    model: CatalogModel, gpu: GpuProfile, flags: tuple[EngineFlag, ...], *, size: PodSize, replicas: int
) -> dict[str, Any]:
    """``spec.predictor`` as data.

    Raises:
        InvalidInputError: no image is known for ``gpu``.
    """
    return {
        "minReplicas": replicas,
        "maxReplicas": replicas,
        "timeout": size.request_timeout_seconds,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": size.termination_seconds,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": {gpu.node_label_key: gpu.node_label_product},
        "tolerations": [{"key": gpu.kubernetes_resource, "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [_container(model, gpu, flags, size)],
        "volumes": _volumes(size),
    }


def _container(model: CatalogModel, gpu: GpuProfile, flags: tuple[EngineFlag, ...], size: PodSize) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": engine_image(gpu),
        "imagePullPolicy": "IfNotPresent",
        "command": ["vllm", "serve"],
        "args": engine_arguments(model, flags),
        "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
        "env": _environment(model),
        "resources": _resources(gpu, size),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "startupProbe": _probe(failures=-(-size.start_seconds // PROBE_PERIOD_SECONDS), timeout=5),
        "readinessProbe": _probe(failures=3, timeout=5),
        "livenessProbe": _probe(failures=6, timeout=10),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(PRE_STOP_SECONDS)]}}},
        "volumeMounts": _mounts(size),
    }


def _environment(model: CatalogModel) -> list[dict[str, Any]]:
    """Writable places for a user that the image does not know; ``USER`` because torch asks for its name."""
    plain = {
        "HOME": HOME,
        "USER": "vllm",
        "XDG_CACHE_HOME": f"{HOME}/.cache",
        "XDG_CONFIG_HOME": f"{HOME}/.config",
        "VLLM_CACHE_ROOT": f"{HOME}/.cache/vllm",
        "VLLM_CONFIG_ROOT": f"{HOME}/.config/vllm",
        "TRITON_CACHE_DIR": f"{HOME}/.cache/triton",
        "HF_HOME": MODELS,
        "DO_NOT_TRACK": "1",
    }
    variables: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
    if model.gated:
        reference = {"secretKeyRef": {"name": TOKEN_SECRET, "key": TOKEN_KEY}}
        variables.append({"name": "HF_TOKEN", "valueFrom": reference})
    return variables


def _resources(gpu: GpuProfile, size: PodSize) -> dict[str, dict[str, str]]:
    return {
        "requests": {
            "cpu": str(size.cpus),
            "memory": f"{size.memory_request_gib}Gi",
            "ephemeral-storage": f"{size.disk_request_gib}Gi",
            gpu.kubernetes_resource: str(size.gpus),
        },
        "limits": {"memory": f"{size.memory_limit_gib}Gi", gpu.kubernetes_resource: str(size.gpus)},
    }


def _probe(*, failures: int, timeout: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": "/health", "port": PORT_NAME},
        "periodSeconds": PROBE_PERIOD_SECONDS,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }


def _volumes(size: PodSize) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": "home", "emptyDir": {"sizeLimit": f"{HOME_VOLUME_GIB}Gi"}},
        {"name": "models", "emptyDir": {"sizeLimit": f"{size.model_volume_gib}Gi"}},
    ]
    if size.shared_memory_gib:
        memory = {"medium": "Memory", "sizeLimit": f"{size.shared_memory_gib}Gi"}
        volumes.append({"name": "shared-memory", "emptyDir": memory})
    return volumes


def _mounts(size: PodSize) -> list[dict[str, str]]:
    mounts = [{"name": "home", "mountPath": HOME}, {"name": "models", "mountPath": MODELS}]
    if size.shared_memory_gib:
        mounts.append({"name": "shared-memory", "mountPath": "/dev/shm"})  # noqa: S108
    return mounts
