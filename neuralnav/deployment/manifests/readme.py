"""The README that goes with manifests: what was chosen, why, what each file is for and what to do with them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from neuralnav.deployment.arguments import plain
from neuralnav.deployment.images import VLLM_VERSION
from neuralnav.deployment.local.document import CHOSEN_HERE
from neuralnav.deployment.manifests.alerts import LATENCIES, counted_bound_s
from neuralnav.deployment.manifests.autoscaling import cooldown_seconds
from neuralnav.deployment.manifests.blueprint import Blueprint
from neuralnav.deployment.manifests.kustomization import FILE as KUSTOMIZATION
from neuralnav.deployment.manifests.model_cache import Cache, cache_of, claim_name, disk_gib
from neuralnav.deployment.manifests.network_policy import allowed_namespaces
from neuralnav.deployment.manifests.options import Extra
from neuralnav.deployment.manifests.pod import TOKEN_KEY, TOKEN_SECRET, image_of
from neuralnav.deployment.markdown import as_code, as_text
from neuralnav.models.deployment import DeploymentTarget
from neuralnav.models.gpus import gpu_label
from neuralnav.models.plan import Estimate
from neuralnav.observability.queries import Histogram

DEPLOYMENT_PROGRESS_SECONDS = 600
"""After this long a Kubernetes Deployment that KServe made is reported as not progressing (its default)."""

_FILES = {
    "networkpolicy.yaml": "who may reach the server, and whom it may reach",
    "persistentvolumeclaim.yaml": "the disk that keeps downloaded weights",
    "inferenceservice.yaml": "the KServe InferenceService: image, flags, resources, probes",
    "llminferenceservice.yaml": "KServe's LLMInferenceService: gateway, scheduler and the servers with their scaling",
    "deployment.yaml": "the Deployment: image, flags, resources, probes",
    "service.yaml": "the address inside the cluster",
    "scaledobject.yaml": "autoscaling by KEDA on vLLM's own metrics",
    "poddisruptionbudget.yaml": "that draining nodes takes away one replica at a time",
    "podmonitor.yaml": "what Prometheus scrapes",
    "prometheusrule.yaml": "alerts on the targets, on failures and on saturation",
    "dashboard.yaml": "a Grafana dashboard, for the sidecar that finds dashboards by their label",
    KUSTOMIZATION: "the entry point for Kustomize, with the user that plain Kubernetes needs",
}

_RESOURCES = {
    DeploymentTarget.KSERVE: ("inferenceservice", "Ready"),
    DeploymentTarget.KUBERNETES: ("deployment", "Available"),
    DeploymentTarget.LLM_D: ("llminferenceservice", "Ready"),
}

_LABELS = {"ttft": "Time to first token", "itl": "Time between tokens", "e2e": "Whole answer"}


@lru_cache(maxsize=2)
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("neuralnav.deployment", "templates"),
        autoescape=True,
        finalize=as_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = as_code
    return environment.get_template(name)


def render_readme(blueprint: Blueprint, files: tuple[str, ...]) -> str:
    """The README as Markdown. Every value that enters is escaped: structure comes from the templates alone."""
    if blueprint.target is DeploymentTarget.LOCAL:
        return _template("local.md.jinja").render(**_plan(blueprint), **_local(blueprint))
    return _template("README.md.jinja").render(**_plan(blueprint), **_cluster(blueprint, files))


def _plan(blueprint: Blueprint) -> dict[str, Any]:
    """What every README tells."""
    choice, specification = blueprint.choice, blueprint.specification
    targets, predicted = specification.slo_targets, choice.predicted
    return {
        "choice": choice,
        "model": blueprint.model,
        "name": blueprint.name,
        "namespace": blueprint.namespace,
        "simulated": blueprint.simulated,
        "gpus_per_replica": gpu_label(choice.gpu_type, choice.tensor_parallel),
        "gpus_in_all": gpu_label(choice.gpu_type, choice.gpus),
        "intent": specification.intent,
        "traffic": specification.traffic,
        "region": specification.constraints.region,
        "assumed": specification.assumed,
        "latencies": [
            _latency(_LABELS[field], getattr(targets, f"{field}_p95_ms"), getattr(predicted, f"{field}_p95_ms"))
            for _, _, field in LATENCIES
        ],
        "max_qps": predicted.max_qps,
        "size": blueprint.size,
        "vllm_version": VLLM_VERSION,
        "rate": _rate,
        "number": plain,
        "percent": _percent,
        "money": _money,
    }


def _local(blueprint: Blueprint) -> dict[str, Any]:
    """What only the README of the local target tells."""
    return {
        "image": None,
        "weights_argument": blueprint.model.model_id,
        "flags": [flag for flag in blueprint.flags if flag.name not in CHOSEN_HERE],
        "local_replicas": blueprint.options.local_replicas,
    }


def _cluster(blueprint: Blueprint, files: tuple[str, ...]) -> dict[str, Any]:
    """What only the README of a cluster's target tells."""
    gpu, size, without = blueprint.gpu, blueprint.size, blueprint.options.without
    resource, condition = _RESOURCES[blueprint.target]
    kept_by_kserve = blueprint.target is not DeploymentTarget.KUBERNETES
    return {
        "target": blueprint.target.value,
        "installation": blueprint.options.installation,
        "files": [(file, _FILES[file]) for file in files],
        "applied": [file for file in files if file != KUSTOMIZATION],
        "image": image_of(blueprint),
        "flags": blueprint.flags,
        "amd": gpu.kubernetes_resource == "amd.com/gpu",
        "node_selector": f"{gpu.node_label_key}={gpu.node_label_product}",
        "gpu_resource": gpu.kubernetes_resource,
        "disk_gib": disk_gib(blueprint),
        "cache": _cache(blueprint),
        "recreated": cache_of(blueprint) is Cache.OWN_CLAIM,
        "weights": blueprint.weights,
        "weights_argument": blueprint.weights.argument,
        "weights_size": f"{'about' if size.weights_known else 'at most'} {size.weights_gb:,.0f} GB",
        "needs_token": blueprint.model.gated and blueprint.weights.downloaded,
        "token_secret": TOKEN_SECRET,
        "token_key": TOKEN_KEY,
        "resource": resource,
        "condition": condition,
        "autoscaled": blueprint.autoscaled,
        "prometheus_url": blueprint.options.prometheus_url,
        "monitored": not {Extra.POD_MONITOR, Extra.ALERTS} & without,
        "scale": blueprint.scale,
        "cooldown_minutes": -(-cooldown_seconds(blueprint) // 60),
        "counted": [_counted(blueprint, *latency) for latency in LATENCIES],
        "limited": Extra.NETWORK_POLICY not in without,
        "namespaces": ", ".join(allowed_namespaces(blueprint)),
        "start_minutes": -(-size.start_seconds // 60),
        "slow_start": kept_by_kserve and size.start_seconds > DEPLOYMENT_PROGRESS_SECONDS,
    }


def _cache(blueprint: Blueprint) -> str:
    size = blueprint.size.model_volume_gib
    options = blueprint.options
    cache = cache_of(blueprint)
    if cache is Cache.SHARED_CLAIM:
        return (
            f"{size} GiB on the storage class {options.shared_storage_class}, whose volumes several nodes can write "
            f"at once: all replicas share the cache {claim_name(blueprint)}."
        )
    if cache is Cache.TEMPORARY:
        return f"The cache of the weights is a temporary volume of up to {size} GiB, gone with its pod."
    kind = f"the storage class {options.storage_class}" if options.storage_class else "the default storage class"
    if cache is Cache.OWN_CLAIM:
        return f"{size} GiB on {kind} for the cache of the weights, which outlives the pod."
    return (
        f"{size} GiB on {kind} for each replica's own cache, made and removed with its pod: most volumes can be "
        "written by one node at a time, and a shared one would keep the second replica from starting."
    )


def _counted(blueprint: Blueprint, histogram: Histogram, spoken: str, field: str) -> dict[str, str]:
    bound_s = counted_bound_s(blueprint, histogram, field)
    return {
        "label": spoken,
        "target": _milliseconds(getattr(blueprint.specification.slo_targets, f"{field}_p95_ms")),
        "bound": "not counted: no bucket reaches so far" if bound_s is None else _milliseconds(1000 * bound_s),
    }


def _latency(label: str, target_ms: float, predicted: Estimate) -> dict[str, str]:
    return {
        "label": label,
        "target": _milliseconds(target_ms),
        "predicted": _milliseconds(predicted.value),
        "low": _milliseconds(predicted.low),
        "high": _milliseconds(predicted.high),
        "source": predicted.source.value,
    }


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _money(value: float) -> str:
    return f"{value:,.0f} US dollars" if value >= 100 else f"{value:,.4g} US dollars"
