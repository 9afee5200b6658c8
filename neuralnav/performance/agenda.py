"""An agenda: the first ``size`` places of an array of whole numbers, as a binary heap with the smallest in front.

To add a number, and to take the first one away, costs the logarithm of how many there are; any other has to be found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralnav.performance.compiled import compiled

Agenda = NDArray[np.int64]


@compiled
def add(agenda: Agenda, size: int, entry: int) -> None:
    """Add ``entry`` to ``size`` others."""
    _rise(agenda, size, entry)


@compiled
def take(agenda: Agenda, size: int, entry: int) -> None:
    """Take away ``entry``, which is one of ``size``."""
    place = 0
    while agenda[place] != entry:
        place += 1
    last = agenda[size - 1]
    if last < entry:
        _rise(agenda, place, last)
    else:
        _sink(agenda, size - 1, place, last)


@compiled
def _rise(agenda: Agenda, place: int, entry: int) -> None:
    """Put ``entry`` where there is room, at ``place``, or further in front than all that are larger on the way."""
    while place > 0 and agenda[(place - 1) // 2] > entry:
        agenda[place] = agenda[(place - 1) // 2]
        place = (place - 1) // 2
    agenda[place] = entry


@compiled
def _sink(agenda: Agenda, size: int, place: int, entry: int) -> None:
    """Put ``entry`` where there is room, at ``place``, or further behind than all that are smaller on the way."""
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and agenda[child + 1] < agenda[child]:
            child += 1
        if agenda[child] >= entry:
            break
        agenda[place] = agenda[child]
        place = child
    agenda[place] = entry
