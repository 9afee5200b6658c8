import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.models.specification import LengthDistribution
from neuralnav.performance.lengths import lengths_at, mixture_moments, moments


def lengths(mean: float, **given: object) -> LengthDistribution:
    return LengthDistribution.model_validate({"mean": mean, **given})


def test_a_bare_mean_is_lognormal_with_its_p95_at_twice_the_mean() -> None:
    found = moments(lengths(512))
    assert found.p95 == 1024
    sample = np.random.default_rng(1).lognormal(math.log(512) - 0.4956**2 / 2, 0.4956, 400_000)
    assert np.quantile(sample, 0.95) == pytest.approx(1024, rel=0.01)
    assert found.second_moment == pytest.approx(float(np.mean(sample**2)), rel=0.01)


def test_fixed_lengths_do_not_vary() -> None:
    found = moments(lengths(300, kind="fixed"))
    assert (found.p95, found.squared_variation) == (300, 0)


def test_uniform_lengths_lie_between_eight_tenths_and_all_of_the_nominal() -> None:
    found = moments(lengths(900, kind="uniform_0.8_1.0"))
    assert found.p95 == pytest.approx(990)
    assert found.squared_variation == pytest.approx(200**2 / 12 / 900**2)


def test_a_tail_beyond_any_lognormal_takes_the_widest_one() -> None:
    assert moments(lengths(100, p95=10_000)).squared_variation == pytest.approx(math.exp(1.645**2) - 1, rel=0.01)


def test_a_mixture_of_equals_is_the_part_itself() -> None:
    part = lengths(400)
    mixed = mixture_moments([(0.3, part), (0.7, part)])
    assert mixed.mean == pytest.approx(400)
    assert mixed.p95 == pytest.approx(800, rel=1e-3)


def test_a_mixtures_p95_is_between_those_of_its_parts() -> None:
    mixed = mixture_moments([(0.9, lengths(100)), (0.1, lengths(4000, kind="fixed"))])
    assert mixed.mean == pytest.approx(490)
    assert mixed.p95 == pytest.approx(4000, rel=1e-2)


EVERY_QUANTILE = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("kind", ["fixed", "uniform_0.8_1.0", "lognormal"])
def test_a_sample_has_the_mean_and_the_tail_of_its_distribution(kind: str) -> None:
    distribution = lengths(500, kind=kind)
    sample = lengths_at(distribution, EVERY_QUANTILE, 1_000_000)
    assert sample.dtype == np.int64
    assert sample.mean() == pytest.approx(500, rel=0.002)
    assert np.quantile(sample, 0.95) == pytest.approx(moments(distribution).p95, rel=0.005)


def test_uniform_lengths_are_all_whole_numbers_of_their_range_equally_often() -> None:
    values, counts = np.unique(
        lengths_at(lengths(90, kind="uniform_0.8_1.0"), EVERY_QUANTILE, 1000), return_counts=True
    )
    assert values.tolist() == list(range(80, 101))
    assert np.ptp(counts) <= 1


@given(
    kind=st.sampled_from(["fixed", "uniform_0.8_1.0", "lognormal"]),
    mean=st.floats(1, 10_000_000),
    tail=st.floats(1, 2),
    longest=st.integers(1, 100_000),
    quantiles=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_lengths_are_from_one_to_the_longest_and_rise_with_the_quantile(
    kind: str, mean: float, tail: float, longest: int, quantiles: list[float]
) -> None:
    sample = lengths_at(lengths(mean, kind=kind, p95=tail * mean), np.sort(quantiles), longest)
    assert sample.min() >= 1
    assert sample.max() <= longest
    assert (np.diff(sample) >= 0).all()
