import csv
import gzip
import json
from pathlib import Path

import pytest

from neuralnav.calibration.fit import STAND_INS, fit_efficiencies, published_replay, write_json
from neuralnav.calibration.kernel_fits import COLUMNS
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import GpuType
from neuralnav.performance.efficiencies import Efficiencies, Operands, read_efficiencies, shipped_efficiencies
from neuralnav.resources import resource_dir

MEASURED = resource_dir("data") / "measured"
KERNEL_STEP, SERVING_STEP = 37, 90


@pytest.fixture(scope="module")
def thinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every so-many-th measurement."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "kernels").mkdir()
    for name in COLUMNS:
        step = 1 if name == "all_reduce" else KERNEL_STEP
        lines = gzip.decompress((MEASURED / "kernels" / f"{name}.csv.gz").read_bytes()).splitlines(keepends=True)
        part = b"".join((lines[0], *lines[1::step]))
        (folder / "kernels" / f"{name}.csv.gz").write_bytes(gzip.compress(part))
    with (MEASURED / "serving.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with (folder / "serving.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows[0], *rows[1::SERVING_STEP]])
    return folder


@pytest.fixture(scope="module")
def fitted(thinned: Path, seeds: ReferenceData) -> Efficiencies:
    return fit_efficiencies(thinned, seeds, "a-test")


def test_a_fit_gives_efficiencies_of_every_gpu(fitted: Efficiencies) -> None:
    assert fitted.version == "a-test"
    assert fitted.sources
    for gpu_type in GpuType:
        assert fitted.gpu(gpu_type).points > 100


def test_a_fit_to_part_of_the_measurements_is_close_to_the_one_that_ships(fitted: Efficiencies) -> None:
    shipped = shipped_efficiencies()
    for gpu_type, own in fitted.gpus.items():
        assert own.decode.read == pytest.approx(shipped.gpus[gpu_type].decode.read, rel=0.15)
        found, whole = own.products[Operands.BITS_16], shipped.gpus[gpu_type].products[Operands.BITS_16]
        assert found.read == pytest.approx(whole.read, rel=0.15)
    assert fitted.costs("Hopper").product_factor == pytest.approx(shipped.costs("Hopper").product_factor, rel=0.15)


def test_a_fit_that_is_written_is_what_is_read(fitted: Efficiencies, tmp_path: Path) -> None:
    path = tmp_path / "efficiencies.json"
    write_json(path, fitted.model_dump(mode="json"))
    assert read_efficiencies(path) == fitted


def test_only_gpus_without_timings_have_stand_ins() -> None:
    shipped = shipped_efficiencies()
    assert shipped.stand_ins == dict(STAND_INS)
    assert set(shipped.gpus).isdisjoint(STAND_INS)


def test_all_published_runs_are_replayed_or_left_out_for_a_reason(seeds: ReferenceData) -> None:
    replay, left_out = published_replay(MEASURED, seeds)
    with (MEASURED / "serving.csv").open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    assert sum(run.weight for run in replay.runs) + sum(left_out.values()) == rows


def test_documents_are_written_for_people(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    write_json(path, {"source": "Größe", "figures": [1, 2]})
    text = path.read_text(encoding="utf-8")
    assert "Größe" in text
    assert text.endswith("}\n")
    assert text.count("\n") > 4
    assert json.loads(text) == {"source": "Größe", "figures": [1, 2]}
