"""Starting, finding and stopping the one server of a data directory."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import closing, suppress
from threading import Thread

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded.account import Account, Directories
from neuralnav.knowledge.embedded.address import SERVER_PORT, SERVER_USER, ServerAddress
from neuralnav.knowledge.embedded.binaries import Binaries
from neuralnav.knowledge.embedded.cluster import environment, space_hint
from neuralnav.knowledge.embedded.layout import Layout
from neuralnav.knowledge.embedded.locks import POLL_S, release, try_exclusive

START_TIMEOUT_S = 60
"""The longest wait for a server to be ready, recovery after a crash included."""

STOP_TIMEOUT_S = 30
"""The longest wait for a server to write everything down and end."""

_PROBE_TIMEOUT_S = 2

SETTINGS = {
    "listen_addresses": "",
    "port": str(SERVER_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "4",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "cluster_name": "neuralnav",
}
"""A small footprint (few processes, little memory, little log) with PostgreSQL's durable defaults."""

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For databases that are thrown away, such as those of tests: a crash of the machine loses them."""

_ACCESS_RULE = f"local all {SERVER_USER} peer map=owner\n"


def ensure_running(layout: Layout, account: Account, binaries: Binaries, *, durable: bool) -> ServerAddress:
    """Attach to the server of a data directory, or start it; the caller holds the start lock.

    Raises:
        UnavailableError: it does not start, or does not answer.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        lock = try_exclusive(layout.server_lock)
        if lock is not None:
            try:
                return _start(layout, account, binaries, lock, durable=durable)
            finally:
                os.close(lock)
        address = layout.address()
        if _is_ready(layout) and _accepts(address):
            return address
        time.sleep(POLL_S)
    raise UnavailableError(
        f"A PostgreSQL of {layout.root} is running, but has not become ready for {START_TIMEOUT_S} s: end its process "
        f"{''.join(_postmaster_file(layout)[:1]) or '(unknown)'}, and try again. Its log ends:\n{layout.log_tail()}"
    )


def stop_server(layout: Layout) -> None:
    """End the server, if it runs; the caller holds the start lock and knows that nobody uses it.

    Raises:
        UnavailableError: it did not end in time.
    """
    for number in (signal.SIGINT, signal.SIGQUIT):
        if not _signal_server(layout, number):
            return
        if _has_ended(layout, STOP_TIMEOUT_S):
            layout.drop_socket_directory()
            return
    raise UnavailableError(
        f"The embedded PostgreSQL of {layout.root} did not stop in {2 * STOP_TIMEOUT_S} s. Its log ends:\n"
        f"{layout.log_tail()}"
    )


def _start(layout: Layout, account: Account, binaries: Binaries, lock: int, *, durable: bool) -> ServerAddress:
    address = layout.choose_socket_directory(account)
    _remove_leftovers(layout, address)
    _write_access_rules(layout, account)
    layout.rotate_log()
    with account.directories(layout.data, address.socket_directory) as directories:
        process = _spawn(layout, account, binaries, directories, lock, durable=durable)
    Thread(target=process.wait, name="neuralnav-postgres-reaper", daemon=True).start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (_is_ready(layout) and _accepts(address)):
        if process.poll() is not None:
            raise UnavailableError(
                f"The embedded PostgreSQL of {layout.root} did not start (exit code {process.returncode})."
                f"{space_hint(layout.root)} Its log ends:\n{layout.log_tail()}"
            )
        if time.monotonic() >= deadline:
            raise UnavailableError(
                f"The embedded PostgreSQL of {layout.root} has not become ready for {START_TIMEOUT_S} s; it "
                f"goes on recovering, so try again later. Its log ends:\n{layout.log_tail()}"
            )
        time.sleep(POLL_S)
    return address


def _spawn(
    layout: Layout,
    account: Account,
    binaries: Binaries,
    directories: Directories,
    lock: int,
    *,
    durable: bool,
) -> subprocess.Popen[bytes]:
    data, sockets = directories.names
    settings = {**SETTINGS, "unix_socket_directories": sockets, **({} if durable else NOT_DURABLE)}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = os.open(layout.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - the wheel's own program
            [binaries.postgres, "-D", data, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            pass_fds=(*directories.descriptors, lock),
            start_new_session=True,
            **account.process_options(),
        )
    finally:
        os.close(log)


def _remove_leftovers(layout: Layout, address: ServerAddress) -> None:
    """Remove what a killed server left: its process id may be another process's by now."""
    lock_file = address.socket.with_name(f"{address.socket.name}.lock")
    for path in (layout.data / "postmaster.pid", address.socket, lock_file):
        path.unlink(missing_ok=True)


def _write_access_rules(layout: Layout, account: Account) -> None:
    for name, text in (
        ("pg_hba.conf", _ACCESS_RULE),
        ("pg_ident.conf", f'owner "{account.client}" {SERVER_USER}\n'),
    ):
        path = layout.data / name
        if path.read_text() != text:
            new = path.with_suffix(".new")
            new.write_text(text)
            new.chmod(0o600)
            account.own(new)
            new.replace(path)


def _postmaster_file(layout: Layout) -> list[str]:
    try:
        return (layout.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_ready(layout: Layout) -> bool:
    lines = _postmaster_file(layout)
    return len(lines) > 7 and lines[7].strip() == "ready"


def _accepts(address: ServerAddress) -> bool:
    with closing(_connect(address)) as connection:
        return connection.fileno() >= 0


def _connect(address: ServerAddress) -> socket.socket:
    """A connection to the server's socket; a closed one where nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_PROBE_TIMEOUT_S)
    try:
        connection.connect(str(address.socket))
    except OSError:
        connection.close()
    return connection


def _signal_server(layout: Layout, number: signal.Signals) -> bool:
    """Signal the process that listens on the socket; not one that has the process id that it once had."""
    lines = _postmaster_file(layout)
    with closing(_connect(layout.address())) as connection:
        if not lines or connection.fileno() < 0:
            return False
        pid = int(lines[0])
        if sys.platform == "linux":
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            if struct.unpack("3i", credentials)[0] != pid:
                return False
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    return True


def _has_ended(layout: Layout, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while (lock := try_exclusive(layout.server_lock)) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    release(lock)
    return True
