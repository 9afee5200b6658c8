"""What limits a deployment: network policy and disruption budget."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neuralnav.deployment.schema.parts import Closed, LabelSelector, Metadata, Name


class DisruptionBudgetSpec(Closed):
    """One pod at a time."""

    max_unavailable: Literal[1]
    selector: LabelSelector


class PodDisruptionBudget(Closed):
    """A ``PodDisruptionBudget`` as NeuralNav writes it."""

    api_version: Literal["policy/v1"]
    kind: Literal["PodDisruptionBudget"]
    metadata: Metadata
    spec: DisruptionBudgetSpec


class NamesOfNamespaces(Closed):
    """Namespaces by name."""

    key: Literal["kubernetes.io/metadata.name"]
    operator: Literal["In"]
    values: Annotated[list[Name], Field(min_length=1, max_length=60)]


class NamespaceSelector(Closed):
    """Some namespaces, never all."""

    match_expressions: Annotated[list[NamesOfNamespaces], Field(min_length=1, max_length=1)]


class SameNamespace(Closed):
    """Every pod of the policy's own namespace."""

    pod_selector: dict[str, str] = Field(max_length=0)


class OtherNamespaces(Closed):
    """Every pod of some other namespaces."""

    namespace_selector: NamespaceSelector


class PolicyPort(Closed):
    """One port."""

    protocol: Literal["TCP", "UDP"]
    port: Literal[53, 443, 5353, 8000]


class Ingress(Closed):
    """Who may come in."""

    from_: Annotated[list[SameNamespace | OtherNamespaces], Field(alias="from", min_length=1, max_length=2)]
    ports: Annotated[list[PolicyPort], Field(min_length=1, max_length=1)]


class IpBlock(Closed):
    """Addresses."""

    cidr: Literal["0.0.0.0/0", "::/0"]
    except_: list[Literal["169.254.0.0/16"]] | None = Field(default=None, alias="except", max_length=1)


class Addresses(Closed):
    """Where to."""

    ip_block: IpBlock


class Egress(Closed):
    """Where pods may go."""

    to: Annotated[list[Addresses], Field(min_length=1, max_length=2)] | None = None
    ports: Annotated[list[PolicyPort], Field(min_length=1, max_length=4)]


class NetworkPolicySpec(Closed):
    """Both directions are limited."""

    pod_selector: LabelSelector
    policy_types: tuple[Literal["Ingress"], Literal["Egress"]] = Field(strict=False)
    ingress: Annotated[list[Ingress], Field(min_length=1, max_length=1)]
    egress: Annotated[list[Egress], Field(min_length=2, max_length=2)]


class NetworkPolicy(Closed):
    """A ``NetworkPolicy`` as NeuralNav writes it."""

    api_version: Literal["networking.k8s.io/v1"]
    kind: Literal["NetworkPolicy"]
    metadata: Metadata
    spec: NetworkPolicySpec
