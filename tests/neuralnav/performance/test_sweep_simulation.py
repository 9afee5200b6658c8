"""Simulated surfaces: the same whatever the parts, near single simulations, better where the hardware is."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from neuralnav.errors import InvalidInputError
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.arrivals import ArrivalProcess, RequestShape, draw_requests
from neuralnav.performance.capacity import LoadedReplica
from neuralnav.performance.engine import EngineSettings, build_engine
from neuralnav.performance.prediction import loaded
from neuralnav.performance.replica import Engines
from neuralnav.performance.results import Targets
from neuralnav.performance.surface import LOADS, REQUESTS, Surfaces
from neuralnav.performance.sweep import Sweep
from neuralnav.performance.sweep_simulation import SATURATION_REQUESTS, simulate
from neuralnav.performance.work import Parallelism
from tests.neuralnav.performance.engines import GPT_OSS, LLAMA_8B, LLAMA_70B
from tests.neuralnav.performance.replicas import engine, requests, together

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]

KINDS = [(LLAMA_8B, "L4", Precision.BF16, 1), (LLAMA_8B, "H100", Precision.FP8, 1), (GPT_OSS, "H100", Precision.FP4, 1)]
LARGE = [(LLAMA_70B, "A100-80GB", Precision.BF16, 4)]


def sweep(
    engines: Engines, shape: RequestShape | None = None, process: ArrivalProcess = ArrivalProcess.POISSON
) -> Sweep:
    return Sweep(engines, shape or requests(), process)


def same(one: Surfaces, other: Surfaces) -> bool:
    return all(getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes() for field in fields(Surfaces))


@pytest.fixture(scope="module")
def several(architectures: Architectures, gpus: Gpus) -> Engines:
    return together(
        engine(architectures[LLAMA_8B], gpus["L4"], kv_gib=4.0, batched=2048),
        engine(architectures[LLAMA_8B], gpus["H100"]),
        engine(architectures[GPT_OSS], gpus["H100"], Precision.FP4),
        engine(architectures[LLAMA_70B], gpus["A100-80GB"], degree=4, kv_gib=30.0, batched=2048),
    )


@pytest.fixture(scope="module")
def surfaces(several: Engines) -> Surfaces:
    return simulate(sweep(several))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_sweep_in_parts_gives_the_same_bytes_as_whole(size: int, several: Engines, surfaces: Surfaces) -> None:
    found = [simulate(part) for part in sweep(several).parts(size)]
    joined = Surfaces(
        **{field.name: np.concatenate([getattr(one, field.name) for one in found]) for field in fields(Surfaces)}
    )
    assert same(joined, surfaces)


def test_parts_hold_every_engine_once_and_in_order(several: Engines) -> None:
    parts = sweep(several).parts(3)
    assert [len(part) for part in parts] == [3, 1]
    assert np.concatenate([part.engines.kv_cache_bytes for part in parts]).tolist() == several.kv_cache_bytes.tolist()


def test_a_sweep_that_went_to_another_process_gives_the_same_bytes(several: Engines, surfaces: Surfaces) -> None:
    assert same(simulate(pickle.loads(pickle.dumps(sweep(several)))), surfaces)


def test_surfaces_rise_with_the_load_and_are_marked_as_simulated(surfaces: Surfaces) -> None:
    assert surfaces.simulated.all()
    assert (surfaces.saturation_qps > 0).all()
    for name in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms", "sequences"):
        curves = getattr(surfaces, name)
        assert curves.shape == (4, LOADS.size)
        assert np.isfinite(curves).all()
        assert (curves > 0).all()
        assert (np.diff(curves) >= 0).all()


@pytest.mark.parametrize(("model", "gpu", "precision", "degree"), [*KINDS, *LARGE])
@pytest.mark.parametrize("process", [ArrivalProcess.POISSON, ArrivalProcess.BURSTY])
def test_a_surface_agrees_with_single_simulations(
    model: str,
    gpu: str,
    precision: Precision,
    degree: int,
    process: ArrivalProcess,
    architectures: Architectures,
    gpus: Gpus,
) -> None:
    """At its loads exactly, but for curves that may not fall; at the largest rate for targets these are just held."""
    replica, surface = _both(architectures[model], gpus[gpu], precision, degree, process)
    saturation = replica.saturation_qps
    assert surface.saturation_qps[0] == pytest.approx(saturation, rel=0.002)
    for column in (0, 5, 9):
        drawn = draw_requests(requests(), process, REQUESTS[column])
        alone = replace(replica, requests=drawn).at(LOADS[column] * surface.saturation_qps[0])
        assert surface.ttft_p95_ms[0, column] == pytest.approx(alone.ttft_ms.p95, rel=0.02)
        assert surface.itl_p95_ms[0, column] == pytest.approx(alone.itl_ms.p95, rel=0.02)
        assert surface.e2e_p95_ms[0, column] == pytest.approx(alone.e2e_ms.p95, rel=0.02)
    between = np.array([0.6 * saturation])
    assert surface.at(between).e2e_p95_ms[0] == pytest.approx(replica.at(between[0]).e2e_ms.p95, rel=0.05)
    longer = replace(replica, requests=draw_requests(requests(), process, 20_000, seed=1))
    for targets in _targets(surface):
        there = longer.at(surface.max_qps(targets)[0])
        used = max(
            there.ttft_ms.p95 / targets.ttft_ms, there.itl_ms.p95 / targets.itl_ms, there.e2e_ms.p95 / targets.e2e_ms
        )
        assert used == pytest.approx(1, abs=0.06)


def _both(
    architecture: ModelArchitecture, gpu: GpuProfile, precision: Precision, degree: int, process: ArrivalProcess
) -> tuple[LoadedReplica, Surfaces]:
    """The same engine as a prediction simulates it and as a sweep does."""
    formats = {Precision.FP8: "fp8", Precision.FP4: "mxfp4"}
    settings = EngineSettings(max_model_len=8192)
    built = build_engine(architecture, precision, formats.get(precision), gpu, Parallelism(degree), settings)
    limits = built.limits
    row = engine(
        architecture,
        gpu,
        precision,
        degree,
        kv_gib=built.memory.kv_cache_gib,
        batched=limits.max_num_batched_tokens,
    )
    own = replace(row, max_num_seqs=np.array([float(limits.max_num_seqs)]))
    drawn = draw_requests(requests(), process, SATURATION_REQUESTS)
    return loaded(built, drawn), simulate(sweep(own, process=process))


def _targets(surface: Surfaces) -> list[Targets]:
    """Where a latency leaves its idle value: neither met everywhere nor nowhere."""
    middle = [float(curve[0, 6]) for curve in (surface.itl_p95_ms, surface.e2e_p95_ms)]
    return [Targets(np.inf, middle[0], np.inf), Targets(np.inf, np.inf, middle[1]), Targets(1e9, *middle)]


@pytest.mark.parametrize("field", ["memory_bandwidth_gb_s", "fp16_tflops", "interconnect_gb_s"])
@pytest.mark.parametrize("shape", [(512, 256), (4096, 128)])
def test_better_hardware_is_never_worse_but_for_noise(
    field: str, shape: tuple[int, int], architectures: Architectures, gpus: Gpus
) -> None:
    """A p95 of 2,000 requests has up to 5 % of noise; both answer the same requests, which leaves little of it."""
    gpu = gpus["H100"]
    better = gpu.model_copy(update={field: 1.5 * getattr(gpu, field)})
    kinds = [engine(architectures[LLAMA_70B], one, degree=4, kv_gib=20.0) for one in (gpu, better)]
    found = simulate(sweep(together(*kinds), requests(*shape)))
    old, new = found.take(np.array([0])), found.take(np.array([1]))
    assert new.saturation_qps[0] >= 0.99 * old.saturation_qps[0]
    for load in LOADS[:10]:
        before, after = (one.at(load * old.saturation_qps) for one in (old, new))
        for name in ("ttft_p95_ms", "itl_p95_ms", "e2e_p95_ms"):
            assert getattr(after, name)[0] <= 1.05 * getattr(before, name)[0]
    targets = Targets(3 * old.ttft_p95_ms[0, 0], 2 * old.itl_p95_ms[0, 0], 2 * old.e2e_p95_ms[0, 0])
    assert new.max_qps(targets)[0] >= 0.97 * old.max_qps(targets)[0]


def test_a_larger_cache_and_more_cached_prefixes_carry_more(architectures: Architectures, gpus: Gpus) -> None:
    small, large = (engine(architectures[LLAMA_8B], gpus["H100"], kv_gib=size) for size in (2.0, 40.0))
    by_cache = simulate(sweep(together(small, large))).saturation_qps
    assert by_cache[1] > 1.5 * by_cache[0]
    warm = simulate(sweep(large, requests(4096, 64, hits=0.8)))
    cold = simulate(sweep(large, requests(4096, 64)))
    assert warm.saturation_qps[0] > 1.5 * cold.saturation_qps[0]
    assert warm.ttft_p95_ms[0, 0] < cold.ttft_p95_ms[0, 0]


def test_answers_of_one_token_have_no_time_between_tokens(architectures: Architectures, gpus: Gpus) -> None:
    shape = requests(300, 1)
    (part,) = shape.parts
    fixed = part.output_tokens.model_copy(update={"kind": "fixed", "p95": 1.0})
    single = replace(shape, parts=(part.model_copy(update={"output_tokens": fixed}),))
    found = simulate(sweep(engine(architectures[LLAMA_8B], gpus["H100"]), single))
    assert not found.itl_p95_ms.any()
    assert found.max_qps(Targets(1000, 1, 1000))[0] > 0


def test_a_request_that_an_engine_can_never_hold_is_refused(architectures: Architectures, gpus: Gpus) -> None:
    tiny = engine(architectures[LLAMA_8B], gpus["H100"], kv_gib=0.05)
    with pytest.raises(InvalidInputError, match="KV cache"):
        simulate(sweep(tiny))


def test_no_engines_give_no_surfaces(several: Engines) -> None:
    none = simulate(sweep(several.take(np.empty(0, dtype=np.intp))))
    assert none.ttft_p95_ms.shape == (0, LOADS.size)
    assert none.simulated.size == 0
