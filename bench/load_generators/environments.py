"""Load generators, each in an environment of its own: they need packages that do not go with ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2] / ".load-generators"
INSTALL_TIMEOUT_S = 900
RELEASED_UNTIL = "2026-11-20"
"""What the generators need in turn is no newer, so that a later release of it changes nothing."""
REASON_CHARACTERS = 400


class LoadGeneratorError(Exception):
    """A load generator cannot be installed, fails, or measures something else than was asked; the message says what."""


@dataclass(frozen=True)
class Environment:
    """What one load generator needs."""

    command: str
    package: str
    wheels: tuple[str, ...] = ()
    """Packages that pip gets first: unlike uv it takes builds for the CPU from where its configuration says."""

    def program(self) -> Path:
        """The generator's command, installed if it is not there yet.

        Raises:
            LoadGeneratorError: there is no uv, or a package cannot be had.
        """
        directory = HOME / f"{self.package}-{sys.version_info.major}.{sys.version_info.minor}"
        installed = directory / "installed"
        if not installed.exists():
            self._install(directory)
            installed.touch()
        return directory / "bin" / self.command

    def _install(self, directory: Path) -> None:
        uv = os.environ.get("UV") or shutil.which("uv")
        if uv is None:
            raise LoadGeneratorError(f"{self.package} is not installed: uv is not on the PATH")
        python = directory / "bin" / "python"
        seed = ["--seed"] if self.wheels else []
        _get([uv, "venv", "--quiet", "--clear", *seed, "--python", sys.executable, str(directory)])
        if self.wheels:
            _get([str(python), "-m", "pip", "install", "--quiet", *self.wheels])
        get = [uv, "pip", "install", "--quiet", "--exclude-newer", RELEASED_UNTIL, "--python", str(python)]
        _get([*get, self.package, *self.wheels])


def _get(command: list[str]) -> None:
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoadGeneratorError(f"not installed: {error}") from error
    if done.returncode != 0:
        raise LoadGeneratorError(f"not installed: {' '.join(done.stderr.split())[-REASON_CHARACTERS:]}")
