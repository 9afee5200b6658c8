from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.architecture import valid_tensor_parallel
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from neuralnav.performance.kernels import product_s
from neuralnav.performance.rates import EngineRates, product_rates
from neuralnav.performance.step_arithmetic import decode_step_s, mixed_step_s
from neuralnav.performance.step_time import NODES, StepCurves, StepLoad, at_nodes, step_curves, step_time_s
from neuralnav.performance.work import EngineWork, Parallelism
from tests.neuralnav.performance.engines import (
    DEEPSEEK,
    GPT_OSS,
    LLAMA_8B,
    LLAMA_70B,
    curves_of,
    decoding,
    rates_of,
    reading,
    served_formats,
    steps_s,
    work_and_rates,
)

Architectures = dict[str, ModelArchitecture]
Gpus = dict[str, GpuProfile]

SOME_GPUS = ("A100-80GB", "L4", "H100", "B200", "MI300X")
BETTER = ("memory_bandwidth_gb_s", "fp16_tflops", "fp8_tflops", "fp4_tflops", "interconnect_gb_s")
SPARSE = "deepseek-ai/DeepSeek-V3.2"
TABLED = (LLAMA_8B, GPT_OSS, DEEPSEEK, SPARSE, "nvidia/NVIDIA-Nemotron-Nano-9B-v2", "Qwen/Qwen3.5-27B")


@dataclass(frozen=True)
class Fleet:
    """Every catalogue architecture on some GPUs, in every format that runs there, on one GPU and on several."""

    architectures: list[ModelArchitecture]
    gpus: list[GpuProfile]
    works: list[EngineWork]
    rates: list[EngineRates]

    def curves_with(self, better: Gpus) -> StepCurves:
        """The step times of all engines on other GPUs of the same kinds."""
        engines = zip(self.architectures, self.gpus, self.works, strict=True)
        return step_curves(self.works, [rates_of(a, work, better[gpu.gpu_type]) for a, gpu, work in engines])


def fleet_of(architectures: Architectures, gpus: Sequence[GpuProfile]) -> Fleet:
    engines = [
        (architecture, gpu, *work_and_rates(architecture, precision, gpu, parallelism))
        for architecture in architectures.values()
        for gpu in gpus
        for precision in served_formats(architecture, gpu)
        for parallelism in (Parallelism(), Parallelism(4), Parallelism(8, expert=8), Parallelism(1, data=8, expert=8))
        if valid_tensor_parallel(architecture, parallelism.tensor)
        and (parallelism.expert == 1 or architecture.num_experts)
    ]
    return Fleet(*(list(column) for column in zip(*engines, strict=True)))


@pytest.fixture(scope="module")
def fleet(architectures: Architectures, gpus: Gpus) -> Fleet:
    return fleet_of(architectures, [gpus[name] for name in SOME_GPUS])


@pytest.fixture(scope="module")
def fleet_curves(fleet: Fleet) -> StepCurves:
    return step_curves(fleet.works, fleet.rates)


@pytest.fixture(scope="module")
def llama(architectures: Architectures, gpus: Gpus) -> StepCurves:
    return curves_of(architectures[LLAMA_8B], Precision.BF16, gpus["H100"])


@pytest.fixture(scope="module")
def mixture(architectures: Architectures, gpus: Gpus) -> StepCurves:
    return curves_of(architectures[GPT_OSS], Precision.FP4, gpus["H100"])


@pytest.fixture(scope="module")
def tabled(architectures: Architectures, gpus: Gpus) -> dict[str, StepCurves]:
    return {
        model: curves_of(
            architectures[model],
            Precision.FP4 if model == GPT_OSS else Precision.FP8,
            gpus["H100"],
            Parallelism(8),
        )
        for model in TABLED
    }


def step_s(curves: StepCurves, load: StepLoad) -> float:
    return float(steps_s(curves, [load])[0, 0])


@st.composite
def loads(draw: st.DrawFn) -> StepLoad:
    prompt, sequences = draw(st.floats(0, 8000)), draw(st.floats(0, 1000))
    context, done = draw(st.floats(1, 30_000)), draw(st.floats(0, 30_000))
    pairs = prompt * (done + prompt / 2)
    return StepLoad(
        *(
            np.asarray(part)
            for part in (prompt, sequences, sequences * context, pairs, sequences + draw(st.floats(0, 9)))
        )
    )


