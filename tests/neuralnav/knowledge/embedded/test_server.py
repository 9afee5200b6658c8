"""What a server meets: leftovers, full disks, long paths, other users, other versions."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded import ensure_server
from neuralnav.knowledge.embedded.account import server_account
from neuralnav.knowledge.embedded.binaries import find_binaries, runnable_by

pytestmark = pytest.mark.database

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user or mount a disk")


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user of the machine can enter."""
    with tempfile.TemporaryDirectory(prefix="neuralnav-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def works(home: Path) -> bool:
    """Whether a server can be started, used and stopped."""

    async def use() -> object:
        async with await ensure_server(home, durable=False) as lease:
            connection = await asyncpg.connect(lease.address.url)
            answer = await connection.fetchval("SELECT 1")
            await connection.close()
            return answer

    return asyncio.run(use()) == 1


@pytest.fixture
def small_disk(home: Path) -> Iterator[Callable[[int], None]]:
    """Puts the home on a disk of so many megabytes."""

    def mount(megabytes: int) -> None:
        home.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(home)], check=True)

    yield mount
    subprocess.run(["umount", str(home)], check=True)


def test_pid_of_a_killed_server_that_another_process_has_now_does_not_matter(
    home: Path, user_process: Any, postmaster: Any
) -> None:
    user = user_process()
    socket_directory = Path(parse_qs(urlsplit(user.url()).query)["host"][0])
    user.kill()
    os.kill(postmaster(home), signal.SIGKILL)
    sleeper = subprocess.Popen(["sleep", "60"], **server_account().process_options())
    try:
        for file in (home / "postgres/data/postmaster.pid", socket_directory / ".s.PGSQL.5432.lock"):
            _, _, rest = file.read_text().partition("\n")
            file.write_text(f"{sleeper.pid}\n{rest}")
        assert works(home)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait(timeout=10)


