"""Starting and ending the supervisor of a deployment; whoever calls these holds the place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from math import inf
from threading import Thread

import psutil

from neuralnav.deployment.local.document import KILL_MARGIN_SECONDS
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.program import OWNER_VARIABLE, supervisor_environment
from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded.locks import POLL_S

START_PATIENCE_S = 30.0
"""The longest wait for a supervisor to report; it takes well under a second on an idle machine."""

END_MARGIN_S = 15.0
"""Beyond the time that replicas have to end, until the supervisor is killed."""

MODULE = "neuralnav.deployment.local.supervisor"


def start_supervisor(place: Place, within_s: float = START_PATIENCE_S) -> None:
    """Start one where none lives, and wait at most ``within_s`` until it has reported; blocks.

    Raises:
        UnavailableError: it ended, or did not report in time.
    """
    end_leftovers(place)
    log = os.open(place.supervisor_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603 - this project's own module
            [sys.executable, "-P", "-m", MODULE, str(place.directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place.directory,
            env=_environment(place),
            start_new_session=True,
        )
    finally:
        os.close(log)
    Thread(target=process.wait, name="neuralnav-supervisor-reaper", daemon=True).start()
    deadline = time.monotonic() + min(within_s, START_PATIENCE_S)
    while not follows_order(place):
        if process.poll() is not None or time.monotonic() >= deadline:
            raise UnavailableError(
                f"The supervisor of {place.directory} did not start. Its log ends:\n"
                + "\n".join(place.log_tail("supervisor", 5))
            )
        time.sleep(POLL_S)


def _environment(place: Place) -> dict[str, str]:
    """What replicas need, and the home in which simulators find models that were added."""
    return supervisor_environment() | {"NEURALNAV_HOME": str(place.home)}


def follows_order(place: Place) -> bool:
    """Whether a supervisor lives and works on what is ordered."""
    order, record = place.order(), place.record()
    if order is None or record is None or not place.is_supervised():
        return False
    return record.serial == order.serial


def end_supervisor(place: Place, within_s: float = inf) -> bool:
    """Have the supervisor end with all its processes, and kill it where its time for that is over; blocks.

    Returns whether it has ended ``within_s``. Where not, requests in flight keep it, and it ends by itself.

    Raises:
        UnavailableError: it is still there, long after it was told to end.
    """
    deadline = time.monotonic() + within_s
    order = place.order()
    if order is not None and place.is_supervised():
        if order.running:
            place.write_order(order.model_copy(update={"running": False}))
        allowed = order.document.spec.termination_seconds + KILL_MARGIN_SECONDS + END_MARGIN_S
        due_s = allowed - place.order_age_s()
        if not _await_end(place, min(due_s, within_s)) and within_s < due_s:
            return False
    if place.is_supervised():
        _kill_supervisor(place)
        if not _await_end(place, min(END_MARGIN_S, max(deadline - time.monotonic(), KILL_MARGIN_SECONDS))):
            raise UnavailableError(f"The supervisor of {place.directory} cannot be ended. End it, and try again.")
    end_leftovers(place)
    return True


def end_leftovers(place: Place) -> None:
    """Kill what a supervisor that was killed may have left, and nothing that merely has the same process id."""
    record = place.record()
    for replica in record.replicas if record else ():
        if replica.pid is not None and _is_of(replica.pid, place):
            with suppress(ProcessLookupError):
                os.killpg(os.getpgid(replica.pid), signal.SIGKILL)


def _await_end(place: Place, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while place.is_supervised():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _kill_supervisor(place: Place) -> None:
    text = place.supervisor_lock.read_text().strip()
    with suppress(psutil.Error, ValueError):
        process = psutil.Process(int(text))
        if process.cmdline()[-2:] == [MODULE, str(place.directory)]:
            process.kill()


def _is_of(pid: int, place: Place) -> bool:
    try:
        return bool(psutil.Process(pid).environ().get(OWNER_VARIABLE) == str(place.directory))
    except psutil.Error:
        return False
