from pathlib import Path

import pytest

from neuralnav.errors import UnavailableError
from neuralnav.models.vocabulary import Source
from neuralnav.performance.calibration import Metric, read_calibration


def test_the_shipped_calibration_covers_every_metric_with_a_wide_band() -> None:
    calibration = read_calibration()
    assert set(calibration.bands) == set(Metric)
    assert calibration.rows > 500
    assert all(band.low < 1 < band.high for band in calibration.bands.values())
    assert calibration.bands[Metric.TTFT].high > 1.5


def test_an_estimate_says_what_it_is() -> None:
    calibration = read_calibration()
    estimate = calibration.estimate(Metric.ITL, 10.0)
    assert estimate.low < 10 < estimate.high
    assert estimate.source is Source.SIMULATED
    assert calibration.version in estimate.reference


@pytest.mark.parametrize("text", ["", "[]", '{"version": "x"}'])
def test_a_broken_calibration_names_the_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(UnavailableError, match=r"calibration\.json"):
        read_calibration(path)
