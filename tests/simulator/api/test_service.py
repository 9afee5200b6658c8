"""When a request reaches the engine, what is counted of it, and that others go on while its text is tokenised."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from neuralnav.performance.clients import Clients
from simulator.api.application import create_app
from simulator.api.errors import ApiError
from simulator.api.faults import Faults
from simulator.api.metrics import Metrics
from simulator.api.options import ServerOptions
from simulator.api.plans import Plan
from simulator.api.served_model import ServedModel
from simulator.api.service import Planned, Service
from simulator.engine.loop import RealTimeEngine
from simulator.tokens.tokenizer import load_tokenizer
from tests.simulator.engine.engines import engine_of
from tests.simulator.engine.timers import SimulatedTimers

CLIENTS = Clients(request_s=1000, prompt_token_s=10, stream_s=100)
OPTIONS = ServerOptions(("m",))
MODEL = ServedModel("m", 4096, 6144, {})
SHORT_S = 5.0
"""What a busy machine may take for a moment, in seconds; the times that are compared differ by more."""


class Served:
    """A service whose engine follows simulated timers."""

    def __init__(self, service: Service, engine: RealTimeEngine, timers: SimulatedTimers) -> None:
        self.service, self.engine, self.timers = service, engine, timers

    def sample(self, name: str, **labels: str) -> float:
        found = self.service.metrics.registry.get_sample_value(
            f"vllm:{name}", {"model_name": "m", "engine": "0", **labels}
        )
        assert found is not None, name
        return found

    async def begin(self, planned: Sequence[Planned], *, answers_each: int = 1, since_s: float = 0.0) -> None:
        """Begin them for a client that stays, whose request came so many seconds ago."""
        arrived_s = time.monotonic() - since_s
        await self.service.begin(client(), planned, answers_each=answers_each, arrived_s=arrived_s)


@asynccontextmanager
async def served(
    clients: Clients = CLIENTS, options: ServerOptions = OPTIONS, max_waiting: int = 100
) -> AsyncIterator[Served]:
    timers = SimulatedTimers()
    metrics = Metrics("m", MODEL.max_model_len, {}, options.time_scale)
    time_scale = options.time_scale / options.faults.slow_tokens
    async with RealTimeEngine(engine_of(), time_scale=time_scale, max_waiting=max_waiting, timers=timers) as engine:
        yield Served(Service(MODEL, options, engine, clients, load_tokenizer(), metrics), engine, timers)


def client(*, leaves: bool = False) -> Request:
    async def receive() -> Message:
        if not leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


def answer(prompt_tokens: int, output_tokens: int = 3) -> Planned:
    return list(range(prompt_tokens)), Plan([5] * output_tokens, "length"), output_tokens


@pytest.fixture
def pauses_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the service slept, by a clock on which that takes no time; what else the loop runs sleeps as ever."""
    slept_s: list[float] = []
    pause = asyncio.sleep

    def sleep(seconds: float) -> Coroutine[Any, Any, None]:
        if sys._getframe(1).f_globals["__name__"] != Service.__module__:
            return pause(seconds)
        if seconds > 0:
            slept_s.append(seconds)
        return pause(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept_s


async def test_a_request_reaches_the_engine_after_its_own_its_prompts_and_its_streams_share(
    pauses_s: list[float],
) -> None:
    async with served() as one:
        await one.begin([answer(16)])
        await one.timers.run_until(1000.5)
        assert one.engine.running == 1
        await one.begin([answer(32)])
    assert pauses_s == pytest.approx([1000 + 160 + 100, 1000 + 320 + 200], abs=SHORT_S)


@pytest.mark.parametrize(("prompts", "answers_each"), [((16,), 4), ((16, 32, 48), 1), ((16, 32), 3)])
async def test_each_prompt_of_a_request_counts_once(
    pauses_s: list[float], prompts: tuple[int, ...], answers_each: int
) -> None:
    planned = [answer(tokens) for tokens in prompts for _ in range(answers_each)]
    async with served() as one:
        await one.begin(planned, answers_each=answers_each)
        assert one.engine.stats().waiting == len(planned)
    assert pauses_s == pytest.approx([1100 + 10 * sum(prompts)], abs=SHORT_S)


async def test_the_time_scale_shortens_the_wait_and_slow_tokens_leave_it_alone(pauses_s: list[float]) -> None:
    options = replace(OPTIONS, time_scale=10, faults=Faults(slow_tokens=4))
    async with served(options=options) as one:
        await one.begin([answer(16)])
        await one.timers.run_until(1010)
    assert pauses_s == pytest.approx([126], abs=SHORT_S)
    assert one.sample("time_to_first_token_seconds_sum") == pytest.approx(1260 + 4)
    assert one.sample("e2e_request_latency_seconds_sum") == pytest.approx(1260 + 3 * 4)
    assert one.sample("request_inference_time_seconds_sum") == pytest.approx(3 * 4)


async def test_what_was_done_since_the_request_came_is_a_part_of_the_wait(pauses_s: list[float]) -> None:
    async with served() as one:
        await one.begin([answer(16)], since_s=500)
        await one.begin([answer(16)], since_s=2000)
    assert pauses_s == pytest.approx([760], abs=SHORT_S)


async def test_the_metrics_follow_the_schedule_also_where_it_is_made_up_for_and_nobody_reads(
    pauses_s: list[float],
) -> None:
    async with served() as one:
        await one.begin([answer(16, output_tokens=500)])
        await one.timers.run_until(1001)
        assert one.sample("time_to_first_token_seconds_sum") == pytest.approx(1261)
        assert one.sample("inter_token_latency_seconds_count") == 0
        await one.timers.be_late(20)
        await one.timers.run_until(1500)
        assert one.sample("inter_token_latency_seconds_bucket", le="1.0") == 499
        assert one.sample("inter_token_latency_seconds_sum") == pytest.approx(499)
        assert one.sample("request_success_total", finished_reason="length") == 1
    assert len(pauses_s) == 1


async def test_a_request_that_is_refused_takes_all_back_and_is_no_abort(pauses_s: list[float]) -> None:
    async with served(max_waiting=2) as one:
        with pytest.raises(ApiError, match="requests are waiting already") as refused:
            await one.begin([answer(16)] * 3, answers_each=3)
        assert refused.value.status == 503
        with pytest.raises(ApiError):
            await one.begin([answer(16), answer(10**6)])
        assert one.engine.stats().waiting == 0
        assert one.sample("request_success_total", finished_reason="abort") == 0
    assert len(pauses_s) == 2


async def test_a_client_that_leaves_before_the_engine_has_its_request_ends_it() -> None:
    async with served() as one:
        with pytest.raises(ApiError, match="Client disconnected"):
            async with asyncio.timeout(30):
                await one.service.begin(client(leaves=True), [answer(16)], answers_each=1, arrived_s=time.monotonic())
        assert one.engine.stats().waiting == 0


WORDS = "The sea is blue and wide. " * 500


LONG_TOOL = {"type": "function", "function": {"name": "look", "description": WORDS * 100}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"prompt": [WORDS] * 100, "max_tokens": 1, "truncate_prompt_tokens": 3}),
        ("/tokenize", {"messages": [{"role": "user", "content": "Hello"}], "tools": [LONG_TOOL]}),
        ("/tokenize", {"prompt": WORDS * 100, "return_token_strs": True}),
    ],
)
async def test_others_go_on_while_long_texts_are_tokenised(path: str, body: Any) -> None:
    app = create_app(engine_of(), MODEL, replace(OPTIONS, time_scale=1000))
    longest_s = 0.0

    async def watch() -> None:
        nonlocal longest_s
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(0.001)
            longest_s = max(longest_s, time.monotonic() - before_s)

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://m") as http,
    ):
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        begun_s = time.monotonic()
        found = await http.post(path, json=body)
        took_s = time.monotonic() - begun_s
        watching.cancel()
    assert found.status_code == 200
    assert longest_s < took_s / 4
