"""Make data/templates.json out of the planner's own choices: ``python -m scripts.make_templates``.

For each use case and scale, the configuration that leads the balanced view. Run it again whenever models, prices or
predictions have changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neuralnav.knowledge.seeds import TEMPLATES, read_seeds
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import View
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.services.shipped_plans import recall_shipped

FILE = Path(__file__).resolve().parent.parent / "data" / TEMPLATES


@dataclass(frozen=True)
class Scale:
    """How many people are served: from ``users_from`` to below ``users_to``; planned for ``users``."""

    name: str
    users_from: int
    users: int
    users_to: int


SCALES = (
    Scale("small", 0, 100, 300),
    Scale("medium", 300, 1_000, 3_000),
    Scale("large", 3_000, 10_000, 30_000),
)


def peak_qps_of_a_user(use_case: UseCaseTemplate) -> float:
    """Requests/s at peak that one user of a use case makes."""
    activity = use_case.activity
    return activity.active_fraction * activity.requests_per_active_user_per_min / 60 * activity.peak_multiplier


def entries(planner: Planner) -> Iterator[dict[str, Any]]:
    """The templates, use case by use case; a scale that nothing can carry is left out and named."""
    for use_case in planner.reference.use_cases:
        for scale in SCALES:
            intent = DeploymentIntent(use_case=use_case.use_case, user_count=scale.users)
            specification = specify(intent, planner.reference.use_cases)
            recall_shipped(planner, specification)
            plan = planner.plan(specification)
            options = plan.views.get(View.BALANCED, ())
            if not options:
                sys.stderr.write(f"{use_case.use_case}, {scale.name}: no option, no template\n")
                continue
            peak = peak_qps_of_a_user(use_case)
            option = options[0]
            yield {
                "name": f"{use_case.use_case.replace('_', '-')}-{scale.name}",
                "use_case": use_case.use_case.value,
                "min_peak_qps": float(f"{scale.users_from * peak:.6g}"),
                "max_peak_qps": float(f"{scale.users_to * peak:.6g}"),
                "model": option.model,
                "precision": option.precision.value,
                "gpu_type": option.gpu_type.value,
                "tensor_parallel": option.tensor_parallel,
                "source": f"first of the planner's balanced view for {scale.users:,} users, "
                f"calibration {plan.calibration}",
            }


def document_of(templates: list[dict[str, Any]], as_of: str) -> str:
    """The file's text, one template a line."""
    head = {"licence": "Apache-2.0, ours", "as_of": as_of, "defaults": {"kept_by": "NeuralNav"}}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    listed = ",\n".join(f"    {json.dumps(template)}" for template in templates)
    return "{\n" + ",\n".join(lines) + ',\n  "entries": [\n' + listed + "\n  ]\n}\n"


if __name__ == "__main__":
    made = list(entries(Planner(read_seeds(templates=False))))
    FILE.write_text(document_of(made, datetime.now(UTC).date().isoformat()), encoding="utf-8")
    sys.stderr.write(f"{len(made)} templates written to {FILE}\n")
