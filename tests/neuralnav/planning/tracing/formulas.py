"""The formulas of traces, worked out by Python."""

from __future__ import annotations

import math
import re

from neuralnav.models.trace import FUNCTIONS, TraceEntry, names_in

_ALMOST = 1e-12
"""Whole numbers are met from above and from below."""
_CALLED = {
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "log2": math.log2,
    "ceil": lambda value: math.ceil(value * (1 - _ALMOST)),
    "floor": lambda value: math.floor(value * (1 + _ALMOST)),
}


def worked_out(entry: TraceEntry) -> float:
    """What the formula of ``entry`` gives for its inputs."""
    assert entry.formula is not None
    assert _CALLED.keys() == FUNCTIONS
    assert entry.inputs.keys() == set(names_in(entry.formula))
    python = re.sub(r"\bx\b", "*", entry.formula).replace("^", "**")
    return float(eval(python, {"__builtins__": {}}, {**_CALLED, **entry.inputs}))
