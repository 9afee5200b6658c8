from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Burstiness, Precision
from neuralnav.performance.arrivals import ArrivalProcess, draw_requests
from neuralnav.performance.engine import EngineSettings, build_engine
from neuralnav.performance.prediction import OpenLoop, predict, saturation_qps
from neuralnav.performance.replica import ReplicaCurves, evaluate_replicas
from neuralnav.performance.results import Targets
from neuralnav.performance.surface import LOADS
from neuralnav.performance.work import Parallelism
from tests.neuralnav.performance.engines import LLAMA_8B, decoding, steps_s
from tests.neuralnav.performance.replicas import engine, requests, workload

ANYTHING = Targets(np.inf, np.inf, np.inf)


@pytest.fixture(scope="module")
def llama(architectures: dict[str, ModelArchitecture]) -> ModelArchitecture:
    return architectures[LLAMA_8B]


@pytest.fixture(scope="module")
def h100(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> ReplicaCurves:
    return evaluate_replicas(engine(llama, gpus["H100"]), workload())


def latencies(curves: ReplicaCurves, qps: float) -> tuple[float, float, float]:
    found = curves.at(np.array([qps]))
    return float(found.ttft_p95_ms[0]), float(found.itl_p95_ms[0]), float(found.e2e_p95_ms[0])


def test_an_8b_model_on_an_h100_answers_as_published_servers_do(h100: ReplicaCurves) -> None:
    ttft, itl, e2e = latencies(h100, 0.01)
    assert 20 < ttft < 80
    assert 6 < itl < 11
    assert e2e == pytest.approx(ttft + 511 * itl, rel=0.05)


def test_at_the_largest_rate_a_target_is_just_held(h100: ReplicaCurves) -> None:
    surfaces = h100.surfaces()
    most = surfaces.max_qps(Targets(150, 12, 7000))
    at_most, beyond = surfaces.at(most), surfaces.at(1.02 * most)
    p95s = [(at.ttft_p95_ms[0], at.itl_p95_ms[0], at.e2e_p95_ms[0]) for at in (at_most, beyond)]
    assert all(value <= limit * (1 + 1e-9) for value, limit in zip(p95s[0], (150, 12, 7000), strict=True))
    assert any(value > limit for value, limit in zip(p95s[1], (150, 12, 7000), strict=True))


def test_a_target_that_even_an_idle_replica_misses_gives_no_rate(h100: ReplicaCurves) -> None:
    assert h100.surfaces().max_qps(Targets(150, 1, 7000))[0] == 0


def test_the_surface_holds_the_curves_at_every_load_and_stays_above_them_between(h100: ReplicaCurves) -> None:
    surfaces, saturation = h100.surfaces(), h100.saturation_qps
    assert not surfaces.simulated.any()
    for load in LOADS:
        assert latencies(h100, load * saturation[0]) == pytest.approx(
            (
                surfaces.at(load * saturation).ttft_p95_ms[0],
                surfaces.at(load * saturation).itl_p95_ms[0],
                surfaces.at(load * saturation).e2e_p95_ms[0],
            )
        )
    for load in (LOADS[1:] + LOADS[:-1]) / 2:
        between = surfaces.at(load * saturation)
        exact = latencies(h100, load * saturation[0])
        assert between.ttft_p95_ms[0] >= 0.97 * exact[0]
        assert between.itl_p95_ms[0] >= 0.97 * exact[1]
        assert between.e2e_p95_ms[0] >= 0.97 * exact[2]


def test_beyond_saturation_latencies_are_infinite_and_marked(h100: ReplicaCurves) -> None:
    found = h100.at(2 * h100.saturation_qps)
    assert found.saturated[0]
    assert np.isinf([found.ttft_p95_ms[0], found.itl_p95_ms[0], found.e2e_p95_ms[0]]).all()
    assert found.utilisation[0] == 1


def test_an_engine_without_room_for_a_sequence_carries_nothing(
    llama: ModelArchitecture, gpus: dict[str, GpuProfile]
) -> None:
    curves = evaluate_replicas(engine(llama, gpus["H100"], kv_gib=0.0), workload())
    assert curves.surfaces().max_qps(ANYTHING)[0] == 0
    assert curves.at(np.array([0.1])).saturated[0]


def test_no_answer_is_ever_nan(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    for prompt, output in ((1, 1), (1, 100_000), (1_000_000, 1), (30_000, 4000)):
        curves = evaluate_replicas(engine(llama, gpus["T4"], batched=2048), workload(prompt, output))
        found = curves.at(np.array([0.001]))
        for values in (curves.qps, curves.ttft_p95_ms, curves.itl_p95_ms, curves.e2e_p95_ms, found.e2e_p95_ms):
            assert not np.isnan(values).any()


@pytest.mark.parametrize("qps", [1.0, 8.0, 20.0])
def test_the_load_in_flight_follows_littles_law(
    qps: float, h100: ReplicaCurves, llama: ModelArchitecture, gpus: dict[str, GpuProfile]
) -> None:
    """Requests in flight are those that come while one is answered: 255 steps, each between decoding alone and p95."""
    others = float(h100.at(np.array([qps])).sequences[0])
    context = workload().context_tokens
    decode_s = steps_s(engine(llama, gpus["H100"]).curves, [decoding(others + 1, context)])[0, 0]
    assert qps * 255 * decode_s <= others <= qps * 255 * latencies(h100, qps)[1] / 1e3
    assert others == pytest.approx(qps * 255 * decode_s, rel=0.03 + 0.02 * qps)


def test_cached_prefixes_bring_the_first_token_sooner(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    one = engine(llama, gpus["L40S"])
    cold, warm = (
        latencies(evaluate_replicas(one, workload(4096, prefix_hit_ratio=ratio)), 0.5) for ratio in (0.0, 0.8)
    )
    assert warm[0] < 0.6 * cold[0]
    assert warm[2] < cold[2]


def test_bursts_cost_latency_and_capacity(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    one = engine(llama, gpus["H100"])
    steady, bursty = (evaluate_replicas(one, workload(burstiness=kind)) for kind in Burstiness)
    assert latencies(bursty, 15)[0] > latencies(steady, 15)[0]
    carried = [curves.surfaces().max_qps(Targets(80, 12, 7000))[0] for curves in (steady, bursty)]
    assert carried[1] < carried[0]


def test_a_small_kv_cache_limits_the_rate(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    small, large = (
        evaluate_replicas(engine(llama, gpus["H100"], kv_gib=size), workload()).saturation_qps[0] for size in (2, 40)
    )
    assert small < 0.5 * large


def test_a_prompt_longer_than_a_step_is_read_in_chunks(llama: ModelArchitecture, gpus: dict[str, GpuProfile]) -> None:
    whole = evaluate_replicas(engine(llama, gpus["H100"], batched=32_768), workload(20_000))
    chunked = evaluate_replicas(engine(llama, gpus["H100"], batched=2048), workload(20_000))
    assert latencies(chunked, 0.1)[0] > latencies(whole, 0.1)[0]


@pytest.mark.parametrize(("prompt", "output"), [(512, 256), (4096, 512)])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_formulas_stay_near_the_simulation(
    prompt: int, output: int, share: float, llama: ModelArchitecture, gpus: dict[str, GpuProfile]
) -> None:
    started = EngineSettings(max_model_len=32_768)
    built = build_engine(llama, Precision.BF16, None, gpus["H100"], Parallelism(), started)
    shape = requests(prompt, output, window=32_768)
    most = saturation_qps(built, draw_requests(shape, ArrivalProcess.POISSON, 4000))
    simulated = predict(built, shape, OpenLoop(share * most)).results

    own = engine(llama, gpus["H100"], kv_gib=built.memory.kv_cache_gib)
    curves = evaluate_replicas(own, workload(prompt, output))
    ttft, itl, e2e = latencies(curves, share * most)
    assert curves.saturation_qps[0] == pytest.approx(most, rel=0.15)
    assert ttft == pytest.approx(simulated.ttft_ms.p95, rel=0.25)
    assert itl == pytest.approx(simulated.itl_ms.p95, rel=0.15)
    assert e2e == pytest.approx(simulated.e2e_ms.p95, rel=0.1)


def test_clients_add_to_the_first_token_what_the_calibration_says(
    llama: ModelArchitecture, gpus: dict[str, GpuProfile]
) -> None:
    one = engine(llama, gpus["H100"])
    costlier = replace(one, curves=replace(one.curves, client_s=one.curves.client_s + 0.1))
    near, far = (latencies(evaluate_replicas(each, workload()), 1.0) for each in (one, costlier))
    assert far[0] == pytest.approx(near[0] + 100)
    assert far[1] == near[1]


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.floats(1, 20_000),
    output=st.floats(1, 4000),
    rates=st.tuples(st.floats(0.001, 60), st.floats(0.001, 60)),
    burstiness=st.sampled_from(Burstiness),
)
def test_latencies_never_fall_when_the_rate_rises(
    prompt: float,
    output: float,
    rates: tuple[float, float],
    burstiness: Burstiness,
    llama: ModelArchitecture,
    gpus: dict[str, GpuProfile],
) -> None:
    shape = workload(prompt, output, burstiness=burstiness)
    curves = evaluate_replicas(engine(llama, gpus["H100"]), shape)
    slow, fast = sorted(rates)
    for low, high in zip(latencies(curves, slow), latencies(curves, fast), strict=True):
        assert low <= high


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.floats(1, 20_000),
    output=st.floats(1, 4000),
    qps=st.floats(0.001, 40),
    faster=st.floats(1.01, 3),
    field=st.sampled_from(["memory_bandwidth_gb_s", "fp16_tflops", "interconnect_gb_s"]),
)
def test_better_hardware_is_never_slower(
    prompt: float,
    output: float,
    qps: float,
    faster: float,
    field: str,
    llama: ModelArchitecture,
    gpus: dict[str, GpuProfile],
) -> None:
    gpu = gpus["H100"]
    better = gpu.model_copy(update={field: getattr(gpu, field) * faster})
    shape = workload(prompt, output)
    old, new = (evaluate_replicas(engine(llama, one, degree=2), shape) for one in (gpu, better))
    for before, after in zip(latencies(old, qps), latencies(new, qps), strict=True):
        assert after <= before * (1 + 1e-9)
    targets = Targets(300, 20, 20_000)
    assert new.surfaces().max_qps(targets)[0] >= old.surfaces().max_qps(targets)[0] * 0.97


@settings(max_examples=40, deadline=None)
@given(first=st.floats(20, 2000), second=st.floats(20, 2000))
def test_looser_targets_never_carry_less(h100: ReplicaCurves, first: float, second: float) -> None:
    tight, loose = sorted((first, second))
    surfaces = h100.surfaces()
    for build in (
        lambda t: Targets(t, 1e9, 1e9),
        lambda t: Targets(1e9, t / 10, 1e9),
        lambda t: Targets(1e9, 1e9, 20 * t),
    ):
        assert surfaces.max_qps(build(tight))[0] <= surfaces.max_qps(build(loose))[0]
