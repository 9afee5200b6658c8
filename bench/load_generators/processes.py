"""Running a load generator's command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.load_generators.environments import REASON_CHARACTERS, LoadGeneratorError

TOKENIZER = Path(__file__).resolve().parents[2] / "simulator" / "tokenizer"


def run_generator(command: Sequence[str], directory: Path, timeout_s: float, **environment: str) -> None:
    """Run ``command`` in ``directory``, where its output goes to ``log``.

    Raises:
        LoadGeneratorError: it fails or takes longer.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "VIRTUAL_ENV")}
    log = directory / "log"
    with log.open("w") as said:
        try:
            done = subprocess.run(
                command,
                cwd=directory,
                env=inherited | environment,
                stdout=said,
                stderr=said,
                timeout=timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LoadGeneratorError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode != 0:
        last_words = " ".join(log.read_text(errors="replace").split())[-REASON_CHARACTERS:]
        raise LoadGeneratorError(f"{Path(command[0]).name} ended with {done.returncode}: {last_words}")
