"""A benchmark that misses its bound is a failure; a peer that is missing is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import __main__ as program
from bench.figures import Figure, Rate


def measured(monkeypatch: pytest.MonkeyPatch, *figures: Figure | Rate) -> None:
    monkeypatch.setattr(program, "_figures", lambda: iter(figures))


@pytest.mark.parametrize(("taken_ms", "code", "verdict"), [(10.0, 0, "holds"), (30.0, 1, "MISSES")])
def test_exit_code_says_whether_every_bound_holds(
    taken_ms: float,
    code: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured(monkeypatch, Rate("points", 2.0, bound_per_s=1), Figure("help", (taken_ms,), bound_ms=20))
    assert program.main() == code
    assert verdict in capsys.readouterr().out


def test_a_miss_is_told_even_when_later_figures_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(monkeypatch, Rate("points", 0.5, bound_per_s=1), Figure("help", (10.0,), bound_ms=20))
    assert program.main() == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["points", "help"]


def test_peers_are_asked_only_on_request_and_decide_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def peers() -> Iterator[str]:
        yield "peer: not installed"

    monkeypatch.setattr(program, "compare_with_peers", peers)
    measured(monkeypatch, Figure("help", (10.0,), bound_ms=20))
    assert program.main() == 0
    assert "peer" not in capsys.readouterr().out
    measured(monkeypatch, Figure("help", (10.0,), bound_ms=20))
    assert program.main(["--peers"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "peer: not installed"
