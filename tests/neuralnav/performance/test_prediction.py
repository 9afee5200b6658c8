"""What an engine makes of a load: each kind of it, regimes, saturation, ranks and clients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape, draw_batch
from neuralnav.performance.capacity import places
from neuralnav.performance.clients import Clients
from neuralnav.performance.engine import Engine, EngineSettings, build_engine
from neuralnav.performance.prediction import (
    ClosedLoop,
    Load,
    OpenLoop,
    Prediction,
    StaticBatch,
    mean_running,
    predict,
    saturation_qps,
)
from neuralnav.performance.results import LoadRegime
from neuralnav.performance.routing import serve
from neuralnav.performance.work import Parallelism


def lengths(prompt: float = 512, output: float = 64, kind: str = "lognormal") -> RequestShape:
    each = [LengthDistribution.model_validate({"kind": kind, "mean": mean}) for mean in (prompt, output)]
    return RequestShape((TrafficShape(weight=1.0, prompt_tokens=each[0], output_tokens=each[1]),), 4096)


@pytest.fixture(scope="module")
def engine(architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> Engine:
    llama = architectures["meta-llama/Llama-3.1-8B-Instruct"]
    return build_engine(llama, Precision.BF16, None, gpus["H100"], Parallelism(), EngineSettings(max_model_len=4096))


def saturation(engine: Engine) -> float:
    return saturation_qps(engine, draw_batch(lengths(), 4000))


def finite(prediction: Prediction) -> bool:
    results = prediction.results
    figures = [
        getattr(latency, name)
        for latency in (results.ttft_ms, results.itl_ms, results.e2e_ms)
        for name in ("mean", "p50", "p90", "p95", "p99")
    ]
    return bool(np.isfinite([*figures, results.throughput_rps, results.output_tokens_per_s]).all())


def test_an_open_loop_finishes_what_is_offered_and_no_more_than_it_can(engine: Engine) -> None:
    half = saturation(engine) / 2
    prediction = predict(engine, lengths(), OpenLoop(half))
    assert prediction.results.throughput_rps == pytest.approx(half, rel=0.05)
    assert not prediction.saturated
    assert prediction.regime is LoadRegime.MEDIUM


@pytest.mark.parametrize(
    ("share", "regime"),
    [(0.01, LoadRegime.LIGHT), (0.6, LoadRegime.MEDIUM), (0.9, LoadRegime.NEAR_SATURATION)],
)
def test_the_regime_follows_the_share_of_the_saturation_rate(engine: Engine, share: float, regime: LoadRegime) -> None:
    assert predict(engine, lengths(), OpenLoop(share * saturation(engine))).regime is regime


@pytest.mark.parametrize("times", [1.5, 1000])
def test_more_than_can_be_finished_is_saturated_with_finite_figures(engine: Engine, times: float) -> None:
    most = saturation(engine)
    prediction = predict(engine, lengths(), OpenLoop(times * most))
    assert prediction.saturated
    assert prediction.regime is LoadRegime.NEAR_SATURATION
    assert finite(prediction)
    assert prediction.results.throughput_rps == pytest.approx(most, rel=0.01)


def test_bursty_arrivals_wait_longer_than_even_ones(engine: Engine) -> None:
    rate = 0.7 * saturation(engine)
    bursty, constant = (
        predict(engine, lengths(), OpenLoop(rate, process)).results.ttft_ms.p95
        for process in (ArrivalProcess.BURSTY, ArrivalProcess.CONSTANT)
    )
    assert bursty > constant


def test_a_closed_loop_keeps_its_clients_busy(engine: Engine) -> None:
    prediction = predict(engine, lengths(), ClosedLoop(16))
    results = prediction.results
    assert results.throughput_rps * results.e2e_ms.mean / 1e3 == pytest.approx(16, rel=0.15)
    assert results.requests == 160
    assert not prediction.saturated


def test_clients_with_fixed_lengths_are_counted_once_they_are_out_of_step(engine: Engine) -> None:
    results = predict(engine, lengths(kind="fixed"), ClosedLoop(16)).results
    assert results.requests == 144
    assert results.ttft_ms.p50 < predict(engine, lengths(kind="fixed"), StaticBatch(16)).results.ttft_ms.p50


def test_more_clients_than_run_at_a_time_are_saturation(engine: Engine) -> None:
    small = replace(engine, limits=engine.limits._replace(max_num_seqs=8))
    assert predict(small, lengths(), ClosedLoop(9)).saturated
    assert not predict(small, lengths(), ClosedLoop(8)).saturated
    tight = replace(engine, limits=engine.limits._replace(kv_cache_bytes=engine.limits.block_bytes * 256))
    assert predict(tight, lengths(kind="fixed"), ClosedLoop(9)).saturated


def test_a_static_batch_starts_together_and_knows_no_client(engine: Engine) -> None:
    prediction = predict(engine, lengths(kind="fixed"), StaticBatch(32))
    results = prediction.results
    assert results.requests == 32
    assert results.throughput_rps == pytest.approx(32 / (results.e2e_ms.p99 / 1e3), rel=0.02)
    slow_client = replace(engine, clients=Clients(request_s=1.0, stream_s=1.0))
    assert predict(slow_client, lengths(kind="fixed"), StaticBatch(32)) == prediction


def test_what_clients_add_is_in_ttft_and_e2e_but_not_in_itl(engine: Engine) -> None:
    load = OpenLoop(0.2 * saturation(engine))
    plain = predict(replace(engine, clients=Clients()), lengths(), load).results
    with_s = predict(replace(engine, clients=Clients(request_s=0.5)), lengths(), load).results
    assert with_s.ttft_ms.mean == pytest.approx(plain.ttft_ms.mean + 500)
    assert with_s.e2e_ms.p95 == pytest.approx(plain.e2e_ms.p95 + 500)
    assert with_s.itl_ms == plain.itl_ms


def test_clients_take_longer_for_longer_prompts(engine: Engine) -> None:
    requests = draw_batch(lengths(), 4)
    served = serve(requests, engine.tables, engine.limits)
    seen = Clients(prompt_token_s=1e-3).with_prompts(requests, served)
    assert seen.first_token_s - served.first_token_s == pytest.approx(requests.prompt_tokens * 1e-3)
    assert seen.finish_s - served.finish_s == pytest.approx(requests.prompt_tokens * 1e-3)


def test_ranks_share_the_load_and_add_up_their_throughput(
    architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile], engine: Engine
) -> None:
    llama = architectures["meta-llama/Llama-3.1-8B-Instruct"]
    settings = EngineSettings(max_model_len=4096)
    ranks = build_engine(llama, Precision.BF16, None, gpus["H100"], Parallelism(data=4), settings)
    alone = replace(engine.clients, stream_s=0.0)
    ranks = replace(ranks, tables=engine.tables, limits=engine.limits, clients=alone)
    one = replace(engine, clients=alone)
    loads: list[tuple[Load, Load]] = [(OpenLoop(40), OpenLoop(10)), (ClosedLoop(64), ClosedLoop(16))]
    loads.append((StaticBatch(64), StaticBatch(16)))
    for whole, share in loads:
        four, single = predict(ranks, lengths(), whole), predict(one, lengths(), share)
        assert four.results.ttft_ms == single.results.ttft_ms
        assert four.results.throughput_rps == pytest.approx(4 * single.results.throughput_rps)
        assert (four.saturated, four.regime) == (single.saturated, single.regime)


def test_fewer_clients_than_ranks_leave_some_idle(engine: Engine) -> None:
    ranks = replace(engine, parallelism=Parallelism(data=4))
    two, one = (predict(ranks, lengths(), ClosedLoop(clients)).results for clients in (2, 1))
    assert two.throughput_rps == pytest.approx(2 * one.throughput_rps, rel=0.01)


def test_a_single_output_token_has_no_gaps(engine: Engine) -> None:
    prediction = predict(engine, lengths(output=1, kind="fixed"), ClosedLoop(4))
    assert finite(prediction)
    assert prediction.results.itl_ms.p99 == 0
    assert prediction.results.e2e_ms == prediction.results.ttft_ms


@pytest.mark.parametrize("load", [OpenLoop(5), ClosedLoop(8), StaticBatch(8)])
def test_the_same_seed_gives_the_same_figures_and_another_one_others(engine: Engine, load: Load) -> None:
    assert predict(engine, lengths(), load, 1) == predict(engine, lengths(), load, 1)
    assert predict(engine, lengths(), load, 1) != predict(engine, lengths(), load, 2)


@pytest.mark.parametrize("qps", [0.0, -1.0, float("nan"), float("inf"), 1e-12])
def test_a_rate_that_cannot_be_simulated_is_refused(engine: Engine, qps: float) -> None:
    with pytest.raises(InvalidInputError, match="qps"):
        predict(engine, lengths(), OpenLoop(qps))


def test_a_request_that_can_never_fit_is_refused(engine: Engine) -> None:
    tight = replace(engine, limits=engine.limits._replace(kv_cache_bytes=engine.limits.block_bytes))
    with pytest.raises(InvalidInputError, match="KV cache"):
        predict(tight, lengths(), ClosedLoop(1))


def test_places_are_limited_by_sequences_or_by_the_cache(engine: Engine) -> None:
    requests = draw_batch(lengths(kind="fixed"), 4)
    assert places(requests, engine.limits._replace(max_num_seqs=7)) == 7
    blocks = 34  # 512 tokens of prompt and half of the answer
    assert places(requests, engine.limits._replace(kv_cache_bytes=3 * blocks * engine.limits.block_bytes)) == 3


def test_a_batch_runs_whole(engine: Engine) -> None:
    requests = draw_batch(lengths(kind="fixed"), 8)
    assert mean_running(serve(requests, engine.tables, engine.limits)) == pytest.approx(8, rel=0.05)
