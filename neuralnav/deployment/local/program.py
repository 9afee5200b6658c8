"""Which program serves, with which arguments and in which environment: decided here, never by a document."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence

from neuralnav.deployment.local.document import LocalSpec
from neuralnav.models.deployment import EngineMode

HOST = "127.0.0.1"
"""The only address that anything listens on."""

OWNER_VARIABLE = "NEURALNAV_LOCAL_DEPLOYMENT"
"""Names a deployment's directory in the environment of its processes: by it a process is known to be ours."""

WITHHELD = frozenset({"NEURALNAV_PASSWORD", "NEURALNAV_AUTH_SECRET", "CHAINLIT_AUTH_SECRET", "VLLM_API_KEY"})
"""What no replica needs: secrets of the chat, and a key that would shut out its own probes."""

_SIMULATOR_PREFIX = "NEURALNAV_SIMULATOR_"
_START_NEURALNAV = "from neuralnav.cli import run; run()"


def engine_command(spec: LocalSpec, port: int) -> tuple[str, ...]:
    """What starts one replica of ``spec`` on ``port``."""
    listening = ("--host", HOST, "--port", str(port), *spec.args)
    if spec.mode is EngineMode.VLLM:
        return ("vllm", "serve", spec.model, *listening)
    quiet = "--disable-uvicorn-access-log"
    python = (sys.executable, "-P", "-c", _START_NEURALNAV)
    return (*python, "simulator", spec.model, "--gpu", spec.gpu.value, *listening, quiet)


def engine_environment(
    spec: LocalSpec, variables: Mapping[str, str], *, owner: str, gpus: Sequence[str]
) -> dict[str, str]:
    """The environment of one replica: this process's own without secrets, and what ``spec`` and ``variables`` add."""
    withheld = WITHHELD if spec.mode is EngineMode.SIMULATOR else WITHHELD | {"DATABASE_URL"}
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in withheld and not name.startswith(_SIMULATOR_PREFIX)
    }
    environment |= {"PYTHONUNBUFFERED": "1", OWNER_VARIABLE: owner} | spec.env
    if spec.mode is EngineMode.SIMULATOR:
        return environment | dict(variables)
    return environment | {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}


def gpus_needed(spec: LocalSpec) -> int:
    """GPUs of one replica; 0 for a simulator."""
    if spec.mode is EngineMode.SIMULATOR:
        return 0
    named = (a.partition("=")[2] for a in spec.args if a.startswith("--tensor-parallel-size="))
    return int(next(named, "1"))


def is_vllm_installed() -> bool:
    """Whether ``vllm`` is on the path."""
    return shutil.which("vllm") is not None
