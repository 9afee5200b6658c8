from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.calibration.bands import (
    LEAST_POINTS,
    UNSEEN_WIDENING,
    Errors,
    coverage,
    make_bands,
    model_weights,
    quantile,
    unseen_coverage,
)
from neuralnav.calibration.serving_runs import Run
from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.performance.calibration import Band, Metric
from neuralnav.performance.results import LoadRegime
from tests.neuralnav.calibration.runs import LLAMA_8B, run_of

MANY = LEAST_POINTS + 5


@pytest.fixture(scope="module")
def run(architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> Run:
    return run_of(architectures[LLAMA_8B], gpus["H100"])


def errors_of(runs: Sequence[Run], ratios: Sequence[float], regime: LoadRegime = LoadRegime.LIGHT) -> Errors:
    own = np.asarray(ratios, dtype=np.float64)
    return Errors(Metric.ITL, tuple(runs), (regime,) * len(runs), own, 0.02 * own)


def joined(*parts: Errors) -> Errors:
    return Errors(
        Metric.ITL,
        tuple(run for part in parts for run in part.runs),
        tuple(regime for part in parts for regime in part.regimes),
        np.concatenate([part.ratios for part in parts]),
        np.concatenate([part.measured for part in parts]),
    )


def classes(bands: Sequence[Band]) -> set[tuple[str, str | None, LoadRegime | None]]:
    return {(band.era, band.generation, band.regime) for band in bands}


def test_quantiles_are_those_of_the_sample_with_its_extremes_once_more() -> None:
    values, even = np.array([3.0, 1.0, 2.0]), np.ones(3)
    assert [quantile(values, even, share) for share in (0.1, 0.3, 0.5, 0.7, 0.9)] == [1, 1, 2, 3, 3]
    assert quantile(values, even, 0.4) == pytest.approx(1.5)


def test_a_heavy_value_draws_the_quantile_towards_it() -> None:
    values, heavy = np.array([1.0, 2.0]), np.array([1.5, 0.5])
    # Masses 1, 1.5, 0.5, 1 at 1, 1, 2, 2: their middles lie at 0.125, 0.4375, 0.6875 and 0.875.
    assert quantile(values, heavy, 0.5) == pytest.approx(1 + (0.5 - 0.4375) / (0.6875 - 0.4375))
    assert quantile(values, np.ones(2), 0.5) == 1.5


@given(
    values=st.lists(st.floats(-5, 5), min_size=1, max_size=40),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 99),
)
def test_quantiles_rise_with_their_share_within_the_sample(
    values: list[float], shares: tuple[float, float], seed: int
) -> None:
    weights = np.random.default_rng(seed).uniform(0.1, 3, len(values))
    low, high = (quantile(np.array(values), weights, share) for share in sorted(shares))
    assert min(values) <= low <= high <= max(values)


def test_a_model_counts_as_the_square_root_of_its_runs(run: Run) -> None:
    other = replace(run, model="another/model")
    weights = model_weights([run, run, run, other])
    assert weights[:3].sum() == pytest.approx(3**0.5 * weights[3])
    assert weights.mean() == pytest.approx(1)
    assert model_weights([]).size == 0


def test_nine_of_ten_new_runs_lie_in_a_band(run: Run) -> None:
    generator = np.random.default_rng(1)
    inside = []
    for _ in range(40):
        seen, new = (errors_of([run] * 120, generator.lognormal(0.05, 0.25, 120)) for _ in range(2))
        inside.append(coverage(new, make_bands(seen, seen)).mean())
    assert np.mean(inside) == pytest.approx(0.905, abs=0.02)


def test_the_widest_of_twenty_runs_set_the_band(run: Run) -> None:
    ratios = np.linspace(0.5, 2.0, LEAST_POINTS)
    (light, _) = (band for band in make_bands(errors_of([run] * LEAST_POINTS, ratios), errors_of([], [])))
    assert light.low == pytest.approx(np.exp(quantile(np.log(ratios), np.ones(LEAST_POINTS), 0.05)), rel=0.01)
    assert 0.5 <= light.low < 0.6
    assert 1.8 < light.high <= 2.0


