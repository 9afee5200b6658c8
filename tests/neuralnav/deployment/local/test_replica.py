"""One replica whose program crashes, hangs or is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import pytest

from neuralnav.deployment.local import keeper
from neuralnav.deployment.local.document import LocalDeployment
from neuralnav.deployment.local.keeper import MOST_LOG_BYTES
from neuralnav.deployment.local.order import Order
from neuralnav.deployment.local.place import Place
from neuralnav.deployment.local.replica import MOST_ENDS, Replica, ReplicaEvents
from neuralnav.models.running import ReplicaPhase
from tests.neuralnav.deployment.local.conftest import Make

PROGRAM = f"""#!{sys.executable} -IS
# vLLM as a replica sees it: /health is 200 on the port that was given, or hangs; it may end by itself.
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        if os.path.exists("hangs.log"):
            time.sleep(60)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *words): pass
print("started with hf_abcdefghijklmnop", flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Health).serve_forever()
"""


@dataclass
class Lived:
    """A replica and what it told."""

    replica: Replica
    place: Place
    told: list[tuple[str, str]] = field(default_factory=list)

    async def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < end, (self.replica.record(), self.told)
            await asyncio.sleep(0.005)

    @property
    def pid(self) -> int:
        pid = self.replica.record().pid
        assert pid is not None
        return pid

    def is_ready(self) -> bool:
        return self.replica.phase is ReplicaPhase.READY


@pytest.fixture
async def lived(tmp_path: Path, make_document: Make, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lived]:
    """A ready replica that is looked at often and started again soon."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "vllm").write_text(PROGRAM)
    (programs / "vllm").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    for name, value in {
        "HEALTH_PERIOD_S": 0.02,
        "HEALTH_TIMEOUT": aiohttp.ClientTimeout(total=0.2),
        "FIRST_PAUSE_S": 0.01,
        "FAILURES_UNTIL_UNREADY": 1,
        "FAILURES_UNTIL_RESTART": 2,
    }.items():
        monkeypatch.setattr(f"neuralnav.deployment.local.replica.{name}", value)
    directory = tmp_path / "place"
    directory.mkdir()
    order = Order(document=LocalDeployment.model_validate(make_document(mode="vllm")), first_port=0)
    told: list[tuple[str, str]] = []
    events = ReplicaEvents(lambda: None, lambda _about, reason, message, _warning: told.append((reason, message)))
    async with aiohttp.ClientSession() as session:
        replica = Replica("one", order, Place(directory), (), session, events)
        lived = Lived(replica, Place(directory), told)
        running = asyncio.create_task(replica.run())
        await lived.until(lived.is_ready)
        yield lived
        replica.stop(5)
        await asyncio.wait_for(running, 30)


async def test_it_is_started_again_until_it_has_ended_too_often(lived: Lived) -> None:
    for _ in range(MOST_ENDS):
        await lived.until(lived.is_ready)
        os.kill(lived.pid, signal.SIGTERM)
        await lived.until(lambda: not lived.is_ready())
    await lived.until(lambda: lived.replica.has_given_up)
    record = lived.replica.record()
    assert (record.phase, record.restarts) == (ReplicaPhase.FAILED, MOST_ENDS - 1)
    assert record.reason == "killed by SIGTERM"
    assert lived.replica.trouble is not None
    assert record.log_tail[-1] == "started with [hidden]"
    assert [reason for reason, _ in lived.told].count("GivenUp") == 1


async def test_one_that_hangs_gets_no_requests_and_is_killed_and_started_again(lived: Lived) -> None:
    before = lived.pid
    hangs = lived.place.directory / "hangs.log"
    hangs.touch()
    await lived.until(lambda: ("NotAnswering", "one does not answer /health.") in lived.told)
    assert not lived.is_ready()
    await lived.until(lambda: _has_ended(before))
    hangs.unlink()
    await lived.until(lived.is_ready)
    assert lived.replica.record().restarts == 1


async def test_a_killed_keeper_takes_its_program_with_it(lived: Lived) -> None:
    before = lived.pid
    os.kill(psutil.Process(before).ppid(), signal.SIGKILL)
    await lived.until(lambda: lived.is_ready() and lived.pid != before)
    assert _has_ended(before)


def test_a_log_does_not_grow_beyond_two_files(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    program = f"print(('x' * 99 + chr(10)) * {3 * MOST_LOG_BYTES // 100})"
    command = [sys.executable, "-IS", keeper.__file__, str(log), sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.read().split(b"\n")[-2] == b"exit 0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.log", "one.log.1"]
    assert all(path.stat().st_size < 1.1 * MOST_LOG_BYTES for path in tmp_path.iterdir())


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
