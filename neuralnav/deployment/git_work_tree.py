"""A checked-out git repository, worked on by the ``git`` program without a shell, a prompt or a hook."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError

TIMEOUT_S = 30.0

_SETTINGS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "commit.gpgSign=false", "core.autocrlf=false")
"""No program of the repository runs, nobody is asked for a passphrase, and bytes stay as they are."""

_WITHOUT_PROMPTS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    "GIT_EDITOR": "true",
    "LC_ALL": "C.UTF-8",
}
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_OF_THIS_USER = ("PATH", "HOME", "USER", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "GIT_SSH_COMMAND")
"""Environment that git gets, for its configuration, keys and certificates; ``GIT_DIR`` and the like stay out."""


@dataclass(frozen=True)
class GitWorkTree:
    """The work tree of one repository; every call blocks and is bounded in time."""

    root: Path

    @classmethod
    def of(cls, directory: Path) -> Self:
        """The work tree that ``directory`` is in.

        Raises:
            InvalidInputError: it is in none.
            UnavailableError: git is not there.
        """
        problem = FieldProblem("directory", str(directory), "a checked-out git repository, or a directory in one")
        if not directory.is_dir():
            raise InvalidInputError(f"{directory} is not a directory.", (problem,))
        found = _git(directory, "rev-parse", "--show-toplevel")
        if found.returncode != 0:
            why = _said(found)
            raise InvalidInputError(f"{directory} is in no git repository: {why} 'git init' makes one.", (problem,))
        return cls(Path(found.stdout.rstrip("\n")).resolve())

    def branch(self) -> str:
        """The branch that is checked out.

        Raises:
            InvalidInputError: none is.
        """
        found = _git(self.root, "symbolic-ref", "--quiet", "--short", "HEAD")
        if found.returncode != 0:
            problem = FieldProblem("directory", str(self.root), "a repository with a branch checked out")
            raise InvalidInputError(f"{self.root} has no branch checked out: 'git switch' to one.", (problem,))
        return found.stdout.strip()

    def uncommitted(self, path: Path) -> tuple[Path, ...]:
        """Files at or below ``path`` that differ from the last commit, untracked and ignored ones too."""
        status = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored=traditional", "--no-renames")
        listed = self._run(*status, "--", str(path))
        return tuple(self.root / entry[3:] for entry in listed.split("\0") if entry)

    def commit(self, files: Sequence[Path], message: str) -> bool:
        """Commit ``files`` as they are, or are not, and nothing else; whether there was anything to commit.

        Raises:
            InvalidInputError: git does not know who commits.
            UnavailableError: git refuses.
        """
        there = [str(file) for file in files if file.exists()]
        gone = [str(file) for file in files if not file.exists()]
        if there:
            self._run("add", "--force", "--", *there)
        if gone:
            self._run("rm", "--cached", "--quiet", "--ignore-unmatch", "--", *gone)
        changed = self._run("diff", "--cached", "--name-only", "-z", "--no-renames", "--", *there, *gone)
        if not changed:
            return False
        only = [str(self.root / name) for name in changed.split("\0") if name]
        verbatim = ("commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--file=-", "--only")
        self._run(*verbatim, "--", *only, text=message)
        return True

    def last_commit(self, files: Sequence[Path]) -> str | None:
        """The last commit that touched any of ``files``."""
        found = _git(self.root, "log", "-1", "--format=%H", "--", *map(str, files))
        return found.stdout.strip() or None if found.returncode == 0 else None

    def _run(self, *arguments: str, text: str = "") -> str:
        done = _git(self.root, *arguments, text=text)
        if done.returncode == 0:
            return done.stdout
        if "tell me who you are" in done.stderr or "empty ident name" in done.stderr:
            problem = FieldProblem("user.name, user.email", None, "a name and an e-mail address")
            raise InvalidInputError("git does not know who commits: set user.name and user.email.", (problem,))
        raise UnavailableError(f"git {arguments[0]} failed in {self.root}: {_said(done)}")


def _git(directory: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    own = {name: os.environ[name] for name in _OF_THIS_USER if name in os.environ}
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; paths come after "--" and stand for themselves
            ["git", "--literal-pathspecs", *settings, *arguments],  # noqa: S607
            cwd=directory,
            env=_WITHOUT_PROMPTS | own,
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise UnavailableError("The program git is not there. Install it, or write the manifests as files.") from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"git {arguments[0]} took more than {TIMEOUT_S:g} s in {directory}.") from error


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """git's own words on one line, without credentials of addresses."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    words = _CREDENTIALS.sub("", "; ".join(lines[-3:]))[:500].rstrip(".;")
    return f"{words or f'exit code {done.returncode}'}."
