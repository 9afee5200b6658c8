"""GitOps output: manifests committed to a git repository, for Argo CD, Flux or ``kubectl apply -k`` to take."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from neuralnav.deployment.arguments import plain
from neuralnav.deployment.git_work_tree import GitWorkTree
from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError
from neuralnav.models.base import Frozen, valid_unicode
from neuralnav.models.deployment import ManifestSet
from neuralnav.models.plan import Recommendation

MOST_WORDS = 200
"""Characters of one line of a commit message that may come from elsewhere."""

_NEW = ".neuralnav-new"
"""Ending of a file in the making; a killed process may leave one."""


class GitCommit(Frozen):
    """What became of a set in a repository."""

    repository: str
    branch: str
    commit: str | None
    """The commit that holds the set, or its removal; ``None``: there was never anything to remove."""
    created: bool
    """Whether this call made it; ``False``: the repository held just that already."""
    paths: tuple[str, ...]
    """The set's files, from the repository's root."""


def commit_manifests(
    manifests: ManifestSet,
    choice: Recommendation,
    directory: Path,
    *,
    path: str = "",
    replaces: ManifestSet | None = None,
) -> GitCommit:
    """Commit a set as ``<directory>/<path>/<namespace>/<name>/`` on the branch that is checked out; blocks.

    ``directory`` is a git repository, or a directory in one. Files that only ``replaces`` has are deleted. Nothing else
    is staged, committed, changed or pushed; git's hooks do not run, as they are programs. git's own configuration names
    the author. The same set again makes no commit, also after a crash halfway.

    Raises:
        InvalidInputError: this is no repository, its branch or path cannot be used, or something uncommitted is there.
        UnavailableError: git is missing, failed or took too long; the message says what was done before.
    """
    tree = GitWorkTree.of(directory)
    target = _target(tree, directory, path, manifests)
    wanted = {file.path: file.text.encode() for file in manifests.files}
    stale = (
        {file.path for file in replaces.files} - wanted.keys()
        if replaces and _same_name(replaces, manifests)
        else set()
    )
    _require_clean(tree, target, wanted)
    _write(tree, target, wanted, stale)
    return _commit(tree, target, {*wanted, *stale}, _deploy_message(manifests, choice))


def commit_removal(manifests: ManifestSet, directory: Path, *, path: str = "") -> GitCommit:
    """Commit that the files of a set are gone, if they are as :func:`commit_manifests` committed them; blocks.

    Raises:
        InvalidInputError: as there, or a file has been changed since.
        UnavailableError: as there.
    """
    tree = GitWorkTree.of(directory)
    target = _target(tree, directory, path, manifests)
    wanted = {file.path: file.text.encode() for file in manifests.files}
    _require_clean(tree, target, {})
    for name, content in wanted.items():
        if _content(target / name) not in (None, content):
            raise _refusal(target / name, "it is not as it was committed: somebody has changed it. Remove it yourself")
    _delete(target, wanted)
    subject = f"Retire {manifests.namespace}/{manifests.name}"
    message = _message(subject, {"Manifests-SHA256": manifests.sha256})
    return _commit(tree, target, set(wanted), message)


def committed_at(manifests: ManifestSet, directory: Path, *, path: str = "") -> str | None:
    """The commit that put the files of a set there, if they are there just so and committed; blocks.

    Raises:
        InvalidInputError: this is no repository, or its path cannot be used.
        UnavailableError: git is missing, failed or took too long.
    """
    tree = GitWorkTree.of(directory)
    target = _target(tree, directory, path, manifests)
    wanted = {target / file.path: file.text.encode() for file in manifests.files}
    if any(_content(file) != content for file, content in wanted.items()) or tree.uncommitted(target):
        return None
    return tree.last_commit(sorted(wanted))


def branch_of(directory: Path) -> str:
    """The branch that is checked out, which commits go to; blocks.

    Raises:
        InvalidInputError: this is no repository, or no branch is checked out.
        UnavailableError: git is missing, failed or took too long.
    """
    return GitWorkTree.of(directory).branch()


def _same_name(one: ManifestSet, other: ManifestSet) -> bool:
    return (one.namespace, one.name) == (other.namespace, other.name)


def _target(tree: GitWorkTree, directory: Path, path: str, manifests: ManifestSet) -> Path:
    """The set's own directory: inside the repository, outside ``.git``, and reached over no link."""
    parts = PurePosixPath(path).parts
    if path and (PurePosixPath(path).is_absolute() or any(part in ("..", ".git") for part in parts)):
        problem = FieldProblem("path", path[:80], "a path inside the repository, such as clusters/production")
        raise InvalidInputError(f"The path {path[:80]!r} is not inside the repository.", (problem,))
    inside = directory.resolve().relative_to(tree.root)
    target = tree.root.joinpath(inside, *parts, manifests.namespace, manifests.name)
    if ".git" in inside.parts:
        raise _refusal(target, "it is inside .git")
    for place in [target, *target.parents]:
        if place == tree.root:
            break
        if place.is_symlink():
            raise _refusal(place, "it is a link")
        if place.exists() and not place.is_dir():
            raise _refusal(place, "it is no directory")
    return target


