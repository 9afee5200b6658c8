"""Manifests as files: a directory that appears whole or not at all, or a zip archive."""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError, UnavailableError
from neuralnav.models.deployment import ManifestSet

_NOT_ALLOWED = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def manifests_path(manifests: ManifestSet, directory: Path) -> Path:
    """Where :func:`write_manifests` puts a set: ``<directory>/<name>-<digest>``."""
    return directory / f"{manifests.name}-{manifests.sha256[:12]}"


def write_manifests(manifests: ManifestSet, directory: Path) -> Path:
    """Write a set into a directory of its own under ``directory`` (made if missing); return that directory.

    It is written aside and renamed, so it is never seen half-written, also when the process is killed.
    Writing the same set again changes nothing.

    Raises:
        InvalidInputError: ``directory`` cannot be written to, or the set's own directory holds other files.
        UnavailableError: the disk is full or failed.
    """
    target = manifests_path(manifests, directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not _is_there(target):
            _write_whole(manifests, target)
        _require_same(manifests, target, "Nothing was written; move it away or choose another directory.")
    except OSError as error:
        raise _explained(error, target) from error
    return target


def holds_manifests(manifests: ManifestSet, directory: Path) -> bool:
    """Whether the set's directory under ``directory`` holds these very files and nothing else.

    Raises:
        UnavailableError: it cannot be read.
    """
    target = manifests_path(manifests, directory)
    try:
        return _is_same(manifests, target)
    except OSError as error:
        raise UnavailableError(f"{target} cannot be read: {error.strerror or type(error).__name__}.") from error


def remove_manifests(manifests: ManifestSet, directory: Path) -> Path:
    """Remove the directory that :func:`write_manifests` made, if it still holds just that; return where it was.

    It is renamed and then deleted, so it is never seen half-removed, also when the process is killed. Removing what is
    not there deletes only what killed processes left of it.

    Raises:
        InvalidInputError: it holds something else, or may not be removed.
        UnavailableError: the disk failed.
    """
    target = manifests_path(manifests, directory)
    try:
        if _is_there(target):
            _put_aside(manifests, target)
        for aside in target.parent.glob(f"{_aside_prefix(target)}*"):
            _delete(aside)
    except OSError as error:
        place = error.filename or target
        reason = error.strerror or type(error).__name__
        if error.errno in _NOT_ALLOWED:
            problem = FieldProblem("directory", str(place), "a directory that this user may remove")
            raise InvalidInputError(f"{place} cannot be removed: {reason}.", (problem,)) from error
        raise UnavailableError(f"{place} cannot be removed: {reason}. Try again.") from error
    return target


def zip_manifests(manifests: ManifestSet) -> bytes:
    """The set as a zip archive with one folder, the same bytes for the same set.

    Stored, not compressed: compressed bytes would depend on the installed zlib.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(manifests.files, key=lambda file: file.path):
            entry = zipfile.ZipInfo(f"{manifests.name}/{file.path}", date_time=_ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.text.encode())
    return buffer.getvalue()


def _is_there(target: Path) -> bool:
    return target.is_symlink() or target.exists()


def _aside_prefix(target: Path) -> str:
    """How the names begin under which ``target`` is not seen: before it is whole, and once it is to go."""
    return f".{target.name}-"


def _put_aside(manifests: ManifestSet, target: Path) -> None:
    """Another process may remove the same set meanwhile; there is then nothing left to do."""
    try:
        _require_same(manifests, target, "Nothing was removed; look at what is there and remove it yourself.")
        target.rename(target.with_name(f"{_aside_prefix(target)}{uuid4().hex}"))
        _sync(target.parent)
    except (FileNotFoundError, InvalidInputError):
        if _is_there(target):
            raise


def _delete(directory: Path) -> None:
    """Delete a directory of files, which another process may be deleting too."""
    with suppress(FileNotFoundError):
        for file in directory.iterdir():
            file.unlink(missing_ok=True)
        directory.rmdir()


def _write_whole(manifests: ManifestSet, target: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=_aside_prefix(target), dir=target.parent))
    try:
        for file in manifests.files:
            with (aside / file.path).open("xb") as stream:
                stream.write(file.text.encode())
                stream.flush()
                os.fsync(stream.fileno())
        aside.chmod(0o755)
        _sync(aside)
        _rename_unless_there(aside, target)
        _sync(target.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _rename_unless_there(aside: Path, target: Path) -> None:
    """Another process may have written the same set meanwhile; its directory is then left as it is."""
    try:
        aside.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _require_same(manifests: ManifestSet, target: Path, otherwise: str) -> None:
    if not _is_same(manifests, target):
        raise InvalidInputError(
            f"{target} is there already and holds something else. {otherwise}",
            (FieldProblem("directory", str(target), "a place that does not exist or holds these very files"),),
        )


def _is_same(manifests: ManifestSet, target: Path) -> bool:
    wanted = {file.path: file.text.encode() for file in manifests.files}
    return (
        target.is_dir()
        and not target.is_symlink()
        and {entry.name for entry in target.iterdir()} == set(wanted)
        and all(_holds(target / name, content) for name, content in wanted.items())
    )


def _holds(path: Path, content: bytes) -> bool:
    return (
        path.is_file()
        and not path.is_symlink()
        and path.stat().st_size == len(content)
        and path.read_bytes() == content
    )


def _explained(error: OSError, target: Path) -> NeuralNavError:
    reason = error.strerror or type(error).__name__
    if error.errno in _NOT_ALLOWED:
        return InvalidInputError(
            f"The manifests cannot be written to {target}: {reason}. Choose another directory.",
            (FieldProblem("directory", str(target.parent), "a directory that this user may write to"),),
        )
    if error.errno in _FULL:
        return UnavailableError(
            f"The manifests cannot be written to {target}: the disk is full ({reason}). Make room and try again."
        )
    return UnavailableError(f"The manifests cannot be written to {target}: {reason}. Try again.")
