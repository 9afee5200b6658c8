"""What applying would change, from a dry run on the server: for people to read before they approve."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from neuralnav.deployment.cluster.objects import ClusterObject, Document
from neuralnav.models.running import ChangeVerb, FieldConflict, ObjectChange

MOST_LINES = 400
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SERVERS_OWN = (
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "generation",
    "selfLink",
    "finalizers",
    "deletionGracePeriodSeconds",
)
_NOISE = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


def change_of(
    entry: ClusterObject, live: Document | None, result: Document, conflicts: tuple[FieldConflict, ...] = ()
) -> ObjectChange:
    """The change from what is there to what a dry run gave."""
    diff = readable_diff(live, result, entry.title)
    verb = ChangeVerb.CREATE if live is None else ChangeVerb.UPDATE if diff or conflicts else ChangeVerb.UNCHANGED
    return ObjectChange(kind=entry.kind.name, name=entry.name, verb=verb, diff=diff, conflicts=conflicts)


def removal_of(entry: ClusterObject, live: Document) -> ObjectChange:
    """The change that takes an object away; its whole text would say no more than its name."""
    created = (live.get("metadata") or {}).get("creationTimestamp", "an unknown time")
    diff = (f"- {entry.title}, which is there since {created}",)
    return ObjectChange(kind=entry.kind.name, name=entry.name, verb=ChangeVerb.DELETE, diff=diff)


def readable_diff(before: Document | None, after: Document | None, title: str) -> tuple[str, ...]:
    """Lines of a unified diff, without what the server keeps for itself; empty where nothing differs."""
    old, new = (_lines(document) for document in (before, after))
    lines = list(difflib.unified_diff(old, new, f"{title} (now)", f"{title} (then)", lineterm="", n=3))
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} more lines"]
    return tuple(lines)


def differs(before: Document, after: Document) -> bool:
    """Whether two states of an object differ in more than what the server keeps for itself."""
    return _clean(before) != _clean(after)


def _lines(document: Document | None) -> list[str]:
    if document is None:
        return []
    text: str = yaml.dump(_clean(document), Dumper=_Dumper, sort_keys=True, default_flow_style=False, width=1000)
    return text.splitlines()


def _clean(document: Mapping[str, Any]) -> Document:
    metadata = {name: value for name, value in (document.get("metadata") or {}).items() if name not in _SERVERS_OWN}
    annotations = {name: value for name, value in (metadata.get("annotations") or {}).items() if name not in _NOISE}
    if annotations:
        metadata["annotations"] = annotations
    else:
        metadata.pop("annotations", None)
    return {name: value for name, value in document.items() if name not in ("status", "metadata")} | {
        "metadata": metadata
    }
