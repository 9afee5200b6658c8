"""Manifests committed to real git repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuralnav.deployment.gitops import commit_manifests, commit_removal
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestFile, ManifestSet
from neuralnav.models.plan import Recommendation

Make = Callable[..., Any]


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, and a user whose git knows who she is."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    (home / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.org\n")
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "notes.txt").write_text("first\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=First")
    return root


@pytest.fixture
def choice(make_choice: Make, make_model: Make, make_gpu: Make) -> Recommendation:
    made: Recommendation = make_choice(make_model(), make_gpu())
    return made


@pytest.fixture
def manifests() -> ManifestSet:
    return _set(README="# Chat\n", deployment="kind: Deployment\n")


def _set(**texts: str) -> ManifestSet:
    files = tuple(
        ManifestFile(path="README.md" if name == "README" else f"{name}.yaml", text=text)
        for name, text in texts.items()
    )
    return ManifestSet(name="chat", namespace="models", files=files)


def test_a_set_is_committed_where_kustomize_finds_it_and_nothing_else_is(
    repository: Path, choice: Recommendation, manifests: ManifestSet
) -> None:
    (repository / "notes.txt").write_text("second\n")
    git(repository, "add", "notes.txt")
    (repository / "draft.txt").write_text("mine\n")
    done = commit_manifests(manifests, choice, repository, path="clusters/east")
    paths = ("clusters/east/models/chat/README.md", "clusters/east/models/chat/deployment.yaml")
    assert (done.branch, done.created, done.paths) == ("main", True, paths)
    assert done.commit == git(repository, "rev-parse", "HEAD").strip()
    assert tuple(git(repository, "show", "--format=", "--name-only").split()) == paths
    assert git(repository, "show", f"HEAD:{paths[1]}") == "kind: Deployment\n"
    assert git(repository, "status", "--porcelain") == "M  notes.txt\n?? draft.txt\n"
    assert (
        git(repository, "log", "-1", "--format=%an <%ae> %cn").strip() == "Ada Lovelace <ada@example.org> Ada Lovelace"
    )


def test_the_message_says_what_and_holds_no_structure_of_others(
    repository: Path, choice: Recommendation, manifests: ManifestSet
) -> None:
    hostile = choice.model_copy(update={"id": "p\n\nSigned-off-by: Eve\x1b[31m <eve@example.org>"})
    commit_manifests(manifests, hostile, repository)
    subject, blank, *facts = git(repository, "log", "-1", "--format=%B").strip().splitlines()
    assert subject.startswith("Deploy models/chat: ")
    assert choice.model in subject
    assert blank == ""
    assert [fact.partition(":")[0] for fact in facts] == [
        "Target",
        "Plan",
        "Manifests-SHA256",
        "Predicted-TTFT-p95",
        "Predicted-ITL-p95",
        "Predicted-E2E-p95",
        "Predicted-most-requests",
        "Cost",
    ]
    assert facts[1] == "Plan: p Signed-off-by: Eve [31m <eve@example.org>"
    assert facts[2] == f"Manifests-SHA256: {manifests.sha256}"


def test_the_same_again_makes_no_commit(repository: Path, choice: Recommendation, manifests: ManifestSet) -> None:
    first = commit_manifests(manifests, choice, repository)
    (repository / "notes.txt").write_text("second\n")
    git(repository, "commit", "--all", "--quiet", "--message=Second")
    second = commit_manifests(manifests, choice, repository)
    assert (second.created, second.commit) == (False, first.commit)


def test_what_a_crash_left_half_written_is_committed_on_the_next_try(
    repository: Path, choice: Recommendation, manifests: ManifestSet
) -> None:
    target = repository / "models/chat"
    target.mkdir(parents=True)
    (target / "README.md").write_text("# Chat\n")
    (target / "deployment.yaml.neuralnav-new").write_text("kind: Depl")
    done = commit_manifests(manifests, choice, repository)
    assert done.created
    assert git(repository, "status", "--porcelain") == ""


def test_files_of_the_set_before_go_with_it(repository: Path, choice: Recommendation, manifests: ManifestSet) -> None:
    before = _set(README="# Chat\n", deployment="kind: Deployment\n", service="kind: Service\n")
    commit_manifests(before, choice, repository)
    done = commit_manifests(manifests, choice, repository, replaces=before)
    assert done.created
    assert git(repository, "ls-files", "models").split() == ["models/chat/README.md", "models/chat/deployment.yaml"]


def test_a_removal_is_a_commit_of_its_own_and_is_made_once(
    repository: Path, choice: Recommendation, manifests: ManifestSet
) -> None:
    commit_manifests(manifests, choice, repository)
    removed = commit_removal(manifests, repository)
    again = commit_removal(manifests, repository)
    assert (removed.created, again.created, again.commit) == (True, False, removed.commit)
    assert git(repository, "log", "-1", "--format=%s") == "Retire models/chat\n"
    assert git(repository, "ls-files") == "notes.txt\n"
    assert not (repository / "models").exists()


def test_what_somebody_changed_is_not_removed(repository: Path, choice: Recommendation, manifests: ManifestSet) -> None:
    commit_manifests(manifests, choice, repository)
    (repository / "models/chat/deployment.yaml").write_text("kind: DaemonSet\n")
    git(repository, "commit", "--all", "--quiet", "--message=By hand")
    with pytest.raises(InvalidInputError, match="somebody has changed it"):
        commit_removal(manifests, repository)


def test_uncommitted_changes_links_and_places_outside_are_refused(
    repository: Path, choice: Recommendation, manifests: ManifestSet, tmp_path: Path
) -> None:
    commit_manifests(manifests, choice, repository)
    head = git(repository, "rev-parse", "HEAD")
    (repository / "models/chat/deployment.yaml").write_text("kind: DaemonSet\n")
    (repository / ".git/info/exclude").write_text("ignored.yaml\n")
    with pytest.raises(InvalidInputError, match="not committed"):
        commit_manifests(manifests, choice, repository)
    git(repository, "checkout", "--quiet", "--", ".")
    (repository / "models/chat/ignored.yaml").write_text("kind: Pod\n")
    with pytest.raises(InvalidInputError, match="not committed"):
        commit_manifests(manifests, choice, repository)
    (repository / "elsewhere").symlink_to(tmp_path)
    for path in ("elsewhere", "../outside", "/tmp", ".git/hooks", "notes.txt"):
        with pytest.raises(InvalidInputError):
            commit_manifests(manifests, choice, repository, path=path)
    with pytest.raises(InvalidInputError, match=r"\.git"):
        commit_manifests(manifests, choice, repository / ".git")
    assert git(repository, "rev-parse", "HEAD") == head


def test_a_directory_outside_every_repository_says_what_to_do(
    choice: Recommendation, manifests: ManifestSet, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match="git init"):
        commit_manifests(manifests, choice, tmp_path)


def test_hooks_do_not_run(repository: Path, choice: Recommendation, manifests: ManifestSet, tmp_path: Path) -> None:
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        hook = repository / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        hook.chmod(0o755)
    assert commit_manifests(manifests, choice, repository).created
    assert not (tmp_path / "ran").exists()


def test_without_a_name_the_commit_is_refused_with_what_to_set(
    repository: Path, choice: Recommendation, manifests: ManifestSet, tmp_path: Path
) -> None:
    known = tmp_path / "home/.gitconfig"
    known.rename(tmp_path / "kept")
    git(repository, "config", "user.useConfigOnly", "true")
    with pytest.raises(InvalidInputError, match=r"user\.name"):
        commit_manifests(manifests, choice, repository)
    (tmp_path / "kept").rename(known)
    assert commit_manifests(manifests, choice, repository).created


def test_an_empty_repository_takes_its_firstcommit_manifests(
    choice: Recommendation, manifests: ManifestSet, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    assert commit_removal(manifests, tmp_path).commit is None
    assert commit_manifests(manifests, choice, tmp_path).created


def test_nothing_is_pushed(repository: Path, choice: Recommendation, manifests: ManifestSet, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(repository, "remote", "add", "origin", str(remote))
    assert commit_manifests(manifests, choice, repository).created
    assert git(remote, "for-each-ref") == ""
