"""Where the files that ship with NeuralNav are: in the checkout, or inside the installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_shipped"


def resource_dir(name: str) -> Path:
    """The directory of shipped files called ``name`` (``data``, ``migrations``, ``public``)."""
    installed = _INSTALLED / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
