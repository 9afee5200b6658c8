"""Simulators as people start them: the program in a process of its own, on a free port."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.load_generators.environments import LoadGeneratorError

PROGRAM = (sys.executable, "-c", "from neuralnav.cli import run; run()", "simulator")
START_TIMEOUT_S, STOP_TIMEOUT_S = 60.0, 30.0
POLL_S = 0.05
SERVING, READY = re.compile(r"^Serving .* on (http://\S+)$", re.MULTILINE), "Application startup complete"


@contextmanager
def running_simulator(arguments: Sequence[str]) -> Iterator[str]:
    """The address of a new simulator, which ends afterwards.

    Raises:
        LoadGeneratorError: it does not start, or prompts had blocks in common, which a replay would not know of.
    """
    with tempfile.NamedTemporaryFile(prefix="neuralnav-simulator-") as log:
        command = [*PROGRAM, *arguments, "--port=0", "--disable-uvicorn-access-log"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            url = _address(process, Path(log.name))
            yield url
            _check_prefixes(url)
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end_s and process.poll() is None:
        said = log.read_text(errors="replace")
        if READY in said and (found := SERVING.search(said)):
            return found[1]
        time.sleep(POLL_S)
    raise LoadGeneratorError(f"the simulator does not start: {log.read_text(errors='replace')}")


def _check_prefixes(url: str) -> None:
    metrics = httpx.get(f"{url}/metrics", timeout=START_TIMEOUT_S).text
    hits = re.search(r"^vllm:prefix_cache_hits_total\{[^}]*\} (\S+)$", metrics, re.MULTILINE)
    if hits is None or float(hits[1]) > 0:
        found = "no metric" if hits is None else f"{float(hits[1]):,.0f} tokens"
        raise LoadGeneratorError(f"prefix cache hits of random prompts: {found}, where there should be none")
