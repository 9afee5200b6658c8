"""One server for several processes, whatever happens to them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest

from neuralnav.errors import UnavailableError
from neuralnav.knowledge.embedded import ensure_server

pytestmark = pytest.mark.database


async def test_first_start_gives_a_database_that_asyncpg_and_psycopg_reach_by_url(home: Path) -> None:
    async with await ensure_server(home) as lease:
        connection = await asyncpg.connect(lease.address.url)
        settings = await connection.fetchrow(
            "SELECT current_user AS role, current_setting('server_encoding') AS encoding,"
            " current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous,"
            " current_setting('full_page_writes') AS pages, current_setting('listen_addresses') AS addresses"
        )
        await connection.close()
        async with await psycopg.AsyncConnection.connect(lease.address.url) as other:
            cursor = await other.execute("SELECT current_database()")
            assert await cursor.fetchone() == ("neuralnav",)
    assert settings is not None
    assert dict(settings) == {
        "role": "neuralnav",
        "encoding": "UTF8",
        "fsync": "on",
        "synchronous": "on",
        "pages": "on",
        "addresses": "",
    }


async def test_data_survives_the_end_of_the_server(home: Path, postmaster: Any) -> None:
    async with await ensure_server(home) as lease:
        connection = await asyncpg.connect(lease.address.url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()
    assert postmaster(home) is None
    async with await ensure_server(home) as lease:
        connection = await asyncpg.connect(lease.address.url)
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        await connection.close()


async def test_releasing_twice_does_nothing_and_leases_of_one_process_are_independent(
    home: Path, postmaster: Any
) -> None:
    first = await ensure_server(home, durable=False)
    second = await ensure_server(home, durable=False)
    await first.release()
    await first.release()
    assert postmaster(home) is not None
    await second.release()
    assert postmaster(home) is None


def test_two_processes_share_one_server_and_the_last_one_stops_it(
    home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    first = user_process()
    url = first.url()
    pid = postmaster(home)
    second = user_process()
    assert second.url() == url
    first.leave()
    assert postmaster(home) == pid
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
    second.leave()
    assert postmaster(home) is None


def test_processes_that_start_at_the_same_instant_make_one_server(
    home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    users = [user_process() for _ in range(4)]
    assert len({user.url() for user in users}) == 1
    assert (home / "postgres/server.log").read_text().count("ready to accept connections") == 1
    for user in users:
        assert user.leave() == ""
    assert postmaster(home) is None


def test_killed_owner_leaves_a_server_to_which_the_next_start_attaches(
    home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    killed = user_process()
    killed.url()
    pid = postmaster(home)
    killed.kill()
    assert postmaster(home) == pid
    following = user_process()
    following.url()
    assert postmaster(home) == pid
    following.leave()
    assert postmaster(home) is None


def test_killed_owner_does_not_keep_the_last_clean_exit_from_stopping_the_server(
    home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    killed, clean = user_process(), user_process()
    killed.url()
    clean.url()
    killed.kill()
    clean.leave()
    assert postmaster(home) is None


@pytest.mark.parametrize("ending", ["sys.exit(3)", "raise ValueError"])
def test_process_that_ends_without_releasing_stops_the_server_all_the_same(
    ending: str, home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    user = user_process(ending=ending)
    user.url()
    user.leave()
    assert postmaster(home) is None


def test_forked_child_that_exits_leaves_its_parent_the_server(
    home: Path, user_process: Callable[..., Any], postmaster: Any
) -> None:
    fork = "import atexit, os\n    if (pid := os.fork()) == 0: atexit._run_exitfuncs(); os._exit(0)\n"
    fork += "    os.waitpid(pid, 0); print('forked', flush=True); sys.stdin.readline()"
    user = user_process(ending=fork)
    user.url()
    user.process.stdin.write("\n")
    user.process.stdin.flush()
    assert user.process.stdout.readline().strip() == "forked"
    assert postmaster(home) is not None
    assert user.leave() == ""
    assert postmaster(home) is None


async def test_cancelled_start_leaves_no_server_behind(home: Path, postmaster: Any, eventually: Any) -> None:
    starting = asyncio.ensure_future(ensure_server(home, durable=False))
    await asyncio.to_thread(eventually, (home / "postgres/data.partial").exists)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.to_thread(eventually, (home / "postgres/server.log").exists)
    await asyncio.to_thread(eventually, lambda: postmaster(home) is None)
    async with await ensure_server(home, durable=False):
        assert postmaster(home) is not None
    assert postmaster(home) is None


async def test_event_loop_goes_on_while_the_server_starts(home: Path) -> None:
    ticks = {"creating": 0, "starting": 0}
    ready = asyncio.Event()

    async def tick() -> None:
        while not ready.is_set():
            ticks["starting" if (home / "postgres/data").exists() else "creating"] += 1
            await asyncio.sleep(0.005)

    ticking = asyncio.ensure_future(tick())
    async with await ensure_server(home, durable=False):
        ready.set()
        await ticking
    assert ticks["creating"] > 2
    assert ticks["starting"] > 1


def test_lock_that_another_process_holds_is_waited_for_with_a_bound(home: Path) -> None:
    (home / "postgres").mkdir(parents=True, mode=0o700)
    lock = home / "postgres/start.lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, os, sys, time; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX);"
            "lock.write(str(os.getpid())); lock.flush(); print('held', flush=True); time.sleep(60)",
            str(lock),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UnavailableError, match=rf"Process {holder.pid} .*{lock}"):
            asyncio.run(ensure_server(home, durable=False, patience_s=0.1))
    finally:
        holder.kill()
        holder.communicate()


async def test_lock_files_of_processes_that_are_gone_do_not_matter(home: Path) -> None:
    (home / "postgres").mkdir(parents=True, mode=0o700)
    for name in ("start.lock", "server.lock", "users.lock"):
        (home / "postgres" / name).write_text(str(os.getpid()))
    async with await ensure_server(home, durable=False, patience_s=1):
        pass


async def test_killed_server_starts_again_at_the_same_address(home: Path, postmaster: Any) -> None:
    async with await ensure_server(home, durable=False) as lease:
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        await lease.revive()
        assert postmaster(home) not in {None, killed}
        connection = await asyncpg.connect(lease.address.url)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    assert postmaster(home) is None
