"""The arguments of ``vllm serve`` as data, in a fixed order, for the release that images are pinned to."""

from __future__ import annotations

import json
from typing import NamedTuple

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.catalog import CatalogModel, GpuProfile
from neuralnav.models.plan import Recommendation

PORT = 8000
"""Where vLLM listens in the container."""

CHAT_TEMPLATE_FLAG = "--default-chat-template-kwargs"
"""What chat templates are told where a request does not say otherwise, as a JSON object."""

QUANTIZE_AT_LOAD = {
    "fp8": "fp8_per_tensor",
    "fp8_per_tensor": "fp8_per_tensor",
    "fp8_per_block": "fp8_per_block",
    "fp8_per_channel": "fp8_per_channel",
    "mxfp8": "mxfp8",
    "mxfp4": "mxfp4",
}
"""What a plan may ask of a 16-bit checkpoint, and the scheme of vLLM 0.31 that does it while loading.

Its plain ``fp8`` takes checkpoints that are FP8 already and refuses others.
"""

KNOWN_FLAGS = frozenset(
    {
        "--served-model-name",
        "--port",
        "--tensor-parallel-size",
        "--max-model-len",
        "--max-num-seqs",
        "--max-num-batched-tokens",
        "--gpu-memory-utilization",
        "--dtype",
        "--quantization",
        "--kv-cache-dtype",
        "--enable-prefix-caching",
        "--no-enable-prefix-caching",
        "--trust-remote-code",
        CHAT_TEMPLATE_FLAG,
        "--shutdown-timeout",
    }
)
"""Every flag that a manifest may hold."""


class EngineFlag(NamedTuple):
    """One flag of ``vllm serve``; ``value`` is ``None`` for a switch."""

    name: str
    value: str | None = None

    @property
    def text(self) -> str:
        """The flag as one argument."""
        return self.name if self.value is None else f"{self.name}={self.value}"


def plain(number: float) -> str:
    """A number in its shortest decimal form, three decimals at most."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _quantization(choice: Recommendation, model: CatalogModel) -> str | None:
    """The scheme to quantise with while loading, or ``None``.

    vLLM reads the method of a quantised checkpoint from its ``config.json``. To name it would only add a way
    to fail: vLLM refuses any other name for it, and some names (``mxfp4``) ask for something else.
    """
    wanted = choice.engine.quantization
    if model.quantization is not None:
        if wanted not in (None, model.quantization):
            raise InvalidInputError(
                f"{model.model_id} is published as {model.quantization}; vLLM cannot load it as {wanted!r}.",
                (FieldProblem("engine.quantization", wanted, model.quantization),),
            )
        return None
    if wanted is None:
        if choice.precision is not model.precision:
            raise InvalidInputError(
                f"{model.model_id} is published in {model.precision.value}; to serve it in "
                f"{choice.precision.value} the plan must say how to quantise it.",
                (FieldProblem("precision", choice.precision.value, model.precision.value),),
            )
        return None
    scheme = QUANTIZE_AT_LOAD.get(wanted)
    if scheme is None:
        allowed = ", ".join(QUANTIZE_AT_LOAD)
        raise InvalidInputError(
            f"vLLM cannot quantise {model.model_id} to {wanted!r} while loading it; allowed: {allowed}.",
            (FieldProblem("engine.quantization", wanted, allowed),),
        )
    return scheme


def engine_flags(
    choice: Recommendation, model: CatalogModel, gpu: GpuProfile, *, drain_seconds: int
) -> tuple[EngineFlag, ...]:
    """The flags that start vLLM as ``choice`` plans it.

    ``drain_seconds`` is how long requests in flight may finish once the pod is asked to stop.

    Raises:
        InvalidInputError: the planned quantisation cannot be had with this checkpoint.
    """
    engine = choice.engine
    flags = [
        EngineFlag("--served-model-name", model.model_id),
        EngineFlag("--port", str(PORT)),
        EngineFlag("--tensor-parallel-size", str(choice.tensor_parallel)),
        EngineFlag("--max-model-len", str(engine.max_model_len)),
        EngineFlag("--max-num-seqs", str(engine.max_num_seqs)),
        EngineFlag("--max-num-batched-tokens", str(engine.max_num_batched_tokens)),
        EngineFlag("--gpu-memory-utilization", plain(engine.gpu_memory_utilization)),
    ]
    if not gpu.bf16:
        flags.append(EngineFlag("--dtype", "float16"))
    if scheme := _quantization(choice, model):
        flags.append(EngineFlag("--quantization", scheme))
    if engine.kv_cache_dtype is not None:
        flags.append(EngineFlag("--kv-cache-dtype", engine.kv_cache_dtype))
    cached = "--enable-prefix-caching" if engine.enable_prefix_caching else "--no-enable-prefix-caching"
    flags.append(EngineFlag(cached))
    if model.trust_remote_code:
        flags.append(EngineFlag("--trust-remote-code"))
    if model.chat_template_kwargs:
        arguments = json.dumps(model.chat_template_kwargs, sort_keys=True, separators=(",", ":"))
        flags.append(EngineFlag(CHAT_TEMPLATE_FLAG, arguments))
    flags.append(EngineFlag("--shutdown-timeout", str(drain_seconds)))
    return tuple(flags)


def engine_arguments(model: CatalogModel, flags: tuple[EngineFlag, ...], *, weights: str | None = None) -> list[str]:
    """The arguments after ``vllm serve``: the model first, as that command wants it, then the flags.

    ``weights``: where they are, if not at Hugging Face under the model's own id.
    """
    return [weights or model.model_id, *(flag.text for flag in flags)]
