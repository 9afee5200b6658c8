import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.errors import InvalidInputError
from neuralnav.models.specification import LengthDistribution, TrafficShape
from neuralnav.performance.arrivals import (
    ARRIVAL_VARIATION,
    LONGEST_LOAD_S,
    MOST_REQUESTS,
    ArrivalProcess,
    Requests,
    RequestShape,
    cached_tokens,
    draw_batch,
    draw_requests,
)

WINDOW = 131_072


def lengths(mean: float, kind: str = "lognormal") -> LengthDistribution:
    return LengthDistribution.model_validate({"mean": mean, "kind": kind})


def part(prompt: float = 512, output: float = 256, weight: float = 1, kind: str = "lognormal") -> TrafficShape:
    return TrafficShape(weight=weight, prompt_tokens=lengths(prompt, kind), output_tokens=lengths(output, kind))


def shape(*parts: TrafficShape, hits: float = 0.0, window: int = WINDOW) -> RequestShape:
    return RequestShape(parts or (part(),), window, hits)


def arrays(requests: Requests) -> tuple[bytes, ...]:
    return tuple(
        values.tobytes()
        for values in (requests.arrival_s, requests.prompt_tokens, requests.output_tokens, requests.cached_tokens)
    )


@pytest.mark.parametrize("process", ArrivalProcess)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(process: ArrivalProcess) -> None:
    assert arrays(draw_requests(shape(), process, 500, 7)) == arrays(draw_requests(shape(), process, 500, 7))
    assert arrays(draw_requests(shape(), process, 500, 7))[1] != arrays(draw_requests(shape(), process, 500, 8))[1]


def test_another_rate_stretches_the_same_pattern() -> None:
    requests = draw_requests(shape(), ArrivalProcess.POISSON, 1000)
    assert requests.at(8.0).arrival_s == pytest.approx(requests.at(2.0).arrival_s / 4, rel=1e-15)
    assert arrays(requests.at(8.0))[1:] == arrays(requests)[1:]


@pytest.mark.parametrize("process", ArrivalProcess)
def test_the_offered_rate_is_the_one_asked_for(process: ArrivalProcess) -> None:
    arrivals = draw_requests(shape(), process, 4000, 3).at(5.0).arrival_s
    assert arrivals[0] >= 0
    assert (np.diff(arrivals) >= 0).all()
    assert arrivals[-1] == pytest.approx(800, rel=0.02)
    assert arrivals[-1] < 800


@pytest.mark.parametrize("process", ArrivalProcess)
def test_gaps_vary_as_the_process_says(process: ArrivalProcess) -> None:
    gaps = np.diff(draw_requests(shape(), process, 100_000).arrival_s)
    assert gaps.std() / gaps.mean() == pytest.approx(ARRIVAL_VARIATION[process], rel=0.02, abs=1e-9)


def test_each_kind_of_draw_has_its_own_stream() -> None:
    plain = draw_requests(shape(), ArrivalProcess.POISSON, 300)
    longer_answers = draw_requests(shape(part(output=900)), ArrivalProcess.POISSON, 300)
    bursty = draw_requests(shape(), ArrivalProcess.BURSTY, 300)
    assert arrays(longer_answers)[:2] == arrays(plain)[:2]
    assert arrays(bursty)[1:] == arrays(plain)[1:]


def test_a_sample_has_the_mean_and_the_tail_of_its_lengths() -> None:
    requests = draw_requests(shape(), ArrivalProcess.POISSON, 1000, 11)
    assert requests.prompt_tokens.mean() == pytest.approx(512, rel=0.005)
    assert np.quantile(requests.output_tokens, 0.95) == pytest.approx(512, rel=0.01)


def test_prompt_and_answer_of_a_mixture_come_from_the_same_part_by_weight() -> None:
    parts = (part(100, 10, 0.6, "fixed"), part(2000, 500, 0.2, "fixed"))
    requests = draw_batch(shape(*parts), 1000)
    chats = requests.prompt_tokens == 100
    assert chats.sum() == pytest.approx(750, abs=1)
    assert set(requests.output_tokens[chats]) == {10}
    assert set(requests.output_tokens[~chats]) == {500}


def test_a_batch_is_there_from_the_start() -> None:
    assert not draw_batch(shape(), 32).arrival_s.any()


@given(
    prompt=st.floats(1, 4000),
    output=st.floats(1, 4000),
    hits=st.floats(0, 1, exclude_max=True),
    window=st.integers(8000, 12_000),
    seed=st.integers(0, 2**64 - 1),
)
def test_every_request_fits_the_context_window_and_is_never_wholly_cached(
    prompt: float, output: float, hits: float, window: int, seed: int
) -> None:
    requests = draw_batch(shape(part(prompt, output), hits=hits, window=window), 200, seed)
    assert (requests.prompt_tokens >= 1).all()
    assert (requests.output_tokens >= 1).all()
    assert (requests.prompt_tokens + requests.output_tokens <= window).all()
    assert (requests.cached_tokens >= 0).all()
    assert (requests.cached_tokens < requests.prompt_tokens).all()
    assert not (requests.cached_tokens % 16).any()


def test_cached_tokens_are_the_nearest_blocks() -> None:
    assert cached_tokens(np.array([1, 16, 17, 100, 1000]), 0.9).tolist() == [0, 0, 16, 96, 896]
    requests = draw_batch(shape(hits=0.3), 2000)
    assert requests.cached_tokens.sum() / requests.prompt_tokens.sum() == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize("qps", [0.0, -1.0, math.nan, math.inf, 2e6, 1e-12])
def test_a_rate_that_is_none_is_refused(qps: float) -> None:
    with pytest.raises(InvalidInputError, match="qps"):
        draw_requests(shape(), ArrivalProcess.POISSON, 10).at(qps)


@pytest.mark.parametrize("ratio", [-0.1, 1.0, 1.5, math.nan])
def test_a_prefix_hit_ratio_from_0_to_less_than_1_is_demanded(ratio: float) -> None:
    with pytest.raises(InvalidInputError) as caught:
        shape(hits=ratio)
    (problem,) = caught.value.problems
    assert problem.field == "prefix_hit_ratio"
    assert problem.allowed == "0 to less than 1"


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-5, 0), (MOST_REQUESTS + 1, 0), (10, -1), (10, 2**64)])
def test_an_absurd_number_of_requests_or_seed_is_refused(count: int, seed: int) -> None:
    with pytest.raises(InvalidInputError, match=r"requests|seed"):
        draw_requests(shape(), ArrivalProcess.POISSON, count, seed)


def test_lengths_that_exceed_the_context_window_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"prompt_tokens: 4000\.0 .*output_tokens \(256\) at most 4,000"):
        shape(part(4000, 256, kind="fixed"), window=4000)


def test_a_load_without_any_kind_of_request_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="mix"):
        RequestShape((), WINDOW)


def test_the_slowest_rate_lasts_no_longer_than_time_can_be_told() -> None:
    requests = draw_requests(shape(), ArrivalProcess.POISSON, 100)
    assert requests.at(requests.slowest_qps).arrival_s[-1] <= LONGEST_LOAD_S
    assert all(before <= after for before, after in pairwise(requests.at(1e-6).arrival_s))
