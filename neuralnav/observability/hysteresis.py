"""Departures that last: a window or two by themselves raise nothing, and a quiet one does not end anything."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field

from neuralnav.models.base import Frozen, PlainText
from neuralnav.observability.drift import Drift, DriftKind, Reading

WINDOWS = 5
RAISED_FROM = 3
"""Of the last ``WINDOWS`` judged windows, so many must show a departure for it to begin ..."""

ENDED_AT = 1
"""... and no more than so many for it to end."""


class DriftRecord(Frozen):
    """What the last windows showed of one kind of departure."""

    shown: Annotated[tuple[bool, ...], Field(max_length=WINDOWS)] = ()
    """Oldest first."""
    lasting: bool = False
    """Whether it began and has not ended."""
    since: AwareDatetime | None = None
    """The beginning of the first window that showed it; ``None``: none of those that are kept did."""
    figures: PlainText = ""
    """Of the last window that showed it."""


class DriftMemory(Frozen):
    """What is remembered from window to window: plain data, to be kept with the deployment."""

    records: dict[DriftKind, DriftRecord] = Field(default_factory=dict)

    @property
    def lasting(self) -> frozenset[DriftKind]:
        """Departures that began and have not ended."""
        return frozenset(kind for kind, record in self.records.items() if record.lasting)


class Settled(NamedTuple):
    """A memory with one window more, and what that changed."""

    memory: DriftMemory
    began: tuple[Drift, ...]
    """Departures that last from now on, to be told."""
    ended: tuple[DriftKind, ...]
    """Departures that are over."""


def settle(memory: DriftMemory, reading: Reading) -> Settled:
    """``memory`` with ``reading``, of a window that does not overlap those before.

    A departure begins when ``RAISED_FROM`` of the last ``WINDOWS`` windows that could be judged show it, and ends when
    at most ``ENDED_AT`` does. Windows that tell nothing of it change nothing.
    """
    sentences = {drift.kind: drift for drift in reading.drifts}
    records = dict(memory.records)
    began, ended = [], []
    for kind in DriftKind:
        if kind not in reading.judged:
            continue
        before = records.get(kind, DriftRecord())
        after = _next(before, sentences.get(kind), reading.window_from)
        records[kind] = after
        if after.lasting and not before.lasting:
            began.append(sentences[kind])
        elif before.lasting and not after.lasting:
            ended.append(kind)
    return Settled(DriftMemory(records=records), tuple(began), tuple(ended))


def _next(before: DriftRecord, drift: Drift | None, window_from: AwareDatetime) -> DriftRecord:
    shows = drift is not None
    shown = (*before.shown, shows)[-WINDOWS:]
    count = sum(shown)
    lasting = count > ENDED_AT or len(shown) < WINDOWS if before.lasting else shows and count >= RAISED_FROM
    return DriftRecord(
        shown=shown,
        lasting=lasting,
        since=(before.since or window_from) if count else None,
        figures=drift.figures if drift else before.figures,
    )
