"""What a planner knows of its engines, by shape of load."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest

from neuralnav.models.catalog import ReferenceData
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.surface_book import SHAPES_KEPT, Rows, SurfaceBook
from tests.neuralnav.planning.conftest import Specify
from tests.neuralnav.planning.small import small


@pytest.fixture(scope="module")
def reference(seeds: ReferenceData) -> ReferenceData:
    return small(seeds)


@pytest.fixture
def planner(reference: ReferenceData) -> Planner:
    return Planner(reference)


@pytest.fixture
def book(planner: Planner) -> SurfaceBook:
    return planner.surfaces


@pytest.fixture(scope="module")
def stated(spec: Specify) -> DeploymentSpecification:
    return spec()


@pytest.fixture(scope="module")
def shape(stated: DeploymentSpecification) -> LoadShape:
    return LoadShape.of(stated)


def other(shape: LoadShape, number: int) -> LoadShape:
    return LoadShape.model_validate({**shape.model_dump(), "gpu_memory_utilization": 0.5 + number / 1000})


def made_up(rows: Rows, scale: float = 1.0) -> Surfaces:
    """Surfaces that tell by themselves whose they are."""
    curves = scale * (1 + rows[:, None]) * (1 + LOADS[None, :])
    return Surfaces(
        saturation_qps=scale * (1.0 + rows),
        ttft_p95_ms=curves,
        itl_p95_ms=2 * curves,
        e2e_p95_ms=3 * curves,
        sequences=4 * curves,
        simulated=np.ones(rows.size, dtype=np.bool_),
    )


def rows(*numbers: int) -> Rows:
    return np.array(numbers, dtype=np.intp)


def test_of_a_new_shape_nothing_is_known(book: SurfaceBook, shape: LoadShape) -> None:
    assert not book.knows(shape)
    assert not book.surfaces(shape).simulated.any()
    assert not book.knows(shape), "asking is not knowing"


def test_what_was_put_is_found_and_nothing_else_is(book: SurfaceBook, shape: LoadShape) -> None:
    book.put(shape, rows(3, 1), made_up(rows(3, 1)))
    book.put(shape, rows(5), made_up(rows(5)))
    found = book.surfaces(shape)
    assert np.flatnonzero(found.simulated).tolist() == [1, 3, 5]
    assert found.saturation_qps[[1, 3, 5]].tolist() == [2, 4, 6]
    assert found.ttft_p95_ms[3, 0] == pytest.approx(4 * (1 + LOADS[0]))
    assert not book.surfaces(other(shape, 1)).simulated.any()


def test_a_plan_at_work_keeps_the_surfaces_that_it_began_with(book: SurfaceBook, shape: LoadShape) -> None:
    book.put(shape, rows(1), made_up(rows(1)))
    before = book.surfaces(shape)
    book.put(shape, rows(2), made_up(rows(2)))
    assert np.flatnonzero(before.simulated).tolist() == [1]


def test_every_change_makes_another_version(book: SurfaceBook, shape: LoadShape) -> None:
    versions = [book.version(shape)]
    for row in (1, 1, 2):
        book.put(shape, rows(row), made_up(rows(row)))
        versions.append(book.version(shape))
    assert len(set(versions)) == len(versions)
    assert book.version(other(shape, 1)) == versions[0]


def test_the_shapes_asked_for_last_are_kept(book: SurfaceBook, shape: LoadShape) -> None:
    first = other(shape, 0)
    book.put(first, rows(1), made_up(rows(1)))
    stale = book.version(first)
    for number in range(1, SHAPES_KEPT):
        book.put(other(shape, number), rows(1), made_up(rows(1)))
    assert book.knows(first)
    book.surfaces(first)
    book.put(other(shape, SHAPES_KEPT), rows(1), made_up(rows(1)))
    assert book.knows(first)
    assert not book.knows(other(shape, 1))
    kept = sum(book.knows(other(shape, number)) for number in range(SHAPES_KEPT + 1))
    assert kept == SHAPES_KEPT
    forgotten = other(shape, 1)
    book.put(forgotten, rows(1), made_up(rows(1)))
    assert book.version(forgotten) != stale


def test_records_come_to_all_candidates_that_are_the_engine(
    reference: ReferenceData, stated: DeploymentSpecification, shape: LoadShape
) -> None:
    """A finetune of the same shape is the same engine."""
    llama = next(model for model in reference.models if model.short_name == "llama-3.1-8b")
    tuned = llama.model_copy(update={"model_id": "somebody/tuned", "short_name": "tuned"})
    twins = Planner(reference.model_copy(update={"models": (*reference.models, tuned)}))
    wanted = twins.runnable(stated)
    twins.surfaces.put(shape, wanted.rows, made_up(wanted.rows))
    kept = twins.surfaces.records(shape, wanted.rows)
    again = Planner(twins.reference)
    again.surfaces.put_records(shape, kept)
    found = again.surfaces.surfaces(shape)
    assert len(kept) == len(wanted)
    assert found.simulated.sum() > len(kept)
    assert not len(again.unsimulated(stated))
    for row in wanted.rows:
        alike, _ = again.surfaces.alike(rows(int(row)))
        assert np.unique(found.saturation_qps[alike]).tolist() == [1.0 + row]


def test_records_in_any_order_find_their_engines(planner: Planner, stated: DeploymentSpecification) -> None:
    wanted = planner.runnable(stated)
    planner.surfaces.put(wanted.shape, wanted.rows, made_up(wanted.rows))
    kept = planner.surfaces.records(wanted.shape, wanted.rows)
    shuffled = kept.take(np.random.default_rng(0).permutation(len(kept)))
    again = Planner(planner.reference)
    again.surfaces.put_records(wanted.shape, shuffled)
    before, after = (one.surfaces.surfaces(wanted.shape) for one in (planner, again))
    for field in fields(Surfaces):
        assert np.array_equal(getattr(before, field.name), getattr(after, field.name))


def test_records_of_engines_that_are_no_candidates_any_more_are_passed_over(
    planner: Planner, stated: DeploymentSpecification
) -> None:
    wanted = planner.runnable(stated)
    planner.surfaces.put(wanted.shape, wanted.rows, made_up(wanted.rows))
    kept = planner.surfaces.records(wanted.shape, wanted.rows)
    fewer = Planner(planner.reference.model_copy(update={"models": planner.reference.models[:1]}))
    fewer.surfaces.put_records(wanted.shape, kept)
    assert 0 < fewer.surfaces.surfaces(wanted.shape).simulated.sum() < len(kept)


def test_only_simulated_surfaces_become_records_and_each_engine_once(book: SurfaceBook, shape: LoadShape) -> None:
    book.put(shape, rows(1, 2), made_up(rows(1, 2)))
    found = book.records(shape, rows(2, 1, 2, 3))
    assert found.saturation_qps.tolist() == [3, 2]
    assert np.unique(found.engine_keys).size == 2


def test_distinct_keeps_the_first_of_each_engine_and_their_order(book: SurfaceBook) -> None:
    assert book.distinct(rows(7, 3, 7, 5, 3)).tolist() == [7, 3, 5]
    assert book.distinct(rows()).size == 0


def test_alike_finds_every_row_of_an_engine_with_the_position_of_its_like(book: SurfaceBook) -> None:
    every, of = book.alike(rows(4, 2))
    assert dict(zip(every.tolist(), of.tolist(), strict=True)) == {4: 0, 2: 1}
    nothing, _ = book.alike(rows())
    assert nothing.size == 0


def test_estimates_are_marked_and_not_kept(
    book: SurfaceBook, planner: Planner, stated: DeploymentSpecification
) -> None:
    wanted = planner.runnable(stated)
    found = book.estimate(wanted.shape, wanted.rows)
    assert not found.simulated.any()
    assert (found.saturation_qps > 0).all()
    assert not book.knows(wanted.shape)


def test_a_sweep_holds_the_engines_with_the_context_that_they_serve(
    book: SurfaceBook, planner: Planner, stated: DeploymentSpecification
) -> None:
    wanted = planner.runnable(stated)
    sweep = book.sweep(wanted.shape, wanted.rows[:3], 4096)
    assert len(sweep) == 3
    assert sweep.shape.context_window == 4096


def test_threads_that_put_at_the_same_time_lose_nothing(book: SurfaceBook, shape: LoadShape) -> None:
    every = np.arange(60, dtype=np.intp)

    def put(row: int) -> None:
        book.put(shape, rows(row), made_up(rows(row)))
        book.surfaces(other(shape, row % 3))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, every.tolist()))
    found = book.surfaces(shape)
    assert np.flatnonzero(found.simulated).tolist() == every.tolist()
    assert found.saturation_qps[every].tolist() == (1.0 + every).tolist()
