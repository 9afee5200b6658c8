"""The chat's password: the one of the settings, or one that is made at the first start and kept only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from neuralnav.chat.kept_files import read_kept, write_once
from neuralnav.errors import UnavailableError
from neuralnav.settings import Settings

PASSWORD_USER = "admin"  # noqa: S105 - a user's name
PASSWORD_FILE = "chat-password"  # noqa: S105 - the file's name
SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""Cost of guessing: about 50 ms and 16 MB a try."""

_SALT_BYTES = 16


@dataclass(frozen=True)
class Password:
    """What a given password is held against; ``seal`` changes with it and does not give it away."""

    seal: str
    salt: bytes
    hashed: bytes

    def matches(self, given: str) -> bool:
        """Whether ``given`` is it; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(_hashed(given, self.salt), self.hashed)


def chosen(password: str) -> Password:
    """The password that the settings name."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return Password(seal=password, salt=salt, hashed=_hashed(password, salt))


def kept(settings: Settings) -> Password:
    """The password that was made at the first start.

    Raises:
        UnavailableError: it cannot be read.
    """
    path = _path(settings)
    record = read_kept(path)
    salt, _, hashed = record.partition(":")
    try:
        return Password(seal=record, salt=bytes.fromhex(salt), hashed=bytes.fromhex(hashed))
    except ValueError:
        raise UnavailableError(f"{path} holds no usable password. Delete it, and a new one is made.") from None


def made_at_the_first_start(settings: Settings) -> str | None:
    """Make and keep a password where none is kept yet, and return it: nobody can read it again.

    Raises:
        UnavailableError: it cannot be kept under ``settings.home``.
    """
    if _path(settings).exists():
        return None
    password, salt = secrets.token_urlsafe(12), secrets.token_bytes(_SALT_BYTES)
    ours = write_once(_path(settings), f"{salt.hex()}:{_hashed(password, salt).hex()}")
    return password if ours else None


def _path(settings: Settings) -> Path:
    return settings.home / PASSWORD_FILE


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(errors="surrogatepass"), salt=salt, **SCRYPT)
