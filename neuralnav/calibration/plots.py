"""Predicted against measured, drawn: one point a run, the bands as lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neuralnav.calibration.bands import Errors
from neuralnav.errors import UnavailableError

COLOURS = ("#1f5f99", "#c8553d", "#3a7d44", "#8a4f9e", "#b58900", "#4b8f8c", "#7a5c46", "#5f5f5f", "#d17ba3")
SALT = "neuralnav"
"""Fixed, so that the same figures draw the same file."""


def draw_scatter(path: Path, errors: Errors, title: str, unit: str, scale: float) -> None:
    """Write an SVG of measured over predicted values, coloured by model.

    Args:
        path: The file to write.
        errors: What was measured over what was predicted.
        title: What is shown.
        unit: Of both axes.
        scale: From the values of ``measured_values`` to ``unit``.

    Raises:
        UnavailableError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl

        mpl.use("svg")
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise UnavailableError("Drawing needs matplotlib: install neuralnav[calibrate].") from error
    mpl.rcParams["svg.hashsalt"] = SALT
    figure, axes = plt.subplots(figsize=(7.2, 5.2), layout="constrained")
    measured = errors.measured * scale
    predicted = measured / errors.ratios
    models = sorted({run.model for run in errors.runs})
    for colour, model in zip(np.resize(np.array(COLOURS), len(models)), models, strict=True):
        own = np.array([run.model == model for run in errors.runs])
        axes.scatter(measured[own], predicted[own], s=14, alpha=0.65, color=str(colour), label=model.split("/")[-1])
    ends = np.array([min(measured.min(), predicted.min()) * 0.8, max(measured.max(), predicted.max()) * 1.25])
    axes.plot(ends, ends, color="#222222", linewidth=1)
    for share in (0.8, 1.2):
        axes.plot(ends, ends * share, color="#888888", linewidth=0.8, linestyle="--")
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, title=title)
    axes.set_xlabel(f"measured ({unit})")
    axes.set_ylabel(f"predicted without having seen the model ({unit})")
    axes.legend(fontsize=8, frameon=False)
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.5)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
