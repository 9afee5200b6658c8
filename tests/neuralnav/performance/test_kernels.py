import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralnav.performance.kernels import (
    ExpertRates,
    ExpertShape,
    ProductRates,
    all_reduce_s,
    experts_s,
    product_s,
    smooth_maximum,
    touched_experts,
)

PLAIN = ProductRates(start_s=1.0, flops=10.0, read=5.0, overlap=1.0, quantise=1e30, weight_bytes=2.0, input_bytes=2.0)
EXPERTS = ExpertShape(hidden=64.0, width=128.0, matrices=3.0, experts=8.0, per_token=2.0, ranks=1.0)
FREE = ExpertRates(
    start_s=0.0,
    flops=1e30,
    read=1e30,
    overlap=1.0,
    activation=1e30,
    expert_s=0.0,
    routed_s=0.0,
    weight_bytes=2.0,
)

times = st.floats(0, 1e3)


def test_a_product_is_its_start_its_arithmetic_and_its_traffic() -> None:
    arithmetic = 2 * 3 * 4 * 5 / 10
    traffic = (4 * 5 * 2 + 3 * 5 * 2 + 3 * 4 * 2) / 5
    assert product_s(3, 4, 5, PLAIN) == pytest.approx(1 + arithmetic + traffic)


def test_inputs_that_are_made_small_are_read_in_16_bit_and_written_small() -> None:
    small = ProductRates(
        start_s=0.0, flops=1e30, read=1e30, overlap=1.0, quantise=7.0, weight_bytes=1.0, input_bytes=1.0
    )
    assert product_s(3, 4, 5, small) == pytest.approx(3 * 5 * (2 + 1) / 7)


def test_a_layer_of_experts_is_the_sum_of_its_parts() -> None:
    rates = ExpertRates(
        start_s=1.0,
        flops=1e6,
        read=1e5,
        overlap=1.0,
        activation=1e4,
        expert_s=0.5,
        routed_s=0.25,
        weight_bytes=2.0,
    )
    one_expert = 3 * 64 * 128
    arithmetic, read = 2 * one_expert * 2 / 1e6, one_expert * 2 * 2 / 1e5
    moved = (2 * (4 * 64 + 6 * 128) + 4 * 64) / 1e4
    assert experts_s(1, EXPERTS, rates) == pytest.approx(1 + arithmetic + read + moved + 0.5 * 2 + 0.25 * 2)


def test_no_token_touches_no_expert_one_its_own_and_many_all() -> None:
    assert touched_experts(0, 8.0, 2.0) == 0
    assert touched_experts(1, 8.0, 2.0) == pytest.approx(2)
    assert touched_experts(2, 8.0, 2.0) == pytest.approx(2 + 2 * 6 / 8)
    assert touched_experts(1e6, 8.0, 2.0) == pytest.approx(8)


def test_an_expert_that_every_token_passes_is_touched_once() -> None:
    assert touched_experts(np.array([0.0, 1.0, 500.0]), 4.0, 4.0) == pytest.approx([0, 4, 4])


def test_a_model_without_experts_touches_none() -> None:
    assert touched_experts(100.0, 0.0, 0.0) == 0


@given(few=st.floats(0, 1e5), more=st.floats(0, 1e5), experts=st.integers(1, 512), share=st.floats(0.01, 1))
def test_more_tokens_never_touch_fewer_experts(few: float, more: float, experts: int, share: float) -> None:
    low, high = sorted((few, more))
    per_token = max(1.0, share * experts)
    assert 0 <= touched_experts(low, experts, per_token) <= touched_experts(high, experts, per_token) <= experts


def test_ranks_share_the_experts_and_their_weights() -> None:
    weights_only = ExpertRates(**{**vars(FREE), "read": 1.0})
    dealt = ExpertShape(**{**vars(EXPERTS), "ranks": 4.0})
    assert experts_s(1e6, dealt, weights_only) == pytest.approx(experts_s(1e6, EXPERTS, weights_only) / 4)


def test_the_busiest_rank_gets_more_than_the_mean_where_routing_is_uneven() -> None:
    arithmetic_only = ExpertRates(**{**vars(FREE), "flops": 1.0})
    dealt = ExpertShape(**{**vars(EXPERTS), "ranks": 4.0})
    even, uneven, all_on_one = (experts_s(100, dealt, arithmetic_only, imbalance=share) for share in (0.0, 0.5, 1.0))
    assert uneven == pytest.approx(2 * even)
    assert all_on_one == pytest.approx(4 * even)


def test_narrow_experts_are_padded_to_a_tile() -> None:
    arithmetic_only = ExpertRates(**{**vars(FREE), "flops": 1.0})
    narrow = ExpertShape(**{**vars(EXPERTS), "width": 40.0})
    assert experts_s(10, narrow, arithmetic_only) == experts_s(10, EXPERTS, arithmetic_only)


def test_an_all_reduce_on_one_gpu_sends_nothing() -> None:
    assert all_reduce_s(1000, 4096, 1, 0.0, 1.0) == 0


def test_a_ring_sends_nearly_twice_the_bytes_over_each_link() -> None:
    bytes_ = 10 * 4096 * 2
    assert all_reduce_s(10, 4096, 2, 0.0, 1.0) == pytest.approx(bytes_)
    assert all_reduce_s(10, 4096, 8, 3.0, 1.0) == pytest.approx(3 + 1.75 * bytes_)


@given(first=times, second=times, exponent=st.floats(1, 20))
def test_a_smooth_maximum_lies_between_the_larger_and_the_sum(first: float, second: float, exponent: float) -> None:
    found = float(smooth_maximum(first, second, exponent))
    assert max(first, second) * (1 - 1e-12) <= found <= (first + second) * (1 + 1e-12) + 1e-29


def test_a_smooth_maximum_of_nothing_is_nothing() -> None:
    assert smooth_maximum(0.0, 0.0, 3.0) == pytest.approx(0, abs=1e-29)


@given(first=times, second=times, more=times, exponent=st.floats(1, 20))
def test_a_smooth_maximum_never_falls_when_a_part_grows(
    first: float, second: float, more: float, exponent: float
) -> None:
    assert smooth_maximum(first + more, second, exponent) >= smooth_maximum(first, second, exponent) * (1 - 1e-12)


def test_arrays_of_shapes_give_what_each_shape_gives() -> None:
    tokens = np.array([1.0, 16.0, 4096.0])
    together = product_s(tokens, 4096.0, 4096.0, PLAIN)
    assert together == pytest.approx([float(product_s(one, 4096.0, 4096.0, PLAIN)) for one in tokens])
