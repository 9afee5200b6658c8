"""Autoscaling as KEDA takes it, in an object of its own or inside an ``LLMInferenceService``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neuralnav.deployment.schema.parts import Closed, LongPrintable, Metadata, Name, Printable, Replicas, Seconds

Window = Annotated[int, Field(ge=0, le=3600)]


class Policy(Closed):
    """How fast the number of replicas may change."""

    type: Literal["Percent", "Pods"]
    value: Annotated[int, Field(ge=1, le=1000)]
    period_seconds: Annotated[int, Field(ge=1, le=1800)]


class Rules(Closed):
    """In one direction."""

    stabilization_window_seconds: Window
    select_policy: Literal["Max"] | None = None
    policies: Annotated[list[Policy], Field(min_length=1, max_length=3)]


class Behavior(Closed):
    """In both directions."""

    scale_up: Rules
    scale_down: Rules


class AutoscalerConfig(Closed):
    """What KEDA hands on to the HorizontalPodAutoscaler."""

    behavior: Behavior


class Advanced(Closed):
    """No formula of its own, no name."""

    horizontal_pod_autoscaler_config: AutoscalerConfig


class Fallback(Closed):
    """What runs while a measure cannot be had."""

    failure_threshold: Annotated[int, Field(ge=1, le=100)]
    replicas: Replicas


class PrometheusQuery(Closed):
    """What is asked, where, and one replica's share of the answer."""

    server_address: Printable
    query: LongPrintable
    threshold: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]
    ignore_null_values: Literal["false"]


class Trigger(Closed):
    """One measure."""

    type: Literal["prometheus"]
    name: Name
    metric_type: Literal["AverageValue"]
    metadata: PrometheusQuery


class KedaScaling(Closed):
    """What both objects have in common."""

    polling_interval: Seconds
    cooldown_period: Seconds
    fallback: Fallback
    advanced: Advanced
    triggers: Annotated[list[Trigger], Field(min_length=1, max_length=4)]


class ScaleTarget(Closed):
    """A Deployment: it has the scale subresource that an InferenceService lacks."""

    api_version: Literal["apps/v1"]
    kind: Literal["Deployment"]
    name: Name


class ScaledObjectSpec(KedaScaling):
    """What is scaled, and between which bounds."""

    scale_target_ref: ScaleTarget
    min_replica_count: Replicas
    max_replica_count: Replicas


class ScaledObject(Closed):
    """KEDA's ``ScaledObject`` as NeuralNav writes it."""

    api_version: Literal["keda.sh/v1alpha1"]
    kind: Literal["ScaledObject"]
    metadata: Metadata
    spec: ScaledObjectSpec
