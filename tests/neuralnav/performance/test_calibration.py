import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import UnavailableError
from neuralnav.models.catalog import GpuProfile
from neuralnav.models.vocabulary import Source
from neuralnav.performance.calibration import Band, Calibration, Metric, covered, find_band, read_calibration
from neuralnav.performance.efficiencies import Era, shipped_efficiencies
from neuralnav.performance.results import LoadRegime
from neuralnav.resources import resource_dir

MEASURED = ("Hopper", "Blackwell", "Blackwell Ultra")
GENERATIONS = (*MEASURED, "Ampere", "Ada", "Turing", "CDNA3", "a generation to come")


@pytest.fixture(scope="module")
def shipped() -> Calibration:
    return read_calibration()


def band(
    era: Era = "current", generation: str | None = None, regime: LoadRegime | None = None, metric: Metric = Metric.ITL
) -> Band:
    return Band(
        metric=metric,
        era=era,
        generation=generation,
        regime=regime,
        low=0.8,
        high=1.25,
        points=30,
        median=1.0,
        median_error=0.1,
    )


def test_every_metric_has_bands_from_many_runs(shipped: Calibration) -> None:
    assert covered(shipped.bands) == set(Metric)
    assert shipped.rows > 1500
    assert all(one.low <= 1 <= one.high for one in shipped.bands)


def test_the_bands_belong_to_the_efficiencies_that_ship(shipped: Calibration) -> None:
    assert shipped.version == shipped_efficiencies().version


def test_every_gpu_and_regime_has_a_band_in_every_metric(shipped: Calibration, gpus: dict[str, GpuProfile]) -> None:
    for gpu in gpus.values():
        for metric in Metric:
            for regime in (None, *LoadRegime):
                found = shipped.band(metric, gpu.generation, regime)
                assert (found.metric, found.era) == (metric, "current")
                assert found.generation in (gpu.generation, None)


def test_gpus_whose_servers_were_not_measured_have_wider_bands(shipped: Calibration) -> None:
    for metric in (Metric.ITL, Metric.E2E):
        unmeasured = shipped.band(metric, "Ampere")
        for generation in MEASURED:
            measured = shipped.band(metric, generation)
            assert unmeasured.high / unmeasured.low > measured.high / measured.low


def test_first_tokens_are_less_certain_than_those_that_follow(shipped: Calibration) -> None:
    for generation in ("Hopper", "Blackwell"):
        first, later = (shipped.band(metric, generation) for metric in (Metric.TTFT, Metric.ITL))
        assert first.median_error > later.median_error


def test_old_engines_have_bands_of_their_own(shipped: Calibration) -> None:
    assert shipped.band(Metric.E2E, "CDNA3", engine_version="2024").generation == "CDNA3"
    assert shipped.band(Metric.E2E, "CDNA3").generation is None


@given(
    metric=st.sampled_from(Metric),
    value=st.floats(1e-3, 1e7),
    generation=st.sampled_from([None, *GENERATIONS]),
    regime=st.sampled_from([None, *LoadRegime]),
)
def test_an_estimate_lies_in_its_band_and_says_what_it_is(
    metric: Metric, value: float, generation: str | None, regime: LoadRegime | None, shipped: Calibration
) -> None:
    estimate = shipped.estimate(metric, value, generation, regime)
    assert 0 < estimate.low <= estimate.value <= estimate.high
    assert estimate.value == value
    assert estimate.source is Source.SIMULATED
    assert shipped.version in estimate.reference


def test_the_narrowest_class_with_a_band_is_taken() -> None:
    light = LoadRegime.LIGHT
    bands = [
        band(generation="Hopper", regime=light),
        band(generation="Hopper"),
        band(regime=light),
        band(),
        band(era="2024"),
        band(metric=Metric.TTFT),
    ]

    def found(generation: str | None, regime: LoadRegime | None, era: Era = "current") -> Band:
        return find_band(bands, Metric.ITL, era, generation, regime)

    assert found("Hopper", light) is bands[0]
    assert found("Hopper", LoadRegime.MEDIUM) is bands[1]
    assert found("Hopper", None) is bands[1]
    assert found("Ada", light) is bands[2]
    assert found("Ada", LoadRegime.MEDIUM) is bands[3]
    assert found(None, light) is bands[2]
    assert found("Hopper", light, "2024") is bands[4]


def test_a_metric_without_a_band_of_the_era_takes_another_eras() -> None:
    bands = [band(metric=Metric.TTFT), band(era="2024")]
    assert find_band(bands, Metric.TTFT, "2024", "CDNA3", LoadRegime.LIGHT) is bands[0]


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """The shipped file with one thing changed."""

    def change(breaking: Callable[[dict[str, Any]], object]) -> Path:
        document = json.loads((resource_dir("data") / "calibration.json").read_text(encoding="utf-8"))
        breaking(document)
        path = tmp_path / "calibration.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (lambda d: d["bands"][0].update(low=1.1), r"bands\.0\.low\s.*less than or equal to 1.*1\.1"),
        (lambda d: d["bands"][0].update(high=0.9), r"bands\.0\.high\s.*greater than or equal to 1.*0\.9"),
        (lambda d: d["bands"][0].update(regime="idle"), r"bands\.0\.regime\s.*idle"),
        (lambda d: d["bands"][0].update(points=0), r"bands\.0\.points\s"),
        (lambda d: d.update(rowz=1), r"rowz\s.*not permitted"),
        (lambda d: d.update(bands=[b for b in d["bands"] if b["metric"] != "itl"]), r"no band for itl"),
    ],
)
def test_a_broken_calibration_names_the_file_and_the_field(
    breaking: Callable[[dict[str, Any]], object],
    words: str,
    broken: Callable[[Callable[[dict[str, Any]], object]], Path],
) -> None:
    with pytest.raises(UnavailableError, match=rf"(?s)calibration.*{words}"):
        read_calibration(broken(breaking))


@pytest.mark.parametrize("text", ["", "[]", '{"version": "x"}'])
def test_a_file_that_holds_something_else_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(UnavailableError, match=r"calibration\.json"):
        read_calibration(path)


@pytest.mark.parametrize("metric", [Metric.ITL, Metric.TTFT])
def test_where_an_era_has_no_band_of_its_own_that_of_its_e2e_holds(metric: Metric) -> None:
    calibration = read_calibration()
    wanted = calibration.band(Metric.E2E, "CDNA3", None, "2024")
    assert calibration.band(metric, "CDNA3", None, "2024") == wanted
    assert wanted.era == "2024"
