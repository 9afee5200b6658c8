"""Manifests for each target: built as data from a plan, written out in one stable order."""

from __future__ import annotations

from neuralnav.deployment.manifests.blueprint import plan_sha256
from neuralnav.deployment.manifests.build import are_planned_for, build_manifests
from neuralnav.deployment.manifests.options import Extra, ManifestOptions

__all__ = ["Extra", "ManifestOptions", "are_planned_for", "build_manifests", "plan_sha256"]
