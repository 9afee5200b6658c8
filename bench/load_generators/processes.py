"""Running a load generator's command."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.load_generators.environments import REASON_CHARACTERS, LoadGeneratorError

TOKENIZER = Path(__file__).resolve().parents[2] / "simulator" / "tokenizer"
END_S = 30.0


def run_generator(command: Sequence[str], directory: Path, timeout_s: float, **environment: str) -> None:
    """Run ``command`` in ``directory``, where its output goes to ``log``; none of its processes is left afterwards.

    Raises:
        LoadGeneratorError: it fails or takes longer.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "VIRTUAL_ENV")}
    log = directory / "log"
    try:
        code = _run(command, directory, log, timeout_s, inherited | environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoadGeneratorError(f"{Path(command[0]).name}: {error}") from error
    if code != 0:
        last_words = " ".join(log.read_text(errors="replace").split())[-REASON_CHARACTERS:]
        raise LoadGeneratorError(f"{Path(command[0]).name} ended with {code}: {last_words}")


def _run(command: Sequence[str], directory: Path, log: Path, timeout_s: float, environment: dict[str, str]) -> int:
    """The exit code; generators start processes of their own, which are in its group and end with it."""
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=said, stderr=said, start_new_session=True
        )
        try:
            return process.wait(timeout_s)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(END_S)
