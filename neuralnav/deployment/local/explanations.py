"""Why a replica ended or will not start, in a sentence that says what to do."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

from neuralnav.deployment.local.document import LocalSpec
from neuralnav.deployment.local.kept_process import MISSING
from neuralnav.models.deployment import EngineMode

NOT_STARTED = "NotStarted"
NOT_READY = "NotReadyInTime"
NOT_ANSWERING = "NotAnswering"

_SIGNS = (
    (
        re.compile(r"does not fit|No available memory for the cache blocks|CUDA out of memory|OutOfMemoryError", re.I),
        "The model does not fit into the memory of the GPU. Choose an option with more GPU memory, a smaller model, "
        "or a shorter context",
    ),
    (
        re.compile(r"Cannot listen on|Address already in use", re.I),
        "Another program took its port at the same moment. Deploy again",
    ),
    (
        re.compile(r"No CUDA GPUs are available|NVIDIA driver|Failed to infer device type", re.I),
        "vLLM found no GPU that it can use. Deploy in simulator mode, or on a machine with a GPU and its driver",
    ),
    (
        re.compile(r"GatedRepoError|401 Client Error|gated repo", re.I),
        "The weights need an accepted licence and a token. Accept it on Hugging Face, set HF_TOKEN for NeuralNav, "
        "and deploy again",
    ),
)


def reason_of(code: int) -> str:
    """An exit code in a word or two."""
    if code == MISSING:
        return "ProgramMissing"
    if code < 0:
        return f"killed by {_signal_name(-code)}"
    return f"exit code {code}"


def explain_end(code: int, log: Sequence[str], spec: LocalSpec) -> str:
    """Why a replica ended with ``code``, from its last lines, with what to do."""
    if code == MISSING and spec.mode is EngineMode.VLLM:
        return "vllm is not installed: there is no program `vllm` on the path. Install vLLM, or use simulator mode."
    text = "\n".join(log)
    for sign, meaning in _SIGNS:
        if sign.search(text):
            return f"{meaning}. It ended with {reason_of(code)}{_last_line(log)}"
    if code == -signal.SIGKILL:
        return "It was killed (SIGKILL). If nobody did that, the machine ran out of memory."
    return f"It ended with {reason_of(code)}{_last_line(log)}"


def explain_not_ready(spec: LocalSpec, log: Sequence[str]) -> str:
    """Why a replica that runs was given up."""
    return f"It did not answer /health within {spec.start_seconds} s{_last_line(log)}"


def _last_line(log: Sequence[str]) -> str:
    return f"; its last line: {log[-1]}" if log else "."


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"
