"""The real program, run as people run it: every run is a process, and the runs of a module share a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.warm_python import WarmPython


@dataclass(frozen=True)
class Ran:
    """What a run of the program gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Neuralnav = Callable[..., Ran]

PROGRAM = "from neuralnav.cli import run; run()"
OF_A_NEW_INTERPRETER = ("PYTHON", "LC_", "NUMBA_")
"""How environment variables begin that are read once in an interpreter."""
TIMEOUT_S = 90


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home: Path, module_database_url: str) -> dict[str, str]:
    given = {"NEURALNAV_HOME": str(home), "DATABASE_URL": module_database_url, "COLUMNS": "200"}
    return without_settings() | given | {"NEURALNAV_DELIVERY": "files"}


@pytest.fixture(scope="module")
def neuralnav(environment: dict[str, str], warm_python: WarmPython) -> Neuralnav:
    def run(*arguments: str, given: str = "", **extra: str) -> Ran:
        if any(name.startswith(OF_A_NEW_INTERPRETER) for name in extra):
            return run_anew(arguments, environment | extra, given)
        ran = warm_python.run(PROGRAM, arguments, environment | extra, given=given, timeout_s=TIMEOUT_S)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run


def run_anew(arguments: Sequence[str], environment: Mapping[str, str], given: str = "") -> Ran:
    """The program in an interpreter of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=environment,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def without_settings() -> dict[str, str]:
    """This process's environment without what configures NeuralNav."""
    return {k: v for k, v in os.environ.items() if not k.startswith("NEURALNAV_") and k != "DATABASE_URL"}
