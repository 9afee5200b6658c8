import numpy as np
import pytest

from neuralnav.calibration.bands import LEAST_POINTS
from neuralnav.calibration.comparison import Comparison, compare, errors_of, make_calibration
from neuralnav.calibration.serving_runs import Outcome, Replay, prepare
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.performance.calibration import Calibration, Metric, covered
from neuralnav.performance.efficiencies import shipped_efficiencies
from neuralnav.performance.results import LoadRegime
from tests.neuralnav.calibration.runs import LLAMA_8B, QWEN_4B, fixed, measured_as, run_of

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]


def comparison_of(replay: Replay, unseen: Outcome) -> Comparison:
    """Predictions of which only those without the run's model matter."""
    return Comparison(replay, unseen, unseen, unseen, (LoadRegime.LIGHT,) * len(replay.runs))


def outcome(count: int, ttft_s: float, itl_s: float, e2e_s: float) -> Outcome:
    return Outcome(*(np.full(count, value) for value in (ttft_s, itl_s, e2e_s)))


@pytest.fixture
def two(architectures: Architectures, gpus: Gpus) -> Replay:
    """A closed loop of answers of 101 tokens, and a static batch."""
    loop = run_of(architectures[LLAMA_8B], gpus["H100"], output=fixed(101), ttft_s=0.2, itl_s=0.02)
    batch = run_of(architectures[LLAMA_8B], gpus["H100"], load="static_batch", output=fixed(101), e2e_s=3.0)
    return prepare([loop, batch])[0]


def test_errors_are_measured_over_predicted(two: Replay) -> None:
    comparison = comparison_of(two, outcome(2, ttft_s=0.1, itl_s=0.025, e2e_s=1.5))

    def ratios(metric: Metric) -> list[float]:
        return errors_of(comparison, comparison.without_model, metric).ratios.tolist()

    assert ratios(Metric.TTFT) == pytest.approx([0.2 / 0.1])
    assert ratios(Metric.ITL) == pytest.approx([0.02 / 0.025])
    whole = (0.2 + 100 * 0.02) / (0.1 + 100 * 0.025)
    assert ratios(Metric.E2E) == pytest.approx([whole, 3.0 / 1.5])
    assert ratios(Metric.THROUGHPUT) == pytest.approx([1 / whole, 1.5 / 3.0])


def test_errors_keep_the_runs_that_were_measured_and_their_figures(two: Replay) -> None:
    comparison = comparison_of(two, outcome(2, 0.1, 0.02, 3.0))
    errors = errors_of(comparison, comparison.seen, Metric.ITL)
    assert [run.load for run in errors.runs] == ["closed_loop"]
    assert errors.measured.tolist() == [0.02]
    assert len(errors.regimes) == 1


@pytest.fixture
def calibration(architectures: Architectures, gpus: Gpus) -> Calibration:
    """Made of many runs whose ITL was predicted a tenth too low, or up to a fifth too high."""
    measured = np.linspace(0.8, 1.1, LEAST_POINTS)
    runs = [
        run_of(architectures[LLAMA_8B], gpus["H100"], output=fixed(101), ttft_s=0.2, itl_s=0.02 * one, weight=2)
        for one in measured
    ]
    replay, _ = prepare(runs)
    comparison = comparison_of(replay, outcome(len(runs), 0.2, 0.02, 2.2))
    return make_calibration(comparison, shipped_efficiencies(), {"marked suspect": 7})


def test_a_calibration_has_bands_of_every_metric_and_says_what_it_rests_on(calibration: Calibration) -> None:
    assert covered(calibration.bands) == set(Metric)
    assert calibration.version == shipped_efficiencies().version
    assert calibration.rows == 2 * LEAST_POINTS
    assert calibration.skipped == {"marked suspect": 7}
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


def test_the_band_of_a_rate_is_that_of_the_itl_squared_and_turned_over(calibration: Calibration) -> None:
    itl, rate = (calibration.band(metric, "Hopper") for metric in (Metric.ITL, Metric.MAX_QPS))
    assert 0.8 <= itl.low < 0.82
    assert 1.08 < itl.high <= 1.1
    assert rate.low == pytest.approx(itl.high**-2, rel=0.01)
    assert rate.high == pytest.approx(itl.low**-2, rel=0.01)
    assert rate.points == itl.points


def test_comparing_predicts_every_run_with_and_without_its_like(architectures: Architectures, gpus: Gpus) -> None:
    runs = [
        run_of(architectures[model], gpus[gpu], concurrency=clients, prompt=fixed(200), output=fixed(20))
        for model, gpu in ((LLAMA_8B, "H100"), (QWEN_4B, "H200"))
        for clients in (1, 256)
    ]
    efficiencies = shipped_efficiencies()
    comparison = compare(measured_as(efficiencies, runs), efficiencies)
    for metric in (Metric.TTFT, Metric.ITL, Metric.E2E, Metric.THROUGHPUT):
        assert errors_of(comparison, comparison.seen, metric).ratios == pytest.approx(np.ones(4), rel=1e-6)
    for unseen in (comparison.without_model, comparison.without_gpu):
        assert errors_of(comparison, unseen, Metric.ITL).ratios == pytest.approx(np.ones(4), rel=0.4)
    assert len(comparison.runs) == 4
    assert comparison.regimes == (LoadRegime.LIGHT, LoadRegime.NEAR_SATURATION) * 2
