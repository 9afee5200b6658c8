"""What trying a deployment gave."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Annotated

from pydantic import AwareDatetime, Field

from neuralnav.deployment.probing_cases import ProbeCase
from neuralnav.models.base import Frozen, PlainText

Ms = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]

WELL = "200"
"""What ``/health`` gives where all is well."""


class ProbeAnswer(Frozen):
    """One request and what came of it, as its client saw it."""

    case: str
    error: PlainText | None = None
    """Why it was not answered; the figures are then those of what came."""
    status: int | None = None
    content_type: str = ""
    prompt_tokens: Count | None = None
    """As the server counts; ``None``: it does not say."""
    output_tokens: Count = 0
    """As the server counts or, where it does not say, pieces that came."""
    pieces: Count = 0
    """Parts of the stream that brought something."""
    finish_reason: str | None = None
    ttft_ms: Ms | None = None
    itl_ms: Ms | None = None
    """(last token - first token) / (tokens - 1); ``None`` for one token, or where all came in one piece."""
    e2e_ms: Ms | None = None


class ProbeReport(Frozen):
    """Everything that was tried. The first request, to warm up, is not among the answers."""

    model: str
    started_at: AwareDatetime
    duration_s: Annotated[float, Field(ge=0)]
    cases: tuple[ProbeCase, ...]
    health: PlainText
    """What ``/health`` gave: ``WELL``, another status, or why it gave none."""
    roundtrip_ms: Ms | None
    """Median time of ``/health`` over an open connection: what network and HTTP take of every latency here."""
    worst_roundtrip_ms: Ms | None
    """The longest of them, before and between the requests: how long client, network or server may stand still."""
    served: Annotated[tuple[str, ...], Field(max_length=100)]
    """Names under ``/v1/models``."""
    warm_up: ProbeAnswer | None = None
    answers: tuple[ProbeAnswer, ...] = ()
    complete: bool = True
    """Whether there was time for everything."""

    def of_case(self, name: str) -> tuple[ProbeAnswer, ...]:
        """The whole answers of one case."""
        return tuple(answer for answer in self.answers if answer.case == name and answer.error is None)


def typical(values: Iterable[float | None]) -> float | None:
    """The median of those that are known; ``None``: none is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
