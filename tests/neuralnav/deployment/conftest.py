"""Plans, models and GPUs to build manifests from, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from neuralnav.deployment.manifests import ManifestOptions, build_manifests
from neuralnav.models.catalog import CatalogModel, GpuProfile, ModelArchitecture
from neuralnav.models.deployment import DeploymentTarget, EngineMode, ManifestSet
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import (
    Cost,
    EngineArguments,
    Estimate,
    Predicted,
    Recommendation,
    Scores,
    Utilisation,
)
from neuralnav.models.specification import (
    Constraints,
    DeploymentSpecification,
    LengthDistribution,
    ScoreWeights,
    SLOTargets,
    TrafficProfile,
)
from neuralnav.models.vocabulary import CloudProvider, GpuType, Precision, Source, UseCase

Make = Callable[..., Any]


def _model(**changes: Any) -> CatalogModel:
    fields: dict[str, Any] = {
        "model_id": "Qwen/Qwen2.5-7B-Instruct",
        "display_name": "Qwen2.5 7B Instruct",
        "short_name": "qwen2.5-7b",
        "provider": "Alibaba",
        "architecture": "Qwen/Qwen2.5-7B-Instruct",
        "precision": Precision.BF16,
        "context_tokens": 32_768,
        "tasks": ("chat",),
        "licence": "Apache 2.0",
        "licence_is_open": True,
        "licence_allows_commercial_use": True,
        "source": "hand-made",
    }
    return CatalogModel(**(fields | changes))


def _architecture(**changes: Any) -> ModelArchitecture:
    fields: dict[str, Any] = {
        "name": "Qwen/Qwen2.5-7B-Instruct",
        "num_layers": 28,
        "hidden_size": 3584,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "head_dim": 128,
        "intermediate_size": 18_944,
        "vocab_size": 152_064,
        "max_position_embeddings": 32_768,
        "published_parameters": 7_615_616_512,
        "source": "hand-made",
    }
    return ModelArchitecture(**(fields | changes))


def _gpu(**changes: Any) -> GpuProfile:
    fields: dict[str, Any] = {
        "gpu_type": GpuType.L4,
        "vendor": "NVIDIA",
        "generation": "Ada",
        "memory_gb": 24,
        "memory_bandwidth_gb_s": 300,
        "fp16_tflops": 121,
        "bf16": True,
        "fp8_tflops": 242,
        "interconnect_gb_s": 32,
        "gpus_per_node": 8,
        "kubernetes_resource": "nvidia.com/gpu",
        "node_label_key": "nvidia.com/gpu.product",
        "node_label_product": "NVIDIA-L4",
        "source": "hand-made",
    }
    return GpuProfile(**(fields | changes))


def _mi300x() -> GpuProfile:
    return _gpu(
        gpu_type=GpuType.MI300X,
        vendor="AMD",
        generation="CDNA3",
        memory_gb=192,
        memory_bandwidth_gb_s=5300,
        fp16_tflops=1307,
        fp8_tflops=2615,
        interconnect_gb_s=448,
        kubernetes_resource="amd.com/gpu",
        node_label_key="amd.com/gpu.product-name",
        node_label_product="AMD_Instinct_MI300X_OAM",
    )


def _estimate(value: float) -> Estimate:
    return Estimate(value=value, low=0.6 * value, high=1.6 * value, source=Source.SIMULATED, reference="roofline")


def _choice(model: CatalogModel, gpu: GpuProfile, /, **changes: Any) -> Recommendation:
    engine = {
        "max_model_len": 8192,
        "max_num_seqs": 256,
        "max_num_batched_tokens": 2048,
        "gpu_memory_utilization": 0.9,
        "quantization": model.quantization,
    } | changes.pop("engine", {})
    tensor_parallel = changes.get("tensor_parallel", 1)
    replicas = changes.get("replicas", 2)
    fields: dict[str, Any] = {
        "id": "qwen2.5-7b-bf16-l4-tp1-x2",
        "model": model.model_id,
        "display_name": model.display_name,
        "gpu_type": gpu.gpu_type,
        "tensor_parallel": tensor_parallel,
        "replicas": replicas,
        "gpus": tensor_parallel * replicas,
        "precision": model.precision,
        "engine": EngineArguments(**engine),
        "cost": Cost(
            per_hour_usd=1.61,
            per_month_usd=1175.3,
            per_1k_tokens_usd=0.0005,
            instance="2x g6.xlarge",
            cloud_provider=CloudProvider.AWS,
            reference="prices.json of 2025-11-01",
        ),
        "predicted": Predicted(
            ttft_p95_ms=_estimate(118.5),
            itl_p95_ms=_estimate(21.25),
            e2e_p95_ms=_estimate(5560),
            max_qps=_estimate(6.1),
        ),
        "utilisation": Utilisation(gpu_memory=0.86, compute=0.41),
        "slo_met": True,
        "scores": Scores(accuracy=61, price=88, latency=40, complexity=90, balanced=70, accuracy_rated=True),
        "source": Source.SIMULATED,
        "reason": "Cheapest option that meets all targets: 2x NVIDIA L4 at $1,175 a month.",
    }
    return Recommendation(**(fields | changes))


def _specification(**intent: Any) -> DeploymentSpecification:
    said: dict[str, Any] = {
        "use_case": UseCase.CHATBOT,
        "description": "I need a chatbot for 1000 users, low latency is critical",
        "user_count": 1000,
    } | intent
    constraints = Constraints(region=said.pop("constrained_region", None))
    reasons = said.pop("reasons", {"ttft_p95_ms": "default of the use case"})
    return DeploymentSpecification(
        intent=DeploymentIntent(**said),
        traffic=TrafficProfile(
            prompt_tokens=LengthDistribution(mean=512, p95=1024),
            output_tokens=LengthDistribution(mean=256, p95=512),
            average_qps=3,
            peak_qps=9,
            steady_concurrency=100,
            peak_concurrency=300,
        ),
        slo_targets=SLOTargets(ttft_p95_ms=150, itl_p95_ms=25, e2e_p95_ms=7000, reasons=reasons),
        constraints=constraints,
        weights=ScoreWeights(accuracy=0.25, price=0.25, latency=0.4, complexity=0.1),
        assumed=("prompt_tokens", "output_tokens"),
    )


@pytest.fixture(scope="session")
def make_model() -> Make:
    """A catalogue model; keyword arguments replace fields."""
    return _model


@pytest.fixture(scope="session")
def make_architecture() -> Make:
    """The architecture of that model; keyword arguments replace fields."""
    return _architecture


@pytest.fixture(scope="session")
def make_gpu() -> Make:
    """An NVIDIA L4; keyword arguments replace fields."""
    return _gpu


@pytest.fixture(scope="session")
def make_choice() -> Make:
    """A recommendation for a model on a GPU; keyword arguments replace fields."""
    return _choice


@pytest.fixture(scope="session")
def make_specification() -> Make:
    """A specification of the golden sentence; keyword arguments replace fields of its intent."""
    return _specification


@dataclass(frozen=True)
class Case:
    """A plan to build manifests from, for any target and mode."""

    choice: Recommendation
    model: CatalogModel
    gpu: GpuProfile
    specification: DeploymentSpecification
    namespace: str = "neuralnav"
    name: str | None = None
    architecture: ModelArchitecture | None = None

    def build(
        self,
        target: DeploymentTarget = DeploymentTarget.KSERVE,
        mode: EngineMode = EngineMode.VLLM,
        **options: Any,
    ) -> ManifestSet:
        """The manifests; ``options`` are fields of ``ManifestOptions``."""
        return build_manifests(
            self.choice,
            self.model,
            self.gpu,
            specification=self.specification,
            name=self.name,
            namespace=self.namespace,
            architecture=self.architecture,
            target=target,
            mode=mode,
            options=ManifestOptions(**({"allow_trust_remote_code": True} | options)),
        )


def _one_nvidia_gpu() -> Case:
    """An open model on one L4 a replica."""
    model, gpu = _model(), _gpu()
    return Case(_choice(model, gpu), model, gpu, _specification(), architecture=_architecture())


def _two_amd_gpus() -> Case:
    """An FP8 checkpoint with an FP8 KV cache on two MI300X, one replica, without a price or a known size."""
    model = _model(
        model_id="RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic",
        display_name="Llama 3.3 70B Instruct (FP8)",
        short_name="llama-3.3-70b",
        provider="Meta",
        architecture="meta-llama/Llama-3.3-70B-Instruct",
        precision=Precision.FP8,
        quantization="compressed-tensors",
        licence="Llama 3.3 Community License",
    )
    gpu = _mi300x()
    choice = _choice(
        model,
        gpu,
        id="llama-3.3-70b-fp8-mi300x-tp2-x1",
        tensor_parallel=2,
        replicas=1,
        cost=None,
        slo_met=False,
        engine={
            "max_num_seqs": 1024,
            "max_num_batched_tokens": 8192,
            "kv_cache_dtype": "fp8",
            "enable_prefix_caching": False,
        },
        reason="Best accuracy among the options that fit: 2x AMD MI300X.",
        notes=("Uses 38 % of the compute at peak.",),
    )
    specification = _specification(use_case=UseCase.DOCUMENT_RAG, description=None, user_count=None)
    return Case(choice, model, gpu, specification, namespace="team-a")


def _gated_model() -> Case:
    """Weights that need a token and bring their own code, on two T4 a replica, which have no bf16."""
    model = _model(
        model_id="meta-llama/Llama-3.1-8B-Instruct",
        display_name="Llama 3.1 8B Instruct",
        short_name="llama-3.1-8b",
        provider="Meta",
        architecture="meta-llama/Llama-3.1-8B-Instruct",
        licence="Llama 3.1 Community License",
        gated=True,
        trust_remote_code=True,
    )
    gpu = _gpu(
        gpu_type=GpuType.T4,
        generation="Turing",
        memory_gb=16,
        bf16=False,
        fp8_tflops=None,
        gpus_per_node=4,
        node_label_product="Tesla-T4",
    )
    choice = _choice(
        model, gpu, id="llama-3.1-8b-bf16-t4-tp2-x3", tensor_parallel=2, replicas=3, engine={"max_num_seqs": 64}
    )
    architecture = _architecture(
        name="meta-llama/Llama-3.1-8B-Instruct",
        num_layers=32,
        hidden_size=4096,
        num_attention_heads=32,
        num_key_value_heads=8,
        intermediate_size=14_336,
        vocab_size=128_256,
        max_position_embeddings=131_072,
        published_parameters=8_030_261_248,
    )
    specification = _specification(constrained_region="eu-west-1")
    return Case(choice, model, gpu, specification, name="support-chat", architecture=architecture)


def _thinking_model() -> Case:
    """A model that thinks unless its chat template is told not to."""
    model = _model(
        model_id="Qwen/Qwen3-8B",
        display_name="Qwen3 8B",
        short_name="qwen3-8b",
        architecture="Qwen/Qwen3-8B",
        reasoning="optional",
        chat_template_kwargs={"enable_thinking": False},
    )
    gpu = _gpu()
    return Case(_choice(model, gpu, id="qwen3-8b-bf16-l4-tp1-x2"), model, gpu, _specification())


_CASES = {
    "one-nvidia-gpu": _one_nvidia_gpu,
    "two-amd-gpus": _two_amd_gpus,
    "gated-model": _gated_model,
    "thinking-model": _thinking_model,
}
CASES = tuple(_CASES)
CLUSTERS = tuple(target for target in DeploymentTarget if target is not DeploymentTarget.LOCAL)


@cache
def case(name: str) -> Case:
    """One of ``CASES``."""
    return _CASES[name]()


@cache
def built(name: str, target: DeploymentTarget, mode: EngineMode = EngineMode.VLLM) -> ManifestSet:
    """The manifests of one of ``CASES``."""
    return case(name).build(target, mode)


@pytest.fixture(scope="session")
def one_nvidia_gpu() -> ManifestSet:
    """An open model on one L4 a replica, for KServe."""
    return built("one-nvidia-gpu", DeploymentTarget.KSERVE)


@pytest.fixture(scope="session")
def gated_model() -> ManifestSet:
    """A gated model on two T4 a replica, for KServe."""
    return built("gated-model", DeploymentTarget.KSERVE)
