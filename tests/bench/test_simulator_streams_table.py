"""The table of streams is written where the bounds hold, and else left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import simulator_streams_table as program
from bench.simulator_streams_client import Seen


def test_a_row_says_what_was_seen_and_the_larger_lag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- streams: begin -->\nbefore\n<!-- streams: end -->\n")
    monkeypatch.setattr(program, "PAGE", page)
    seen = Seen([10.0, 30.0], 25.0, tokens_per_s=10_400, tokens_a_chunk=1.004, server_share=0.556, client_share=0.1)
    monkeypatch.setattr(program, "see", lambda *_: seen)
    assert program.main(["--write"]) == 0
    assert "| 500 | 10,400 | 30 ms | 0.56 | 1.00 |\n<!-- streams: end -->" in page.read_text()
    written = page.read_text()
    seen.server_lag_ms = 101.0
    assert program.main(["--write"]) == 1
    assert page.read_text() == written
    assert "500 streams miss 10,000 tokens a second within 100 ms" in capsys.readouterr().out
