"""Reads figures as they are typed: grouped, with decimals, as powers, fractions and ordinals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from neuralnav.understanding.reading.tokens import Amount

_TOO_LONG_A_NUMBER = 40
_MAX_VALUE = 1e300


def read_figures(figures: str) -> Amount:
    """The amount that figures such as ``1,000``, ``1 000``, ``2,5`` or ``1e9`` stand for."""
    if len(figures) > _TOO_LONG_A_NUMBER:
        return Amount(_MAX_VALUE)
    mantissa, _, exponent = figures.partition("e")
    value = float(_plain_decimal(mantissa)) * 10.0 ** min(int(exponent or 0), 290)
    thousands = re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", figures)
    return Amount(min(value, _MAX_VALUE), other=float(figures.replace(".", "")) if thousands else None)


def read_power(figures: str) -> Amount:
    """The amount that a power such as ``10^6`` or ``10**6`` stands for."""
    base, exponent = (int(part) for part in re.split(r" ?(?:\^|\*\*) ?", figures))
    fits = base < 2 or exponent * math.log10(base) < math.log10(_MAX_VALUE)
    return Amount(float(base**exponent) if fits else _MAX_VALUE)


def _plain_decimal(mantissa: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", mantissa):
        return mantissa.replace(".", "").replace(",", ".")
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[,'_ \u00a0]\d{2,3})+(?:\.\d+)?", mantissa)
    if grouped and re.search(r"[,'_ \u00a0]\d{3}(?:\.\d+)?$", mantissa):
        return re.sub(r"[,'_ \u00a0]", "", mantissa)
    return mantissa.replace(",", ".")


def read_ratio(figures: str) -> Amount:
    """The amount that a fraction such as ``1/4`` stands for; over nothing it is the figure above."""
    above, below = map(int, figures.split("/"))
    return Amount(above / max(below, 1))


def read_ordinal(figures: str) -> Amount:
    """The amount that an ordinal such as ``3rd`` stands for."""
    return Amount(float(figures[:-2]))


READERS: Mapping[str, Callable[[str], Amount]] = MappingProxyType(
    {"number": read_figures, "power": read_power, "ratio": read_ratio, "ordinal": read_ordinal}
)
"""How each form of figures is read."""
