"""What GPUs and vLLM reach of their datasheets: the calibration file, typed.

Every share is of a datasheet peak and at most 1. ``neuralnav calibrate fit`` writes the file from published
measurements (docs/performance-model.md says which); nothing in it belongs to one model.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from neuralnav.errors import UnavailableError
from neuralnav.models.base import Frozen
from neuralnav.models.vocabulary import GpuType
from neuralnav.resources import resource_dir

Share = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1)]
Exponent = Annotated[float, Field(ge=1, le=20)]
Factor = Annotated[float, Field(ge=0.5, le=5)]

Era = Literal["current", "2024"]
"""vLLM since its V1 engine, and the engines of 2024 before it."""


class Operands(StrEnum):
    """Operand formats of dense matrix products with efficiencies of their own."""

    BITS_16 = "16 bit"
    FP8 = "fp8"
    FP4 = "fp4"


class ExpertKernel(StrEnum):
    """vLLM's expert kernels, by weights and activations."""

    BITS_16 = "16 bit"
    FP8 = "fp8"
    INT4 = "int4"
    NVFP4 = "nvfp4"
    MXFP4 = "mxfp4"
    """MXFP4 weights, 16-bit activations."""
    MXFP4_FP8 = "mxfp4 fp8"
    """MXFP4 weights, 8-bit activations, on data-centre Blackwell."""


class ProductEfficiency(Frozen):
    """Dense matrix products: start + smooth maximum of arithmetic and traffic + making the operands small."""

    start_s: Seconds
    arithmetic: Share
    read: Share
    overlap: Exponent
    """p of the smooth maximum (a^p + b^p)^(1/p): 1 adds arithmetic and traffic, infinity takes the larger."""
    quantise: Share
    """Of the memory bandwidth, while 16-bit inputs are read and written in the operand format; 1 where they are not."""


class ExpertEfficiency(Frozen):
    """A layer's routed experts: routing, grouped products, activations in and out."""

    start_s: Seconds
    arithmetic: Share
    read: Share
    overlap: Exponent
    activation: Share
    """Of the memory bandwidth, for the routed tokens' activations."""
    expert_s: Seconds
    """An expert that gets tokens."""
    routed_s: Seconds
    """A token at one of its experts."""
    parallel_start: Annotated[float, Field(gt=0, le=10)]
    """Times that the start costs with expert parallelism."""


class DecodeEfficiency(Frozen):
    """Decode attention of one layer."""

    start_s: Seconds
    read: Share
    """Of the memory bandwidth, for the KV cache."""
    head_s: Seconds
    """A query head of a sequence."""


class PrefillEfficiency(Frozen):
    """Prefill attention of one layer."""

    start_s: Seconds
    arithmetic: Share
    """Of the 16-bit peak."""
    read: Share
    """Of the memory bandwidth, for queries and outputs."""


class AllReduceEfficiency(Frozen):
    """All-reduces among a number of GPUs."""

    gpus: Annotated[int, Field(ge=2, le=72)]
    latency_s: Seconds
    link: Share


class GpuEfficiencies(Frozen):
    """What one kind of GPU reaches in vLLM's kernels."""

    products: dict[Operands, ProductEfficiency]
    experts: dict[ExpertKernel, ExpertEfficiency]
    decode: DecodeEfficiency
    decode_fp8_cache: DecodeEfficiency | None = None
    """With an FP8 KV cache; unset where the GPU has no FP8 units."""
    prefill: PrefillEfficiency
    all_reduce: tuple[AllReduceEfficiency, ...]
    points: Annotated[int, Field(ge=1)]
    """Kernel timings that the figures come from."""
    median_error: Annotated[float, Field(ge=0)]
    """Median of the error's size over those timings."""

    @model_validator(mode="after")
    def _sixteen_bit_is_there(self) -> GpuEfficiencies:
        if Operands.BITS_16 not in self.products or ExpertKernel.BITS_16 not in self.experts:
            raise ValueError("products, experts: '16 bit' must be given, as every other format may fall back to it")
        degrees = [entry.gpus for entry in self.all_reduce]
        if not degrees or degrees != sorted(set(degrees)):
            raise ValueError("all_reduce: must hold at least one number of GPUs, each once and in rising order")
        return self


