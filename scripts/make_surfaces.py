"""Simulate the capacity surfaces that ship: every engine under the loads that the use cases have by default.

``python -m scripts.make_surfaces`` writes ``data/surfaces``; it takes some minutes of every core.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.shipped_surfaces import ShippedIndex, ShippedShape, write_index, write_shipped
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from neuralnav.planning.refinement import refine
from neuralnav.resources import resource_dir
from neuralnav.services.sweeping import LocalSweeper

LONGEST_S = 3600.0
"""For one shape of load."""


def default_loads(planner: Planner) -> dict[LoadShape, list[DeploymentSpecification]]:
    """The shapes of the use cases' default loads, each with the specifications that have it."""
    loads: defaultdict[LoadShape, list[DeploymentSpecification]] = defaultdict(list)
    for use_case in UseCase:
        document = {"intent": {"use_case": use_case.value, "user_count": 1000}}
        specification = read_specification(document, planner.reference.use_cases)
        loads[LoadShape.of(specification)].append(specification)
    return dict(loads)


def main() -> None:
    """Make all files anew."""
    target = resource_dir("data") / "surfaces"
    directory = target.with_name(f"{target.name}.new")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    planner = Planner(read_seeds())
    shapes: dict[str, ShippedShape] = {}
    with LocalSweeper() as sweeper:
        for shape, specifications in default_loads(planner).items():
            shapes[shape.key] = _make(directory, planner, shape, specifications, sweeper)
    source = "simulated by neuralnav.performance over data/efficiencies.json: python -m scripts.make_surfaces"
    write_index(directory, ShippedIndex(edition=planner.edition, licence="Apache-2.0", source=source, shapes=shapes))

    shutil.rmtree(target, ignore_errors=True)
    directory.rename(target)


def _make(
    directory: Path,
    planner: Planner,
    shape: LoadShape,
    specifications: list[DeploymentSpecification],
    sweeper: LocalSweeper,
) -> ShippedShape:
    begun = time.monotonic()
    wanted = planner.runnable(specifications[0])
    for _ in refine(planner, wanted, sweeper, LONGEST_S):
        pass
    records = planner.surfaces.records(shape, wanted.rows)
    if len(records) < len(wanted):
        raise SystemExit(f"Only {len(records)} of {len(wanted)} engines were simulated.")
    prompt, output = (part.mean for part in (shape.parts[0].prompt_tokens, shape.parts[0].output_tokens))
    name = f"{prompt:.0f}-{output:.0f}.npz"
    write_shipped(directory, name, records.take(np.argsort(records.engine_keys)))
    sys.stderr.write(f"{name}: {len(records):,} engines in {time.monotonic() - begun:.0f} s\n")
    use_cases = tuple(str(one.intent.use_case) for one in specifications)
    return ShippedShape(file=name, use_cases=use_cases, engines=len(records))


if __name__ == "__main__":
    main()