@settings(max_examples=40, deadline=None)
@given(
    load=loads(),
    field=st.sampled_from([f.name for f in fields(StepLoad)]),
    more=st.one_of(st.floats(0, 1), st.floats(1, 5000)),
)
def test_more_to_do_is_never_faster_on_any_engine(
    fleet_curves: StepCurves, load: StepLoad, field: str, more: float
) -> None:
    heavier = replace(load, **{field: getattr(load, field) + more})
    light, heavy = steps_s(fleet_curves, [load, heavier]).T
    assert (heavy >= light * (1 - 1e-12)).all()


@pytest.mark.parametrize("field", BETTER)
def test_no_part_of_a_step_takes_longer_on_better_hardware(
    field: str, fleet: Fleet, fleet_curves: StepCurves, gpus: Gpus
) -> None:
    better = {
        name: gpu.model_copy(update={field: 1.3 * getattr(gpu, field)}) if getattr(gpu, field) else gpu
        for name, gpu in gpus.items()
    }
    changed = fleet.curves_with(better)
    for one in fields(StepCurves):
        before, after = getattr(fleet_curves, one.name), getattr(changed, one.name)
        assert (after <= before * (1 + 1e-12)).all(), one.name


def test_no_engine_is_faster_than_the_datasheet_allows(fleet: Fleet, fleet_curves: StepCurves) -> None:
    for tokens in (1.0, 64.0, 4096.0):
        least = [_roofline_s(*engine, tokens) for engine in zip(fleet.gpus, fleet.works, strict=True)]
        load = replace(decoding(0.0), prefill_tokens=np.asarray(tokens), sampled=np.asarray(1.0))
        assert (steps_s(fleet_curves, [load])[:, 0] >= np.array(least)).all()


def _roofline_s(gpu: GpuProfile, work: EngineWork, tokens: float) -> float:
    """The longer of reading every weight that is needed once and of multiplying with it, at the datasheet's peaks."""
    needed = [(p.count * p.outputs * p.inputs, work.weight_bytes if p.quantised else 2.0) for p in work.products]
    shape, ranks = work.experts, float(work.experts.ranks)
    routed = float(work.expert_layers * shape.matrices * shape.hidden * shape.width * shape.per_token) / ranks
    needed += [(routed, work.weight_bytes), (work.head.outputs * work.head.inputs, 2.0)]
    read_s = sum(parameters * bytes_ for parameters, bytes_ in needed) / (gpu.memory_bandwidth_gb_s * 1e9)
    most = max(gpu.fp4_tflops or 0, gpu.fp8_tflops or 0, 2 * gpu.fp16_tflops) * 1e12
    flops = 2 * tokens * (sum(parameters for parameters, _ in needed[:-1]))
    return max(read_s, flops / most)


@settings(max_examples=60, deadline=None)
@given(
    gpu_type=st.sampled_from(sorted(shipped_efficiencies().gpus)),
    size=st.tuples(st.floats(1, 32_768), st.floats(16, 100_000), st.floats(16, 60_000)),
    field=st.integers(0, 10),
)
def test_no_product_is_faster_than_its_roofline(
    gpu_type: str, size: tuple[float, float, float], field: int, gpus: Gpus
) -> None:
    gpu, products = gpus[gpu_type], list(shipped_efficiencies().gpus[gpu_type].products.items())
    operands, share = products[field % len(products)]
    bytes_ = {"16 bit": 2.0, "fp8": 1.0, "fp4": 0.5625}[operands]
    tflops = {"16 bit": gpu.fp16_tflops, "fp8": gpu.fp8_tflops, "fp4": gpu.fp4_tflops}[operands]
    tokens, outputs, inputs = size
    seconds = product_s(
        tokens, outputs, inputs, product_rates(share, tflops * 1e12, gpu.memory_bandwidth_gb_s * 1e9, bytes_, bytes_)
    )
    assert seconds >= 2 * tokens * outputs * inputs / (tflops * 1e12)
    assert seconds >= outputs * inputs * bytes_ / (gpu.memory_bandwidth_gb_s * 1e9)


