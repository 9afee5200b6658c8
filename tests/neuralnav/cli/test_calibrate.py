"""``neuralnav calibrate`` on a few of the published runs, and what it says to bad input."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from neuralnav.cli import calibrate
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.performance.calibration import read_calibration
from neuralnav.performance.efficiencies import read_efficiencies
from neuralnav.resources import resource_dir

MEASURED = resource_dir("data") / "measured"
MODELS = ("meta-llama/Llama-3.1-70B", "openai/gpt-oss-120b", "Qwen/Qwen2-7B", "meta-llama/Meta-Llama-3-8B")
A_MODEL = 3


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all kernel timings and a few runs of four models."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "kernels").symlink_to(MEASURED / "kernels")
    with (MEASURED / "serving.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["gpu"] == "H100" or row["model"] == "Qwen/Qwen2-7B"]
    kept = [row for model in MODELS for row in [one for one in rows if one["model"] == model][:A_MODEL]]
    with (folder / "serving.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    return folder


def test_the_same_measurements_give_the_same_file_to_the_byte(few: Path, tmp_path: Path) -> None:
    files = [tmp_path / "first.json", tmp_path / "second.json"]
    for file in files:
        assert calibrate.fit(few, file, "test", as_json=False) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert read_efficiencies(files[0]).version == "test"


def test_a_report_names_every_model_and_its_bands_can_be_read(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bands, page = tmp_path / "calibration.json", tmp_path / "accuracy.md"
    assert calibrate.report(few, None, bands, page, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["page"] == str(page)
    assert read_calibration(bands).rows == A_MODEL * len(MODELS)
    text = page.read_text(encoding="utf-8")
    assert all(f"| {model} | {A_MODEL} |" in text for model in MODELS)
    assert (tmp_path / "images" / "accuracy-itl.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "nan" not in text


def test_a_folder_without_measurements_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"measured.*has no kernels"):
        calibrate.fit(tmp_path, tmp_path / "out.json", None, as_json=False)


def test_a_place_that_cannot_be_written_is_said_before_the_work(few: Path, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be written"):
        calibrate.fit(few, tmp_path / "missing" / "out.json", None, as_json=False)
    with pytest.raises(UnavailableError, match="cannot be written"):
        calibrate.report(few, None, tmp_path, None, as_json=False)


def test_without_scipy_the_program_says_what_to_install() -> None:
    blocked = (
        "import sys; sys.modules['scipy'] = None; sys.argv[1:] = ['calibrate', 'fit']; "
        "from neuralnav.cli import run; run()"
    )
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == UnavailableError.exit_code
    assert "install neuralnav[calibrate]" in done.stderr
    assert "Traceback" not in done.stderr
