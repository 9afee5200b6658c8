"""Creating the data directory: whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded.account import Account
from neuralnav.knowledge.embedded.address import SERVER_DATABASE, SERVER_USER
from neuralnav.knowledge.embedded.binaries import MAJOR_VERSION, Binaries
from neuralnav.knowledge.embedded.layout import Layout

CREATION_TIMEOUT_S = 120
"""The longest that one step of the creation may take."""

_OUTPUT_LINES = 10


def environment() -> dict[str, str]:
    """What the server's programs see: nothing of the caller's ``PG*`` variables, English messages, UTC."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def has_data_directory(layout: Layout) -> bool:
    """Whether there is a data directory that this PostgreSQL can run.

    Raises:
        UnavailableError: there is one, but not of this PostgreSQL; it is left as it is.
    """
    if not layout.data.exists():
        return False
    version_file = layout.data / "PG_VERSION"
    version = version_file.read_text().strip()[:20] if version_file.is_file() else "(unknown)"
    if version != MAJOR_VERSION:
        raise UnavailableError(
            f"{layout.data} was made by PostgreSQL {version}, and this NeuralNav runs PostgreSQL "
            f"{MAJOR_VERSION}. Nothing was changed. Run the NeuralNav that made it and copy the data with "
            "pg_dump; or, to start with an empty database, set NEURALNAV_HOME to another directory or move "
            "this one away."
        )
    return True


def create_data_directory(layout: Layout, account: Account, binaries: Binaries, lock: int, *, durable: bool) -> None:
    """Run ``initdb`` and create the database, aside, and put the result in its place in one rename.

    ``lock`` is a descriptor that the programs inherit, so that it stays locked while one of them lives.

    Raises:
        UnavailableError: a step failed; says which, where, and what it wrote.
    """
    if layout.partial.exists():
        shutil.rmtree(layout.partial)
    layout.partial.mkdir(mode=0o700)
    account.own(layout.partial)
    with account.directories(layout.partial) as directories:
        (data,) = directories.names
        inherited = (*directories.descriptors, lock)
        initdb = [
            binaries.initdb,
            "-D",
            data,
            "-U",
            SERVER_USER,
            "-A",
            "peer",
            "-E",
            "utf8",
            "--locale=C.UTF-8",
        ]
        single = [binaries.postgres, "--single", "-D", data, "-c", "log_checkpoints=off", "template1"]
        if not durable:
            initdb.append("--no-sync")
            single[2:2] = ["-F"]
        _run(initdb, "", layout, account, inherited)
        _run(single, f"CREATE DATABASE {SERVER_DATABASE};\n", layout, account, inherited)
    layout.partial.rename(layout.data)
    if durable:
        _sync_directory(layout.root)


def space_hint(directory: Path, needed_mb: int = 64) -> str:
    """A sentence that names the directory where its disk is full; else nothing."""
    while not directory.exists():
        directory = directory.parent
    free_mb = shutil.disk_usage(directory).free // 1_000_000
    if free_mb >= needed_mb:
        return ""
    return f" There is no space left for it: {directory} has {free_mb} MB free, and {needed_mb} MB are needed. "


def _run(command: list[str], text: str, layout: Layout, account: Account, inherited: tuple[int, ...]) -> None:
    process = subprocess.Popen(  # noqa: S603 - the wheel's own programs
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment(),
        pass_fds=inherited,
        start_new_session=True,
        **account.process_options(),
    )
    try:
        output, _ = process.communicate(text, timeout=CREATION_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        output = f"{process.communicate()[0]}\n(stopped after {CREATION_TIMEOUT_S} s)"
        process.returncode = process.returncode or 1
    if process.returncode or "FATAL" in output or "ERROR" in output:
        tail = "\n".join(output.strip().splitlines()[-_OUTPUT_LINES:])
        raise UnavailableError(
            f"The embedded database could not be created in {layout.root}: {Path(command[0]).name} failed."
            f"{space_hint(layout.root)} What it wrote last:\n{tail}"
        )


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
