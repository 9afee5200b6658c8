"""Kubernetes' quantities (``500m``, ``16Gi``) as numbers.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(m|k|[KMGTPE]i?)?")
_SUFFIXES = {"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(1000)}
_SUFFIXES |= {letter: Decimal(1000) ** power for power, letter in enumerate("KMGTPE", start=1)}
_SUFFIXES |= {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}


def amount(quantity: Any) -> Decimal:
    """A quantity in its base unit; 0 where there is none, or none that can be read."""
    found = _QUANTITY.fullmatch(str(quantity).strip()) if quantity is not None else None
    return Decimal(0) if found is None else Decimal(found[1]) * _SUFFIXES[found[2] or ""]


def whole(quantity: Any) -> int:
    """A quantity of things that cannot be divided, such as GPUs."""
    return int(amount(quantity))
