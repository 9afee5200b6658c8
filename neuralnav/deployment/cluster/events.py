"""What the cluster reports of a deployment's objects and pods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from neuralnav.deployment.cluster.pods import moment
from neuralnav.models.running import MOST_EVENTS, RunEvent

LONGEST_MESSAGE = 500
_HASH = "[bcdfghjklmnpqrstvwxz2456789]"
"""The characters with which Kubernetes names ReplicaSets and pods: no vowels, so no words."""

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def run_events(documents: Iterable[dict[str, Any]], names: Iterable[str], deployment: str) -> tuple[RunEvent, ...]:
    """The newest events about objects called one of ``names`` and about ``deployment`` with its pods; oldest first."""
    exact = frozenset((*names, deployment))
    made = re.compile(f"{re.escape(deployment)}-{_HASH}{{1,10}}(-{_HASH}{{5}})?")
    found = [_event(document) for document in documents if _is_about(document, exact, made)]
    return tuple(sorted(found, key=lambda event: (event.at, event.about, event.reason)))[-MOST_EVENTS:]


def _is_about(document: dict[str, Any], exact: frozenset[str], made: re.Pattern[str]) -> bool:
    name = str((document.get("involvedObject") or {}).get("name") or "")
    return name in exact or made.fullmatch(name) is not None


def _event(document: dict[str, Any]) -> RunEvent:
    about = document.get("involvedObject") or {}
    name = str(about.get("name") or "")
    times = (document.get("lastTimestamp"), document.get("eventTime"), document.get("firstTimestamp"))
    at = next((found for text in times if text and (found := moment(text))), _EARLIEST)
    return RunEvent(
        at=at,
        about=f"{about.get('kind') or 'Object'}/{name}",
        reason=str(document.get("reason") or "Unknown"),
        message=str(document.get("message") or "")[:LONGEST_MESSAGE],
        warning=document.get("type") == "Warning",
    )
