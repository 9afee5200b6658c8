"""NeuralNav: from a sentence about a need to a model server that is shown to meet its SLOs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``plan`` and ``predict``: the core without a graph, loaded when asked for, so that importing stays cheap."""
    if name == "plan":
        return import_module("neuralnav.services.shipped_plans").plan
    if name == "predict":
        return import_module("neuralnav.services.prediction").predict_from
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
