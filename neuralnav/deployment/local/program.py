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

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
SYSTEM_VARIABLES = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"),
        *("VIRTUAL_ENV", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *_PROXIES,
        *(name.lower() for name in _PROXIES),
    }
)
SYSTEM_PREFIXES = ("LC_", "XDG_", "PYTHON", "SSL_CERT_")
"""What any program may need of this process's environment."""

ENGINE_VARIABLES = frozenset({"DO_NOT_TRACK"})
ENGINE_PREFIXES = (
    *("HF_", "HUGGING_FACE_", "TRANSFORMERS_", "TOKENIZERS_", "VLLM_", "TORCH", "PYTORCH_", "TRITON_", "FLASHINFER_"),
    *("CUDA_", "NVIDIA_", "NCCL_", "GLOO_", "CUDNN_", "CUBLAS_", "HIP_", "ROCR_", "HSA_", "OMP_", "MKL_"),
)
"""What vLLM and the libraries under it read, the access to a gated model's weights among it."""

SIMULATOR_VARIABLES = frozenset({"DATABASE_URL", "NEURALNAV_HOME"})
SIMULATOR_PREFIXES = ("PG",)
"""Where simulators find models that were added, as asyncpg reads it."""

WITHHELD = frozenset({"VLLM_API_KEY"})
"""A key that would shut out the probes of a replica."""

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
    """The environment of one replica: what it needs of this process's own, and what ``spec`` and ``variables`` add."""
    own = {
        name: value
        for name, value in supervisor_environment().items()
        if spec.mode is EngineMode.SIMULATOR or not _is_for_simulators(name)
    }
    environment = own | {"PYTHONUNBUFFERED": "1", OWNER_VARIABLE: owner} | spec.env
    if spec.mode is EngineMode.SIMULATOR:
        return environment | dict(variables)
    return environment | {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}


def supervisor_environment() -> dict[str, str]:
    """What supervisors and their replicas need of this process's environment, and nothing else: no other secret."""
    names = SYSTEM_VARIABLES | ENGINE_VARIABLES
    prefixes = (*SYSTEM_PREFIXES, *ENGINE_PREFIXES)
    return {
        name: value
        for name, value in os.environ.items()
        if name not in WITHHELD and (name in names or name.startswith(prefixes) or _is_for_simulators(name))
    }


def _is_for_simulators(name: str) -> bool:
    return name in SIMULATOR_VARIABLES or name.startswith(SIMULATOR_PREFIXES)


def gpus_needed(spec: LocalSpec) -> int:
    """GPUs of one replica; 0 for a simulator."""
    if spec.mode is EngineMode.SIMULATOR:
        return 0
    named = (a.partition("=")[2] for a in spec.args if a.startswith("--tensor-parallel-size="))
    return int(next(named, "1"))


def is_vllm_installed() -> bool:
    """Whether ``vllm`` is on the path."""
    return shutil.which("vllm") is not None
