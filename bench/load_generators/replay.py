"""A generator's own requests once more, through ``neuralnav simulate --trace``, just as that command runs."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.load_generators.environments import LoadGeneratorError
from bench.load_generators.reports import Latencies, LoadGenerator, SentRequest
from neuralnav.knowledge.seeds import read_seeds
from neuralnav.models.prediction import SimulationRequest
from neuralnav.performance.calibration import read_calibration
from neuralnav.services.simulation import simulate


def replay(engine: SimulationRequest, sent: Sequence[SentRequest], generator: LoadGenerator) -> Latencies:
    """What ``generator`` would report of its requests if its own HTTP and the simulator's took no time."""
    with tempfile.TemporaryDirectory(prefix="neuralnav-replay-") as home:
        trace = Path(home) / "trace.csv"
        _write_trace(trace, sent)
        simulation = simulate(engine, trace, read_seeds(), read_calibration())
    served = simulation.served
    if served is None:
        raise LoadGeneratorError(f"the replay does not fit: {simulation.answer.reason}")
    ttft_s, e2e_s = served.first_token_s - served.arrival_s, served.finish_s - served.arrival_s
    return generator.latencies(ttft_s, e2e_s, simulation.requests.output_tokens)


def _write_trace(path: Path, sent: Sequence[SentRequest]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("arrival_s", "prompt_tokens", "output_tokens"))
        for request in sent:
            arrival_s = request.sent_s - sent[0].sent_s
            writer.writerow((f"{arrival_s:.6f}", request.prompt_tokens, request.output_tokens))
