"""How much of a core's time one plan takes: every configuration judged and ranked."""

from __future__ import annotations

import time

from bench.figures import Figure
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from neuralnav.understanding.request import read_request
from scripts.draw_plan import SENTENCE

RUNS = 20
PLAN_BOUND_MS = 150


def measure_plan() -> Figure:
    """CPU of plans for ``SENTENCE`` by one planner, after one that warms up."""
    reference = read_seeds()
    specification = specify(read_request(SENTENCE, known_models=reference.short_names), reference.use_cases)
    planner = Planner(reference)
    taken_ms = []
    for _ in range(RUNS + 1):
        begun = time.process_time()
        plan = planner.plan(specification)
        taken_ms.append((time.process_time() - begun) * 1000)
    return Figure(f"CPU of one plan over {plan.evaluated:,} configurations", tuple(taken_ms[1:]), PLAN_BOUND_MS)
