"""The README that goes with manifests: what was chosen, why, and what to do with the files."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from neuralnav.deployment.arguments import EngineFlag, plain
from neuralnav.deployment.images import VLLM_VERSION, engine_image
from neuralnav.deployment.markdown import as_code, as_text
from neuralnav.deployment.predictor import TOKEN_KEY, TOKEN_SECRET
from neuralnav.deployment.sizing import PodSize
from neuralnav.models.catalog import CatalogModel, GpuProfile
from neuralnav.models.gpus import gpu_label
from neuralnav.models.plan import Estimate, Recommendation
from neuralnav.models.specification import DeploymentSpecification

DEPLOYMENT_PROGRESS_SECONDS = 600
"""After this long a Kubernetes Deployment that KServe made is reported as not progressing (its default)."""


@lru_cache(maxsize=1)
def _template() -> Template:
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
    return environment.get_template("README.md.jinja")


def render_readme(
    choice: Recommendation,
    model: CatalogModel,
    gpu: GpuProfile,
    *,
    specification: DeploymentSpecification,
    name: str,
    namespace: str,
    flags: tuple[EngineFlag, ...],
    size: PodSize,
) -> str:
    """The README as Markdown. Every value that enters is escaped: structure comes from the template alone."""
    targets, predicted = specification.slo_targets, choice.predicted
    return _template().render(
        choice=choice,
        model=model,
        gpus_per_replica=gpu_label(choice.gpu_type, choice.tensor_parallel),
        gpus_in_all=gpu_label(choice.gpu_type, choice.gpus),
        amd=gpu.kubernetes_resource == "amd.com/gpu",
        node_selector=f"{gpu.node_label_key}={gpu.node_label_product}",
        gpu_resource=gpu.kubernetes_resource,
        intent=specification.intent,
        traffic=specification.traffic,
        region=specification.constraints.region,
        assumed=specification.assumed,
        latencies=(
            _latency("Time to first token", targets.ttft_p95_ms, predicted.ttft_p95_ms),
            _latency("Time between tokens", targets.itl_p95_ms, predicted.itl_p95_ms),
            _latency("Whole answer", targets.e2e_p95_ms, predicted.e2e_p95_ms),
        ),
        max_qps=predicted.max_qps,
        rate=_rate,
        number=plain,
        percent=_percent,
        money=_money,
        name=name,
        namespace=namespace,
        flags=flags,
        size=size,
        weights=f"{'about' if size.weights_known else 'at most'} {size.weights_gb:,.0f} GB",
        start_minutes=-(-size.start_seconds // 60),
        slow_start=size.start_seconds > DEPLOYMENT_PROGRESS_SECONDS,
        image=engine_image(gpu),
        vllm_version=VLLM_VERSION,
        token_secret=TOKEN_SECRET,
        token_key=TOKEN_KEY,
    )


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