async def test_server_killed_while_a_statement_runs_recovers_what_was_committed(home: Path, postmaster: Any) -> None:
    async with await ensure_server(home) as lease:
        connection = await asyncpg.connect(lease.address.url)
        await connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        working = connection.execute("SELECT pg_sleep(30)")
        os.kill(postmaster(home), signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
            await working
        await lease.revive()
        connection = await asyncpg.connect(lease.address.url)
        assert await connection.fetchval("SELECT count(*) FROM kept") == 1000
        await connection.close()


def test_interrupted_creation_is_begun_again(home: Path, user_process: Any, eventually: Any) -> None:
    user = user_process()
    eventually((home / "postgres/data.partial/global").is_dir)
    user.kill()
    assert not (home / "postgres/data").exists()
    assert works(home)
    assert not (home / "postgres/data.partial").exists()


def test_half_a_data_directory_is_replaced(home: Path) -> None:
    half = home / "postgres/data.partial/base"
    half.mkdir(parents=True)
    (half / "1").write_text("half")
    assert works(home)


@as_root
def test_full_disk_is_named(home: Path, small_disk: Callable[[int], None]) -> None:
    small_disk(24)
    with pytest.raises(UnavailableError, match=rf"no space left .*{home}/postgres has \d+ MB free"):
        asyncio.run(ensure_server(home))
    assert not (home / "postgres/data").exists()


@as_root
def test_disk_that_fills_up_later_is_named_and_the_data_are_kept(home: Path, small_disk: Callable[[int], None]) -> None:
    small_disk(100)
    assert works(home)
    with suppress(OSError), (home / "filling").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with pytest.raises(UnavailableError, match=rf"no space left .*{home}/postgres has 0 MB free"):
        asyncio.run(ensure_server(home))
    (home / "filling").unlink()
    assert works(home)


def test_file_that_may_not_grow_is_a_clear_error(home: Path) -> None:
    script = """
import asyncio, resource, sys
from pathlib import Path
from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded import ensure_server
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
try: asyncio.run(ensure_server(Path(sys.argv[1])))
except UnavailableError as error: print(error.detail)
"""
    command = [sys.executable, "-c", script, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert f"could not be created in {home}/postgres: initdb failed" in done.stdout
    assert not (home / "postgres/data").exists()


def test_network_port_that_is_taken_does_not_matter(home: Path) -> None:
    with socket.socket() as taken:
        with suppress(OSError):
            taken.bind(("127.0.0.1", 5432))
            taken.listen()
        assert works(home)


def test_socket_that_a_killed_server_left_does_not_matter(home: Path, user_process: Any, postmaster: Any) -> None:
    user = user_process()
    path = Path(parse_qs(urlsplit(user.url()).query)["host"][0]) / ".s.PGSQL.5432"
    user.kill()
    os.kill(postmaster(home), signal.SIGKILL)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
        path.with_name(f"{path.name}.lock").write_text(f"{os.getpid()}\n")
        assert works(home)


def test_data_directory_of_another_major_version_is_refused_and_kept(home: Path) -> None:
    assert works(home)
    (home / "postgres/data/PG_VERSION").write_text("17\n")
    before = sorted(path.name for path in (home / "postgres/data").iterdir())
    with pytest.raises(UnavailableError, match=rf"{home}/postgres/data was made by PostgreSQL 17.*runs PostgreSQL 18"):
        asyncio.run(ensure_server(home, durable=False))
    assert sorted(path.name for path in (home / "postgres/data").iterdir()) == before


@pytest.mark.parametrize("name", ["x" * 120, "with 'quotes' and \"spaces\"", "größer, $HOME"])
async def test_home_that_no_socket_path_can_hold_works(name: str, home: Path) -> None:
    home = home / name
    async with await ensure_server(home, durable=False) as lease:
        directory = lease.address.socket_directory
        connection = await asyncpg.connect(lease.address.url)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    assert home not in directory.parents
    assert not directory.exists()


def test_server_that_cannot_start_shows_the_end_of_its_log(home: Path) -> None:
    assert works(home)
    (home / "postgres/data/postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(UnavailableError, match=r"did not start \(exit code 1\).*\n(.*\n)*.*no_such_setting"):
        asyncio.run(ensure_server(home, durable=False))


def test_home_below_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=rf"cannot be run in {tmp_path}/file/home/postgres: .*Not a directory"):
        asyncio.run(ensure_server(tmp_path / "file/home"))


@as_root
def test_directory_of_another_user_is_refused(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    os.chown(home / "postgres", 1, 1)
    with pytest.raises(UnavailableError, match=r"it belongs to user id 1\. Run NeuralNav as that user"):
        asyncio.run(ensure_server(home))
    (home / "postgres").rmdir()


@as_root
def test_for_root_the_server_runs_as_nobody_and_no_permission_above_changes(
    tmp_path: Path, home: Path, user_process: Any, postmaster: Any
) -> None:
    tmp_path.chmod(0o700)
    user_process().url()
    assert Path(f"/proc/{postmaster(home)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    for directory in (tmp_path, home / "postgres"):
        assert (directory.stat().st_uid, directory.stat().st_mode & 0o777) == (0, 0o700)


@as_root
def test_ordinary_user_runs_the_server_as_itself(open_directory: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = open_directory / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    binaries = runnable_by(server_account(), find_binaries(), open_directory / "programs")
    script = f"""
import asyncio, asyncpg, concurrent.futures.thread, os, sys
from pathlib import Path, PosixPath
from neuralnav.knowledge.embedded import ensure_server, lease
from neuralnav.knowledge.embedded.binaries import Binaries
os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})
lease.find_binaries = lambda: {binaries!r}
async def use():
    async with await ensure_server(Path({str(home)!r}), durable=False) as server:
        connection = await asyncpg.connect(server.address.url)
        print(await connection.fetchval("SELECT 1"), server.address.socket.stat().st_uid == os.getuid())
        await connection.close()
asyncio.run(use())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1 True", done.stderr


@as_root
def test_other_users_of_the_machine_are_not_let_in(open_directory: Path, user_process: Any) -> None:
    url = user_process(open_directory / "home").url()
    for path in (open_directory / "home").rglob("*"):
        if path.name in {"postgres", "run", ".s.PGSQL.5432"}:
            path.chmod(0o777)
    (open_directory / "home/postgres").chmod(0o777)
    script = "import os, psycopg, sys; os.setgroups([]); os.setuid(1); psycopg.connect(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60)
    assert 'Peer authentication failed for user "neuralnav"' in done.stderr


@as_root
def test_programs_that_nobody_can_reach_are_copied_once(tmp_path: Path, open_directory: Path) -> None:
    found = find_binaries()
    hidden = tmp_path / "site-packages"
    hidden.mkdir(mode=0o700)
    package = found.directory.parent.parent
    for part in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / part, hidden / part, ignore=shutil.ignore_patterns("pginstall", "include"))
    unreachable = type(found)(hidden / found.directory.relative_to(package.parent))
    account = server_account()
    copied = runnable_by(account, unreachable, open_directory / "cache")
    assert open_directory in copied.directory.parents
    assert runnable_by(account, unreachable, open_directory / "cache") == copied
    assert [path.name for path in (open_directory / "cache").iterdir()] == [copied.directory.parents[2].name]
    for program in (copied.initdb, copied.postgres):
        done = subprocess.run([program, "--version"], capture_output=True, check=True, **account.process_options())
        assert b"PostgreSQL) 18" in done.stdout
    assert runnable_by(account, found, open_directory / "unused") == found