def _require_clean(tree: GitWorkTree, target: Path, wanted: dict[str, bytes]) -> None:
    """Nothing uncommitted may be there but what an interrupted call of ours left."""
    for changed in tree.uncommitted(target):
        name = changed.name
        ours = changed.parent == target and (
            name.endswith(_NEW)
            or _content(changed) == wanted.get(name)
            or (name not in wanted and not changed.exists())
        )
        if changed.is_symlink() or not ours:
            raise _refusal(changed, "it has changes that are not committed. Commit or remove them first")


def _write(tree: GitWorkTree, target: Path, wanted: dict[str, bytes], stale: set[str]) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for leftover in target.glob(f"*{_NEW}"):
            leftover.unlink(missing_ok=True)
        for name, content in wanted.items():
            if (target / name).is_symlink():
                raise _refusal(target / name, "it is a link")
            if _content(target / name) != content:
                new = target / f"{name}{_NEW}"
                with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
                    file.write(content)
                new.replace(target / name)
        for name in stale:
            (target / name).unlink(missing_ok=True)
    except OSError as error:
        raise UnavailableError(f"{target} in {tree.root} cannot be written: {error.strerror or error}.") from error


def _delete(target: Path, names: dict[str, bytes]) -> None:
    for name in names:
        (target / name).unlink(missing_ok=True)
    for directory in (target, target.parent):
        with suppress(OSError):
            directory.rmdir()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _commit(tree: GitWorkTree, target: Path, names: set[str], message: str) -> GitCommit:
    branch = tree.branch()
    files = [target / name for name in sorted(names)]
    created = tree.commit(files, message)
    commit = tree.last_commit(files)
    return GitCommit(
        repository=str(tree.root),
        branch=branch,
        commit=commit,
        created=created,
        paths=tuple(str(file.relative_to(tree.root)) for file in files),
    )


def _deploy_message(manifests: ManifestSet, choice: Recommendation) -> str:
    replicas = f"{choice.replicas} x " if choice.replicas > 1 else ""
    gpus = f"{choice.tensor_parallel}x {choice.gpu_type.value}" if choice.tensor_parallel > 1 else choice.gpu_type.value
    predicted, cost = choice.predicted, choice.cost
    return _message(
        f"Deploy {manifests.namespace}/{manifests.name}: {replicas}{choice.model} on {gpus}",
        {
            "Target": f"{manifests.target.value}, {manifests.mode.value}",
            "Plan": choice.id,
            "Manifests-SHA256": manifests.sha256,
            "Predicted-TTFT-p95": f"{plain(predicted.ttft_p95_ms.value)} ms",
            "Predicted-ITL-p95": f"{plain(predicted.itl_p95_ms.value)} ms",
            "Predicted-E2E-p95": f"{plain(predicted.e2e_p95_ms.value)} ms",
            "Predicted-most-requests": f"{plain(predicted.max_qps.value)} a second and replica",
            "Cost": f"${cost.per_month_usd:,.0f} a month ({cost.instance})" if cost else "no price is known",
        },
    )


def _message(subject: str, facts: dict[str, str]) -> str:
    """A commit message: what, then a line a fact. Whatever a value holds, it stays on its line."""
    return "\n".join([_line(subject), "", *(f"{name}: {_line(value)}" for name, value in facts.items()), ""])


def _line(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in valid_unicode(text))
    return " ".join(printable.split())[:MOST_WORDS]


def _refusal(place: Path, why: str) -> InvalidInputError:
    problem = FieldProblem("path", str(place), "a place of the repository that is clean and no link")
    return InvalidInputError(f"{place} cannot be used: {why}. Nothing was committed.", (problem,))
