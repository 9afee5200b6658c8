"""NeuralNav: from a sentence about a need to a model server that is shown to meet its SLOs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``neuralnav.plan``, the deterministic core without a graph; loaded when asked for: importing stays cheap."""
    if name == "plan":
        return import_module("neuralnav.planning.shipped").plan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
