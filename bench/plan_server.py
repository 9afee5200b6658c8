"""Plans a second: a small server of two processes around the planning service, and clients that keep it busy."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from neuralnav.models.vocabulary import UseCase
from neuralnav.planning.partial import read_specification
from neuralnav.services.planning import PlanningService
from neuralnav.settings import Settings

CLIENTS, SERVERS = 8, 2
MEASURED_S, START_S, REQUEST_S = 10.0, 60.0, 30.0
HOST = "127.0.0.1"


async def plan(request: Request) -> Response:
    """The plan for the partial specification in the request's body."""
    service: PlanningService = request.app.state.service
    reference = await service.knowledge.reference()
    found = await service.plan(read_specification(await request.json(), reference.use_cases))
    return Response(found.model_dump_json(), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The planning service, open while the server runs."""
    async with PlanningService.open(Settings()) as service:
        app.state.service = service
        yield


app = Starlette(routes=[Route("/plans", plan, methods=["POST"])], lifespan=lifespan)


def plans_per_s(settings: Settings) -> float:
    """Plans that ``CLIENTS`` get in a second, each asking for another number of users and use case after the other."""
    with _serving(settings) as port:
        _ask(port, time.monotonic() + 1, [0])
        until = time.monotonic() + MEASURED_S
        counts = [[0] for _ in range(CLIENTS)]
        clients = [threading.Thread(target=_ask, args=(port, until, count)) for count in counts]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    return sum(count[0] for count in counts) / MEASURED_S


@contextmanager
def _serving(settings: Settings) -> Iterator[int]:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "bench.plan_server:app", "--workers", str(SERVERS)]
    command += ["--host", HOST, "--port", str(port), "--log-level", "warning", "--no-access-log"]
    server = subprocess.Popen(command, env=os.environ | {"NEURALNAV_HOME": str(settings.home)})
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(START_S)


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"The server on port {port} did not start within {START_S:g} s.")


def _ask(port: int, until: float, count: list[int]) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_S)
    use_cases = [use_case.value for use_case in UseCase]
    while time.monotonic() < until:
        intent = {"use_case": use_cases[count[0] % len(use_cases)], "user_count": 500 + 7 * count[0]}
        connection.request("POST", "/plans", json.dumps({"intent": intent}), {"content-type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"The server answered {answer.status}: {body[:200]!r}")
        count[0] += 1
    connection.close()
