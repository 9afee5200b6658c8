"""The directory of one deployment on this machine: its files, whose it is, and who may change it now.

``order.json``       what is to run; written by whoever holds ``change.lock``
``state.json``       what runs; written by the supervisor
``change.lock``      held while someone looks, starts, changes or removes
``supervisor.lock``  held by the supervisor as long as it lives, so the kernel drops it however that ends
``supervisor.log``   what the supervisor had to say
``<replica>.log``    each replica's output, with one older file
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.record import Record
from neuralnav.deployment.markdown import SECRET_LIKE
from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.knowledge.embedded.locks import POLL_S, release, try_exclusive, try_shared
from neuralnav.models.deployment import ManifestSet

CHANGE_PATIENCE_S = 30.0
"""The longest wait for someone else who is changing the same deployment."""

TAIL_BYTES = 16_384

_OURS = re.compile(r"(order|state)\.json(\.new)?|(change|supervisor)\.lock|[a-z0-9-]+\.log(\.1)?")
_Stored = TypeVar("_Stored", bound=BaseModel)


@dataclass(frozen=True)
class Place:
    """The directory of one deployment."""

    directory: Path

    @property
    def home(self) -> Path:
        """NeuralNav's own directory, which this one is under."""
        return self.directory.parent.parent

    @property
    def where(self) -> str:
        """This machine by its name, and NeuralNav's directory on it: another one knows nothing of what runs here."""
        return f"this machine ({socket.gethostname()}, {self.home})"

    @property
    def supervisor_log(self) -> Path:
        """Where the supervisor writes its own output."""
        return self.log("supervisor")

    @property
    def supervisor_lock(self) -> Path:
        """What the supervisor holds while it lives."""
        return self.directory / "supervisor.lock"

    def log(self, name: str) -> Path:
        """Where the output of a process goes."""
        return self.directory / f"{name}.log"

    def exists(self) -> bool:
        """Whether there is a directory."""
        return self.directory.is_dir()

    @contextmanager
    def held(self, patience_s: float = CHANGE_PATIENCE_S) -> Iterator[None]:
        """Make the directory if it is missing, and keep others from changing the deployment meanwhile; blocks.

        Raises:
            InvalidInputError: what is there is not ours.
            UnavailableError: someone else was at it for longer than ``patience_s``, or the disk refuses.
        """
        deadline = time.monotonic() + patience_s
        while (descriptor := self._try_hold()) is None:
            if time.monotonic() >= deadline:
                raise UnavailableError(
                    f"Another process has been changing the deployment in {self.directory} for more than "
                    f"{patience_s:g} s. Wait for it, and try again."
                )
            time.sleep(POLL_S)
        try:
            yield
        finally:
            release(descriptor)

    def _try_hold(self) -> int | None:
        """The lock may have been removed with its directory between opening and locking it: then it is void."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.require_ours()
            descriptor = try_exclusive(self._change_lock)
            if descriptor is not None and not _is_open(descriptor, self._change_lock):
                release(descriptor)
                return None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnavailableError(
                f"{self.directory} cannot be used: {error.strerror or error}. Set NEURALNAV_HOME to a directory that "
                "this user may write to."
            ) from error
        return descriptor

    @property
    def _change_lock(self) -> Path:
        return self.directory / "change.lock"

    def require_ours(self) -> None:
        """Raises ``InvalidInputError`` unless this is a directory of this user with nothing but our files."""
        if self.directory.is_symlink() or self.directory.stat().st_uid != os.getuid():
            raise self._foreign("it is a link, or belongs to another user")
        foreign = sorted(entry.name for entry in self.directory.iterdir() if not _is_ours(entry))
        if foreign:
            raise self._foreign(f"it holds {', '.join(foreign[:3])}")

    def _foreign(self, why: str) -> InvalidInputError:
        problem = FieldProblem("directory", str(self.directory), "a directory that only NeuralNav uses")
        return InvalidInputError(
            f"{self.directory} is not a deployment's alone: {why}. Move it away, or set NEURALNAV_HOME.", (problem,)
        )

    def why_not_ours(self, installation: str | None) -> str | None:
        """Why an installation may not touch what was ordered here, in a sentence; ``None``: it may, or nothing is."""
        order = self.order()
        if order is None or order.installation == installation:
            return None
        metadata = order.document.metadata
        whose = f"another NeuralNav (installation {order.installation}) has it"
        if order.installation is None:
            whose = "it was deployed without a database"
        return (
            f"{metadata.namespace}/{metadata.name} is on this machine already: {whose}, so it is left alone. Choose "
            "another name, or have it removed there."
        )

    def is_supervised(self) -> bool:
        """Whether a supervisor lives: whoever can take its lock knows that none does."""
        try:
            descriptor = try_shared(self.supervisor_lock)
        except FileNotFoundError:
            return False
        if descriptor is None:
            return True
        release(descriptor)
        return False

    def order(self) -> Order | None:
        """What is to run; ``None``: nothing was asked for."""
        return _read(self.directory / "order.json", Order)

    def order_version(self) -> tuple[int, int] | None:
        """Another value for each order that was written; ``None``: there is none."""
        try:
            status = (self.directory / "order.json").stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def order_age_s(self) -> float:
        """How long ago the order was written, in seconds; 0: there is none."""
        version = self.order_version()
        return max(time.time() - version[1] / 1e9, 0.0) if version else 0.0

    def write_order(self, order: Order) -> None:
        """Replace the order whole."""
        _write(self.directory / "order.json", order)

    def record(self) -> Record | None:
        """What the supervisor wrote last."""
        return _read(self.directory / "state.json", Record)

    def write_record(self, record: Record) -> None:
        """Replace the record whole."""
        _write(self.directory / "state.json", record)

    def log_tail(self, name: str, lines: int) -> tuple[str, ...]:
        """The last lines of a process's output, without what looks like an access token."""
        try:
            with self.log(name).open("rb") as log:
                log.seek(max(log.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
                text = log.read().decode(errors="replace")
        except FileNotFoundError:
            return ()
        written = [line.rstrip() for line in text.splitlines() if line.strip()]
        return tuple(SECRET_LIKE.sub("[hidden]", line)[:500] for line in written[-lines:])

    def delete(self) -> None:
        """Remove the directory; the caller holds it and knows that nothing runs.

        Raises:
            InvalidInputError: something in it is not ours.
        """
        self.require_ours()
        aside = self.directory.with_name(f".removed-{uuid4().hex}")
        self.directory.rename(aside)
        shutil.rmtree(aside)


def place_of(home: Path, manifests: ManifestSet) -> Place:
    """Where the deployment of ``manifests`` is under ``home``."""
    return Place(home.expanduser().absolute() / "local" / f"{manifests.namespace}.{manifests.name}")


def _is_ours(entry: Path) -> bool:
    """Files in the making may have their final name by now, so one that has gone is no stranger."""
    return _OURS.fullmatch(entry.name) is not None and not entry.is_dir() and not entry.is_symlink()


def _is_open(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _read(path: Path, kind: type[_Stored]) -> _Stored | None:
    """What a file holds; what a crash of the machine left of one counts as nothing."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _write(path: Path, document: BaseModel) -> None:
    new = path.with_suffix(".json.new")
    new.write_text(document.model_dump_json(by_alias=True))
    new.replace(path)
