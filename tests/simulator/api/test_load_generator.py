"""A load generator measures a simulator: AIPerf, as people run it, in an environment of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.load_generators.aiperf import AiPerf
from bench.load_generators.definitions import check_definitions
from bench.load_generators.reports import Load, Report
from tests.simulator.api.conftest import MODEL, Simulator, Start

REQUESTS, OUTPUT_TOKENS = 20, 12
MEASURED_S = 300.0


def measured(simulator: Simulator, *, streaming: bool) -> Report:
    load = Load(
        model=MODEL,
        prompt_tokens=64,
        prompt_deviation=8,
        output_tokens=OUTPUT_TOKENS,
        output_deviation=0,
        requests=REQUESTS,
        qps=20.0,
        streaming=streaming,
    )
    return AiPerf().run(simulator.url, load, timeout_s=MEASURED_S)


@pytest.mark.timeout(600)
def test_a_load_generator_gets_every_answer_and_counts_the_tokens_of_usage(start: Start) -> None:
    AiPerf().install()
    with start("--time-scale=10") as streaming, start("--time-scale=10") as whole, ThreadPoolExecutor(2) as both:
        runs = {
            streaming: both.submit(measured, streaming, streaming=True),
            whole: both.submit(measured, whole, streaming=False),
        }
        for simulator, run in runs.items():
            report = run.result()
            assert (len(report.requests), report.failed) == (REQUESTS, 0)
            assert {request.output_tokens for request in report.requests} == {OUTPUT_TOKENS}
            assert simulator.metric("vllm:prompt_tokens_total") == sum(r.prompt_tokens for r in report.requests)
            assert simulator.metric("vllm:generation_tokens_total") == REQUESTS * OUTPUT_TOKENS
            assert simulator.metric('vllm:request_success_total{engine="0",finished_reason="length"') == REQUESTS
        streamed, at_once = (run.result() for run in runs.values())
        assert at_once.latencies is None
        assert streamed.latencies is not None
        check_definitions(AiPerf(), streamed)
        assert 0 < streamed.latencies.ttft.mean < streamed.e2e.mean
