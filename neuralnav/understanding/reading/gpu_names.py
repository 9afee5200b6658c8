"""Recognises the names of GPUs in text, however the memory size, the vendor and the form are written."""

from __future__ import annotations

import re
from functools import lru_cache

from neuralnav.models.gpus import gpu_aliases
from neuralnav.models.vocabulary import GpuType
from neuralnav.understanding.reading.tokens import GpuMention
from neuralnav.understanding.reading.unknown_gpus import UNKNOWN_GPUS

_MEMORY = r"(?:40|80|16|24|32|48|94|96|141|180|192|256|288)"
_VENDOR = r"(?:(?:nvidia|amd|tesla|instinct)[ \-]){0,2}"
_FORM = r"(?:[ \-](?:sxm\d?|pcie|nvl|hbm\d?e?|blackwell|tensor[ \-]core))?"


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[GpuType, ...]]:
    return {name: gpus for name, gpus in gpu_aliases().items() if not re.search(r" (?:40|80)g?b?$", name)}


@lru_cache(maxsize=1)
def gpu_pattern() -> str:
    """A pattern for one GPU, with groups ``gpu_before`` (memory), ``gpu_name``, ``gpu_after`` and ``gpu_unknown``."""
    names = "|".join(re.escape(name).replace(r"\ ", r"[ \-_]?") for name in sorted(_aliases(), key=len, reverse=True))
    sizes = rf"{_MEMORY}[ \-]?g(?:i?b)?"
    return (
        rf"(?:(?<![a-z0-9])|(?<=\dx))(?:(?P<gpu_before>{sizes})[ \-])?{_VENDOR}"
        rf"(?:(?P<gpu_unknown>{UNKNOWN_GPUS})|(?P<gpu_name>{names}))(?:'?s)?(?:(?![a-z0-9])|(?=x\d))"
        rf"{_FORM}(?P<gpu_after>-(?:40|80)(?![a-z0-9])|[ \-]?\(?{_MEMORY}(?:[ \-]?g(?:i?b)?)?"
        rf"(?: ?(?:and|or|/|,|&|\+) ?{_MEMORY})?[ \-]?g(?:i?b)?s?(?![a-z0-9])\)?)?{_FORM}"
    )


def recognise_gpu(match: re.Match[str]) -> GpuMention:
    """The GPUs that a match of :func:`gpu_pattern` names; none where the name is not among the known."""
    if match["gpu_unknown"]:
        return GpuMention(())
    name = re.sub(r"[ \-_]+", " ", match["gpu_name"])
    aliases = _aliases()
    gpus = aliases.get(name) or next(
        found for alias, found in aliases.items() if alias.replace(" ", "") == name.replace(" ", "")
    )
    said = set(re.findall(r"\d+", f"{match['gpu_before'] or ''} {match['gpu_after'] or ''}"))
    sized = tuple(gpu for gpu in gpus if any(gpu.value.endswith(f"-{size}GB") for size in said))
    return GpuMention(sized or gpus)
