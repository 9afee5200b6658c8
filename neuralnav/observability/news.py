"""What began or ended to last, in the words in which people are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from pydantic import AwareDatetime

from neuralnav.models.figures import plural
from neuralnav.observability.drift import DriftKind
from neuralnav.observability.hysteresis import DriftRecord

_WORDS: Mapping[DriftKind, tuple[str, str]] = MappingProxyType(
    {
        DriftKind.TTFT_MISSED: ("TTFT p95 has been above its target", "TTFT p95 meets its target again"),
        DriftKind.ITL_MISSED: ("ITL p95 has been above its target", "ITL p95 meets its target again"),
        DriftKind.E2E_MISSED: ("E2E p95 has been above its target", "E2E p95 meets its target again"),
        DriftKind.ERRORS: ("More requests have failed than may", "As many requests are answered as must be again"),
        DriftKind.TRAFFIC_ABOVE_PLAN: ("Traffic has been above the plan", "Traffic is within the plan again"),
        DriftKind.PROMPTS_ABOVE_PLAN: (
            "Prompts have been longer than planned for",
            "Prompts are as long as planned for again",
        ),
        DriftKind.ANSWERS_ABOVE_PLAN: (
            "Answers have been longer than planned for",
            "Answers are as long as planned for again",
        ),
        DriftKind.TTFT_ABOVE_PREDICTION: ("TTFT p95 has been above its prediction", "TTFT p95 is as predicted again"),
        DriftKind.ITL_ABOVE_PREDICTION: ("ITL p95 has been above its prediction", "ITL p95 is as predicted again"),
        DriftKind.E2E_ABOVE_PREDICTION: ("E2E p95 has been above its prediction", "E2E p95 is as predicted again"),
        DriftKind.REPLICAS_MISSING: ("Replicas have been missing", "All replicas are there again"),
        DriftKind.RESTARTS: ("Replicas have kept beginning anew", "Replicas no longer begin anew"),
    }
)
"""Of each departure, that it lasts and that it is over."""


def lasting(kind: DriftKind, record: DriftRecord, until: AwareDatetime) -> str:
    """That a departure lasts, since when and by how much, as of the window that ended at ``until``."""
    how_long = f" for {_in_words(until - record.since)}" if record.since else ""
    figures = f": {record.figures}" if record.figures else ""
    return f"{_WORDS[kind][0]}{how_long}{figures}."


def over(kind: DriftKind) -> str:
    """That a departure no longer lasts."""
    return f"{_WORDS[kind][1]}."


def _in_words(length: timedelta) -> str:
    minutes = length.total_seconds() / 60
    if minutes < 2:
        return plural(round(length.total_seconds()), "second")
    return plural(round(minutes), "minute") if minutes < 120 else plural(round(minutes / 60), "hour")
