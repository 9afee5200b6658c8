from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.engine import engine_costs, model_work
from neuralnav.performance.formats import ServedFormat, served_format
from neuralnav.performance.step_time import StepCosts, StepLoad, step_time_s, touched_experts

LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
GPT_OSS = "openai/gpt-oss-20b"


def costs_of(architecture: ModelArchitecture, precision: Precision, gpu: GpuProfile, degree: int = 1) -> StepCosts:
    served = served_format(precision, "mxfp4" if precision is Precision.FP4 else None, gpu, architecture)
    assert isinstance(served, ServedFormat)
    return engine_costs(model_work(architecture, precision, degree), served, gpu)


def decoding(sequences: float, context: float = 600) -> StepLoad:
    return StepLoad(0.0, sequences, sequences * context, 0.0, sequences)


@pytest.fixture(scope="module")
def llama(architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> StepCosts:
    return costs_of(architectures[LLAMA_8B], Precision.BF16, gpus["H100"])


@pytest.fixture(scope="module")
def mixture(architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]) -> StepCosts:
    return costs_of(architectures[GPT_OSS], Precision.FP4, gpus["H100"])


def test_decoding_one_sequence_is_bound_by_reading_the_weights(llama: StepCosts) -> None:
    weights_s = 15e9 / 3350e9
    assert weights_s < step_time_s(llama, decoding(1)) < 2.5 * weights_s


def test_a_long_prompt_is_bound_by_arithmetic(llama: StepCosts) -> None:
    flops = 2 * 7.5e9 * 8000
    step = step_time_s(llama, StepLoad(8000, 0, 0, 8000**2 / 2, 1))
    assert flops / 989e12 < step < 3 * flops / 989e12


def test_no_step_is_faster_than_the_datasheet_allows(
    architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]
) -> None:
    for gpu in gpus.values():
        for sequences in (1.0, 16.0, 256.0):
            step = step_time_s(costs_of(architectures[LLAMA_8B], Precision.BF16, gpu), decoding(sequences))
            assert step > 2 * 7.5e9 * sequences / (gpu.fp16_tflops * 1e12)
            assert step > 15e9 / (gpu.memory_bandwidth_gb_s * 1e9)


def test_one_token_touches_exactly_the_experts_it_is_routed_to(mixture: StepCosts) -> None:
    assert touched_experts(mixture, 1.0) == pytest.approx(4)
    assert touched_experts(mixture, 1e6) == pytest.approx(32)


def test_a_sliding_window_bounds_what_a_long_context_costs(mixture: StepCosts) -> None:
    def added(context: float) -> float:
        return float(step_time_s(mixture, decoding(8, context + 100)) - step_time_s(mixture, decoding(8, context)))

    assert added(5000) < 0.6 * added(10)


def test_a_split_model_decodes_faster_but_not_in_proportion(
    architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]
) -> None:
    architecture, gpu = architectures["meta-llama/Llama-3.1-70B-Instruct"], gpus["H100"]
    four = step_time_s(costs_of(architecture, Precision.FP8, gpu, 4), decoding(8))
    eight = step_time_s(costs_of(architecture, Precision.FP8, gpu, 8), decoding(8))
    assert four / 2 < eight < four


def test_over_pcie_eight_gpus_read_prompts_slower_than_two(
    architectures: dict[str, ModelArchitecture], gpus: dict[str, GpuProfile]
) -> None:
    load = StepLoad(4000, 0, 0, 4000**2 / 2, 1)
    two, eight = (
        step_time_s(costs_of(architectures[LLAMA_8B], Precision.BF16, gpus["L40S"], degree), load) for degree in (2, 8)
    )
    assert eight > two


def test_floats_and_arrays_give_the_same_times(llama: StepCosts) -> None:
    as_arrays = replace(llama, **{f.name: np.array([getattr(llama, f.name)] * 2) for f in fields(llama)})
    together = step_time_s(as_arrays, decoding(np.array([1.0, 30.0])))
    assert together == pytest.approx([step_time_s(llama, decoding(1.0)), step_time_s(llama, decoding(30.0))])


loads = st.builds(
    lambda prefill, sequences, context: StepLoad(
        prefill, sequences, sequences * context, prefill**2 / 2, sequences + 1
    ),
    st.floats(0, 8000),
    st.floats(0, 1000),
    st.floats(1, 30_000),
)


@settings(max_examples=60, deadline=None)
@given(load=loads, field=st.sampled_from([f.name for f in fields(StepLoad)]), more=st.floats(1, 500))
def test_more_to_do_is_never_faster(mixture: StepCosts, load: StepLoad, field: str, more: float) -> None:
    heavier = replace(load, **{field: getattr(load, field) + more})
    assert step_time_s(mixture, heavier) >= step_time_s(mixture, load) * (1 - 1e-12)
