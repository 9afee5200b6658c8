"""The same configuration asked of other tools that estimate inference, where they can be installed.

AIConfigurator (NVIDIA) is installed from PyPI into an environment of its own, which is deleted afterwards. Its figures
are printed as it gives them: one TTFT and one TPOT, without percentiles. A tool that cannot be installed, or does not
answer, is a line that says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.capacity import points_per_s
from neuralnav.models.prediction import EngineRequest, PredictionAnswer
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.lengths import UNIFORM_MEAN
from neuralnav.services.prediction import predict_from

AICONFIGURATOR = "aiconfigurator==0.12.0"
SCRIPT = Path(__file__).with_name("aiconfigurator_estimates.py")
INSTALL_TIMEOUT_S, ESTIMATES_TIMEOUT_S = 600, 300
REASON_CHARACTERS = 240

BLIS = "peer BLIS: not installed: no package (a Go program that is not on PyPI)"

ENGINE = EngineRequest(model="llama-3.1-70b", gpu="H100", tensor_parallel=4, precision=Precision.FP8)
LONGEST_TOKENS, CONCURRENCY = 1024, 16
"""Prompts and answers of 0.8 to 1.0 of that: a load that was measured, so that both can be compared with the server."""
ASKED = "Llama 3.1 70B in FP8 on 4 H100, 16 clients, prompts and answers of 819 to 1,024 tokens"
MEAN_TOKENS = round(UNIFORM_MEAN * LONGEST_TOKENS)
AICONFIGURATOR_LOAD = {
    "model": "meta-llama/Meta-Llama-3.1-70B",
    "system": "h100_sxm",
    "tensor_parallel": ENGINE.tensor_parallel,
    "weights": "fp8",
    "prompt_tokens": MEAN_TOKENS,
    "output_tokens": MEAN_TOKENS,
    "concurrency": CONCURRENCY,
}
"""It knows lengths that are all the same: the mean."""


class PeerError(Exception):
    """A tool cannot be installed or does not answer; the message says why."""


@dataclass(frozen=True)
class Estimates:
    """What AIConfigurator answered, and how fast."""

    version: str
    tables: str
    """Version of vLLM whose kernels were measured for it."""
    ttft_ms: float
    tpot_ms: float
    loaded_s: float
    """CPU until the first answer."""
    single_per_s: float
    """Estimates a second of CPU by its function for one."""
    kept_per_s: float
    """The same with the model and the tables kept in memory."""


def compare_with_peers() -> Iterator[str]:
    """Lines about each tool; takes minutes where packages come slowly."""
    try:
        with tempfile.TemporaryDirectory(prefix="neuralnav-peers-", ignore_cleanup_errors=True) as home:
            estimates = ask_aiconfigurator(install(AICONFIGURATOR, Path(home)))
        yield from side_by_side(estimates, our_answer(), points_per_s((ENGINE,)))
        yield from measured_lines()
    except PeerError as error:
        yield f"peer AIConfigurator: {error}"
    yield BLIS


def install(package: str, home: Path) -> Path:
    """The Python of a new environment under ``home`` that holds ``package``; the downloads stay there, too.

    Raises:
        PeerError: there is no uv, or it cannot install the package.
    """
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise PeerError("not installed: uv is not on the PATH")
    environment = home / "environment"
    python = environment / "bin" / "python"
    get = [uv, "pip", "install", "--only-binary", ":all:", "--cache-dir", str(home / "cache"), "--python", str(python)]
    try:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], home, INSTALL_TIMEOUT_S)
        _run([*get, "--quiet", package], home, INSTALL_TIMEOUT_S)
    except PeerError as error:
        raise PeerError(f"not installed: {error}") from error
    return python


def ask_aiconfigurator(python: Path) -> Estimates:
    """Its estimates of ``AICONFIGURATOR_LOAD``.

    Raises:
        PeerError: it fails, takes too long, or answers something else.
    """
    said = _run([str(python), "-I", str(SCRIPT), json.dumps(AICONFIGURATOR_LOAD)], python.parent, ESTIMATES_TIMEOUT_S)
    try:
        return Estimates(**json.loads(said.splitlines()[-1]))
    except (IndexError, TypeError, ValueError) as error:
        raise PeerError(f"no estimates in its answer: {_shortened(said)!r}") from error


def our_answer(*, no_measured: bool = True) -> PredictionAnswer:
    """NeuralNav's prediction of the same load; or, first of all, what a published run of it measured."""
    return predict_from(
        ENGINE.model_dump(exclude_unset=True),
        prompt_tokens=LONGEST_TOKENS,
        output_tokens=LONGEST_TOKENS,
        length_kind="uniform_0.8_1.0",
        concurrency=CONCURRENCY,
        no_measured=no_measured,
    )


def side_by_side(theirs: Estimates, ours: PredictionAnswer, ours_per_s: float) -> Iterator[str]:
    """What both say of the load, each in its own terms, and how fast."""
    peer = f"peer AIConfigurator {theirs.version} (kernels of vLLM {theirs.tables})"
    yield f"{peer}: {ASKED}: TTFT {theirs.ttft_ms:.1f} ms, TPOT {theirs.tpot_ms:.1f} ms"
    yield (
        f"{peer}: {theirs.kept_per_s:,.0f} estimates a second with model and tables in memory, "
        f"{theirs.single_per_s:,.0f} by its function for one; the first after {theirs.loaded_s:.1f} s of CPU"
    )
    if ours.ttft_ms and ours.itl_ms:
        yield (
            f"beside it NeuralNav: {ASKED}: TTFT {ours.ttft_ms.mean:.1f} ms, ITL {ours.itl_ms.mean:.1f} ms on average; "
            f"p95 {ours.ttft_ms.p95:.1f} and {ours.itl_ms.p95:.1f} ms"
        )
    yield f"beside it NeuralNav: {ours_per_s:,.0f} points a second with p95s of 1,000 simulated requests each"


def measured_lines() -> Iterator[str]:
    """What a server measured under that load."""
    answer = our_answer(no_measured=False)
    if answer.measured and answer.ttft_ms and answer.itl_ms:
        yield (
            f"measured ({answer.measured.source}; NeuralNav's fit has seen it): {ASKED}: "
            f"TTFT {answer.ttft_ms.mean:.1f} ms, ITL {answer.itl_ms.mean:.1f} ms on average"
        )


def _run(command: Sequence[str], directory: Path, timeout_s: float) -> str:
    """What a command prints, run in ``directory`` so that no project of ours is its own."""
    try:
        done = subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"{Path(command[0]).name} took longer than {timeout_s:g} s") from error
    except subprocess.CalledProcessError as error:
        raise PeerError(_shortened(_text(error.stderr)) or f"exit code {error.returncode}") from error
    except OSError as error:
        raise PeerError(f"{Path(command[0]).name} does not start: {error.strerror}") from error
    return _text(done.stdout)


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _shortened(words: str) -> str:
    """One line of them; of a long text its end, where the cause is."""
    line = " ".join(words.split())
    return line if len(line) <= REASON_CHARACTERS else f"... {line[-REASON_CHARACTERS:]}"
