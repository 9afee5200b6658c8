"""How figures are written for people: the same everywhere, in the unit that reads best."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from neuralnav.models.plan import Estimate


def figure(value: float) -> str:
    """A number with three significant digits, thousands separated, never in powers of ten."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else _digits(value, 3)


def duration(milliseconds: float) -> str:
    """A duration in ms or, from 1,000 on, in s."""
    return f"{figure(milliseconds / 1000)} s" if round(milliseconds) >= 1000 else f"{figure(milliseconds)} ms"


def money(usd: float) -> str:
    """US dollars, without cents from 100 on."""
    if usd >= 100:
        return f"${usd:,.0f}"
    return f"${usd:,.2f}" if usd >= 0.1 or usd == 0 else f"${_digits(usd, 3)}"


def banded(estimate: Estimate) -> str:
    """A duration with its band in the same unit, such as ``61 ms (52-74)``."""
    scale, unit = (1000, "s") if estimate.value >= 1000 else (1, "ms")
    value, low, high = (_rough(part / scale) for part in (estimate.value, estimate.low, estimate.high))
    return f"{value} {unit} ({low}-{high})"


def _rough(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else _digits(value, 2)


def _digits(value: float, count: int) -> str:
    return f"{Decimal(f'{value:.{count}g}'):f}"


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def plural(count: int, thing: str) -> str:
    """``1 replica``, ``2 replicas``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
