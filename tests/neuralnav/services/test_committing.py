"""Approved manifests committed to a real Git repository, and how that is told before and after."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import Delivery, Deployment, ManifestSet
from neuralnav.models.running import ChangeVerb
from neuralnav.services.committing import GitDeliverer
from neuralnav.services.deployment import DeploymentService
from tests.neuralnav.services.deploying import Chosen


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit on ``main``, and a user whom git knows."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "notes.txt").write_text("first\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=First")
    return root


@pytest.fixture
def deliverer(repository: Path) -> GitDeliverer:
    return GitDeliverer(repository, "clusters/east")


@pytest.fixture
async def made(chosen: Chosen, deployer: DeploymentService) -> Deployment:
    """A deployment of these manifests, delivered by Git."""
    written = await chosen.made_by(deployer)
    return written.model_copy(update={"delivery": Delivery.GIT})


def commits(repository: Path) -> int:
    return int(git(repository, "rev-list", "--count", "HEAD"))


def names_in(directory: str | None) -> set[str]:
    assert directory is not None
    return {path.name for path in Path(directory).glob("*")}


async def put(deliverer: GitDeliverer, chosen: Chosen, replaces: ManifestSet | None = None) -> str | None:
    return await deliverer.put(chosen.manifests, chosen.choice, replaces, take_over=())


async def test_looking_names_the_branch_and_every_file_and_commits_nothing(
    deliverer: GitDeliverer, repository: Path, chosen: Chosen
) -> None:
    found = await deliverer.preflight(chosen.manifests, None)
    assert found.where == f"branch main of {repository}/clusters/east" == await deliverer.where(chosen.manifests)
    assert {change.verb for change in found.changes} == {ChangeVerb.CREATE}
    assert [change.name for change in found.changes] == [file.path for file in chosen.manifests.files]
    assert (commits(repository), git(repository, "status", "--porcelain")) == (1, "")


async def test_what_is_put_there_is_found_there_until_it_is_taken_away(
    deliverer: GitDeliverer, repository: Path, chosen: Chosen, made: Deployment
) -> None:
    directory = await put(deliverer, chosen)
    assert directory == f"{repository}/clusters/east/{chosen.manifests.namespace}/{chosen.manifests.name}"
    assert await put(deliverer, chosen) == directory
    assert commits(repository) == 2
    again = await deliverer.preflight(chosen.manifests, None)
    assert {change.verb for change in again.changes} == {ChangeVerb.UNCHANGED}
    there, running = await deliverer.look(made)
    assert there.passed
    assert running is None
    assert there.in_short.startswith(f"The branch main of {repository}/clusters/east holds the approved files")
    assert await deliverer.take_away(chosen.manifests) == directory
    assert await deliverer.take_away(chosen.manifests) == directory
    assert commits(repository) == 3
    assert names_in(directory) == set()
    gone, _ = await deliverer.look(made)
    assert not gone.passed


async def test_a_change_says_which_files_change_in_which_lines_and_which_go(
    deliverer: GitDeliverer, chosen: Chosen, other: Chosen
) -> None:
    doomed = chosen.manifests.files[-1].path
    fewer = other.manifests.model_copy(
        update={"files": tuple(file for file in other.manifests.files if file.path != doomed)}
    )
    directory = await put(deliverer, chosen)
    found = await deliverer.preflight(fewer, chosen.manifests)
    changes = {change.name: change for change in found.changes}
    main = changes["inferenceservice.yaml"]
    assert main.verb is ChangeVerb.UPDATE
    assert f"+  name: {fewer.name}" not in main.diff
    assert {line[0] for line in main.diff[2:] if line} >= {"+", "-"}
    assert changes[doomed].verb is ChangeVerb.DELETE
    await deliverer.put(fewer, other.choice, chosen.manifests, take_over=())
    assert names_in(directory) == {file.path for file in fewer.files}


async def test_another_branch_is_another_place(
    deliverer: GitDeliverer, repository: Path, chosen: Chosen, made: Deployment
) -> None:
    git(repository, "switch", "--quiet", "--create", "east")
    await put(deliverer, chosen)
    git(repository, "switch", "--quiet", "main")
    assert (await deliverer.where(chosen.manifests)).startswith("branch main ")
    validation, _ = await deliverer.look(made)
    assert "branch main" in validation.in_short
    assert "does not hold" in validation.in_short


async def test_without_a_branch_it_is_refused_before_anything_is_written(
    deliverer: GitDeliverer, repository: Path, chosen: Chosen
) -> None:
    git(repository, "switch", "--quiet", "--detach")
    with pytest.raises(InvalidInputError, match="no branch checked out"):
        await deliverer.preflight(chosen.manifests, None)
    assert git(repository, "status", "--porcelain") == ""


async def test_what_somebody_changed_is_neither_as_approved_nor_taken_away(
    deliverer: GitDeliverer, chosen: Chosen, made: Deployment
) -> None:
    directory = await put(deliverer, chosen)
    (Path(directory or "") / "inferenceservice.yaml").write_text("kind: Other\n")
    validation, _ = await deliverer.look(made)
    assert not validation.passed
    with pytest.raises(InvalidInputError):
        await deliverer.take_away(chosen.manifests)
