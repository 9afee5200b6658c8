"""Windows of observations, plans to hold them against, and one simulator in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neuralnav.models.outcome import OutcomeSource
from neuralnav.models.plan import EngineArguments, Estimate, Predicted, Recommendation, Scores, Utilisation
from neuralnav.models.specification import SLOTargets
from neuralnav.models.vocabulary import GpuType, Precision, Source
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.histograms import BucketCounts
from neuralnav.observability.observed import EngineLevels, ObservedWindow, window_of
from neuralnav.observability.queries import LATENCY_BOUNDS_S, Histogram
from neuralnav.observability.totals import Totals
from tests.simulator.api.conftest import Simulator, start

__all__ = ("start",)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TARGETS = SLOTargets(ttft_p95_ms=150, itl_p95_ms=40, e2e_p95_ms=7000, reliability_pct=99)
LENGTH_BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


def observe(bounds: tuple[float, ...], *values: float) -> BucketCounts:
    """What a histogram with these bounds holds after these observations."""
    counts = (*(sum(value <= bound for value in values) for bound in bounds), len(values))
    return BucketCounts(bounds=bounds, counts=counts, total=sum(values))


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=0.8 * value, high=1.25 * value, source=Source.SIMULATED, reference="roofline")


def _window(
    ttft_ms: list[float],
    *,
    itl_ms: float = 20.0,
    e2e_ms: float = 4000.0,
    minutes: float = 5,
    tokens: tuple[float, float] = (500, 250),
    failed: float = 0,
    **known: Any,
) -> ObservedWindow:
    """A window with a request for each TTFT."""
    many = len(ttft_ms)
    totals = Totals(
        histograms={
            Histogram.TTFT: observe(LATENCY_BOUNDS_S[Histogram.TTFT], *(ms / 1000 for ms in ttft_ms)),
            Histogram.ITL: observe(LATENCY_BOUNDS_S[Histogram.ITL], *[itl_ms / 1000] * many),
            Histogram.E2E: observe(LATENCY_BOUNDS_S[Histogram.E2E], *[e2e_ms / 1000] * many),
            Histogram.PROMPT_TOKENS: observe(LENGTH_BOUNDS, *[tokens[0]] * many),
            Histogram.OUTPUT_TOKENS: observe(LENGTH_BOUNDS, *[tokens[1]] * many),
        },
        ended={"length": float(many), "error": failed},
    )
    fields: dict[str, Any] = {
        "peak_qps": 0.0,
        "source": OutcomeSource.SCRAPED,
        "replicas": 2,
        "restarts": 0,
        "levels": EngineLevels(),
    }
    start_at = NOON - timedelta(minutes=minutes)
    return window_of(totals, window_from=start_at, window_to=NOON, **(fields | known))


@pytest.fixture
def make_window() -> Callable[..., ObservedWindow]:
    return _window


@pytest.fixture
def choice() -> Recommendation:
    return Recommendation(
        id="option",
        model="Qwen/Qwen2.5-7B-Instruct",
        display_name="Qwen2.5 7B Instruct",
        gpu_type=GpuType.L4,
        tensor_parallel=1,
        replicas=2,
        gpus=2,
        precision=Precision.BF16,
        engine=EngineArguments(
            max_model_len=8192, max_num_seqs=256, max_num_batched_tokens=2048, gpu_memory_utilization=0.9
        ),
        cost=None,
        predicted=Predicted(
            ttft_p95_ms=estimate(100), itl_p95_ms=estimate(30), e2e_p95_ms=estimate(6000), max_qps=estimate(3)
        ),
        utilisation=Utilisation(gpu_memory=0.8, compute=0.5),
        slo_met=True,
        scores=Scores(accuracy=50, price=50, latency=50, complexity=50, balanced=50, accuracy_rated=True),
        source=Source.SIMULATED,
        reason="It is enough.",
    )


@pytest.fixture
def expected(choice: Recommendation) -> Expectation:
    return Expectation(
        peak_qps=4,
        planned_qps=4,
        prompt_tokens_mean=512,
        output_tokens_mean=256,
        predicted=choice.predicted,
        replicas=2,
    )


@pytest.fixture(scope="session")
def replica(start: Callable[..., Any]) -> Iterator[Simulator]:
    """A replica whose seconds are seconds."""
    with start("--gpu=H100") as simulator:
        yield simulator