class ServingCosts(Frozen):
    """What a server adds to its kernels, from measured servers: corrections of the kernels, and host work."""

    era: Era
    generations: tuple[str, ...] = ()
    """GPU generations that these hold for; empty: all that no other entry of the era names."""
    product_factor: Factor
    """Times that products take in a server what they take alone; likewise the next two."""
    expert_factor: Factor
    attention_factor: Factor
    all_reduce_factor: Factor
    """The same for the latency of all-reduces: GPUs wait for the last one to come."""
    quantise_share: Annotated[float, Field(ge=0, le=1)]
    """Of the time that making operands small takes alone: servers fuse it with the kernel before."""
    spread: Share
    """Tokens that choose experts evenly would be this share of those that do: routing prefers some experts."""
    imbalance: Annotated[float, Field(ge=0, le=1)]
    """With experts on n ranks the busiest gets n^imbalance of the mean."""
    dispatch_s: Seconds
    """One exchange of tokens between data-parallel ranks; two a layer of experts."""
    dispatch_link: Share
    small_kernel_s: Seconds
    """A kernel of a layer that is none of the above: norms, rotary angles, cache writes, activation, routing."""
    step_s: Seconds
    """Scheduler, launches and output of a step."""
    parallel_step_s: Seconds
    """What a step of several GPUs adds to that."""
    sequence_s: Seconds
    """A decoding sequence in a step."""
    prompt_token_s: Seconds
    prefill_step_s: Seconds
    """A step with new prompt tokens."""
    prefill_factor: Annotated[float, Field(ge=1, le=2)]
    """Times that a step with new prompt tokens takes what its parts do: no CUDA graph, lower clocks."""
    client_s: Seconds
    """HTTP, tokenising and streaming around the first token."""
    client_token_s: Seconds
    """The same for each prompt token."""
    client_stream_s: Seconds
    """The same for each request in flight: one process serves all streams."""
    ungrouped_read: Share | None = None
    """Where set, decode attention reads keys and values once a query head, at this share of the bandwidth."""


class Efficiencies(Frozen):
    """The calibration's efficiencies and costs."""

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)
    sources: tuple[str, ...]
    gpus: dict[GpuType, GpuEfficiencies]
    stand_ins: dict[GpuType, GpuType]
    """GPUs without kernel timings, and the one whose shares they take on their own datasheet."""
    link_stand_ins: dict[GpuType, GpuType]
    """The same for all-reduces, where another GPU's links are more alike: PCIe is no NVLink."""
    serving: tuple[ServingCosts, ...]

    def gpu(self, gpu_type: GpuType) -> GpuEfficiencies:
        """The shares of a kind of GPU, or those of its stand-in."""
        return self.gpus[self.stand_ins.get(gpu_type, gpu_type)]

    def all_reduce(self, gpu_type: GpuType, gpus: int) -> AllReduceEfficiency:
        """All-reduces among ``gpus`` of a kind of GPU: the entry of the next number that was timed, or the last."""
        entries = self.gpu(self.link_stand_ins.get(gpu_type, gpu_type)).all_reduce
        return next((entry for entry in entries if entry.gpus >= gpus), entries[-1])

    def costs(self, generation: str, engine_version: str | None = None) -> ServingCosts:
        """What a server on GPUs of a generation adds; unset, ``engine_version`` is today's."""
        era = era_of(engine_version)
        entries = [costs for costs in self.serving if costs.era == era]
        named = [costs for costs in entries if generation in costs.generations]
        return (named or [costs for costs in entries if not costs.generations])[0]

    @model_validator(mode="after")
    def _everything_is_covered(self) -> Efficiencies:
        for era in ("current", "2024"):
            if not any(costs.era == era and not costs.generations for costs in self.serving):
                raise ValueError(f"serving: must hold costs of the era {era!r} for all generations")
        missing = set(GpuType) - set(self.gpus) - set(self.stand_ins)
        if missing:
            raise ValueError(f"stand_ins: must name one for {', '.join(sorted(missing))}")
        dangling = {*self.stand_ins.values(), *self.link_stand_ins.values()} - set(self.gpus)
        if dangling:
            raise ValueError(f"stand_ins: {', '.join(sorted(dangling))} must be among gpus")
        return self


def era_of(engine_version: str | None) -> Era:
    """The engines of 2024 (by year, or vLLM up to 0.6) and all others.

    vLLM's V1 engine came with 0.7 and became the default with 0.8.
    """
    if engine_version is None:
        return "current"
    parts = engine_version.strip().lower().removeprefix("v").split(".")
    if parts[0] == "2024" or (parts[0] == "0" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) <= 6):
        return "2024"
    return "current"


def read_efficiencies(path: Path | None = None) -> Efficiencies:
    """The efficiencies in ``path``; unset, those that ship.

    Raises:
        UnavailableError: the file cannot be read or holds something else.
    """
    source = path or resource_dir("data") / "efficiencies.json"
    try:
        return Efficiencies.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, ValidationError) as error:
        raise UnavailableError(f"The efficiencies cannot be read from {source}: {error}") from error


@cache
def shipped_efficiencies() -> Efficiencies:
    """The efficiencies that ship, read once."""
    return read_efficiencies()
