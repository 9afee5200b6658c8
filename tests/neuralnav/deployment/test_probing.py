"""Trying a server: a right one passes, a slow or broken one does not, and odd ones are told by what they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from statistics import fmean
from typing import Any

import httpx
import pytest

from neuralnav.deployment.probing import probe
from neuralnav.deployment.probing_cases import probe_cases, prompt
from neuralnav.deployment.probing_light import LightPrediction, light_load
from neuralnav.deployment.probing_report import ProbeAnswer, ProbeReport
from neuralnav.deployment.probing_stream import MOST_BYTES, stream_once
from neuralnav.deployment.probing_verdict import judge
from neuralnav.models.deployment import Check
from neuralnav.models.plan import EngineArguments, Estimate, Predicted, Recommendation, Scores, Utilisation
from neuralnav.models.specification import LengthDistribution, SLOTargets, TrafficProfile
from neuralnav.models.vocabulary import GpuType, Precision, Source
from neuralnav.services.prediction import shipped_predictions
from tests.simulator.api.conftest import CONTEXT, MODEL, Start, start

__all__ = ("start",)

ENGINE = EngineArguments(
    max_model_len=CONTEXT, max_num_seqs=256, max_num_batched_tokens=8192, gpu_memory_utilization=0.9
)
TRAFFIC = TrafficProfile(
    prompt_tokens=LengthDistribution(mean=512, p95=1024),
    output_tokens=LengthDistribution(mean=256, p95=512),
    average_qps=3,
    peak_qps=9,
    steady_concurrency=10,
    peak_concurrency=30,
)
TARGETS = SLOTargets(ttft_p95_ms=500, itl_p95_ms=50, e2e_p95_ms=15_000)


def choice() -> Recommendation:
    estimate = Estimate(value=2, low=1, high=3, source=Source.SIMULATED, reference="roofline")
    return Recommendation(
        id="option",
        model=MODEL,
        display_name="Llama 3.1 8B",
        gpu_type=GpuType.H100,
        tensor_parallel=1,
        replicas=1,
        gpus=1,
        precision=Precision.BF16,
        engine=ENGINE,
        cost=None,
        predicted=Predicted(ttft_p95_ms=estimate, itl_p95_ms=estimate, e2e_p95_ms=estimate, max_qps=estimate),
        utilisation=Utilisation(gpu_memory=0.8, compute=0.5),
        slo_met=True,
        scores=Scores(accuracy=50, price=50, latency=50, complexity=50, balanced=50, accuracy_rated=True),
        source=Source.SIMULATED,
        reason="It is enough.",
    )


async def tried(url: str, *, seed: int = 1) -> ProbeReport:
    async with httpx.AsyncClient(base_url=url) as client:
        return await probe(client, MODEL, probe_cases(TRAFFIC, ENGINE), seed=seed)


def judged(report: ProbeReport) -> dict[str, Check]:
    predictions = shipped_predictions()
    light = {
        name: predicted
        for name, request in light_load(choice(), report).items()
        if (predicted := LightPrediction.of(predictions.predict(request, measured=False)))
    }
    return {check.name: check for check in judge(report, light, TARGETS, TRAFFIC)}


async def test_a_server_that_is_as_predicted_passes_every_check(start: Start) -> None:
    with start("--gpu=H100", "--max-num-batched-tokens=8192") as simulator:
        report = await tried(simulator.url)
    checks = judged(report)
    assert {name: check.detail for name, check in checks.items() if not check.passed} == {}
    assert len(checks) == 13
    assert report.complete
    assert [answer.finish_reason for answer in report.answers] == ["length"] * 15
    assert {answer.output_tokens for answer in report.answers} == {24}
    sizes = {case.name: fmean(a.prompt_tokens or 0 for a in report.of_case(case.name)) for case in report.cases}
    for case in report.cases:
        assert sizes[case.name] == pytest.approx(case.prompt_tokens, rel=0.25), case.name
    assert checks["model"].detail == f"{MODEL} is served."
    assert "predicted for one request at a time" in checks["ITL as predicted, one request at a time"].detail


async def test_a_server_with_slow_tokens_fails_by_its_pace(start: Start) -> None:
    with start("--gpu=H100", "--max-num-batched-tokens=8192", "--fault-slow-tokens=3") as simulator:
        checks = judged(await tried(simulator.url))
    failed = checks["ITL as predicted, one request at a time"]
    assert not failed.passed
    assert "times what was predicted" in failed.detail
    assert not checks["ITL as predicted, 4 requests at once"].passed
    assert checks["answers"].passed
    assert checks["ITL within its target"].passed, "slow, but not too slow for its target"


async def test_requests_that_fail_fail_the_trial(start: Start) -> None:
    with start("--gpu=H100", "--fault-error-rate=0.4", "--seed=3", "--time-scale=20") as simulator:
        checks = judged(await tried(simulator.url))
    assert not checks["answers"].passed
    assert "status 500" in checks["answers"].detail


Respond = Callable[[dict[str, Any]], httpx.Response]


def event(delta: dict[str, Any] | None, finish: str | None = None, **besides: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": choices} | besides).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
ROLE = event({"role": "assistant", "content": ""})


def stream(*parts: bytes, kind: str = "text/event-stream; charset=utf-8", broken: bool = False) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
            await asyncio.sleep(0.001)
        if broken:
            raise httpx.ReadError("reset")

    return httpx.Response(200, headers={"content-type": kind}, content=body())


async def answer_to(respond: Respond) -> ProbeAnswer:
    """What a client makes of one answer of a server that behaves so."""
    transport = httpx.MockTransport(lambda request: respond(json.loads(request.content)))
    async with httpx.AsyncClient(base_url="http://server", transport=transport) as client:
        return await stream_once(client, {"model": MODEL}, "case", 5)


async def test_one_token_has_a_first_and_no_gap() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    found = await answer_to(lambda _: stream(ROLE, event({"content": "Yes"}, "stop"), event(None, usage=usage), DONE))
    assert (found.error, found.output_tokens, found.pieces, found.itl_ms) == (None, 1, 1, None)
    assert found.ttft_ms == found.e2e_ms
    assert found.finish_reason == "stop"


@pytest.mark.parametrize("part", ["reasoning_content", "reasoning"])
async def test_thinking_counts_from_its_first_token(part: str) -> None:
    thought = [event({part: "so"}), event({part: " then"}), event({"content": "Yes"}, "stop")]
    found = await answer_to(lambda _: stream(ROLE, *thought, DONE))
    assert (found.error, found.output_tokens, found.prompt_tokens) == (None, 3, None)
    assert found.itl_ms is not None
    assert found.ttft_ms is not None
    assert found.itl_ms >= 1


async def test_events_may_be_split_and_commented_anywhere() -> None:
    whole = b": comment\r\n\r\n" + event({"content": "a\u2028b"}).replace(b"\n", b"\r\n") + event({}, "stop") + DONE
    halves = [whole[place : place + 7] for place in range(0, len(whole), 7)]
    found = await answer_to(lambda _: stream(*halves))
    assert (found.error, found.pieces) == (None, 1)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (lambda _: stream(ROLE, event({"content": "a"})), "the stream was cut after 1 piece"),
        (lambda _: stream(ROLE, event({"content": "a"}), broken=True), "failed after 1 piece: ReadError"),
        (lambda _: stream(ROLE, event({}, "stop"), DONE), "the answer is empty"),
        (
            lambda _: stream(ROLE, b'data: {"error": {"message": "out of memory"}}\n\n'),
            "server ended the stream: out of",
        ),
        (lambda _: stream(ROLE, b"data: {oops\n\n", DONE), "an event of the stream is no JSON"),
        (lambda _: stream(b"data: [1]\n\n", DONE), "an event of the stream is no object"),
        (lambda _: stream(b"data: " + b"x" * MOST_BYTES), "more than 2,000,000 bytes"),
        (lambda _: stream(b"{}", kind="application/json"), "the answer is application/json, not text/event-stream"),
        (lambda _: httpx.Response(404, json={"error": {"message": "no such model"}}), "status 404: no such model"),
        (lambda _: httpx.Response(422, json={"detail": "bad"}), "status 422: bad"),
        (lambda _: httpx.Response(502, text="<html>"), "status 502"),
    ],
)
async def test_an_answer_that_is_not_whole_says_why(response: Respond, words: str) -> None:
    found = await answer_to(response)
    assert found.error is not None
    assert words in found.error


async def test_a_server_that_hangs_is_left_in_time() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield ROLE
        await asyncio.Event().wait()

    hanging = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=never())
    async with httpx.AsyncClient(base_url="http://server", transport=httpx.MockTransport(lambda _: hanging)) as client:
        found = await stream_once(client, {}, "case", 0.05)
    assert found.error == "not finished within 0.05 s, after 0 pieces"


def server(respond: Respond, *, health: int = 200, models: Any = None) -> httpx.MockTransport:
    """A server that is well, serves the model, and answers chats so."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            return httpx.Response(health)
        if request.url.path == "/v1/models":
            return httpx.Response(200, json=models or {"object": "list", "data": [{"id": MODEL}]})
        return respond(json.loads(request.content))

    return httpx.MockTransport(handle)


