"""A specification and a deployment to keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from neuralnav.models.deployment import Approval, Deployment, DeploymentState, ManifestFile, ManifestSet
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.plan import (
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
from neuralnav.models.vocabulary import GpuType, Precision, Source, UseCase


@pytest.fixture
def specification() -> DeploymentSpecification:
    return DeploymentSpecification(
        intent=DeploymentIntent(use_case=UseCase.CHATBOT, description='"größer" 🙂 than\n1000', user_count=1000),
        evidence={"user_count": "1000 users"},
        traffic=TrafficProfile(
            prompt_tokens=LengthDistribution(mean=512, p95=1024),
            output_tokens=LengthDistribution(mean=256, p95=512),
            average_qps=4.5,
            peak_qps=9,
            steady_concurrency=100,
            peak_concurrency=200,
        ),
        slo_targets=SLOTargets(ttft_p95_ms=150, itl_p95_ms=25, e2e_p95_ms=7000),
        constraints=Constraints(),
        weights=ScoreWeights(accuracy=0.25, price=0.25, latency=0.4, complexity=0.1),
    )


@pytest.fixture
def new_deployment() -> Callable[..., Deployment]:
    """Makes deployments, each of its own id and key."""

    def make(text: str = "kind: InferenceService\n", **changes: Any) -> Deployment:
        manifests = ManifestSet(
            name="chatbot", namespace="neuralnav", files=(ManifestFile(path="service.yaml", text=text),)
        )
        fields: dict[str, Any] = {
            "id": uuid4(),
            "thread_id": "thread",
            "idempotency_key": uuid4().hex,
            "state": DeploymentState.WRITTEN,
            "choice": _choice(),
            "manifests": manifests,
            "approval": Approval(
                by="ada",
                at="2026-01-01T00:00:00+00:00",
                manifests_sha256=manifests.sha256,
                price_table="p",
                calibration="c",
            ),
        }
        return Deployment(**(fields | changes))

    return make


def _choice() -> Recommendation:
    estimate = Estimate(value=2, low=1, high=3, source=Source.SIMULATED, reference="roofline")
    return Recommendation(
        id="option",
        model="Qwen/Qwen2.5-7B-Instruct",
        display_name="Qwen2.5 7B Instruct",
        gpu_type=GpuType.L4,
        tensor_parallel=1,
        replicas=2,
        gpus=2,
        precision=Precision.BF16,
        engine=EngineArguments(
            max_model_len=8192, max_num_seqs=256, max_num_batched_tokens=2048, gpu_memory_utilization=0.9
        ),
        cost=None,
        predicted=Predicted(ttft_p95_ms=estimate, itl_p95_ms=estimate, e2e_p95_ms=estimate, max_qps=estimate),
        utilisation=Utilisation(gpu_memory=0.8, compute=0.5),
        slo_met=True,
        scores=Scores(accuracy=50, price=50, latency=50, complexity=50, balanced=50, accuracy_rated=True),
        source=Source.SIMULATED,
        reason="It is enough.",
    )
