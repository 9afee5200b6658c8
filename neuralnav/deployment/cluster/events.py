"""What the cluster reports of a deployment's objects and pods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from neuralnav.deployment.cluster.pods import moment
from neuralnav.models.running import MOST_EVENTS, RunEvent

LONGEST_MESSAGE = 500
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def run_events(documents: Iterable[dict[str, Any]], names: Iterable[str]) -> tuple[RunEvent, ...]:
    """The newest events about objects called one of ``names``, or named after one with a ``-``; oldest first."""
    ours = tuple(names)
    found = [event for document in documents if (event := _event(document, ours)) is not None]
    return tuple(sorted(found, key=lambda event: (event.at, event.about, event.reason)))[-MOST_EVENTS:]


def _event(document: dict[str, Any], ours: tuple[str, ...]) -> RunEvent | None:
    about = document.get("involvedObject") or {}
    name = str(about.get("name") or "")
    if not any(name == own or name.startswith(f"{own}-") for own in ours):
        return None
    times = (document.get("lastTimestamp"), document.get("eventTime"), document.get("firstTimestamp"))
    at = next((found for text in times if text and (found := moment(text))), _EARLIEST)
    return RunEvent(
        at=at,
        about=f"{about.get('kind') or 'Object'}/{name}",
        reason=str(document.get("reason") or "Unknown"),
        message=str(document.get("message") or "")[:LONGEST_MESSAGE],
        warning=document.get("type") == "Warning",
    )
