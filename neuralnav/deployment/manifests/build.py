"""The manifests of one chosen configuration, built as data and written out in one stable order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from neuralnav.deployment.arguments import engine_flags
from neuralnav.deployment.local.document import LOCAL_FILE, local_document
from neuralnav.deployment.manifests import (
    alerts,
    autoscaling,
    dashboard,
    disruption,
    kserve,
    kubernetes,
    kustomization,
    llm_d,
    network_policy,
    pod_monitor,
)
from neuralnav.deployment.manifests.blueprint import Blueprint, asked
from neuralnav.deployment.manifests.model_cache import cache_claim
from neuralnav.deployment.manifests.options import DEFAULT_OPTIONS, Extra, ManifestOptions
from neuralnav.deployment.manifests.readme import render_readme
from neuralnav.deployment.manifests.workload import OWN_PREFIX, workload_of
from neuralnav.deployment.names import derive_name, require_name, require_namespace
from neuralnav.deployment.sizing import pod_size, simulated
from neuralnav.deployment.yaml_text import to_yaml
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestFile, ManifestSet
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification

README_FILE = "README.md"

Document = dict[str, Any]


def build_manifests(
    choice: Recommendation,
    model: CatalogModel,
    gpu: GpuProfile,
    *,
    specification: DeploymentSpecification,
    name: str | None = None,
    namespace: str,
    architecture: ModelArchitecture | None = None,
    target: DeploymentTarget = DeploymentTarget.KSERVE,
    mode: EngineMode = EngineMode.VLLM,
    options: ManifestOptions = DEFAULT_OPTIONS,
) -> ManifestSet:
    """The files that deploy ``choice`` to ``target``, and a README that explains each of them.

    ``name`` is used as given, or derived from use case and model. With ``architecture``, memory, disk and start time
    follow the size of the weights; without, they follow the most that fits the GPUs. In simulator mode the image, what
    a pod asks of its node and the name of the simulated GPU differ, and nothing else. The same inputs give the same
    bytes.

    Raises:
        InvalidInputError: the name or namespace cannot be used, the choice is of another model or GPU, it cannot be
            served by one pod a replica, its code may not be trusted, or the target cannot take weights from where
            they are.
    """
    _require_servable(choice, model, gpu)
    if mode is EngineMode.VLLM:
        _require_trusted(model, options)
    namespace = require_namespace(namespace)
    name = derive_name(specification, model, namespace) if name is None else require_name(name, namespace)
    size = pod_size(choice, model, gpu, specification=specification, architecture=architecture)
    blueprint = Blueprint(
        choice=choice,
        model=model,
        gpu=gpu,
        specification=specification,
        name=name,
        namespace=namespace,
        target=target,
        mode=mode,
        options=options,
        size=simulated(size) if mode is EngineMode.SIMULATOR else size,
        flags=engine_flags(choice, model, gpu, drain_seconds=size.drain_seconds),
    )
    documents = dict(_local(blueprint) if target is DeploymentTarget.LOCAL else _of_a_cluster(blueprint))
    readme = ManifestFile(path=README_FILE, text=render_readme(blueprint, tuple(documents)))
    written = (ManifestFile(path=path, text=to_yaml(document)) for path, document in documents.items())
    return ManifestSet(
        name=name,
        namespace=namespace,
        installation=options.installation,
        target=target,
        mode=mode,
        files=(readme, *written),
    )


def are_planned_for(manifests: ManifestSet, specification: DeploymentSpecification) -> bool:
    """Whether ``manifests`` say that they were planned for the peak and the targets of ``specification``."""
    main = LOCAL_FILE
    if manifests.target is not DeploymentTarget.LOCAL:
        main = workload_of(manifests.target, manifests.name).main_file
    text = next(file.text for file in manifests.files if file.path == main)
    said = yaml.safe_load(text)["metadata"]["annotations"]
    return all(said.get(f"{OWN_PREFIX}/{key}") == value for key, value in asked(specification).items())


def _local(blueprint: Blueprint) -> Iterator[tuple[str, Document]]:
    yield (
        LOCAL_FILE,
        local_document(
            blueprint.choice,
            blueprint.flags,
            name=blueprint.name,
            namespace=blueprint.namespace,
            labels=blueprint.object_labels,
            annotations=blueprint.annotations,
            mode=blueprint.mode,
            start_seconds=blueprint.size.start_seconds,
            drain_seconds=blueprint.size.drain_seconds,
            most_replicas=blueprint.options.local_replicas,
        ),
    )


def _of_a_cluster(blueprint: Blueprint) -> Iterator[tuple[str, Document]]:
    documents = dict(_objects(blueprint))
    yield from documents.items()
    yield (
        kustomization.FILE,
        kustomization.kustomization(blueprint.target, blueprint.name, blueprint.namespace, tuple(documents)),
    )


def _objects(blueprint: Blueprint) -> Iterator[tuple[str, Document]]:
    """What a cluster is given; what pods need comes before them."""
    without = blueprint.options.without
    if Extra.NETWORK_POLICY not in without:
        yield "networkpolicy.yaml", network_policy.network_policy(blueprint)
    if claim := cache_claim(blueprint):
        yield "persistentvolumeclaim.yaml", claim
    yield from _workload(blueprint)
    if Extra.AUTOSCALING not in without and blueprint.target is not DeploymentTarget.LLM_D:
        yield "scaledobject.yaml", autoscaling.scaled_object(blueprint)
    if Extra.DISRUPTION_BUDGET not in without:
        yield "poddisruptionbudget.yaml", disruption.disruption_budget(blueprint)
    if Extra.POD_MONITOR not in without:
        yield "podmonitor.yaml", pod_monitor.pod_monitor(blueprint)
    if Extra.ALERTS not in without:
        yield "prometheusrule.yaml", alerts.prometheus_rule(blueprint)
    if Extra.DASHBOARD not in without:
        yield "dashboard.yaml", dashboard.dashboard(blueprint)


def _workload(blueprint: Blueprint) -> Iterator[tuple[str, Document]]:
    main = blueprint.workload.main_file
    if blueprint.target is DeploymentTarget.KSERVE:
        yield main, kserve.inference_service(blueprint)
    elif blueprint.target is DeploymentTarget.LLM_D:
        yield main, llm_d.llm_inference_service(blueprint)
    else:
        yield main, kubernetes.deployment(blueprint)
        yield "service.yaml", kubernetes.service(blueprint)


def _require_servable(choice: Recommendation, model: CatalogModel, gpu: GpuProfile) -> None:
    targets = [target.value for target in DeploymentTarget]
    if choice.target not in targets:
        raise InvalidInputError(
            f"Manifests cannot be built for {choice.target[:40]!r}.",
            (FieldProblem("target", choice.target[:40], ", ".join(targets)),),
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
            "a replica over several nodes (pipeline parallelism) cannot be deployed yet. "
            "Choose a smaller model, a lower precision or larger GPUs.",
            (FieldProblem("tensor_parallel", choice.tensor_parallel, f"at most {gpu.gpus_per_node}"),),
        )


def _require_trusted(model: CatalogModel, options: ManifestOptions) -> None:
    """A simulator loads nothing of a model's repository, so this is asked of vLLM alone."""
    if model.trust_remote_code and not options.allow_trust_remote_code:
        raise InvalidInputError(
            f"{model.model_id} brings Python code of its own that vLLM would have to run (--trust-remote-code), which "
            "is not allowed here. Review that code and set NEURALNAV_ALLOW_TRUST_REMOTE_CODE=true, or choose another "
            "model.",
            (FieldProblem("allow_trust_remote_code", False, "true, for this model"),),
        )
