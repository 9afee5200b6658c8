"""Simulations: traces and rates on several replicas, their summary, and the file of every request."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.prediction import SimulationRequest
from neuralnav.performance.trace import read_trace
from neuralnav.services.prediction_inputs import read_inputs
from neuralnav.services.simulation import COLUMNS, Simulation, simulate, write_requests
from tests.neuralnav.services.predicting import CALIBRATION, SEEDS

ENGINE = {"model": "llama-3.1-8b", "gpu": "H100"}
RATE = {"qps": 8, "requests": 60, "prompt_tokens": 256, "output_tokens": 32, "length_kind": "lognormal"}


def simulated(trace: Path | None = None, **fields: Any) -> Simulation:
    request = read_inputs(SimulationRequest, ENGINE | fields)
    return simulate(request, trace, SEEDS, CALIBRATION)


def trace_of(tmp_path: Path, *rows: tuple[float, int, int]) -> Path:
    path = tmp_path / "trace.csv"
    lines = [f"{arrival},{prompt},{output}" for arrival, prompt, output in rows]
    path.write_text("\n".join(["arrival_s,prompt_tokens,output_tokens", *lines]) + "\n")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_rate_is_simulated_and_summarised() -> None:
    answer = simulated(**RATE).answer
    assert answer.fits
    assert (answer.requests, answer.replicas, answer.routing) == (60, 1, "round_robin")
    assert answer.saturated is False
    assert answer.duration_s == pytest.approx(60 / 8, rel=0.2)
    assert answer.throughput_rps == pytest.approx(60 / (answer.duration_s or 0), rel=1e-4)
    assert answer.preemptions == 0
    assert 0 < (answer.peak_kv_cache or 0) < 0.1


def test_a_trace_is_replayed_as_it_was(tmp_path: Path) -> None:
    simulation = simulated(trace_of(tmp_path, (100.0, 300, 20), (100.5, 200, 10), (103.0, 8, 1)))
    assert simulation.requests.arrival_s.tolist() == [0.0, 0.5, 3.0]
    assert simulation.answer.requests == 3
    assert simulation.answer.limits.max_model_len == 4096
    assert simulation.served is not None
    assert (simulation.served.first_token_s > simulation.requests.arrival_s).all()


def test_the_summary_is_that_of_the_written_requests(tmp_path: Path) -> None:
    simulation = simulated(**RATE)
    write_requests(simulation, tmp_path / "requests.csv")
    rows = rows_of(tmp_path / "requests.csv")
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 60
    arrival, first, finish = (np.array([float(row[name]) for row in rows]) for name in COLUMNS[:3])
    answer = simulation.answer
    assert answer.ttft_ms is not None and answer.e2e_ms is not None  # noqa: PT018
    assert 1e3 * (first - arrival).mean() == pytest.approx(answer.ttft_ms.mean, rel=1e-4)
    assert 1e3 * np.quantile(finish - arrival, 0.95) == pytest.approx(answer.e2e_ms.p95, rel=1e-4)


def test_the_written_requests_are_a_trace_that_gives_the_same(tmp_path: Path) -> None:
    simulation = simulated(**RATE)
    write_requests(simulation, tmp_path / "requests.csv")
    replayed = read_trace(tmp_path / "requests.csv", 100_000)
    assert replayed.prompt_tokens.tolist() == simulation.requests.prompt_tokens.tolist()
    again = simulated(tmp_path / "requests.csv").answer
    assert again.e2e_ms is not None and simulation.answer.e2e_ms is not None  # noqa: PT018
    assert again.e2e_ms.mean == pytest.approx(simulation.answer.e2e_ms.mean, rel=0.01)


@pytest.mark.parametrize("routing", ["round_robin", "least_loaded"])
def test_several_replicas_share_the_requests(tmp_path: Path, routing: str) -> None:
    simulation = simulated(**RATE, replicas=3, routing=routing)
    write_requests(simulation, tmp_path / "requests.csv")
    assert {row["replica"] for row in rows_of(tmp_path / "requests.csv")} == {"0", "1", "2"}
    alone = simulated(**RATE).answer
    assert simulation.answer.e2e_ms is not None and alone.e2e_ms is not None  # noqa: PT018
    assert simulation.answer.e2e_ms.p95 <= alone.e2e_ms.p95


def test_ranks_of_a_replica_are_one_replica() -> None:
    simulation = simulated(**RATE, replicas=2, data_parallel=2)
    assert simulation.served is not None
    assert set(simulation.served.replica.tolist()) == {0, 1}
    assert simulation.answer.gpu_count == 2


def test_more_than_can_be_finished_is_saturated_but_a_short_burst_is_not(tmp_path: Path) -> None:
    flood = RATE | {"qps": 5000, "requests": 5000, "output_tokens": 256}
    assert simulated(**flood).answer.saturated
    burst = trace_of(tmp_path, *[(0.0, 100, 10)] * 20)
    assert simulated(burst).answer.saturated is False


def test_what_does_not_fit_simulates_and_writes_nothing(tmp_path: Path) -> None:
    simulation = simulated(**RATE | {"gpu": "T4", "model": "llama-3.1-70b"})
    assert not simulation.answer.fits
    assert simulation.answer.requests is simulation.answer.ttft_ms is None
    write_requests(simulation, tmp_path / "requests.csv")
    assert not (tmp_path / "requests.csv").exists()


def test_a_load_is_a_trace_or_a_rate(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="trace"):
        simulated()
    with pytest.raises(InvalidInputError, match="trace"):
        simulated(trace_of(tmp_path, (0.0, 1, 1)), **RATE)


@pytest.mark.parametrize("row", [(0.0, 200_000, 1), (0.0, 0, 1), (-1.0, 5, 5)])
def test_a_trace_that_cannot_be_is_refused_with_its_line(tmp_path: Path, row: tuple[float, int, int]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        simulated(trace_of(tmp_path, row))
    assert caught.value.problems[0].field.startswith("line 2")


def test_the_given_context_limits_a_trace(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="line 2"):
        simulated(trace_of(tmp_path, (0.0, 600, 5)), max_model_len=512)


def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    simulation = simulated(**RATE)
    for path in (tmp_path / "nowhere" / "requests.csv", tmp_path):
        with pytest.raises(InvalidInputError) as caught:
            write_requests(simulation, path)
        assert caught.value.problems[0].field == "requests_out"
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("first", "again", "other")]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        write_requests(simulated(**RATE, seed=seed), path)
    first, again, other = (path.read_bytes() for path in files)
    assert first == again
    assert first != other
