"""AIPerf 0.13: its command line, its report, and its definitions."""

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

VERSION = "0.13.0"
ENVIRONMENT = Environment("aiperf", f"aiperf=={VERSION}")
SETTINGS = {"AIPERF_SERVICE_REGISTRATION_TIMEOUT": "300", "AIPERF_SERVICE_START_TIMEOUT": "300"}
"""Its half minute for starting ten processes is too short where the machine has other things to do."""
NANOSECONDS = 1e9


class AiPerf:
    """AIPerf in an environment of its own."""

    name = f"AIPerf {VERSION}"

    def install(self) -> None:
        """Get its packages, unless they are there."""
        ENVIRONMENT.program()

    def run(self, url: str, load: Load, timeout_s: float = 900) -> Report:
        """Send ``load`` to ``url``, and read AIPerf's report."""
        program = ENVIRONMENT.program()
        with tempfile.TemporaryDirectory(prefix="neuralnav-aiperf-") as home:
            artifacts = Path(home) / "artifacts"
            run_generator([str(program), *_arguments(url, load, artifacts)], Path(home), timeout_s, **SETTINGS)
            return _report(artifacts)

    def latencies(self, ttft_s: Floats, e2e_s: Floats, output_tokens: NDArray[np.int64]) -> Latencies:
        """Its ITL is one value a request; its percentiles interpolate."""
        gaps = output_tokens - 1
        some = gaps > 0
        return Latencies(_plain(ttft_s), _plain((e2e_s[some] - ttft_s[some]) / gaps[some]), _plain(e2e_s))


def _arguments(url: str, load: Load, artifacts: Path) -> list[str]:
    rate = ("--concurrency", "1") if load.qps is None else ("--request-rate", f"{load.qps:.4f}")
    return [
        "profile",
        *("--model", load.model, "--url", url, "--endpoint-type", "chat"),
        *(("--streaming",) if load.streaming else ()),
        *("--tokenizer", str(TOKENIZER), "--use-server-token-count"),
        *(*rate, "--request-count", str(load.requests)),
        *("--isl", str(load.prompt_tokens), "--isl-stddev", str(load.prompt_deviation)),
        *("--osl", str(load.output_tokens), "--osl-stddev", str(load.output_deviation)),
        *("--extra-inputs", "ignore_eos:true", "--random-seed", "42", "--cache-bust", "first-turn-prefix"),
        *("--workers-max", "1", "--record-processors", "1", "--no-server-metrics", "--no-gpu-telemetry"),
        *("--ui", "none", "--artifact-dir", str(artifacts)),
    ]


def _report(artifacts: Path) -> Report:
    summary = json.loads((artifacts / "profile_export_aiperf.json").read_text(encoding="utf-8"))
    lines = (artifacts / "profile_export.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    done = [record for record in records if not record.get("error")]
    if not done:
        raise LoadGeneratorError("aiperf: no request succeeded")
    e2e = _reported(summary["request_latency"])
    latencies = None
    if "time_to_first_token" in summary:
        ttft, itl = _reported(summary["time_to_first_token"]), _reported(summary["inter_token_latency"])
        latencies = Latencies(ttft, itl, e2e)
    return Report(
        latencies=latencies,
        e2e=e2e,
        requests=tuple(sorted(map(_request, done), key=lambda request: request.sent_s)),
        failed=len(records) - len(done),
    )


def _request(record: Any) -> SentRequest:
    metrics, sent_s = record["metrics"], record["metadata"]["request_start_ns"] / NANOSECONDS
    e2e_ms = metrics["request_latency"]["value"]
    ttft_ms = metrics["time_to_first_token"]["value"] if "time_to_first_token" in metrics else e2e_ms
    return SentRequest(
        sent_s=sent_s,
        first_token_s=sent_s + ttft_ms / 1e3,
        last_token_s=sent_s + e2e_ms / 1e3,
        end_s=sent_s + e2e_ms / 1e3,
        prompt_tokens=int(metrics["input_sequence_length"]["value"]),
        output_tokens=int(metrics["output_sequence_length"]["value"]),
    )


def _reported(metric: Any) -> Statistic:
    return Statistic(metric["avg"], metric["p95"])


def _plain(seconds: Floats) -> Statistic:
    return Statistic(1e3 * float(seconds.mean()), 1e3 * float(np.percentile(seconds, 95)))