async def tried_at(transport: httpx.MockTransport, total_s: float = 20) -> ProbeReport:
    async with httpx.AsyncClient(base_url="http://server", transport=transport) as client:
        return await probe(client, MODEL, probe_cases(TRAFFIC, ENGINE), seed=1, total_s=total_s)


def words_of(count: int) -> httpx.Response:
    return stream(ROLE, *[event({"content": "a"})] * (count - 1), event({"content": "a"}, "length"), DONE)


async def test_a_gateway_that_takes_only_plain_requests_gets_plain_ones() -> None:
    asked: list[dict[str, Any]] = []

    def strict(body: dict[str, Any]) -> httpx.Response:
        asked.append(body)
        if {"ignore_eos", "stream_options"} & set(body):
            return httpx.Response(400, json={"error": {"message": "unknown field"}})
        return words_of(body["max_tokens"])

    report = await tried_at(server(strict))
    assert {check.name: check.passed for check in judge(report, {}, TARGETS, TRAFFIC)}["answers"]
    assert len(asked) == 3 + 15
    assert report.of_case("short prompts")[0].output_tokens == 24
    assert light_load(choice(), report)["short prompts"].prompt_tokens == 64


async def test_every_prompt_is_another_from_its_first_words_on() -> None:
    prompts: list[str] = []

    def remember(body: dict[str, Any]) -> httpx.Response:
        prompts.append(body["messages"][0]["content"])
        return words_of(body["max_tokens"])

    await tried_at(server(remember))
    assert len({text[:40] for text in prompts}) == len(prompts) == 16
    assert prompt(30, 5) == prompt(30, 5) != prompt(30, 6)


