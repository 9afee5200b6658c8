"""The pod of one replica: vLLM or the simulator, in the restricted pod-security profile, alike on every target."""

from __future__ import annotations

from typing import Any

from neuralnav.deployment.arguments import PORT, engine_arguments
from neuralnav.deployment.images import engine_image
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.model_cache import cache_volume, disk_gib, volume_name
from neuralnav.deployment.manifests.weights import MOUNTED_AT
from neuralnav.deployment.sizing import PRE_STOP_SECONDS, PodSize
from neuralnav.models.deployment import DeploymentTarget

PORT_NAME = "http1"
"""As KServe calls the port that serves HTTP/1."""

HOME = "/home"
MODELS = "/models"
SHARED_MEMORY = "/dev/shm"  # noqa: S108
"""Places of the writable volumes; KServe's pods of llm-d have theirs there, so that ours take their place."""

TOKEN_SECRET = "huggingface-token"  # noqa: S105
"""Name of the Secret with the Hugging Face token; its key is ``TOKEN_KEY``."""

TOKEN_KEY = "token"  # noqa: S105

SIMULATED_GPU = "NEURALNAV_SIMULATOR_GPU"
"""Tells a simulator which GPU to stand in for."""

PROBE_PERIOD_SECONDS = 10

POD_SECURITY = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""No user is named: OpenShift gives every namespace a range of its own and refuses any other."""


def pod_spec(blueprint: Blueprint) -> dict[str, Any]:
    """The pod's specification.

    Raises:
        InvalidInputError: no image is known for the GPU.
    """
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": blueprint.size.termination_seconds,
        "securityContext": POD_SECURITY,
        **_placement(blueprint),
        "containers": [_container(blueprint)],
        "volumes": _volumes(blueprint),
    }


def _placement(blueprint: Blueprint) -> dict[str, Any]:
    """Onto nodes with the GPU; a simulator runs anywhere."""
    if blueprint.simulated:
        return {}
    gpu = blueprint.gpu
    return {
        "nodeSelector": {gpu.node_label_key: gpu.node_label_product},
        "tolerations": [{"key": gpu.kubernetes_resource, "operator": "Exists", "effect": "NoSchedule"}],
    }


def _container(blueprint: Blueprint) -> dict[str, Any]:
    size = blueprint.size
    return {
        "name": blueprint.workload.container,
        "image": image_of(blueprint),
        "imagePullPolicy": "IfNotPresent",
        "command": ["vllm", "serve"],
        "args": engine_arguments(blueprint.model, blueprint.flags, weights=blueprint.weights.argument),
        "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
        "env": _environment(blueprint),
        "resources": _resources(blueprint),
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
        "volumeMounts": _mounts(blueprint),
    }


def image_of(blueprint: Blueprint) -> str:
    """The image that serves.

    Raises:
        InvalidInputError: no image is known for the GPU.
    """
    return blueprint.options.simulator_image if blueprint.simulated else engine_image(blueprint.gpu)


def _environment(blueprint: Blueprint) -> list[dict[str, Any]]:
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
        "HF_HUB_CACHE": MODELS,
        "DO_NOT_TRACK": "1",
    }
    if blueprint.simulated:
        plain[SIMULATED_GPU] = blueprint.gpu.gpu_type.value
    if blueprint.target is DeploymentTarget.KSERVE and not blueprint.weights.downloaded:
        plain["STORAGE_URI"] = blueprint.weights.uri
    variables: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
    if blueprint.model.gated and blueprint.weights.downloaded:
        reference = {"secretKeyRef": {"name": TOKEN_SECRET, "key": TOKEN_KEY}}
        variables.append({"name": "HF_TOKEN", "valueFrom": reference})
    return variables


def _resources(blueprint: Blueprint) -> dict[str, dict[str, str]]:
    size = blueprint.size
    gpus = {blueprint.gpu.kubernetes_resource: str(size.gpus)} if size.gpus else {}
    return {
        "requests": {
            "cpu": str(size.cpus),
            "memory": f"{size.memory_request_gib}Gi",
            "ephemeral-storage": f"{disk_gib(blueprint)}Gi",
            **gpus,
        },
        "limits": {"memory": f"{size.memory_limit_gib}Gi", **gpus},
    }


def _probe(*, failures: int, timeout: int) -> dict[str, Any]:
    """``scheme`` is written out: KServe lays its own probes of llm-d, which may use HTTPS, under ours."""
    return {
        "httpGet": {"path": "/health", "port": PORT_NAME, "scheme": "HTTP"},
        "periodSeconds": PROBE_PERIOD_SECONDS,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }


def _mounts_claim(blueprint: Blueprint) -> tuple[str, str] | None:
    """A claim with the weights that we mount ourselves, because no controller of KServe's does."""
    return blueprint.weights.claim if blueprint.target is DeploymentTarget.KUBERNETES else None


def _volumes(blueprint: Blueprint) -> list[dict[str, Any]]:
    size = blueprint.size
    volumes: list[dict[str, Any]] = [
        {"name": "home", "emptyDir": {"sizeLimit": f"{size.home_volume_gib}Gi"}},
        cache_volume(blueprint),
    ]
    if size.shared_memory_gib:
        volumes.append({"name": "dshm", "emptyDir": _shared_memory(size)})
    if claim := _mounts_claim(blueprint):
        volumes.append({"name": "weights", "persistentVolumeClaim": {"claimName": claim[0], "readOnly": True}})
    return volumes


def _shared_memory(size: PodSize) -> dict[str, str]:
    return {"medium": "Memory", "sizeLimit": f"{size.shared_memory_gib}Gi"}


def _mounts(blueprint: Blueprint) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [
        {"name": "home", "mountPath": HOME},
        {"name": volume_name(blueprint), "mountPath": MODELS},
    ]
    if blueprint.size.shared_memory_gib:
        mounts.append({"name": "dshm", "mountPath": SHARED_MEMORY})
    if claim := _mounts_claim(blueprint):
        inside = {"subPath": claim[1]} if claim[1] else {}
        mounts.append({"name": "weights", "mountPath": MOUNTED_AT, "readOnly": True, **inside})
    return mounts
