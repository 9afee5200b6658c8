"""The trace of an option: each section in the order in which its figures follow from those before."""

from __future__ import annotations

