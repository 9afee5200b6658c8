"""Making the surfaces that ship: for every use case's default load, once each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.shipped_surfaces import ShippedIndex, read_shipped, write_index
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.intent import DeploymentIntent
from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.specification import specify
from scripts.make_surfaces import _make, default_loads
from tests.doubles.sweeper import InlineSweeper
from tests.neuralnav.planning.small import small


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return small(read_seeds())


def test_every_use_case_is_in_exactly_one_load(reference: ReferenceData) -> None:
    loads = default_loads(Planner(reference))
    of_loads = [specification.intent.use_case for found in loads.values() for specification in found]
    assert sorted(of_loads) == sorted(UseCase)
    assert len({shape.key for shape in loads}) == len(loads)


@pytest.mark.parametrize("use_case", UseCase)
def test_a_person_who_says_only_use_case_and_users_gets_a_load_that_ships(
    use_case: UseCase, reference: ReferenceData
) -> None:
    said = specify(DeploymentIntent(use_case=use_case, user_count=37), reference.use_cases)
    assert LoadShape.of(said) in default_loads(Planner(reference))


def test_what_is_made_is_read_as_what_was_simulated(reference: ReferenceData, tmp_path: Path) -> None:
    planner, sweeper = Planner(reference), InlineSweeper()
    shape, specifications = next(iter(default_loads(planner).items()))
    made = _make(tmp_path, planner, shape, specifications, sweeper)  # type: ignore[arg-type]
    write_index(
        tmp_path, ShippedIndex(edition=planner.edition, licence="Apache-2.0", source="here", shapes={shape.key: made})
    )
    found = read_shipped(planner.edition, shape.key, tmp_path)
    assert found is not None
    assert made.engines == len(found) == len(planner.runnable(specifications[0]))
    assert found.engine_keys.tolist() == sorted(found.engine_keys.tolist())
    simulated = planner.surfaces.records(shape, planner.runnable(specifications[0]).rows)
    again = simulated.take(np.argsort(simulated.engine_keys))
    assert found.e2e_p95_ms == pytest.approx(again.e2e_p95_ms, rel=3e-4)


def test_files_with_a_part_of_the_engines_are_not_made(reference: ReferenceData, tmp_path: Path) -> None:
    planner = Planner(reference)
    shape, specifications = next(iter(default_loads(planner).items()))
    with pytest.raises(SystemExit, match="engines were simulated"):
        _make(tmp_path, planner, shape, specifications, InlineSweeper(most=1))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
