"""Surfaces of a plan's engines as measured open loops correct them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralnav.models.benchmark import Benchmark
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.vocabulary import Burstiness
from neuralnav.performance.surface import LOADS, Surfaces
from neuralnav.planning.candidates import CandidateTable
from neuralnav.planning.load_shape import LoadShape
from neuralnav.planning.measured_surfaces import METRICS, Evidence, MeasuredSurfaces
from neuralnav.planning.partial import read_specification
from neuralnav.planning.planner import Planner
from tests.neuralnav.planning.small import small
from tests.neuralnav.services.predicting import run

P95S = {"ttft_p95_ms": 150.0, "itl_p95_ms": 12.0, "e2e_p95_ms": 3_000.0}
SATURATION = 10.0
TTFT = np.geomspace(100, 1_000, LOADS.size)


def measured(**changes: Any) -> Benchmark:
    load = {"load": "open_loop", "arrival": "poisson", "request_rate_rps": 4.0, "concurrency": None, "requests": 500}
    lengths = {"length_kind": "lognormal", "prompt_tokens": 500, "output_tokens": 260}
    return run(**(load | lengths | P95S | changes))


@pytest.fixture(scope="module")
def few(seeds: ReferenceData) -> ReferenceData:
    return small(seeds)


@pytest.fixture(scope="module")
def table(few: ReferenceData) -> CandidateTable:
    return Planner(few)._table


@pytest.fixture(scope="module")
def shape(few: ReferenceData) -> LoadShape:
    need = {"intent": {"use_case": "chatbot_conversational", "expected_qps": 4}}
    return LoadShape.of(read_specification(need, few.use_cases))


@pytest.fixture(scope="module")
def simulated(table: CandidateTable) -> Surfaces:
    """The same surface for every candidate."""
    count = len(table.candidates)
    return Surfaces(
        saturation_qps=np.full(count, SATURATION),
        ttft_p95_ms=np.tile(TTFT, (count, 1)),
        itl_p95_ms=np.tile(TTFT / 10, (count, 1)),
        e2e_p95_ms=np.tile(TTFT * 20, (count, 1)),
        sequences=np.ones((count, LOADS.size)),
        simulated=np.ones(count, dtype=np.bool_),
    )


class Corrected:
    """What comes of the same surface for every candidate."""

    def __init__(
        self, table: CandidateTable, few: ReferenceData, simulated: Surfaces, shape: LoadShape, *runs: Benchmark
    ) -> None:
        rows = np.arange(len(table.candidates))
        self.surfaces, self.evidence = MeasuredSurfaces(table, runs, few).correct(rows, simulated, shape)

    @property
    def only(self) -> Evidence:
        """What all corrected ones share."""
        first, *others = self.evidence.values()
        assert all(other.runs == first.runs for other in others)
        return first

    def ttft_at(self, qps: float) -> float:
        """TTFT of the corrected ones at a rate."""
        position = next(iter(self.evidence))
        return float(np.interp(qps, LOADS * SATURATION, self.surfaces.ttft_p95_ms[position]))


@pytest.fixture
def corrected(table: CandidateTable, few: ReferenceData, simulated: Surfaces, shape: LoadShape) -> Any:
    return lambda *runs, shape=shape, simulated=simulated: Corrected(table, few, simulated, shape, *runs)


def simulated_at(qps: float) -> float:
    return float(np.interp(qps, LOADS * SATURATION, TTFT))


def test_only_the_measured_configuration_is_corrected(
    table: CandidateTable, simulated: Surfaces, corrected: Any
) -> None:
    found = corrected(measured())
    served = {(table.candidates[at].gpu.gpu_type, table.candidates[at].tensor_parallel) for at in found.evidence}
    assert served == {("H100", 1)}
    others = np.setdiff1d(np.arange(len(table.candidates)), list(found.evidence))
    for metric in METRICS:
        assert np.array_equal(getattr(found.surfaces, metric)[others], getattr(simulated, metric)[others])


def test_a_surface_is_what_was_measured_at_a_measured_rate_and_its_ratio_elsewhere(corrected: Any) -> None:
    found = corrected(measured(request_rate_rps=4.5))  # a load of the surface, so that nothing lies between
    assert found.ttft_at(4.5) == pytest.approx(150)
    ratio = 150 / simulated_at(4.5)
    assert found.only.ratios[:, 0] == pytest.approx([ratio, 12 * 10 / simulated_at(4.5), 150 / simulated_at(4.5)])
    assert found.ttft_at(0.8) == pytest.approx(ratio * simulated_at(0.8))
    assert found.ttft_at(9) == pytest.approx(ratio * simulated_at(9))


def test_between_measured_rates_ratios_are_interpolated(corrected: Any) -> None:
    found = corrected(measured(request_rate_rps=2.5), measured(request_rate_rps=6.4, ttft_p95_ms=900))
    low, high = 150 / simulated_at(2.5), 900 / simulated_at(6.4)
    share = (4.5 - 2.5) / (6.4 - 2.5)
    assert found.ttft_at(4.5) == pytest.approx((low + share * (high - low)) * simulated_at(4.5))


def test_runs_at_one_rate_are_averaged_and_configurations_may_have_different_numbers_of_rates(corrected: Any) -> None:
    two = [measured(), measured(ttft_p95_ms=250)]
    other = [measured(gpu_type="L40S", request_rate_rps=rate) for rate in (1, 2, 3)]
    evidence = corrected(*two, *other).evidence.values()
    assert {(tuple(one.rates_qps.tolist()), len(one.runs)) for one in evidence} == {((4,), 2), ((1, 2, 3), 3)}
    averaged = next(one for one in evidence if len(one.runs) == 2)
    assert averaged.ratios[0] == pytest.approx(200 / simulated_at(4))


def test_latencies_never_fall_as_the_load_grows(corrected: Any) -> None:
    found = corrected(measured(request_rate_rps=1, ttft_p95_ms=2_000), measured(request_rate_rps=8, ttft_p95_ms=200))
    assert (np.diff(found.surfaces.ttft_p95_ms, axis=1) >= 0).all()


def test_rates_beyond_the_surface_say_nothing_about_it(corrected: Any) -> None:
    assert corrected(measured(request_rate_rps=9.5)).evidence == {}
    assert corrected(measured(), measured(request_rate_rps=9.5)).only.rates_qps.tolist() == [4]


def test_engines_that_never_answer_are_left_alone(corrected: Any, simulated: Surfaces) -> None:
    assert corrected(measured(), simulated=Surfaces.unknown(simulated.saturation_qps.size)).evidence == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"ttft_p95_ms": None},
        {"arrival": "constant"},
        {"prefix_hit_ratio": 0.5},
        {"load": "closed_loop", "arrival": None, "request_rate_rps": None, "concurrency": 4},
        {"length_kind": "fixed"},
        {"length_kind": "uniform_0.8_1.0"},
        {"prompt_tokens": 550},
        {"requests": 99},
        {"requests": None},
        {"requests": 5_000, "errors": 500},
        {"suspect": "too fast"},
    ],
)
def test_runs_under_other_conditions_or_of_too_few_requests_correct_nothing(
    corrected: Any, changes: dict[str, Any]
) -> None:
    assert corrected(measured(**changes)).evidence == {}


def test_bursts_and_a_warm_prefix_cache_are_not_what_was_measured(corrected: Any, shape: LoadShape) -> None:
    for changes in ({"burstiness": Burstiness.BURSTY}, {"prefix_cache_hit_ratio": 0.5}):
        assert corrected(measured(), shape=shape.model_copy(update=changes)).evidence == {}


def test_releases_are_not_mixed_the_newest_counts(corrected: Any) -> None:
    old, new = measured(engine_version="0.9.2", ttft_p95_ms=400), measured(engine_version="0.19.0")
    assert corrected(old, new).only.runs == (new,)


def test_the_reference_names_everybody_who_measured(corrected: Any) -> None:
    runs = (measured(tool="guidellm", tool_version="0.5"), measured(source="somebody else", ttft_p95_ms=160))
    reference = corrected(*runs).only.reference
    assert reference.startswith("2 measured runs: ")
    assert "a laboratory, guidellm 0.5, vllm 0.19.0 (Apache-2.0)" in reference
    assert "somebody else, vllm 0.19.0 (Apache-2.0)" in reference


def test_rates_near_the_measured_ones_count_as_measured(corrected: Any) -> None:
    evidence = corrected(measured(request_rate_rps=4), measured(request_rate_rps=8)).only
    assert [evidence.covers(qps) for qps in (3.5, 3.6, 6, 8.8, 8.9)] == [False, True, True, True, False]
