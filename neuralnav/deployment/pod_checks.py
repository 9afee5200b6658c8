"""Pods read back and checked: arguments, environment, resources and volumes that agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from neuralnav.deployment.arguments import CHAT_TEMPLATE_FLAG, KNOWN_FLAGS
from neuralnav.deployment.manifests.pod import SIMULATED_GPU
from neuralnav.deployment.manifests.workload import workload_of
from neuralnav.deployment.schema import Container, PodSpec
from neuralnav.errors import FieldProblem
from neuralnav.models.catalog import ChatTemplateArguments
from neuralnav.models.deployment import EngineMode, ManifestSet

_CHAT_TEMPLATE_ARGUMENTS: TypeAdapter[dict[str, bool | str]] = TypeAdapter(ChatTemplateArguments)


def pod_problems(path: str, pod: PodSpec, manifests: ManifestSet) -> Iterator[FieldProblem]:
    """What is wrong with the pods that ``path`` describes."""
    container = pod.containers[0]
    expected = workload_of(manifests.target, manifests.name).container
    if container.name != expected:
        yield FieldProblem(f"{path}: containers.0.name", container.name, expected)
    volumes = [volume.name for volume in pod.volumes]
    mounts = [mount.name for mount in container.volume_mounts]
    if sorted(volumes) != sorted(mounts) or len(set(volumes)) != len(volumes):
        yield FieldProblem(f"{path}: volumeMounts", ", ".join(mounts), "each volume once")
    names = [variable.name for variable in container.env]
    if len(set(names)) != len(names):
        yield FieldProblem(f"{path}: env", ", ".join(names), "each variable once")
    simulated = manifests.mode is EngineMode.SIMULATOR
    if (SIMULATED_GPU in names) != simulated:
        allowed = f"{SIMULATED_GPU} in simulator mode, and only there"
        yield FieldProblem(f"{path}: env", ", ".join(names), allowed)
    yield from _placement_problems(path, pod, simulated=simulated)
    yield from _argument_problems(path, container)


def _placement_problems(path: str, pod: PodSpec, *, simulated: bool) -> Iterator[FieldProblem]:
    """GPUs, and the nodes that have them; a simulator asks for neither."""
    tolerated = {toleration.key for toleration in pod.tolerations or ()}
    selected = pod.node_selector or {}
    if bool(selected) == simulated or bool(tolerated) == simulated:
        allowed = "none in simulator mode" if simulated else "nodes with the GPU"
        yield FieldProblem(f"{path}: nodeSelector and tolerations", ", ".join([*selected, *tolerated]), allowed)
    resources = pod.containers[0].resources
    requests, limits = resources.requests, resources.limits
    wanted = {"cpu", "memory", "ephemeral-storage"} | tolerated
    if set(requests) != wanted:
        yield FieldProblem(f"{path}: requests", ", ".join(requests), ", ".join(sorted(wanted)))
    if set(limits) != {"memory"} | tolerated:
        yield FieldProblem(f"{path}: limits", ", ".join(limits), ", ".join(["memory", *sorted(tolerated)]))
    for gpu in tolerated:
        if requests.get(gpu) != limits.get(gpu):
            yield FieldProblem(f"{path}: limits.{gpu}", limits.get(gpu), f"the request, {requests.get(gpu)}")


def _argument_problems(path: str, container: Container) -> Iterator[FieldProblem]:
    model, *flags = container.args
    if model.startswith("-"):
        yield FieldProblem(f"{path}: args", model, "the model first")
    names = [flag.partition("=")[0] for flag in flags]
    for flag, name in zip(flags, names, strict=True):
        if name not in KNOWN_FLAGS:
            yield FieldProblem(f"{path}: args", name, "a flag that the pinned vLLM has")
        if name == CHAT_TEMPLATE_FLAG:
            yield from _chat_template_problems(path, flag.partition("=")[2])
    if len(set(names)) != len(names):
        yield FieldProblem(f"{path}: args", ", ".join(names), "each flag once")


def _chat_template_problems(path: str, arguments: str) -> Iterator[FieldProblem]:
    try:
        _CHAT_TEMPLATE_ARGUMENTS.validate_json(arguments)
    except ValidationError:
        allowed = "a JSON object of at most three switches or words, none of them the engine's own"
        yield FieldProblem(f"{path}: args: {CHAT_TEMPLATE_FLAG}", arguments[:80], allowed)
