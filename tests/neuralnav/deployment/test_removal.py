"""Manifests that are removed: whole or not at all, never something else, and nothing of them stays behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neuralnav.deployment.output import holds_manifests, manifests_path, remove_manifests, write_manifests
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import ManifestSet


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def add_notes(target: Path) -> None:
    (target / "notes.txt").write_text("mine")


def add_directory(target: Path) -> None:
    (target / "mine").mkdir()


def lose_a_file(target: Path) -> None:
    (target / "README.md").unlink()


def change_a_byte(target: Path) -> None:
    text = (target / "README.md").read_bytes()
    (target / "README.md").write_bytes(text[:-1] + b"!")


def empty_a_file(target: Path) -> None:
    (target / "README.md").write_bytes(b"")


def replace_a_file_by_a_directory(target: Path) -> None:
    (target / "README.md").unlink()
    (target / "README.md").mkdir()


def link_a_file(target: Path) -> None:
    (target / "README.md").rename(target.parent / "kept.md")
    (target / "README.md").symlink_to(target.parent / "kept.md")


def link_the_directory(target: Path) -> None:
    target.rename(target.parent / "kept")
    target.symlink_to(target.parent / "kept")


def link_to_nowhere(target: Path) -> None:
    target.rename(target.parent / "kept")
    target.symlink_to(target.parent / "nowhere")


def put_a_file_in_its_place(target: Path) -> None:
    target.rename(target.parent / "kept")
    target.write_text("mine")


CHANGES = (
    add_notes,
    add_directory,
    lose_a_file,
    change_a_byte,
    empty_a_file,
    replace_a_file_by_a_directory,
    link_a_file,
    link_the_directory,
    link_to_nowhere,
    put_a_file_in_its_place,
)


def everything(directory: Path) -> set[tuple[Path, bytes]]:
    """Every path below ``directory`` with its content, or where it points to."""
    found = set()
    for path in directory.rglob("*"):
        content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found.add((path, content))
    return found


def test_what_was_written_is_held_and_what_was_not_is_not(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    assert not holds_manifests(one_nvidia_gpu, tmp_path / "new")
    write_manifests(one_nvidia_gpu, tmp_path)
    assert holds_manifests(one_nvidia_gpu, tmp_path)
    turned = one_nvidia_gpu.model_copy(update={"files": one_nvidia_gpu.files[::-1]})
    assert holds_manifests(turned, tmp_path)


def test_removing_leaves_what_stands_beside_it_and_says_where_it_was(
    one_nvidia_gpu: ManifestSet, gated_model: ManifestSet, tmp_path: Path
) -> None:
    target, other = (write_manifests(manifests, tmp_path) for manifests in (one_nvidia_gpu, gated_model))
    before = contents(other)
    assert remove_manifests(one_nvidia_gpu, tmp_path) == target
    assert list(tmp_path.iterdir()) == [other]
    assert contents(other) == before


def test_removing_again_or_what_never_was_changes_nothing(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    write_manifests(one_nvidia_gpu, tmp_path)
    target = remove_manifests(one_nvidia_gpu, tmp_path)
    assert remove_manifests(one_nvidia_gpu, tmp_path) == target
    assert remove_manifests(one_nvidia_gpu, tmp_path / "new") == tmp_path / "new" / target.name
    assert list(tmp_path.iterdir()) == []


def test_what_was_removed_can_be_written_again(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    before = contents(write_manifests(one_nvidia_gpu, tmp_path))
    remove_manifests(one_nvidia_gpu, tmp_path)
    assert contents(write_manifests(one_nvidia_gpu, tmp_path)) == before


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_else_has_changed_is_not_held_and_stays(
    change: Callable[[Path], None], one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    target = write_manifests(one_nvidia_gpu, tmp_path)
    change(target)
    before = everything(tmp_path)
    assert not holds_manifests(one_nvidia_gpu, tmp_path)
    with pytest.raises(InvalidInputError, match="Nothing was removed") as caught:
        remove_manifests(one_nvidia_gpu, tmp_path)
    assert caught.value.problems[0].value == str(target)
    assert everything(tmp_path) == before


def test_those_who_remove_at_the_same_time_agree_and_leave_nothing(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            target = write_manifests(one_nvidia_gpu, tmp_path)
            assert set(pool.map(lambda _: remove_manifests(one_nvidia_gpu, tmp_path), range(16))) == {target}
            assert list(tmp_path.iterdir()) == []


def test_one_who_finds_it_removed_between_looking_and_renaming_has_nothing_left_to_do(
    one_nvidia_gpu: ManifestSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_manifests(one_nvidia_gpu, tmp_path)
    renamed = Path.rename

    def too_late(self: Path, to: Path) -> Path:
        monkeypatch.undo()
        remove_manifests(one_nvidia_gpu, tmp_path)
        return renamed(self, to)

    monkeypatch.setattr(Path, "rename", too_late)
    assert remove_manifests(one_nvidia_gpu, tmp_path) == target
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("code", "kind"), [(errno.EIO, UnavailableError), (errno.EROFS, InvalidInputError)])
def test_a_failing_disk_is_reported_and_the_next_try_removes_all(
    code: int, kind: type[Exception], one_nvidia_gpu: ManifestSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_manifests(one_nvidia_gpu, tmp_path)

    def fails(self: Path, *, missing_ok: bool = False) -> None:
        raise OSError(code, os.strerror(code), str(self))

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", fails)
        with pytest.raises(kind, match=f"cannot be removed: {os.strerror(code)}"):
            remove_manifests(one_nvidia_gpu, tmp_path)
    assert not target.exists()
    assert remove_manifests(one_nvidia_gpu, tmp_path) == target
    assert list(tmp_path.iterdir()) == []


def run(program: str, manifests: ManifestSet, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        input=manifests.model_dump_json(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from neuralnav.deployment.output import holds_manifests, remove_manifests
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import ManifestSet
manifests = ManifestSet.model_validate_json(sys.stdin.read())
does = {"remove": remove_manifests, "hold": holds_manifests}[sys.argv[2]]
os.chdir(sys.argv[1])
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    does(manifests, Path())
except (InvalidInputError, UnavailableError) as error:
    print(type(error).__name__, error)
"""


