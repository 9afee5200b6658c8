"""Whatever the OpenAPI document allows or forbids, no request makes the server fail or hang."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.simulator.api.conftest import Simulator, Start

FEW = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PATHS = {"/v1/completions", "/v1/chat/completions", "/v1/embeddings", "/v1/models", "/tokenize", "/detokenize"}
TIMEOUT_S = 20


@pytest.fixture(scope="module")
def hasty(start: Start) -> Iterator[Simulator]:
    """One that answers quickly whatever it is asked for."""
    with start("--time-scale=1000", "--mean-output-tokens=8") as simulator:
        yield simulator


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_fuzzing_finds_no_server_error_and_leaves_nothing_behind(hasty: Simulator, mode: GenerationMode) -> None:
    before = hasty.peak_bytes()
    operations = [
        found.ok() for found in schemathesis.openapi.from_url(f"{hasty.url}/openapi.json").get_all_operations()
    ]
    assert {operation.path for operation in operations} >= PATHS
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.method.upper() != "POST":
            continue
        if operation.path != "/ping":
            answers_without_server_error(operation, mode)
    assert hasty.settles(hasty.idle)
    assert hasty.peak_bytes() - before < 50e6
    assert "Traceback" not in hasty.log.read_text()


def answers_without_server_error(operation: Any, mode: GenerationMode) -> None:
    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def fuzzed(case: Any) -> None:
        answer = case.call(timeout=TIMEOUT_S)
        assert answer.status_code < 500, case.as_curl_command()

    fuzzed()
