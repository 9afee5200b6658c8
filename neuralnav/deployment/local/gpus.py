"""The GPUs of this machine, for vLLM."""

from __future__ import annotations

import os
import subprocess

QUERY = ("nvidia-smi", "--query-gpu=index", "--format=csv,noheader")
QUERY_TIMEOUT_S = 10.0


def visible_gpus() -> tuple[str, ...]:
    """Indices of the NVIDIA GPUs that this user's programs may take; empty where there are none. Blocks."""
    try:
        listed = subprocess.run(  # noqa: S603 - a fixed command
            QUERY, capture_output=True, text=True, timeout=QUERY_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    present = tuple(listed.stdout.split())
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return present
    return tuple(index.strip() for index in allowed.split(",") if index.strip())
