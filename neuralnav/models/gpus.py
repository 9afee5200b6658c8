"""GPU names as people write them, resolved to the canonical ids in this one place."""

from __future__ import annotations

import difflib
import re

from neuralnav.errors import FieldProblem, NotFoundError
from neuralnav.models.vocabulary import GpuType

_ALIASES: dict[str, tuple[GpuType, ...]] = {
    "t4": (GpuType.T4,),
    "tesla t4": (GpuType.T4,),
    "l4": (GpuType.L4,),
    "a10g": (GpuType.A10G,),
    "a10": (GpuType.A10G,),
    "l40s": (GpuType.L40S,),
    "rtx pro 6000": (GpuType.RTX_PRO_6000,),
    "rtx 6000 pro": (GpuType.RTX_PRO_6000,),
    "rtx6000": (GpuType.RTX_PRO_6000,),
    "a100": (GpuType.A100_40GB, GpuType.A100_80GB),
    "a100 40": (GpuType.A100_40GB,),
    "a100 40gb": (GpuType.A100_40GB,),
    "a100 40g": (GpuType.A100_40GB,),
    "a100 80": (GpuType.A100_80GB,),
    "a100 80gb": (GpuType.A100_80GB,),
    "a100 80g": (GpuType.A100_80GB,),
    "h100": (GpuType.H100,),
    "h100 80gb": (GpuType.H100,),
    "h100 sxm": (GpuType.H100,),
    "gh200": (GpuType.GH200,),
    "grace hopper": (GpuType.GH200,),
    "h200": (GpuType.H200,),
    "b200": (GpuType.B200,),
    "b300": (GpuType.B300,),
    "gb200": (GpuType.GB200,),
    "grace blackwell": (GpuType.GB200,),
    "mi300x": (GpuType.MI300X,),
    "mi300": (GpuType.MI300X,),
    "mi325x": (GpuType.MI325X,),
    "mi325": (GpuType.MI325X,),
}


def _normalise(name: str) -> str:
    words = re.sub(r"[\s_\-]+", " ", name.strip().lower())
    words = re.sub(r"^(?:nvidia|amd|instinct)\s+(?:instinct\s+)?", "", words)
    words = re.sub(r"(\d)\s+(gb|g)\b", r"\1\2", words)
    return re.sub(r"\s+(?:gpus?|cards?|sxm\d?|hbm\d?e?)$", "", words)


def gpu_aliases() -> dict[str, tuple[GpuType, ...]]:
    """Every known spelling (lower case, words separated by one space) and the GPUs that it means."""
    return dict(_ALIASES)


def close_gpus(name: str, least: float = 0.5) -> tuple[GpuType, ...]:
    """The GPUs whose names are most like ``name``, sorted; ``least``: the share of letters in common, 0 to 1."""
    close = difflib.get_close_matches(_normalise(name), _ALIASES, n=3, cutoff=least)
    return tuple(sorted({gpu for alias in close for gpu in _ALIASES[alias]}))


def resolve_gpu(name: str) -> tuple[GpuType, ...]:
    """The canonical GPUs that ``name`` means, sorted; ``A100`` alone means both memory sizes.

    Raises:
        NotFoundError: nothing is called so; the error offers the closest names.
    """
    found = _ALIASES.get(_normalise(name))
    if found is None:
        allowed = ", ".join(close_gpus(name) or GpuType)
        raise NotFoundError(
            f"No GPU is called {name[:60]!r}. Did you mean: {allowed}?",
            (FieldProblem("gpu", name[:60], allowed),),
        )
    return found


def gpu_label(gpu: GpuType, count: int = 1) -> str:
    """A GPU as people read it, such as ``2x NVIDIA L4``."""
    vendor = "AMD" if gpu.value.startswith("MI") else "NVIDIA"
    return f"{count}x {vendor} {gpu.value.replace('-', ' ') if gpu is GpuType.RTX_PRO_6000 else gpu.value}"
