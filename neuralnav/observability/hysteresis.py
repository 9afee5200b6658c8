"""Departures that last: a window or two by themselves raise nothing, and a quiet one does not end anything."""

from __future__ import annotations

from typing import Annotated

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

    shown_from: Annotated[tuple[AwareDatetime | None, ...], Field(max_length=WINDOWS)] = ()
    """The beginnings of the windows that showed it, oldest first; ``None``: one that did not."""
    lasting: bool = False
    """Whether it began and has not ended."""
    since: AwareDatetime | None = None
    """Where it lasts: the beginning of the first window that showed it, of those for which it began to last."""
    figures: PlainText = ""
    """Of the last window that showed it."""


class DriftMemory(Frozen):
    """What is remembered from window to window: plain data, to be kept with the deployment."""

    records: dict[DriftKind, DriftRecord] = Field(default_factory=dict)

    @property
    def lasting(self) -> frozenset[DriftKind]:
        """Departures that began and have not ended."""
        return frozenset(kind for kind, record in self.records.items() if record.lasting)


def settle(memory: DriftMemory, reading: Reading) -> DriftMemory:
    """``memory`` with ``reading``, of a window that does not overlap those before.

    A departure begins when ``RAISED_FROM`` of the last ``WINDOWS`` windows that could be judged show it, and ends when
    at most ``ENDED_AT`` does. Windows that tell nothing of it change nothing.
    """
    drifts = {drift.kind: drift for drift in reading.drifts}
    records = dict(memory.records)
    for kind in reading.judged:
        records[kind] = _next(records.get(kind, DriftRecord()), drifts.get(kind), reading.window_from)
    return DriftMemory(records=records)


def _next(before: DriftRecord, drift: Drift | None, window_from: AwareDatetime) -> DriftRecord:
    shown_from = (*before.shown_from, window_from if drift else None)[-WINDOWS:]
    shown = [at for at in shown_from if at is not None]
    if before.lasting:
        lasting = len(shown) > ENDED_AT or len(shown_from) < WINDOWS
    else:
        lasting = drift is not None and len(shown) >= RAISED_FROM
    return DriftRecord(
        shown_from=shown_from,
        lasting=lasting,
        since=(before.since or shown[0]) if lasting else None,
        figures=drift.figures if drift else before.figures,
    )
