"""What a measured benchmark may be, and what makes two of them the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from neuralnav.models.benchmark import Benchmark
from tests.neuralnav.services.predicting import RUN, run

OPEN = {"load": "open_loop", "concurrency": None, "request_rate_rps": 4, "arrival": "poisson"}


def test_a_doubt_does_not_change_what_was_measured() -> None:
    assert run(suspect="too fast").id == run().id


@pytest.mark.parametrize(
    "changes",
    [{"source": "another"}, {"engine_version": "0.18.0"}, {"ttft_mean_ms": 100.0001}, {"itl_p95_ms": 11}, OPEN],
)
def test_another_run_has_another_id(changes: dict[str, Any]) -> None:
    assert run(**changes).id != run().id


def test_the_id_is_the_same_however_the_run_was_given() -> None:
    texts = {name: str(value) for name, value in RUN.items() if value is not None}
    assert Benchmark.model_validate(texts).id == run().id
    assert Benchmark.model_validate_json(run().model_dump_json()).id == run().id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"request_rate_rps": 4}, "request_rate_rps"),
        ({"arrival": "poisson"}, "arrival"),
        ({"concurrency": None}, "concurrency"),
        (OPEN | {"concurrency": 4}, "concurrency"),
        (OPEN | {"arrival": None}, "arrival"),
        ({"ttft_mean_ms": None, "itl_mean_ms": None}, "must be given"),
        ({"ttft_p50_ms": 9, "ttft_p99_ms": 8}, "ttft_p50_ms"),
        ({"e2e_mean_ms": 99}, "at most e2e_mean_ms"),
        ({"ttft_mean_ms": float("nan")}, "finite"),
        ({"itl_mean_ms": 1e9}, "86400000"),
        ({"gpu_count": 2}, "Extra inputs"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        run(**changes)
