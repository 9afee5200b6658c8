from dataclasses import replace

import numpy as np
import pytest

from neuralnav.calibration.serving_runs import Run, clients_of, prepare, simulate
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import TrafficShape
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import RequestShape
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.performance.engine import EngineSettings, build_engine
from neuralnav.performance.memory import EngineLimits
from neuralnav.performance.prediction import ClosedLoop, StaticBatch, predict
from neuralnav.performance.work import Parallelism
from tests.neuralnav.calibration.runs import LLAMA_8B, fixed, run_of

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]


@pytest.fixture
def run(architectures: Architectures, gpus: Gpus) -> Run:
    return run_of(architectures[LLAMA_8B], gpus["H100"])


def means(run: Run) -> tuple[float, float, float]:
    """Simulated TTFT, ITL and E2E in seconds."""
    replay, left_out = prepare([run])
    assert not left_out
    outcome = simulate(replay, shipped_efficiencies())
    return float(outcome.ttft_s[0]), float(outcome.itl_s[0]), float(outcome.e2e_s[0])


def predicted(run: Run) -> tuple[float, float, float]:
    """The same by the prediction that users get, with the limits of the measured server."""
    clients = clients_of(run)
    settings = EngineSettings(
        max_model_len=4096,
        limits=EngineLimits(max_num_batched_tokens=8192, max_num_seqs=clients),
        gpu_memory_utilization=run.utilisation,
        kv_bytes=run.kv_bytes,
        engine_version=run.engine_version,
    )
    engine = build_engine(run.architecture, run.precision, run.quantization, run.gpu, run.parallelism, settings)
    part = TrafficShape(weight=1.0, prompt_tokens=run.prompt, output_tokens=run.output)
    shape = RequestShape((part,), run.architecture.max_position_embeddings)
    load = StaticBatch(run.concurrency) if run.load == "static_batch" else ClosedLoop(run.concurrency)
    results = predict(engine, shape, load).results
    return results.ttft_ms.mean / 1e3, results.itl_ms.mean / 1e3, results.e2e_ms.mean / 1e3


@pytest.mark.parametrize("concurrency", [1, 8, 64])
def test_a_run_is_replayed_as_a_prediction_would_simulate_it(concurrency: int, run: Run) -> None:
    one = replace(run, concurrency=concurrency)
    assert means(one)[:2] == pytest.approx(predicted(one)[:2], rel=1e-6)


def test_fixed_lengths_are_replayed_as_a_prediction_would_simulate_them(run: Run) -> None:
    one = replace(run, prompt=fixed(1000), output=fixed(200), concurrency=16)
    assert means(one)[:2] == pytest.approx(predicted(one)[:2], rel=1e-6)


def test_a_static_batch_lasts_until_its_last_answer(run: Run) -> None:
    one = replace(run, load="static_batch", prompt=fixed(1000), output=fixed(200), concurrency=16)
    _, itl, whole = means(one)
    mean_answer = predicted(one)[2]
    assert mean_answer < whole < 1.01 * mean_answer
    assert whole > 199 * itl


def test_clients_with_answers_of_one_length_are_out_of_step(run: Run) -> None:
    same = replace(run, prompt=fixed(2000), output=fixed(200), concurrency=32)
    spread = replace(same, output=same.output.model_copy(update={"kind": "uniform_0.8_1.0", "p95": 220.0}))
    ttft_same, ttft_spread = means(same)[0], means(spread)[0]
    assert ttft_same < ttft_spread
    (requests,) = prepare([same])[0].requests
    assert sorted(requests.output_tokens[:32]) == pytest.approx(200 * np.arange(1, 33) / 32, abs=0.5)
    assert set(requests.output_tokens[32:].tolist()) == {200}


def test_ten_requests_a_client_are_sent_but_never_too_many(run: Run) -> None:
    few, many, most = (prepare([replace(run, concurrency=n)])[0].requests[0] for n in (8, 6_000, 30_000))
    assert (len(few), len(many), len(most)) == (80, 50_000, 60_000)


def test_clients_are_spread_over_data_parallel_ranks(run: Run) -> None:
    assert clients_of(run) == 8
    assert clients_of(replace(run, parallelism=Parallelism(data=4))) == 2
    assert clients_of(replace(run, parallelism=Parallelism(data=16))) == 1


def test_what_cannot_be_replayed_is_left_out_with_a_reason_and_its_weight(
    architectures: Architectures, gpus: Gpus, run: Run
) -> None:
    large = run_of(architectures["meta-llama/Llama-3.1-70B-Instruct"], gpus["H100"], weight=3)
    odd = replace(run, gpu=gpus["B200"], precision=Precision.INT8, quantization="compressed-tensors", weight=2)
    replay, left_out = prepare([large, run, odd, odd])
    assert replay.runs == (run,)
    assert left_out == {
        "predicted not to fit into the GPUs' memory": 3,
        "a number format that vLLM does not run on the GPU": 4,
    }


def test_nothing_to_replay_gives_nothing() -> None:
    replay, left_out = prepare([])
    assert (replay.runs, left_out) == ((), {})
    assert simulate(replay, shipped_efficiencies()).itl_s.size == 0


def test_a_part_of_the_runs_gives_a_part_of_the_outcome(run: Run) -> None:
    runs = [replace(run, concurrency=n) for n in (1, 4, 16)]
    replay, _ = prepare(runs)
    whole, part = (simulate(one, shipped_efficiencies()) for one in (replay, replay.take([2, 0])))
    assert part.itl_s.tolist() == [whole.itl_s[2], whole.itl_s[0]]
    assert part.ttft_s.tolist() == [whole.ttft_s[2], whole.ttft_s[0]]


def test_more_clients_wait_longer_for_their_tokens(run: Run) -> None:
    replay, _ = prepare([replace(run, concurrency=n) for n in (1, 4, 16, 64, 256)])
    outcome = simulate(replay, shipped_efficiencies())
    assert (np.diff(outcome.itl_s) > 0).all()
    assert (np.diff(outcome.ttft_s) > 0).all()


def test_an_old_engine_is_replayed_with_the_costs_of_its_time(run: Run) -> None:
    assert means(replace(run, engine_version="2024"))[1] > means(run)[1]
