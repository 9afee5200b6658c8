"""Manifests as files: whole or not at all, once, and never over something else."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neuralnav.deployment.output import manifests_path, write_manifests, zip_manifests
from neuralnav.errors import InvalidInputError, UnavailableError
from neuralnav.models.deployment import ManifestFile, ManifestSet


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def expected(manifests: ManifestSet) -> dict[str, bytes]:
    return {file.path: file.text.encode() for file in manifests.files}


def test_a_set_is_written_under_its_name_and_digest(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    written = write_manifests(one_nvidia_gpu, tmp_path / "new" / "place")
    assert written == tmp_path / "new" / "place" / f"chatbot-qwen2-5-7b-{one_nvidia_gpu.sha256[:12]}"
    assert contents(written) == expected(one_nvidia_gpu)
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_writing_again_changes_nothing(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    written = write_manifests(one_nvidia_gpu, tmp_path)
    before = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in written.iterdir()}
    assert write_manifests(one_nvidia_gpu, tmp_path) == written
    assert {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in written.iterdir()} == before


def test_different_sets_stand_beside_each_other(
    one_nvidia_gpu: ManifestSet, gated_model: ManifestSet, tmp_path: Path
) -> None:
    first, second = (write_manifests(manifests, tmp_path) for manifests in (one_nvidia_gpu, gated_model))
    assert first != second
    assert contents(first) == expected(one_nvidia_gpu)
    assert contents(second) == expected(gated_model)


@pytest.mark.parametrize("what", ["more", "less", "other", "file", "link"])
def test_a_directory_that_holds_something_else_is_refused(
    what: str, one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    target = write_manifests(one_nvidia_gpu, tmp_path)
    if what == "more":
        (target / "notes.txt").write_text("mine")
    elif what == "less":
        (target / "README.md").unlink()
    elif what == "other":
        (target / "README.md").write_text("mine")
    else:
        target.rename(tmp_path / "kept")
        target.write_text("mine") if what == "file" else target.symlink_to(tmp_path / "kept")
    before = target.read_text() if what == "file" else contents(target)
    with pytest.raises(InvalidInputError, match="something else") as caught:
        write_manifests(one_nvidia_gpu, tmp_path)
    assert caught.value.problems[0].value == str(target)
    assert (target.read_text() if what == "file" else contents(target)) == before


def test_a_place_that_is_a_file_is_refused(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for place in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(InvalidInputError, match="another directory"):
            write_manifests(one_nvidia_gpu, place)
    assert (tmp_path / "taken").read_text() == "mine"


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from neuralnav.deployment.output import write_manifests
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import ManifestSet
manifests = ManifestSet.model_validate_json(sys.stdin.read())
os.chdir(sys.argv[1])
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    write_manifests(manifests, Path())
except InvalidInputError as error:
    sys.exit(0 if "Permission denied" in str(error) else f"unexpected: {error}")
sys.exit("it was written")
"""


def test_a_directory_without_write_permission_is_refused(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, str(locked)],
        input=one_nvidia_gpu.model_dump_json(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(locked.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.ENOSPC, UnavailableError, "disk is full"),
        (errno.EDQUOT, UnavailableError, "disk is full"),
        (errno.EIO, UnavailableError, "Try again"),
        (errno.EROFS, InvalidInputError, "Choose another directory"),
    ],
)
def test_a_failing_disk_leaves_nothing_behind(
    code: int,
    kind: type[Exception],
    words: str,
    one_nvidia_gpu: ManifestSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(kind, match=words):
        write_manifests(one_nvidia_gpu, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_device_is_reported_as_full(
    one_nvidia_gpu: ManifestSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(self: Path, mode: str = "r", *rest: object) -> object:
        return opened(Path("/dev/full"), "wb") if mode == "xb" else opened(self, mode)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UnavailableError, match="disk is full"):
        write_manifests(one_nvidia_gpu, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_writers_at_the_same_time_agree(one_nvidia_gpu: ManifestSet, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = set(pool.map(lambda _: write_manifests(one_nvidia_gpu, tmp_path), range(24)))
    assert written == {manifests_path(one_nvidia_gpu, tmp_path)}
    assert contents(written.pop()) == expected(one_nvidia_gpu)
    assert len(list(tmp_path.iterdir())) == 1


KILLED = """
import os, sys
from pathlib import Path
from neuralnav.deployment import output
from neuralnav.models.deployment import ManifestSet
manifests = ManifestSet.model_validate_json(sys.stdin.read())
calls = 0
sync = os.fsync
def killed(handle):
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
    sync(handle)
os.fsync = killed
output.write_manifests(manifests, Path(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", [1, 3, 5])
def test_a_killed_writer_leaves_the_whole_directory_or_none(
    moment: int, one_nvidia_gpu: ManifestSet, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(moment)],
        input=one_nvidia_gpu.model_dump_json(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    target = manifests_path(one_nvidia_gpu, tmp_path)
    assert not target.exists() or contents(target) == expected(one_nvidia_gpu)
    assert contents(write_manifests(one_nvidia_gpu, tmp_path)) == expected(one_nvidia_gpu)


def test_the_archive_holds_the_files_in_one_folder(one_nvidia_gpu: ManifestSet) -> None:
    with zipfile.ZipFile(io.BytesIO(zip_manifests(one_nvidia_gpu))) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {f"chatbot-qwen2-5-7b/{path}": text for path, text in expected(one_nvidia_gpu).items()}


def test_the_archive_is_the_same_bytes_whatever_the_order_and_the_time(one_nvidia_gpu: ManifestSet) -> None:
    turned = one_nvidia_gpu.model_copy(update={"files": one_nvidia_gpu.files[::-1]})
    assert zip_manifests(turned) == zip_manifests(one_nvidia_gpu)


def test_texts_are_kept_to_the_byte(tmp_path: Path) -> None:
    manifests = ManifestSet(name="a", namespace="b", files=(ManifestFile(path="README.md", text="\n  ünï\r\n\n"),))
    written = write_manifests(manifests, tmp_path)
    assert (written / "README.md").read_bytes() == "\n  ünï\r\n\n".encode()


@pytest.mark.parametrize("path", ["../x.yaml", "/etc/x.yaml", "a/b.yaml", ".x.yaml", "x.sh", "x.yaml\n"])
def test_a_file_cannot_be_named_outside_its_directory(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        ManifestFile(path=path, text="")
