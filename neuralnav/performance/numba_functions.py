"""How numba compiles the simulation: without reference counts, and cached as long as no compiled function changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

P = ParamSpec("P")
R = TypeVar("R")

DISABLED = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
OPTIONS: dict[str, Any] = {"_nrt": False}
"""Nothing that is compiled makes an array, so none has to be counted: that makes the simulation five times as fast."""


def compile_function(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, to be compiled at its first call; by every process anew where no directory can be written."""
    dispatcher: Any = numba.njit(**OPTIONS)(function)
    with suppress(RuntimeError):
        dispatcher._cache = _PackageCache(function)  # noqa: SLF001
    compiled: Callable[P, R] = dispatcher
    return compiled


class _PackageCache(FunctionCache):
    """Code on disk under a name that changes when a source of this package with compiled functions does.

    numba itself looks at the file of the function alone, but the functions that this one calls are compiled into it,
    and what older sources left behind may not even be readable.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            cache_path=self._cache_path,
            filename_base=f"{self._impl.filename_base}-{_sources_digest()[:16]}",
            source_stamp=self._impl.locator.get_source_stamp(),
        )


@cache
def _sources_digest() -> str:
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return sha256(b"".join(source for source in sources if b"@compiled" in source)).hexdigest()
