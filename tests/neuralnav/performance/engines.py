"""Step times of catalogue models on catalogue GPUs, for the tests of the step-time model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neuralnav.models.catalog import GpuProfile, ModelArchitecture
from neuralnav.models.vocabulary import Precision
from neuralnav.performance.efficiencies import Efficiencies, shipped_efficiencies
from neuralnav.performance.formats import ServedFormat, served_format
from neuralnav.performance.rates import EngineRates, engine_rates
from neuralnav.performance.step_time import StepCurves, StepLoad, step_curves, step_time_s
from neuralnav.performance.work import EngineWork, Parallelism, engine_work

ONE_GPU = Parallelism()
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
LLAMA_70B = "meta-llama/Llama-3.1-70B-Instruct"
GPT_OSS = "openai/gpt-oss-20b"
DEEPSEEK = "deepseek-ai/DeepSeek-V3"


def work_and_rates(
    architecture: ModelArchitecture,
    precision: Precision,
    gpu: GpuProfile,
    parallelism: Parallelism = ONE_GPU,
    *,
    kv_bytes: float = 2.0,
    engine_version: str | None = None,
    efficiencies: Efficiencies | None = None,
) -> tuple[EngineWork, EngineRates]:
    """What an engine has to do and what its GPU reaches."""
    work = engine_work(architecture, precision, parallelism)
    return work, rates_of(
        architecture, work, gpu, kv_bytes=kv_bytes, engine_version=engine_version, efficiencies=efficiencies
    )


def rates_of(
    architecture: ModelArchitecture,
    work: EngineWork,
    gpu: GpuProfile,
    *,
    kv_bytes: float = 2.0,
    engine_version: str | None = None,
    efficiencies: Efficiencies | None = None,
) -> EngineRates:
    """What the GPU of an engine reaches."""
    quantization = quantization_of(architecture, work.precision)
    served = served_format(work.precision, quantization, gpu, architecture)
    assert isinstance(served, ServedFormat), served
    used = efficiencies or shipped_efficiencies()
    return engine_rates(work, served, quantization, gpu, kv_bytes, used, engine_version)


def quantization_of(architecture: ModelArchitecture, precision: Precision) -> str | None:
    """vLLM's name of the format that the architecture's checkpoints of a precision have."""
    return {
        Precision.BF16: None,
        Precision.FP8: "fp8",
        Precision.INT8: "compressed-tensors",
        Precision.INT4: "awq",
        Precision.FP4: architecture.quantized_layers.fp4_format,
    }[precision]


def curves_of(
    architecture: ModelArchitecture,
    precision: Precision,
    gpu: GpuProfile,
    parallelism: Parallelism = ONE_GPU,
    *,
    kv_bytes: float = 2.0,
    efficiencies: Efficiencies | None = None,
) -> StepCurves:
    """The step times of one engine."""
    work, rates = work_and_rates(
        architecture, precision, gpu, parallelism, kv_bytes=kv_bytes, efficiencies=efficiencies
    )
    return step_curves([work], [rates])


def served_formats(architecture: ModelArchitecture, gpu: GpuProfile) -> Iterator[Precision]:
    """The precisions in which vLLM runs an architecture on a GPU."""
    for precision in Precision:
        served = served_format(precision, quantization_of(architecture, precision), gpu, architecture)
        if isinstance(served, ServedFormat):
            yield precision


def steps_s(curves: StepCurves, loads: Sequence[StepLoad]) -> np.ndarray:
    """The time of each load's step on each engine."""
    columns = [np.array([[float(getattr(load, name)) for load in loads]]) for name in StepLoad.__dataclass_fields__]
    rows = curves.window.size
    return step_time_s(curves, StepLoad(*(np.broadcast_to(column, (rows, len(loads))) for column in columns)))


def decoding(sequences: float, context: float = 600) -> StepLoad:
    """A step in which this many sequences of this context each get a token."""
    return StepLoad(*(np.asarray(part) for part in (0.0, sequences, sequences * context, 0.0, sequences)))


def reading(tokens: float) -> StepLoad:
    """A step that reads one prompt."""
    return StepLoad(*(np.asarray(part) for part in (tokens, 0.0, 0.0, tokens * (tokens + 1) / 2, 1.0)))
