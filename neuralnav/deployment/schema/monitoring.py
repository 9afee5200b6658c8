"""What watches a deployment: scraping, alerts and a dashboard."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Json

from neuralnav.deployment.schema.parts import Closed, LabelSelector, LabelValue, LongPrintable, Metadata, Printable
from neuralnav.models.deployment import DNS_LABEL

Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[smhd]$")]


class Relabeling(Closed):
    """The deployment's name as a label on every series."""

    action: Literal["replace"]
    target_label: Literal["neuralnav_deployment"]
    replacement: Annotated[str, Field(pattern=DNS_LABEL)]


class MetricsEndpoint(Closed):
    """vLLM's own."""

    port: Literal["http1"]
    path: Literal["/metrics"]
    scheme: Literal["http"]
    interval: Duration
    scrape_timeout: Duration
    relabelings: Annotated[list[Relabeling], Field(min_length=1, max_length=1)]


class PodMonitorSpec(Closed):
    """Which pods of the same namespace."""

    selector: LabelSelector
    pod_metrics_endpoints: Annotated[list[MetricsEndpoint], Field(min_length=1, max_length=1)]


class PodMonitor(Closed):
    """The Prometheus operator's ``PodMonitor`` as NeuralNav writes it."""

    api_version: Literal["monitoring.coreos.com/v1"]
    kind: Literal["PodMonitor"]
    metadata: Metadata
    spec: PodMonitorSpec


class Alert(Closed):
    """One alert."""

    alert: Annotated[str, Field(pattern=r"^NeuralNav[A-Za-z0-9]{1,60}$")]
    expr: LongPrintable
    for_: Annotated[Duration, Field(alias="for")]
    labels: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], LabelValue]
    annotations: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], LongPrintable]


class RuleGroup(Closed):
    """Alerts that are evaluated together."""

    name: Printable
    rules: Annotated[list[Alert], Field(min_length=1, max_length=20)]


class PrometheusRuleSpec(Closed):
    """All of them."""

    groups: Annotated[list[RuleGroup], Field(min_length=1, max_length=5)]


class PrometheusRule(Closed):
    """The Prometheus operator's ``PrometheusRule`` as NeuralNav writes it."""

    api_version: Literal["monitoring.coreos.com/v1"]
    kind: Literal["PrometheusRule"]
    metadata: Metadata
    spec: PrometheusRuleSpec


class DataSource(Closed):
    """The Prometheus that the dashboard's reader chooses."""

    type: Literal["prometheus"]
    uid: Literal["${datasource}"]


class PanelQuery(Closed):
    """One line of a panel."""

    ref_id: Annotated[str, Field(pattern=r"^[A-Z]$")]
    datasource: DataSource
    expr: LongPrintable
    legend_format: Printable


class GridPosition(Closed):
    """Place and size on a grid 24 wide."""

    x: Annotated[int, Field(ge=0, le=23)]
    y: Annotated[int, Field(ge=0, le=1000)]
    w: Annotated[int, Field(ge=1, le=24)]
    h: Annotated[int, Field(ge=1, le=24)]


class Stacking(Closed):
    """Whether lines are added up."""

    mode: Literal["none", "normal"]


class ThresholdsStyle(Closed):
    """A line."""

    mode: Literal["line"]


class Custom(Closed):
    """How lines are drawn."""

    fill_opacity: Annotated[int, Field(ge=0, le=100)]
    stacking: Stacking
    thresholds_style: ThresholdsStyle | None = None


class Step(Closed):
    """A colour and the value from which it holds."""

    color: Literal["green", "red"]
    value: float | int | None


class Thresholds(Closed):
    """Targets as lines."""

    mode: Literal["absolute"]
    steps: Annotated[list[Step], Field(min_length=1, max_length=2)]


class FieldDefaults(Closed):
    """Unit, bounds and lines of a panel."""

    unit: Literal["s", "reqps", "percentunit", "short", "cps"]
    min: Literal[0]
    max: int | float | None = None
    custom: Custom
    thresholds: Thresholds


class FieldConfig(Closed):
    """No exceptions for single lines."""

    defaults: FieldDefaults
    overrides: Annotated[list[str], Field(max_length=0)]


class Legend(Closed):
    """Below the panel."""

    display_mode: Literal["list"]
    placement: Literal["bottom"]


class Tooltip(Closed):
    """All lines at once."""

    mode: Literal["multi"]


class PanelOptions(Closed):
    """Legend and tooltip."""

    legend: Legend
    tooltip: Tooltip


class Panel(Closed):
    """A chart over time: no other kind, so no HTML and no links."""

    id: Annotated[int, Field(ge=1, le=100)]
    type: Literal["timeseries"]
    title: Printable
    description: Annotated[str, Field(pattern=r"^[ -~]{0,300}$")]
    datasource: DataSource
    grid_pos: GridPosition
    field_config: FieldConfig
    options: PanelOptions
    targets: Annotated[list[PanelQuery], Field(min_length=1, max_length=6)]


class DashboardVariable(Closed):
    """The choice of a Prometheus."""

    name: Literal["datasource"]
    type: Literal["datasource"]
    query: Literal["prometheus"]
    label: Printable


class Templating(Closed):
    """The variables of a dashboard."""

    list: Annotated[list[DashboardVariable], Field(min_length=1, max_length=1)]


class TimeRange(Closed):
    """What is shown at first."""

    from_: Annotated[Literal["now-6h"], Field(alias="from")]
    to: Literal["now"]


class Dashboard(Closed):
    """Grafana's document."""

    uid: Annotated[str, Field(pattern=r"^neuralnav-[0-9a-f]{16}$")]
    title: Printable
    tags: Annotated[list[Literal["neuralnav", "vllm"]], Field(max_length=2)]
    schema_version: Literal[39]
    editable: Literal[True]
    refresh: Duration
    time: TimeRange
    templating: Templating
    panels: Annotated[list[Panel], Field(min_length=1, max_length=40)]


class DashboardData(Closed):
    """The ConfigMap's one entry."""

    dashboard: Annotated[Json[Dashboard], Field(alias="dashboard.json")]


class ConfigMap(Closed):
    """A dashboard for Grafana's sidecar."""

    api_version: Literal["v1"]
    kind: Literal["ConfigMap"]
    metadata: Metadata
    data: DashboardData
