"""A benchmark that misses its bound is a failure."""

from __future__ import annotations

import pytest

from bench import __main__ as program
from bench.figures import Figure
from neuralnav.settings import Settings


async def no_turns(settings: Settings) -> tuple[Figure, ...]:
    return ()


@pytest.mark.parametrize(("taken_ms", "code", "verdict"), [(10.0, 0, "holds"), (30.0, 1, "MISSES")])
def test_exit_code_says_whether_every_bound_holds(
    taken_ms: float,
    code: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(program, "measure_turns", no_turns)
    monkeypatch.setattr(program, "measure_help", lambda: Figure("help", (taken_ms,), bound_ms=20))
    assert program.main() == code
    assert verdict in capsys.readouterr().out
