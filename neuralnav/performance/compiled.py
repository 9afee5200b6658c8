"""Compile the simulation's inner loops with numba, or run the very same functions as plain Python.

Compiling happens at the first call and is cached on disk beside the source (or in ``NUMBA_CACHE_DIR``, or in the
user's cache directory where the source cannot be written). Without numba, or with ``NUMBA_DISABLE_JIT=1``, the
functions run interpreted: same results, about fifty times slower. Importing a module that uses this imports numba
(0.4 s, 90 MB) unless that variable is set, so planning and the faces import such modules only where they simulate.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

COMPILES = False
if os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0"):
    with suppress(ImportError):
        from neuralnav.performance.numba_functions import DISABLED, compile_function

        COMPILES = not DISABLED


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, compiled at its first call where numba is there; IEEE arithmetic, so both ways agree exactly.

    It works on the arrays and rows that it is given, and makes and returns none.
    """
    return compile_function(function) if COMPILES else function
