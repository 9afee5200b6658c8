"""Small files with secrets, written once and readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from neuralnav.errors import UnavailableError


def write_once(path: Path, text: str) -> bool:
    """Write ``text`` unless the file is there; whether this call wrote it.

    Two servers may start at once: the file appears whole, and only the first one's.

    Raises:
        UnavailableError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
    except OSError as error:
        raise _unusable(path, error) from None
    return True


def read_kept(path: Path) -> str:
    """What is kept in ``path``, after closing it to others.

    Raises:
        UnavailableError: the file cannot be read.
    """
    try:
        path.chmod(0o600)
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"What signs people in to the chat cannot be kept in {path}: {error.strerror}.")