async def test_a_server_that_is_not_there_is_told_at_once() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    report = await tried_at(httpx.MockTransport(refuse))
    checks = judge(report, {}, TARGETS, TRAFFIC)
    assert [check.passed for check in checks] == [False, False, False]
    assert checks[0].detail == "/health: no connection: ConnectError."
    assert checks[2].detail == "The first request was not answered: the connection failed after 0 pieces: ConnectError."


async def test_another_model_and_bad_health_are_told() -> None:
    transport = server(lambda body: words_of(body["max_tokens"]), health=503, models={"data": [{"id": "other"}, 5]})
    report = await tried_at(transport)
    health, model = judge(report, {}, TARGETS, TRAFFIC)[:2]
    assert (health.passed, health.detail) == (False, "/health: 503.")
    assert (model.passed, model.detail) == (False, f"{MODEL} is not served, other is.")


async def test_time_that_runs_out_leaves_requests_unmade() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield event({"content": "a"})
        await asyncio.sleep(0.12)
        yield event({"content": "a"}, "length")

    def respond(_: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=slowly())

    report = await tried_at(server(respond), total_s=0.5)
    assert not report.complete
    answered = {check.name: check for check in judge(report, {}, TARGETS, TRAFFIC)}["answers"]
    assert not answered.passed
    assert "there was no time for" in answered.detail


@pytest.mark.parametrize("mean", [1, 512, 100_000])
def test_prompts_leave_room_in_the_context(mean: float) -> None:
    traffic = TRAFFIC.model_copy(update={"prompt_tokens": LengthDistribution(mean=mean, p95=2 * mean)})
    cases = probe_cases(traffic, ENGINE)
    assert all(1 <= case.prompt_tokens <= 0.7 * CONTEXT for case in cases)
    assert max(case.at_once for case in cases) == 4