def test_a_directory_that_this_user_may_not_change_is_refused_and_stays(
    one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    target = write_manifests(one_nvidia_gpu, tmp_path)
    before = contents(target)
    tmp_path.chmod(0o555)
    done = run(UNPRIVILEGED, one_nvidia_gpu, tmp_path, "remove")
    tmp_path.chmod(0o755)
    assert done.stdout.startswith(f"InvalidInputError {target.name} cannot be removed: Permission denied"), done.stderr
    assert list(tmp_path.iterdir()) == [target]
    assert contents(target) == before


def test_a_directory_that_this_user_may_not_read_is_neither_held_nor_not(
    one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    target = write_manifests(one_nvidia_gpu, tmp_path)
    target.chmod(0o000)
    done = run(UNPRIVILEGED, one_nvidia_gpu, tmp_path, "hold")
    target.chmod(0o755)
    assert done.stdout.startswith(f"UnavailableError {target.name} cannot be read: Permission denied"), done.stderr


KILLED = """
import os, sys
from pathlib import Path
from neuralnav.deployment import output
from neuralnav.models.deployment import ManifestSet
manifests = ManifestSet.model_validate_json(sys.stdin.read())
place, moment, does = Path(sys.argv[1]), sys.argv[2], getattr(output, sys.argv[3])
def killed(*_, **__):
    os.kill(os.getpid(), 9)
calls = 0
unlink = Path.unlink
def second(self, missing_ok=False):
    global calls
    calls += 1
    killed() if calls == 2 else unlink(self, missing_ok)
if moment == "rename":
    Path.rename = killed
elif moment == "renamed":
    output._sync = killed
elif moment == "file":
    Path.unlink = second
else:
    Path.rmdir = killed
does(manifests, place)
"""


@pytest.mark.parametrize("moment", ["rename", "renamed", "file", "rmdir"])
def test_one_who_is_killed_leaves_all_or_nothing_to_see_and_the_next_one_takes_the_rest_away(
    moment: str, one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    write_manifests(one_nvidia_gpu, tmp_path)
    assert run(KILLED, one_nvidia_gpu, tmp_path, moment, "remove_manifests").returncode == -9
    assert manifests_path(one_nvidia_gpu, tmp_path).exists() is (moment == "rename")
    assert holds_manifests(one_nvidia_gpu, tmp_path) is (moment == "rename")
    remove_manifests(one_nvidia_gpu, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed_with_the_rest(
    one_nvidia_gpu: ManifestSet, gated_model: ManifestSet, tmp_path: Path
) -> None:
    other = write_manifests(gated_model, tmp_path)
    assert run(KILLED, one_nvidia_gpu, tmp_path, "rename", "write_manifests").returncode == -9
    assert len(list(tmp_path.iterdir())) == 2
    write_manifests(one_nvidia_gpu, tmp_path)
    remove_manifests(one_nvidia_gpu, tmp_path)
    assert list(tmp_path.iterdir()) == [other]
