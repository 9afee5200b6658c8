"""From the ``quantization_config`` of a ``config.json`` to the precision of the weights and what stays 16 bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neuralnav.knowledge.published_config.fields import ConfigFields
from neuralnav.models.catalog import Fp4Format, QuantizedScope
from neuralnav.models.vocabulary import Precision

NVFP4_GROUP = 16
INT4_GROUP = 128
METHODS = ("awq", "compressed-tensors", "fp8", "gptq", "modelopt", "mxfp4")
EXCEPT = ("ignore", "modules_to_not_convert", "exclude_modules")
"""Where the methods list the modules that they leave in 16 bit."""


@dataclass(frozen=True)
class NumberFormat:
    """How weights are stored."""

    precision: Precision = Precision.BF16
    quantization: str | None = None
    """What vLLM calls it."""
    group_size: int | None = None
    scope: QuantizedScope = "all"

    @property
    def fp4_format(self) -> Fp4Format:
        """Which of the two 4-bit floating-point formats it is, if it is one."""
        return "mxfp4" if self.quantization == "mxfp4" else "nvfp4"


USUAL_FORMATS: Mapping[Precision, NumberFormat] = {
    Precision.BF16: NumberFormat(),
    Precision.FP8: NumberFormat(Precision.FP8, "fp8"),
    Precision.INT8: NumberFormat(Precision.INT8, "compressed-tensors"),
    Precision.INT4: NumberFormat(Precision.INT4, "compressed-tensors", INT4_GROUP),
    Precision.FP4: NumberFormat(Precision.FP4, "modelopt_fp4", NVFP4_GROUP),
}
"""What is taken where only the precision is known."""


def read_number_format(document: Mapping[str, Any], said: Precision | None = None) -> NumberFormat:
    """The number format that a ``config.json`` names; without one it is ``said``, or 16 bit.

    Raises:
        InvalidInputError: the method is not one that can be planned with, or not of the precision that was ``said``.
    """
    whole = ConfigFields(document)
    text = whole.part("text_config")
    config = whole.part("quantization_config") or whole.part("compression_config")
    config = config or (text.part("quantization_config") if text else None)
    if config is None:
        whole.raise_problems()
        return USUAL_FORMATS[said or Precision.BF16]
    found = _of_method(config)
    whole.problems += [] if config.problems is whole.problems else config.problems
    whole.raise_problems()
    if said not in (None, found.precision):
        config.refuse("quant_method", f"{said} was asked for; these weights are {found.precision}")
        config.raise_problems()
    return found


def _of_method(config: ConfigFields) -> NumberFormat:
    method = config.text("quant_method") or ("modelopt" if config.has("quant_algo") else "")
    scope = _scope(config)
    if method == "fp8":
        block = config.wholes("weight_block_size")
        return NumberFormat(Precision.FP8, method, max(block) if block else None, scope)
    if method == "mxfp4":
        return NumberFormat(Precision.FP4, method, None, "experts")
    if method in ("awq", "gptq"):
        return _of_bits(config, config.needed("bits", "w_bit"), "int", method, scope)
    if method == "compressed-tensors":
        return _of_groups(config, method, scope)
    if method == "modelopt":
        return _of_modelopt(config, scope)
    config.refuse("quant_method", f"one of {', '.join(METHODS)}")
    return NumberFormat()


def _of_groups(config: ConfigFields, method: str, scope: QuantizedScope) -> NumberFormat:
    groups = config.part("config_groups")
    group = groups.first_part() if groups else None
    weights = group.part("weights") if group else None
    if weights is None:
        config.refuse("config_groups", "a group with weights")
        return NumberFormat()
    return _of_bits(weights, weights.needed("num_bits"), weights.text("type") or "int", method, scope)


def _of_bits(config: ConfigFields, bits: int | None, kind: str, method: str, scope: QuantizedScope) -> NumberFormat:
    precisions = {
        (4, "int"): Precision.INT4,
        (8, "int"): Precision.INT8,
        (8, "float"): Precision.FP8,
        (4, "float"): Precision.FP4,
    }
    precision = precisions.get((bits or 0, kind))
    if precision is None:
        config.refuse("num_bits" if config.has("num_bits") else "bits", "4 or 8")
        return NumberFormat()
    group = config.whole("group_size", "q_group_size")
    usual = USUAL_FORMATS[precision].group_size
    return NumberFormat(precision, method, group or usual, scope)


def _of_modelopt(config: ConfigFields, scope: QuantizedScope) -> NumberFormat:
    algorithm = (config.text("quant_algo") or "").upper()
    if algorithm.startswith("FP8"):
        return NumberFormat(Precision.FP8, "modelopt", None, scope)
    if algorithm == "NVFP4":
        return NumberFormat(Precision.FP4, "modelopt_fp4", NVFP4_GROUP, scope)
    config.refuse("quant_algo", "FP8 or NVFP4")
    return NumberFormat()


def _scope(config: ConfigFields) -> QuantizedScope:
    """Which linear layers are quantised, by the modules that are left out; LM head and routers always are."""
    left_out = " ".join(name for field in EXCEPT for name in config.texts(field))
    if "self_attn" not in left_out:
        return "all"
    return "experts" if "shared_expert" in left_out or "mlp.down_proj" in left_out else "feed_forward"
