"""What all parts of one set of manifests are built from, and the marks that every object carries."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from neuralnav.deployment.arguments import EngineFlag, plain
from neuralnav.deployment.images import VLLM_VERSION
from neuralnav.deployment.manifests.options import Extra, ManifestOptions
from neuralnav.deployment.manifests.scale import Scale, scale_of
from neuralnav.deployment.manifests.weights import Weights, weights_of
from neuralnav.deployment.manifests.workload import (
    DEPLOYMENT_MARK,
    INSTALLATION_MARK,
    OWN_PREFIX,
    Workload,
    workload_of,
)
from neuralnav.deployment.sizing import PodSize
from neuralnav.models.catalog import CatalogModel, GpuProfile
from neuralnav.models.deployment import DeploymentTarget, EngineMode
from neuralnav.models.plan import Recommendation
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.observability.queries import Selector


@dataclass(frozen=True)
class Blueprint:
    """One deployment before it is written down for its target."""

    choice: Recommendation
    model: CatalogModel
    gpu: GpuProfile
    specification: DeploymentSpecification
    name: str
    namespace: str
    target: DeploymentTarget
    mode: EngineMode
    options: ManifestOptions
    size: PodSize
    flags: tuple[EngineFlag, ...]

    @cached_property
    def workload(self) -> Workload:
        """What the target runs replicas as."""
        return workload_of(self.target, self.name)

    @cached_property
    def weights(self) -> Weights:
        """Where they come from."""
        return weights_of(self.model.model_id, self.options.storage_uri, self.target)

    @cached_property
    def scale(self) -> Scale:
        """How many replicas may run."""
        return scale_of(self.choice, self.specification)

    @property
    def selector(self) -> Selector:
        """The deployment's series in Prometheus."""
        return Selector.of_deployment(self.namespace, self.name)

    @property
    def simulated(self) -> bool:
        """Whether the simulator stands in for vLLM."""
        return self.mode is EngineMode.SIMULATOR

    @property
    def autoscaled(self) -> bool:
        """Whether KEDA chooses the number of replicas."""
        return Extra.AUTOSCALING not in self.options.without

    @cached_property
    def labels(self) -> dict[str, str]:
        """Of every object and every pod: what it is and whose."""
        return {
            "app.kubernetes.io/name": "vllm",
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/version": VLLM_VERSION,
            "app.kubernetes.io/component": "model-server",
            "app.kubernetes.io/part-of": "neuralnav",
            "app.kubernetes.io/managed-by": "neuralnav",
            DEPLOYMENT_MARK: self.name,
        }

    @cached_property
    def object_labels(self) -> dict[str, str]:
        """Of every object and of no pod, which another label would restart: besides, the installation that made it."""
        installation = self.options.installation
        return self.labels | ({} if installation is None else {INSTALLATION_MARK: installation})

    @cached_property
    def annotations(self) -> dict[str, str]:
        """Of every object: the plan's identity, what was asked and what was predicted."""
        predicted = self.choice.predicted
        own = {
            "plan-id": self.choice.id,
            "plan-sha256": plan_sha256(self.choice, self.specification),
            "predicted-ttft-p95-ms": plain(predicted.ttft_p95_ms.value),
            "predicted-itl-p95-ms": plain(predicted.itl_p95_ms.value),
            "predicted-e2e-p95-ms": plain(predicted.e2e_p95_ms.value),
            "predicted-max-qps-per-replica": plain(predicted.max_qps.value),
        } | asked(self.specification)
        versions = {"price-table": self.options.price_table, "calibration": self.options.calibration}
        own |= {key: value for key, value in versions.items() if value is not None}
        return {f"{OWN_PREFIX}/{key}": value for key, value in own.items()}

    def metadata(
        self,
        *,
        suffix: str = "",
        labels: dict[str, str] | None = None,
        annotations: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The metadata of one object; ``suffix`` sets it apart from others of its kind."""
        return {
            "name": f"{self.name}{suffix}",
            "namespace": self.namespace,
            "labels": self.object_labels | (labels or {}),
            "annotations": (annotations or {}) | self.annotations,
        }


def asked(specification: DeploymentSpecification) -> dict[str, str]:
    """What a deployment was planned for, as annotations say it, without their prefix."""
    targets = specification.slo_targets
    return {
        "target-ttft-p95-ms": plain(targets.ttft_p95_ms),
        "target-itl-p95-ms": plain(targets.itl_p95_ms),
        "target-e2e-p95-ms": plain(targets.e2e_p95_ms),
        "planned-peak-qps": plain(specification.traffic.peak_qps),
    }


def plan_sha256(choice: Recommendation, specification: DeploymentSpecification) -> str:
    """Digest of the numbers that a deployment is judged by: the configuration, the load and the targets.

    Words (names for people, reasons, notes, what the person wrote) do not enter it.
    """
    numbers = {
        "choice": choice.model_dump(mode="json", exclude={"display_name", "reason", "notes"}),
        "traffic": specification.traffic.model_dump(mode="json", exclude={"derivations"}),
        "slo_targets": specification.slo_targets.model_dump(mode="json", exclude={"reasons", "experience_class"}),
    }
    canonical = json.dumps(numbers, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
