"""The distribution: what the wheel holds, that it works outside a checkout, and that its names are its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("neuralnav", "agents", "graph", "tools", "prompts", "simulator")


@pytest.mark.parametrize("name", PACKAGES)
def test_no_dependency_installs_a_package_of_our_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"neuralnav"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked as an installer would."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory / "site")
    return directory / "site"


def outside(installed: Path, home: Path, *code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty directory with the unpacked wheel before everything else."""
    environment = os.environ | {"PYTHONPATH": str(installed), "NEURALNAV_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, *code], cwd=home, env=environment, capture_output=True, text=True, timeout=90, check=False
    )


def test_the_wheel_plans_outside_a_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import neuralnav; from neuralnav.cli import run; assert 'wheel' in neuralnav.__file__; run()"
    ran = outside(installed, tmp_path, "-c", code, "plan", "--json", "translation for 40 people")
    assert ran.returncode == 0, ran.stderr + ran.stdout


def test_the_wheel_simulates_outside_a_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import simulator; from neuralnav.cli import run; assert 'wheel' in simulator.__file__; run()"
    too_large = ("simulator", "--model", "llama-3.1-8b", "--gpu", "L4")
    ran = outside(installed, tmp_path, "-c", code, *too_large)
    assert "does not fit" in ran.stderr
    assert (installed / "simulator" / "tokenizer" / "tokenizer.json").is_file()


def test_the_wheel_holds_the_chats_files_and_no_tests(installed: Path) -> None:
    assert (installed / "chainlit_app.py").is_file()
    assert not (installed / "tests").exists()
    assert not (installed / "bench").exists()