def test_decoding_one_sequence_is_bound_by_reading_the_weights(llama: StepCurves) -> None:
    weights_s = 15e9 / 3350e9
    assert weights_s < step_s(llama, decoding(1)) < 2 * weights_s


def test_a_long_prompt_is_bound_by_arithmetic(llama: StepCurves) -> None:
    flops = 2 * 7.5e9 * 8000
    assert flops / 989e12 < step_s(llama, reading(8000)) < 2.5 * flops / 989e12


def test_a_batch_of_decodes_costs_little_more_than_one(llama: StepCurves) -> None:
    assert step_s(llama, decoding(32)) < 1.5 * step_s(llama, decoding(1))


def test_half_the_bytes_decode_in_little_more_than_half_the_time(architectures: Architectures, gpus: Gpus) -> None:
    sixteen, eight = (
        step_s(curves_of(architectures[LLAMA_70B], precision, gpus["H200"], Parallelism(2)), decoding(1))
        for precision in (Precision.BF16, Precision.FP8)
    )
    assert 0.5 < eight / sixteen < 0.75


def test_few_tokens_of_a_mixture_need_few_of_its_experts(architectures: Architectures, gpus: Gpus) -> None:
    mixture = curves_of(architectures["Qwen/Qwen3-30B-A3B"], Precision.BF16, gpus["H100"])
    dense = curves_of(architectures["Qwen/Qwen3-32B"], Precision.BF16, gpus["H100"])
    assert step_s(mixture, decoding(1)) < 0.4 * step_s(dense, decoding(1))
    assert step_s(mixture, decoding(64)) > 2 * step_s(mixture, decoding(1))


def test_a_sliding_window_bounds_what_a_long_context_costs(mixture: StepCurves) -> None:
    def added(context: float) -> float:
        return step_s(mixture, decoding(8, context + 100)) - step_s(mixture, decoding(8, context))

    assert added(5000) == pytest.approx(added(10) / 2, rel=1e-6)


def test_sparse_attention_makes_long_contexts_cheap(architectures: Architectures, gpus: Gpus) -> None:
    def added(model: str) -> float:
        curves = curves_of(architectures[model], Precision.FP8, gpus["H200"], Parallelism(8))
        return step_s(curves, decoding(8, 100_000)) - step_s(curves, decoding(8, 2048))

    assert added(SPARSE) < 0.5 * added(DEEPSEEK)


def test_an_fp8_cache_is_read_faster(architectures: Architectures, gpus: Gpus) -> None:
    sixteen, eight = (
        curves_of(architectures[LLAMA_70B], Precision.FP8, gpus["H100"], Parallelism(4), kv_bytes=kv_bytes)
        for kv_bytes in (2.0, 1.0)
    )
    assert eight.context_s[0] < 0.8 * sixteen.context_s[0]


def test_a_split_model_decodes_faster_but_not_in_proportion(architectures: Architectures, gpus: Gpus) -> None:
    four, eight = (
        step_s(curves_of(architectures[LLAMA_70B], Precision.FP8, gpus["H100"], Parallelism(degree)), decoding(8))
        for degree in (4, 8)
    )
    assert four / 2 < eight < four


def test_over_pcie_eight_gpus_read_prompts_slower_than_two(architectures: Architectures, gpus: Gpus) -> None:
    two, eight = (
        step_s(curves_of(architectures[LLAMA_8B], Precision.BF16, gpus["L40S"], Parallelism(degree)), reading(4000))
        for degree in (2, 8)
    )
    assert eight > two


def test_data_parallel_ranks_exchange_the_tokens_of_their_experts(architectures: Architectures, gpus: Gpus) -> None:
    work, rates = work_and_rates(architectures[DEEPSEEK], Precision.FP8, gpus["H200"], Parallelism(1, expert=8, data=8))
    free = replace(rates, costs=rates.costs.model_copy(update={"dispatch_s": 0.0}))
    with_exchange, without = (float(step_curves([work], [one]).tokens_s[0, 0]) for one in (rates, free))
    assert with_exchange - without == pytest.approx(2 * work.expert_layers * rates.costs.dispatch_s)


