"""The surfaces that ship: files that say when they are damaged, and figures that a simulation gives again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from neuralnav.errors import UnavailableError
from neuralnav.knowledge import shipped_surfaces
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.knowledge.shipped_surfaces import (
    FIGURES,
    ShippedIndex,
    ShippedShape,
    read_shipped,
    write_index,
    write_shipped,
)
from neuralnav.models.surface import SurfaceRecords
from neuralnav.models.vocabulary import UseCase
from neuralnav.performance.surface import LOADS
from neuralnav.performance.sweep_simulation import simulate
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.planner import Planner
from neuralnav.planning.promise import ToSimulate
from neuralnav.resources import resource_dir
from scripts.make_surfaces import default_loads

EDITION, SHAPE, FILE = "an-edition", "0123456789abcdef", "512-256.npz"
SAMPLE = 12
"""Engines of each load that are simulated again."""


def records(count: int = 5) -> SurfaceRecords:
    generator = np.random.default_rng(0)

    def curves(least: float, most: float) -> np.ndarray:
        return np.sort(np.exp(generator.uniform(np.log(least), np.log(most), (count, LOADS.size))), axis=1)

    return SurfaceRecords(
        engine_keys=np.array([f"{engine:016x}" for engine in range(count)], dtype=np.str_),
        saturation_qps=np.exp(generator.uniform(-5, 8, count)),
        ttft_p95_ms=curves(1, 1e7),
        itl_p95_ms=curves(0.5, 1e5),
        e2e_p95_ms=curves(10, 1e8),
        sequences=curves(1e-3, 4096),
    )


def index(edition: str = EDITION) -> ShippedIndex:
    shape = ShippedShape(file=FILE, use_cases=("chatbot_conversational",), engines=5)
    return ShippedIndex(edition=edition, licence="Apache-2.0", source="a test", shapes={SHAPE: shape})


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_shipped(tmp_path, FILE, records())
    write_index(tmp_path, index())
    return tmp_path


def test_what_was_written_is_read_within_its_rounding(directory: Path) -> None:
    found, wanted = read_shipped(EDITION, SHAPE, directory), records()
    assert found is not None
    assert found.engine_keys.tolist() == wanted.engine_keys.tolist()
    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=2.6e-4)


def test_rounding_leaves_rising_curves_rising(directory: Path) -> None:
    found = read_shipped(EDITION, SHAPE, directory)
    assert found is not None
    for name in FIGURES[1:]:
        assert (np.diff(getattr(found, name), axis=1) >= 0).all()


def test_writing_what_was_read_changes_nothing(directory: Path, tmp_path: Path) -> None:
    first = read_shipped(EDITION, SHAPE, directory)
    assert first is not None
    write_shipped(tmp_path, "again.npz", first)
    with np.load(tmp_path / "again.npz") as again, np.load(directory / FILE) as before:
        assert all(np.array_equal(again[name], before[name]) for name in ("engine_keys", *FIGURES))


def test_another_shape_or_edition_does_not_ship(directory: Path) -> None:
    assert read_shipped(EDITION, "f" * 16, directory) is None
    assert read_shipped("another", SHAPE, directory) is None


def test_of_another_edition_not_even_the_files_are_looked_at(directory: Path) -> None:
    (directory / FILE).unlink()
    assert read_shipped("another", SHAPE, directory) is None


@pytest.mark.parametrize("missing", ["index.json", FILE])
def test_a_missing_file_is_an_error_that_names_the_place(missing: str, directory: Path) -> None:
    (directory / missing).unlink()
    with pytest.raises(UnavailableError, match=str(directory)):
        read_shipped(EDITION, SHAPE, directory)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"edition": "an-edition"}', index().model_dump_json().replace(FILE, "../secret.npz")]
)
def test_an_index_that_is_none_is_an_error_that_names_the_place(text: str, directory: Path) -> None:
    (directory / "index.json").write_text(text)
    with pytest.raises(UnavailableError, match=str(directory)):
        read_shipped(EDITION, SHAPE, directory)


def test_a_file_cut_anywhere_is_an_error_that_names_the_place(directory: Path) -> None:
    whole = (directory / FILE).read_bytes()
    for end in [*range(0, len(whole), 97), 1, 21, len(whole) - 1]:
        (directory / FILE).write_bytes(whole[:end])
        with pytest.raises(UnavailableError, match=str(directory)):
            read_shipped(EDITION, SHAPE, directory)


def test_a_damaged_byte_gives_the_same_figures_or_an_error_and_nothing_else(directory: Path) -> None:
    """Some bytes of a zip file, such as times, say nothing about its content."""
    whole, wanted = (directory / FILE).read_bytes(), read_shipped(EDITION, SHAPE, directory)
    assert wanted is not None
    refused = 0
    for at in range(len(whole)):
        (directory / FILE).write_bytes(whole[:at] + bytes([whole[at] ^ (1 + at % 255)]) + whole[at + 1 :])
        try:
            found = read_shipped(EDITION, SHAPE, directory)
        except UnavailableError:
            refused += 1
        else:
            assert found is not None
            assert all(np.array_equal(getattr(found, name), getattr(wanted, name)) for name in FIGURES)
    assert refused > len(whole) / 2


@pytest.mark.parametrize("name", ["engine_keys", *FIGURES])
def test_a_file_without_one_of_its_arrays_is_an_error(name: str, directory: Path) -> None:
    with np.load(directory / FILE) as arrays:
        rest = {other: arrays[other] for other in ("engine_keys", *FIGURES) if other != name}
    np.savez_compressed(directory / FILE, **rest)
    with pytest.raises(UnavailableError, match=name):
        read_shipped(EDITION, SHAPE, directory)


@pytest.mark.parametrize("name", ["engine_keys", *FIGURES])
def test_arrays_that_do_not_belong_together_are_an_error(name: str, directory: Path) -> None:
    with np.load(directory / FILE) as arrays:
        changed = {other: arrays[other] for other in ("engine_keys", *FIGURES)}
    changed[name] = changed[name][:-1]
    np.savez_compressed(directory / FILE, **changed)
    with pytest.raises(UnavailableError, match=str(directory)):
        read_shipped(EDITION, SHAPE, directory)


@pytest.mark.parametrize("name", FIGURES[1:])
def test_another_number_of_loads_is_an_error(name: str, directory: Path) -> None:
    with np.load(directory / FILE) as arrays:
        changed = {other: arrays[other] for other in ("engine_keys", *FIGURES)}
    changed[name] = changed[name][:, :-1]
    np.savez_compressed(directory / FILE, **changed)
    with pytest.raises(UnavailableError, match=str(directory)):
        read_shipped(EDITION, SHAPE, directory)


def test_figures_that_the_format_cannot_hold_are_refused_and_not_wrapped(tmp_path: Path) -> None:
    found = records()
    huge = SurfaceRecords(**{**vars(found), "e2e_p95_ms": found.e2e_p95_ms * 1e9})
    with pytest.raises((ValueError, OverflowError)):
        write_shipped(tmp_path, FILE, huge)


def test_objects_in_a_file_are_never_unpickled(directory: Path) -> None:
    with np.load(directory / FILE) as arrays:
        changed = {other: arrays[other] for other in ("engine_keys", *FIGURES)}
    changed["engine_keys"] = np.array([{"not": "a key"}] * 5, dtype=object)
    np.savez_compressed(directory / FILE, **changed)
    with pytest.raises(UnavailableError):
        read_shipped(EDITION, SHAPE, directory)


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(read_seeds())


@pytest.fixture(scope="module")
def loads(planner: Planner) -> dict[LoadShape, ToSimulate]:
    """The default loads, each with every engine that can serve it."""
    return {shape: planner.runnable(found[0]) for shape, found in default_loads(planner).items()}


@pytest.fixture(scope="module")
def shipped(planner: Planner, loads: dict[LoadShape, ToSimulate]) -> dict[LoadShape, SurfaceRecords]:
    found = {shape: read_shipped(planner.edition, shape.key) for shape in loads}
    stale = [shape.key for shape, surfaces in found.items() if surfaces is None]
    assert not stale, "the surfaces that ship are of another edition; run: python -m scripts.make_surfaces"
    return {shape: surfaces for shape, surfaces in found.items() if surfaces is not None}


def test_every_use_case_ships_its_own_load(planner: Planner, shipped: dict[LoadShape, SurfaceRecords]) -> None:
    source = resource_dir("data") / "surfaces"
    named = ShippedIndex.model_validate_json((source / "index.json").read_bytes())
    assert named.edition == planner.edition
    assert sorted(use_case for shape in named.shapes.values() for use_case in shape.use_cases) == sorted(UseCase)
    assert {shape.key for shape in shipped} == set(named.shapes)
    assert {path.name for path in source.glob("*.npz")} == {shape.file for shape in named.shapes.values()}
    assert all(len(shipped[shape]) == named.shapes[shape.key].engines for shape in shipped)


def test_every_engine_that_a_default_load_can_use_ships(
    planner: Planner, loads: dict[LoadShape, ToSimulate], shipped: dict[LoadShape, SurfaceRecords]
) -> None:
    """With other models, GPUs or formulas: python -m scripts.make_surfaces."""
    for shape, wanted in loads.items():
        keys = set(planner.surfaces._table.engine_keys[wanted.rows].tolist())
        found = set(shipped[shape].engine_keys.tolist())
        assert not keys - found, f"{len(keys - found)} of {len(keys)} engines are missing"
        assert not found - keys, f"{len(found - keys)} engines are no candidates any more"


def test_a_sample_of_what_ships_is_what_a_simulation_gives_today(
    planner: Planner, loads: dict[LoadShape, ToSimulate], shipped: dict[LoadShape, SurfaceRecords]
) -> None:
    for shape, wanted in loads.items():
        chosen = wanted.take(np.sort(np.random.default_rng(len(wanted)).choice(len(wanted), SAMPLE, replace=False)))
        at = {key: row for row, key in enumerate(shipped[shape].engine_keys.tolist())}
        for rows, context in chosen.batches():
            today = simulate(planner.surfaces.sweep(shape, rows, context))
            keys = planner.surfaces._table.engine_keys[rows].tolist()
            kept = shipped[shape].take(np.array([at[key] for key in keys]))
            for name in FIGURES:
                assert getattr(today, name) == pytest.approx(getattr(kept, name), rel=3e-4), (shape.key, name)


def test_the_shipped_files_are_read_from_a_copy_as_from_their_place(
    planner: Planner, shipped: dict[LoadShape, SurfaceRecords], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(resource_dir("data") / "surfaces", tmp_path / "copy"))
    shape, wanted = next(iter(shipped.items()))
    found = read_shipped(planner.edition, shape.key, copy)
    assert found is not None
    assert found.engine_keys.tolist() == wanted.engine_keys.tolist()
    document = json.loads((copy / "index.json").read_text())
    assert document["licence"]
    assert "make_surfaces" in document["source"]


def test_rounding_is_far_below_the_error_of_a_prediction() -> None:
    assert shipped_surfaces.STEP < 1e-3
