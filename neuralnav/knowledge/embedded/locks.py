"""File locks of the kernel: dropped with the last process that holds them, waited for with a bound."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuralnav.errors import UnavailableError

POLL_S = 0.01
"""How often a wait looks again."""


class LockTimeoutError(UnavailableError):
    """A lock was held by someone else for longer than the wait's bound."""


def try_exclusive(path: Path) -> int | None:
    """Take the lock alone; returns its descriptor, or ``None`` where anyone else holds it."""
    return _try_lock(path, fcntl.LOCK_EX)


def try_shared(path: Path) -> int | None:
    """Take the lock together with others; returns its descriptor, or ``None`` where someone has it alone."""
    return _try_lock(path, fcntl.LOCK_SH)


def release(descriptor: int) -> None:
    """Drop the lock at once, also where a child process has inherited the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def exclusive(path: Path, wait_s: float) -> Iterator[int]:
    """Hold the lock alone; yields its descriptor, by which a child process can hold it too.

    Raises:
        LockTimeoutError: someone else still held it after ``wait_s`` seconds.
    """
    deadline = time.monotonic() + wait_s
    while (descriptor := try_exclusive(path)) is None:
        if time.monotonic() >= deadline:
            raise LockTimeoutError(
                f"Process {_holder(path)} has been starting or stopping the embedded PostgreSQL for more "
                f"than {wait_s:g} s: it holds {path}. Wait for it, or end it if it hangs."
            )
        time.sleep(POLL_S)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield descriptor
    finally:
        release(descriptor)


def _try_lock(path: Path, kind: int) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _holder(path: Path) -> str:
    return path.read_text(errors="replace").strip()[:20] or "(unknown)"