def test_a_step_that_reads_prompts_runs_without_a_graph(llama: StepCurves) -> None:
    both = replace(decoding(10), prefill_tokens=np.asarray(100.0))
    added = llama.prefill_s[0] + 100 * llama.prompt_token_s[0]
    kernels = step_s(llama, decoding(10)) + float(at_nodes(llama.tokens_s, np.array([[110.0]]))[0, 0])
    kernels -= float(at_nodes(llama.tokens_s, np.array([[10.0]]))[0, 0])
    assert step_s(llama, both) == pytest.approx(llama.prefill_factor[0] * (kernels + added))


def test_several_engines_at_once_step_as_each_does_alone(fleet: Fleet, fleet_curves: StepCurves) -> None:
    some = range(0, len(fleet.works), 97)
    wanted = [decoding(1), decoding(300, 4000), reading(5000)]
    together = steps_s(fleet_curves.take(np.array(some)), wanted)
    for row, engine in enumerate(some):
        alone = steps_s(step_curves([fleet.works[engine]], [fleet.rates[engine]]), wanted)
        assert together[row] == pytest.approx(alone[0])


def test_no_engines_take_no_time() -> None:
    assert steps_s(step_curves([], []), [decoding(1)]).shape == (0, 1)


def test_times_lie_on_lines_between_nodes_and_stay_flat_outside() -> None:
    table = np.cumsum(np.ones((1, NODES.size)), axis=1)
    assert at_nodes(table, np.array([[NODES[4], (NODES[4] + NODES[5]) / 2, 0.0, 1e9]]))[0] == pytest.approx(
        [5, 5.5, 1, NODES.size]
    )


def test_between_nodes_the_exact_time_is_missed_by_little(architectures: Architectures, gpus: Gpus) -> None:
    work, rates = work_and_rates(architectures[LLAMA_8B], Precision.FP8, gpus["H100"])
    for tokens in (5.0, 20.0, 80.0, 160.0, 700.0, 5000.0, 14_000.0):
        exact = sum(p.count * float(product_s(tokens, p.outputs, p.inputs, rates.quantised)) for p in work.products)
        nodes = [
            sum(p.count * float(product_s(n, p.outputs, p.inputs, rates.quantised)) for p in work.products)
            for n in NODES
        ]
        assert np.interp(tokens, NODES, nodes) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("model", TABLED)
@settings(max_examples=25, deadline=None)
@given(
    sequences=st.integers(0, 64),
    context=st.integers(1, 20_000),
    prompt=st.integers(0, 1900),
    done=st.integers(0, 5000),
)
def test_the_schedulers_tables_hold_the_same_times(
    model: str, sequences: int, context: int, prompt: int, done: int, tabled: dict[str, StepCurves]
) -> None:
    assume(sequences + prompt > 0)
    curves = tabled[model]
    tables = curves.tables(0, 256, 2048)
    window = int(curves.window[0])
    pairs, sampled = prompt * done + prompt * (prompt + 1) // 2, sequences + 1
    load = StepLoad(
        *(
            np.array([[float(part)]])
            for part in (prompt, sequences, sequences * context, pairs, sampled if prompt else sequences)
        )
    )
    seen = sequences * min(context, window)
    if prompt:
        in_window = min(pairs, prompt * window)
        found = mixed_step_s(tables, sequences, sequences * context, seen, prompt, pairs, in_window, sampled)
    else:
        found = decode_step_s(tables, sequences, sequences * context, seen)
    assert found == pytest.approx(float(step_time_s(curves, load)[0, 0]), rel=1e-9)


def test_a_step_that_samples_nothing_runs_no_lm_head(llama: StepCurves) -> None:
    assert llama.tables(0, 16, 64).sampled_s[0] == 0


def test_servers_of_several_gpus_may_cost_more_host_time(architectures: Architectures, gpus: Gpus) -> None:
    shipped = shipped_efficiencies()

    def host_s(efficiencies: Efficiencies, degree: int) -> float:
        curves = curves_of(
            architectures[LLAMA_8B], Precision.BF16, gpus["H100"], Parallelism(degree), efficiencies=efficiencies
        )
        return float(curves.tokens_s[0, 0])

    more = {"parallel_step_s": 0.01}
    costly = shipped.model_copy(update={"serving": tuple(c.model_copy(update=more) for c in shipped.serving)})
    assert host_s(costly, 1) == host_s(shipped, 1)
    assert host_s(costly, 2) > host_s(shipped, 2) + 0.009
