"""Autoscaling: the Deployment that is there, between what the average and what the peak take, on vLLM's metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuralnav.deployment.manifests import Extra
from neuralnav.deployment.manifests.scale import scale_of
from neuralnav.models.deployment import DeploymentTarget, ManifestSet
from neuralnav.models.specification import PlanningPolicy
from neuralnav.planning.replicas import replicas_for
from tests.neuralnav.deployment.conftest import Case, _choice, _gpu, _model, _specification, built, case
from tests.neuralnav.deployment.documents import Document, document, documents, main_document, pod

KSERVE, KUBERNETES, LLM_D, _ = DeploymentTarget
CASE = "one-nvidia-gpu"


def scaling(made: ManifestSet) -> tuple[int, int, Document]:
    """Fewest and most replicas, and what KEDA is told."""
    if made.target is LLM_D:
        found = main_document(made)["spec"]["scaling"]
        return found["minReplicas"], found["maxReplicas"], found["keda"]
    spec = document(made, "scaledobject.yaml")["spec"]
    return spec["minReplicaCount"], spec["maxReplicaCount"], spec


@pytest.mark.parametrize("target", [KSERVE, KUBERNETES, LLM_D])
def test_replicas_go_from_the_averages_number_to_the_peaks(target: DeploymentTarget) -> None:
    least, most, keda = scaling(built(CASE, target))
    assert (least, most) == (1, 2)  # 3 and 9 requests/s over 6.1 x 0.8 of one replica
    assert keda["fallback"] == {"failureThreshold": 4, "replicas": most}
    assert [trigger["metadata"]["threshold"] for trigger in keda["triggers"]] == ["4.88", "27.125"]


def test_the_deployment_that_is_scaled_is_the_one_that_is_there() -> None:
    for target, name in ((KSERVE, "chatbot-qwen2-5-7b-predictor"), (KUBERNETES, "chatbot-qwen2-5-7b")):
        reference = document(built(CASE, target), "scaledobject.yaml")["spec"]["scaleTargetRef"]
        assert reference == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    assert "scaledobject.yaml" not in documents(built(CASE, LLM_D))


def test_nobody_else_sets_the_number_of_replicas() -> None:
    service = main_document(built(CASE, KSERVE))
    assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "external"
    assert (service["spec"]["predictor"]["minReplicas"], service["spec"]["predictor"]["maxReplicas"]) == (1, 2)
    assert "replicas" not in main_document(built(CASE, KUBERNETES))["spec"]
    assert "replicas" not in main_document(built(CASE, LLM_D))["spec"]


def test_without_autoscaling_the_plans_number_is_fixed() -> None:
    def made(target: DeploymentTarget) -> ManifestSet:
        return case(CASE).build(target, without={Extra.AUTOSCALING})

    service = main_document(made(KSERVE))
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "none"
    assert service["spec"]["predictor"]["minReplicas"] == service["spec"]["predictor"]["maxReplicas"] == 2
    assert main_document(made(KUBERNETES))["spec"]["replicas"] == 2
    assert main_document(made(LLM_D))["spec"]["replicas"] == 2
    assert "scaling" not in main_document(made(LLM_D))["spec"]
    assert all("scaledobject.yaml" not in documents(made(target)) for target in (KSERVE, KUBERNETES, LLM_D))


def with_load(**changes: Any) -> Case:
    model, gpu, specification = _model(), _gpu(), _specification()
    replicas = changes.pop("replicas", 6)
    reliability = changes.pop("reliability_pct", 99.0)
    traffic = specification.traffic.model_copy(update=changes)
    targets = specification.slo_targets.model_copy(update={"reliability_pct": reliability})
    return Case(
        _choice(model, gpu, replicas=replicas),
        model,
        gpu,
        specification.model_copy(update={"traffic": traffic, "slo_targets": targets}),
    )


def test_a_spare_replica_stays_spare_at_any_load() -> None:
    made = with_load(average_qps=4.0, peak_qps=24.0, reliability_pct=99.9).build(KUBERNETES)
    least, most, keda = scaling(made)
    assert (least, most) == (2, 6)
    assert keda["triggers"][0]["metadata"]["query"].endswith(") + 4.88")


def test_a_load_that_needs_more_than_was_planned_stays_within_the_plan() -> None:
    made = with_load(average_qps=1000.0, peak_qps=1000.0, replicas=3)
    assert scaling(made.build(KUBERNETES))[:2] == (3, 3)


def test_a_replica_is_kept_as_long_as_its_start_may_take() -> None:
    made = built(CASE, KSERVE)
    probe = pod(made)["containers"][0]["startupProbe"]
    behavior = scaling(made)[2]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    start = probe["periodSeconds"] * probe["failureThreshold"]
    assert start - 10 < behavior["scaleDown"]["stabilizationWindowSeconds"] <= start


def test_requests_in_flight_never_exceed_what_a_replica_batches() -> None:
    small = case(CASE).choice.model_copy(
        update={"engine": case(CASE).choice.engine.model_copy(update={"max_num_seqs": 8})}
    )
    assert scale_of(small, case(CASE).specification).in_flight == 8
    assert scale_of(case(CASE).choice, case(CASE).specification).in_flight > 8


def test_queries_ask_the_prometheus_that_was_named() -> None:
    made = replace(case(CASE)).build(KSERVE, prometheus_url="https://thanos.observe.svc:9091/prom")
    for trigger in scaling(made)[2]["triggers"]:
        assert trigger["metadata"]["serverAddress"] == "https://thanos.observe.svc:9091/prom"


def test_the_formula_of_replicas_is_the_planners() -> None:
    policy = PlanningPolicy(max_utilisation=0.8)
    assert float(replicas_for(9, 6.1, policy)) == 2
    assert float(replicas_for(8, 5, policy)) == 2  # 8 / 4, whole but for floating point
    assert float(replicas_for(0.1, 5, policy)) == 1
    assert np.isinf(replicas_for(1, [0.0, 5.0], policy)).tolist() == [True, False]
