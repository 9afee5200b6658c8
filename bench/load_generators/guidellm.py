"""GuideLLM 0.8: its command line, its report, and its definitions."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.load_generators.environments import Environment, LoadGeneratorError
from bench.load_generators.processes import TOKENIZER, run_generator
from bench.load_generators.reports import Floats, Latencies, Load, Report, SentRequest, Statistic

VERSION = "0.8.1"
ENVIRONMENT = Environment("guidellm", f"guidellm=={VERSION}", ("torch==2.13.0",))
SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "GUIDELLM__MAX_WORKER_PROCESSES": "1",
}
"""Every worker draws its gaps from the same seed, so that with its usual ten each gap comes ten times in a row: one
worker sends a true Poisson process."""
P95 = 0.95


class GuideLlm:
    """GuideLLM in an environment of its own."""

    name = f"GuideLLM {VERSION}"

    def install(self) -> None:
        """Get its packages, unless they are there."""
        ENVIRONMENT.program()

    def run(self, url: str, load: Load, timeout_s: float = 900) -> Report:
        """Send ``load`` to ``url``, and read GuideLLM's report."""
        program = ENVIRONMENT.program()
        with tempfile.TemporaryDirectory(prefix="neuralnav-guidellm-") as home:
            output = Path(home) / "report.json"
            run_generator([str(program), *_arguments(url, load, output)], Path(home), timeout_s, **SETTINGS)
            return _report(json.loads(output.read_text(encoding="utf-8")))

    def latencies(self, ttft_s: Floats, e2e_s: Floats, output_tokens: NDArray[np.int64]) -> Latencies:
        """Its ITL counts each request as often as it has gaps between tokens; its percentiles are observed values."""
        gaps = output_tokens - 1
        some = gaps > 0
        itl_s = (e2e_s[some] - ttft_s[some]) / gaps[some]
        return Latencies(_weighted(ttft_s), _weighted(itl_s, gaps[some]), _weighted(e2e_s))


def _arguments(url: str, load: Load, output: Path) -> list[str]:
    lengths = f"prompt_tokens={load.prompt_tokens},output_tokens={load.output_tokens}"
    if load.prompt_deviation:
        lengths += f",prompt_tokens_stdev={load.prompt_deviation}"
    if load.output_deviation:
        lengths += f",output_tokens_stdev={load.output_deviation}"
    backend = f"kind=openai_http,target={url},model={load.model},stream={str(load.streaming).lower()}"
    return [
        "run",
        *("--backend", backend),
        *("--profile", "kind=synchronous" if load.qps is None else f"kind=poisson,rate={load.qps:.4f}"),
        *("--data", f"kind=synthetic_text,{lengths}"),
        *("--tokenizer", f"kind=huggingface_auto,model={TOKENIZER}"),
        *("--constraint", f"kind=max_requests,count={load.requests}"),
        *("--output", f"kind=json,path={output}"),
        "--disable-console",
    ]


def _report(read: Any) -> Report:
    benchmark = read["benchmarks"][0]
    done, metrics = benchmark["requests"]["successful"], benchmark["metrics"]
    if not done:
        raise LoadGeneratorError("guidellm: no request succeeded")
    e2e_s = _reported(metrics["request_latency"])
    e2e = Statistic(1e3 * e2e_s.mean, 1e3 * e2e_s.p95)
    streamed = done[0]["info"]["timings"]["first_token_iteration"] is not None
    latencies = None
    if streamed:
        ttft, itl = (_reported(metrics[name]) for name in ("time_to_first_token_ms", "inter_token_latency_ms"))
        latencies = Latencies(ttft, itl, e2e)
    return Report(
        latencies=latencies,
        e2e=e2e,
        requests=tuple(sorted(map(_request, done), key=lambda request: request.sent_s)),
        failed=sum(len(benchmark["requests"][kind] or ()) for kind in ("errored", "incomplete")),
    )


def _request(recorded: Any) -> SentRequest:
    timings = recorded["info"]["timings"]
    end_s = timings["request_end"]
    return SentRequest(
        sent_s=timings["request_start"],
        first_token_s=timings["first_token_iteration"] or end_s,
        last_token_s=timings["last_token_iteration"] or end_s,
        end_s=end_s,
        prompt_tokens=recorded["prompt_tokens"],
        output_tokens=recorded["output_tokens"],
    )


def _reported(metric: Any) -> Statistic:
    return Statistic(metric["successful"]["mean"], metric["successful"]["percentiles"]["p95"])


def _weighted(seconds: Floats, weights: NDArray[np.int64] | None = None) -> Statistic:
    """Milliseconds; the p95 is the first value at which 95 % of the weights are reached."""
    shares = np.ones(seconds.size) if weights is None else weights.astype(np.float64)
    order = np.argsort(seconds)
    reached = np.cumsum(shares[order] / shares.sum())
    p95 = seconds[order][min(int(np.searchsorted(reached, P95)), seconds.size - 1)]
    return Statistic(1e3 * float(np.average(seconds, weights=shares)), 1e3 * float(p95))
