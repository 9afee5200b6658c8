"""The directory that Chainlit works in: it writes where it runs, so the shipped files are copied under ``home``."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any

from neuralnav.errors import UnavailableError
from neuralnav.resources import resource_dir

FORGET_FILES_AFTER_S = 86_400
"""Files of sessions that a killed server left behind are removed once they are this old."""

_OUTSIDE_LINK = re.compile(r'\s*<link\b[^>]*href="https?://[^"]*"[^>]*>')

WORDS = {
    "chat.messages.status.using": "",
    "chat.messages.status.used": "",
    "chat.watermark": "Nothing is changed before you approve it. Figures carry their 90 % bands.",
    "auth.login.form.email.label": "User",
    "auth.login.form.email.placeholder": "admin",
    "auth.login.form.email.required": "The user is required.",
}
"""Texts of Chainlit's that are wrong here in every language: steps name themselves, people have names, no addresses."""

ENGLISH = {
    "chat.input.placeholder": "Say what you need, what to change, or ask why",
    "auth.login.title": "Sign in to NeuralNav",
    "auth.login.errors.default": "That did not sign you in. Check the user and the password, and try again.",
    "auth.login.errors.credentialsSignin": "The user or the password is wrong. Try again.",
    "auth.login.errors.oauthSignin": "You were not let in. Ask whoever runs this to let you in, or try again.",
    "threadHistory.thread.actions.delete.description": (
        "This deletes the conversation, its questions and its scenarios for good. What it deployed has to be retired "
        "before."
    ),
    "threadHistory.thread.actions.share.title": "Let others who can sign in read this conversation",
    "threadHistory.sidebar.empty": "No conversations yet",
    "navigation.header.readme": "How it works",
}
"""Texts that Chainlit says well enough in other languages, and better here in English."""

REFUSED = "credentialssignin"
"""How Chainlit's server calls a wrong password, and its page looks for the words; translations spell it otherwise."""


def prepare(home: Path) -> Path:
    """Make or renew the directory under ``home`` that Chainlit takes as its root, and return it.

    Raises:
        UnavailableError: the directory cannot be written.
    """
    root = home / "chat"
    try:
        _copy_shipped(root)
        _copy_translations(root / ".chainlit" / "translations")
        _copy_page(root / "frontend")
        _forget_old_files(root / ".files")
    except OSError as error:
        raise UnavailableError(f"The chat cannot work in {root}: {error.strerror or error}.") from None
    return root


def environment(root: Path, session_key: str) -> dict[str, str]:
    """What Chainlit reads from the environment, when it is imported and later."""
    return {
        "CHAINLIT_APP_ROOT": str(root),
        "CHAINLIT_AUTH_SECRET": session_key,
        "CHAINLIT_ENV_FILE": os.devnull,
        "CHAINLIT_ROOT_PATH": "",
        "CHAINLIT_PARENT_ROOT_PATH": "",
    }


def mount_path() -> str:
    """The path that Chainlit's pages lie under, without a slash at its end."""
    return os.environ.get("CHAINLIT_PARENT_ROOT_PATH", "") + os.environ.get("CHAINLIT_ROOT_PATH", "")


def _copy_shipped(root: Path) -> None:
    shipped = resource_dir("public").parent
    files = [shipped / "chainlit.md", shipped / ".chainlit" / "config.toml"]
    files += [path for path in sorted((shipped / "public").rglob("*")) if path.is_file()]
    for path in files:
        _put(root / path.relative_to(shipped), path.read_bytes())
    for path in (root / "public").rglob("*"):
        ships = (shipped / path.relative_to(root)).exists()
        if path.is_file() and not ships and not path.name.startswith("."):
            path.unlink(missing_ok=True)


def _copy_translations(to: Path) -> None:
    for path in sorted((_chainlit() / "translations").glob("*.json")):
        texts = json.loads(path.read_text(encoding="utf-8"))
        for key, text in (WORDS | (ENGLISH if path.stem.startswith("en") else {})).items():
            _say(texts, key, text)
        errors = texts["auth"]["login"]["errors"]
        errors[REFUSED] = errors.get("credentialsSignin") or errors["default"]
        _put(to / path.name, json.dumps(texts, ensure_ascii=False).encode())


def _say(texts: dict[str, Any], key: str, text: str) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        texts = texts.setdefault(parent, {})
    texts[last] = text


def _copy_page(to: Path) -> None:
    """Chainlit's page without its links to other sites, beside its own scripts."""
    built = _chainlit() / "frontend" / "dist"
    page = (built / "index.html").read_text(encoding="utf-8")
    _put(to / "index.html", _OUTSIDE_LINK.sub("", page).encode())
    draft = _draft(to / "assets")
    draft.symlink_to(built / "assets", target_is_directory=True)
    draft.replace(to / "assets")


def _forget_old_files(files: Path) -> None:
    if not files.is_dir():
        return
    for session in files.iterdir():
        if session.is_dir() and time.time() - session.stat().st_mtime > FORGET_FILES_AFTER_S:
            shutil.rmtree(session, ignore_errors=True)


def _chainlit() -> Path:
    spec = find_spec("chainlit")
    if spec is None or spec.origin is None:
        raise UnavailableError("The package chainlit is not installed.")
    return Path(spec.origin).parent


def _put(path: Path, content: bytes) -> None:
    # Another server may be reading the same file: it sees the old one or the new one, never half of it.
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    draft = _draft(path)
    draft.write_bytes(content)
    draft.replace(path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{token_hex(8)}")
