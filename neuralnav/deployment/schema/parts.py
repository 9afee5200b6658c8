"""What all manifests are made of: names, quantities, metadata, selectors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from neuralnav.deployment.images import PINNED_IMAGE
from neuralnav.models.deployment import DNS_LABEL, NAMESPACE

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
QualifiedName = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
        r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        max_length=253,
    ),
]
LabelValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
Printable = Annotated[str, Field(pattern=r"^[ -~]{1,300}$")]
LongPrintable = Annotated[str, Field(pattern=r"^[ -~]{1,4000}$")]
"""An expression in PromQL, or a sentence."""
AbsolutePath = Annotated[str, Field(pattern=r"^(/[a-z0-9.-]+)+$", max_length=100)]
Quantity = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}(m|Ki|Mi|Gi|Ti)?$")]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Replicas = Annotated[int, Field(ge=1, le=10_000)]
PinnedImage = Annotated[str, Field(pattern=PINNED_IMAGE, max_length=300)]
StorageClass = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


class Closed(BaseModel):
    """A part of a manifest: camelCase keys, no unknown ones, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Metadata(Closed):
    """Name, place and marks."""

    name: Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]
    namespace: Annotated[str, Field(pattern=NAMESPACE)]
    labels: dict[QualifiedName, LabelValue]
    annotations: dict[QualifiedName, Printable]


class LabelSelector(Closed):
    """Objects with all of these labels."""

    match_labels: Annotated[dict[QualifiedName, LabelValue], Field(min_length=1, max_length=5)]


class Claim(Closed):
    """What a PersistentVolumeClaim asks for."""

    access_modes: Annotated[list[Literal["ReadWriteOnce", "ReadWriteMany"]], Field(min_length=1, max_length=1)]
    storage_class_name: StorageClass | None = None
    resources: ClaimResources


class ClaimResources(Closed):
    """Its size."""

    requests: StorageRequest


class StorageRequest(Closed):
    """In bytes."""

    storage: Quantity


DeploymentName = Annotated[str, Field(pattern=DNS_LABEL)]
