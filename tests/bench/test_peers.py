"""A peer that cannot be had is a line that says why, and the figures of one that answers stay its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import peers
from bench.peers import (
    BLIS,
    Estimates,
    PeerError,
    ask_aiconfigurator,
    compare_with_peers,
    install,
    measured_lines,
    our_answer,
    side_by_side,
)
from neuralnav.models.vocabulary import Source

NOBODY_LISTENS = "http://127.0.0.1:9/simple"


def answering(directory: Path, *lines: str) -> Path:
    """A Python that, whatever it is asked to run, prints these lines."""
    python = directory / "python"
    python.write_text("\n".join(["#!/bin/sh", *(f"echo '{line}'" for line in lines)]), encoding="utf-8")
    python.chmod(0o755)
    return python


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package index that nothing can be had from."""
    for variable in ("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY_LISTENS)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.mark.usefixtures("no_index")
def test_a_peer_that_no_index_has_is_one_line() -> None:
    aiconfigurator, blis = compare_with_peers()
    assert aiconfigurator.startswith("peer AIConfigurator: not installed: ")
    assert "\n" not in aiconfigurator
    assert blis == BLIS


@pytest.mark.usefixtures("no_index")
def test_a_failed_installation_says_what_the_installer_said(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match=r"not installed: .*127\.0\.0\.1"):
        install("aiconfigurator", tmp_path)


def test_without_an_installer_that_is_what_the_line_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "")
    assert "uv is not on the PATH" in next(compare_with_peers())


def test_an_installer_that_does_not_start_is_a_line_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV", str(tmp_path / "uv"))
    line = next(compare_with_peers())
    assert line == "peer AIConfigurator: not installed: uv does not start: No such file or directory"


def test_a_python_without_the_peer_gives_no_estimates() -> None:
    with pytest.raises(PeerError, match="No module named 'aiconfigurator'"):
        ask_aiconfigurator(Path(sys.executable))


@pytest.mark.parametrize("said", [[], ["nothing that is JSON"], ['{"ttft_ms": 1}'], ["[1, 2]"]])
def test_an_answer_of_another_form_gives_no_estimates(said: list[str], tmp_path: Path) -> None:
    with pytest.raises(PeerError, match="no estimates in its answer"):
        ask_aiconfigurator(answering(tmp_path, *said))


def test_what_a_peer_prints_before_its_answer_does_not_matter(tmp_path: Path) -> None:
    answer = (
        '{"version": "1", "tables": "2", "ttft_ms": 3, "tpot_ms": 4, "loaded_s": 5, "single_per_s": 6, "kept_per_s": 7}'
    )
    assert ask_aiconfigurator(answering(tmp_path, "loading", answer)) == Estimates("1", "2", 3, 4, 5, 6, 7)


def test_a_peer_that_takes_too_long_gives_no_estimates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "ESTIMATES_TIMEOUT_S", 0.1)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec tail -f /dev/null\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(PeerError, match=r"python took longer than 0.1 s"):
        ask_aiconfigurator(python)


def test_each_side_is_named_with_its_own_figures_for_the_same_load() -> None:
    ours = our_answer()
    assert ours.source is Source.SIMULATED
    assert ours.ttft_ms
    theirs = Estimates("0.12.0", "0.24.0", 184.41, 14.42, 5.5, 88.4, 6648.3)
    *of_peer, first_of_ours, second_of_ours = side_by_side(theirs, ours, 1512.2)
    assert all(line.startswith("peer AIConfigurator 0.12.0 (kernels of vLLM 0.24.0): ") for line in of_peer)
    assert "TTFT 184.4 ms, TPOT 14.4 ms" in of_peer[0]
    assert "6,648 estimates a second" in of_peer[1]
    assert "88 by its function for one" in of_peer[1]
    assert f"TTFT {ours.ttft_ms.mean:.1f} ms" in first_of_ours
    assert "1,512 points a second" in second_of_ours
    assert peers.ASKED in of_peer[0]
    assert peers.ASKED in first_of_ours


def test_the_load_is_one_that_was_measured_and_the_line_says_where() -> None:
    (line,) = measured_lines()
    assert "inferencemax" in line
    assert peers.ASKED in line
    assert "TTFT 121.4 ms, ITL 13.2 ms" in line
