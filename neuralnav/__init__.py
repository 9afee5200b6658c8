"""NeuralNav: from a sentence about a need to a model server that is shown to meet its SLOs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuralnav.planning.shipped import plan

__version__ = "0.1.0"
__all__ = ["__version__", "plan"]


def __getattr__(name: str) -> Any:
    """Load the planner when it is first asked for: importing the package stays cheap."""
    if name == "plan":
        from neuralnav.planning.shipped import plan

        return plan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
