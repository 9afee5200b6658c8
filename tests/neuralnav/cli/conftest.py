"""The real program, run as people run it, over an embedded database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def neuralnav(home: Path) -> Neuralnav:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NEURALNAV_") and k != "DATABASE_URL"}
    environment = kept | {"NEURALNAV_HOME": str(home), "COLUMNS": "200"}

    def run(*arguments: str, given: str = "", **extra: str) -> Ran:
        ran = subprocess.run(
            [sys.executable, "-c", "from neuralnav.cli import run; run()", *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=90,
            env=environment | extra,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run
