"""Figures are written plainly, whatever their size."""

from __future__ import annotations

import pytest

from neuralnav.models.figures import duration, figure, money


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0.00002, "0.00002 ms"),
        (0.2, "0.2 ms"),
        (61.04, "61 ms"),
        (999.4, "999 ms"),
        (999.6, "1 s"),
        (2500.4, "2.5 s"),
        (999_600, "1,000 s"),
        (2_500_400, "2,500 s"),
        (3_600_000, "3,600 s"),
    ],
)
def test_durations_are_never_powers_of_ten(milliseconds: float, words: str) -> None:
    assert duration(milliseconds) == words


def test_small_numbers_and_amounts_are_never_powers_of_ten() -> None:
    assert (figure(0.0000123), money(0.0000123)) == ("0.0000123", "$0.0000123")