def test_a_band_always_holds_the_prediction_itself(run: Run) -> None:
    (band, *_) = make_bands(errors_of([run] * MANY, [1.5 + 0.01 * i for i in range(MANY)]), errors_of([], []))
    assert band.low == 1.0
    assert band.high > 1.5
    assert band.median == pytest.approx(1.62, abs=0.01)
    assert band.median_error == pytest.approx(1 - 1 / 1.62, abs=0.01)


def test_points_count_every_published_run(run: Run) -> None:
    (band, *_) = make_bands(errors_of([replace(run, weight=3)] * MANY, [1.1] * MANY), errors_of([], []))
    assert band.points == 3 * MANY


def test_generations_and_regimes_with_enough_runs_have_bands(run: Run, gpus: dict[str, GpuProfile]) -> None:
    ratios = list(np.linspace(0.8, 1.2, MANY))
    hopper = joined(
        errors_of([run] * MANY, ratios),
        errors_of([run] * 3, ratios[:3], LoadRegime.MEDIUM),
    )
    few = errors_of([replace(run, gpu=gpus["B200"])] * (LEAST_POINTS - 1), ratios[: LEAST_POINTS - 1])
    bands = make_bands(joined(hopper, few), hopper)
    assert classes(bands) == {
        ("current", "Hopper", LoadRegime.LIGHT),
        ("current", "Hopper", None),
        ("current", None, LoadRegime.LIGHT),
        ("current", None, None),
    }


def test_eras_have_bands_of_their_own(run: Run) -> None:
    now = errors_of([run] * MANY, np.linspace(0.9, 1.1, MANY))
    then = errors_of([replace(run, engine_version="2024")] * MANY, np.linspace(0.5, 2, MANY))
    bands = {
        (band.era, band.generation, band.regime): band for band in make_bands(joined(now, then), joined(now, then))
    }
    assert bands["2024", "Hopper", None].high > bands["current", "Hopper", None].high
    assert len(bands) == 8


def test_generations_without_measured_servers_get_the_errors_of_unseen_gpus_widened(run: Run) -> None:
    own = errors_of([run] * MANY, [1.0] * MANY)
    unseen = errors_of([run] * MANY, np.linspace(0.7, 1.5, MANY))
    bands = {(band.generation, band.regime): band for band in make_bands(own, unseen)}
    seen_gpu, any_gpu = (
        next(b for b in make_bands(errors, errors_of([], [])) if b.regime is None) for errors in (own, unseen)
    )
    assert bands["Hopper", None] == seen_gpu
    assert bands[None, None].high == pytest.approx(any_gpu.high**UNSEEN_WIDENING, rel=0.01)
    assert bands[None, None].low == pytest.approx(any_gpu.low**UNSEEN_WIDENING, rel=0.01)


def test_no_errors_make_no_bands() -> None:
    assert make_bands(errors_of([], []), errors_of([], [])) == []


def test_a_model_that_errs_alike_everywhere_is_outside_the_bands_of_the_others(run: Run) -> None:
    good = errors_of([replace(run, model=f"a/model-{i % 4}") for i in range(80)], np.linspace(0.95, 1.05, 80))
    bad = errors_of([replace(run, model="a/bad-one")] * 20, [2.0] * 20)
    everything = joined(good, bad)
    within = unseen_coverage(everything, everything)
    assert not within[80:].any()
    assert within[:80].mean() > 0.9
    assert coverage(everything, make_bands(everything, everything))[80:].any()


def test_errors_are_chosen_together(run: Run) -> None:
    errors = joined(errors_of([run], [1.0]), errors_of([replace(run, model="b/b")], [2.0], LoadRegime.MEDIUM))
    chosen = errors.where([False, True])
    assert (chosen.runs[0].model, chosen.regimes) == ("b/b", (LoadRegime.MEDIUM,))
    assert (chosen.ratios.tolist(), chosen.measured.tolist()) == ([2.0], [0.04])
