"""Simulations in processes of their own, so that neither the event loop nor other plans wait for them."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Lock, Thread
from typing import Self

from loky.process_executor import (  # type: ignore[import-untyped]
    BrokenProcessPool,
    ProcessPoolExecutor,
    ShutdownExecutorError,
)

from neuralnav.performance.surface import Surfaces
from neuralnav.performance.sweep import Sweep

LOGGER = logging.getLogger(__name__)
QUEUED_A_WORKER = 2
"""Sweeps that are handed over ahead of time: no worker idles, and giving up leaves little to finish."""
IDLE_S = 1800
"""Workers without work end after this long."""
START_S = 60.0
"""The longest that workers may take to start; the very first time they compile."""
PARENT_CHECK_S = 1.0
NICENESS = 10
"""Serving goes before simulating."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The workers share the cores already."""


class LocalSweeper:
    """Worker processes on this machine, started when first needed; may be used from several threads."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._starting = Lock()

    def run(self, sweeps: Iterator[Sweep], seconds: float) -> Iterator[tuple[int, Surfaces]]:
        """Each sweep's number and surfaces, as they are done, for at most ``seconds``; what is not done then is not.

        Where the workers die (no memory, for one), it ends early and says so in the log.
        """
        until = time.monotonic() + seconds
        running: dict[Future[Surfaces], int] = {}
        numbered = enumerate(sweeps)
        pool: ProcessPoolExecutor | None = None
        try:
            while (left := until - time.monotonic()) > 0:
                for number, sweep in numbered:
                    pool = pool or self._started()
                    running[pool.submit(_simulate, sweep)] = number
                    if len(running) >= QUEUED_A_WORKER * self._workers:
                        break
                done, _ = wait(running, timeout=left, return_when=FIRST_COMPLETED)
                if not done:
                    return
                for future in done:
                    yield running.pop(future), future.result()
        except ShutdownExecutorError:
            LOGGER.debug("Simulations were given up: their workers were closed.")
        except BrokenProcessPool:
            LOGGER.warning("The processes that simulate have died; what they had not finished stays estimated.")
            self._end(pool)
        finally:
            for future in running:
                future.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Have the workers start, without waiting for them."""
        pool = self._started()
        try:
            for _ in range(self._workers):
                pool.submit(_import_simulation)
        except (BrokenProcessPool, ShutdownExecutorError):
            self._end(pool)

    def warm_up(self, sweep: Sweep) -> None:
        """Start the workers, which takes them some seconds, before anybody waits for them: each simulates ``sweep``."""
        for _ in self.run(iter([sweep] * self._workers), START_S):
            pass

    def close(self) -> None:
        """End the workers; what they are at is lost."""
        self._end(self._pool)

    def _end(self, pool: ProcessPoolExecutor | None) -> None:
        """End these workers; those that another thread has started in their place stay."""
        with self._starting:
            if pool is self._pool and pool is not None:
                pool.shutdown(wait=False, kill_workers=True)
                self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        with self._starting:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self._workers, timeout=IDLE_S, initializer=_begin_worker, initargs=(os.getpid(),), env=ONE_THREAD
                )
            return self._pool


def _begin_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Workers of a parent that was killed would wait for work until they are idle for too long."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


def _import_simulation() -> None:
    import neuralnav.performance.sweep_simulation  # noqa: F401


def _simulate(sweep: Sweep) -> Surfaces:
    from neuralnav.performance.sweep_simulation import simulate

    return simulate(sweep)
