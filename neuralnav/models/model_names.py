"""What the name of a model means: a shape, the precision of its weights, and vLLM's name of their format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from neuralnav.models.catalog import ModelArchitecture, ReferenceData
from neuralnav.models.vocabulary import Precision

NVFP4_GROUP = 16


@dataclass(frozen=True, slots=True)
class NamedModel:
    """Weights that have a name."""

    model_id: str
    """The Hugging Face id, in its published letter case."""
    architecture: ModelArchitecture
    precision: Precision
    quantization: str | None
    """What vLLM calls the format; ``None`` for 16 bit."""
    quantization_group_size: int | None
    """Weights of a row that share one scale, for ``valid_tensor_parallel``; ``None``: one scale a row."""
    short_name: str | None = None
    """What the catalogue calls the model, whatever its precision; ``None`` for models that are not in it."""
    context_tokens: int | None = None
    """Its longest context, where that is not the architecture's."""


def known_models(reference: ReferenceData) -> Iterator[NamedModel]:
    """Every model with a name: those of the catalogue, then other checkpoints of each architecture, then the rest."""
    architectures = {architecture.name: architecture for architecture in reference.architectures}
    for model in reference.models:
        yield NamedModel(
            model_id=model.model_id,
            architecture=architectures[model.architecture],
            precision=model.precision,
            quantization=model.quantization,
            quantization_group_size=model.quantization_group_size,
            short_name=model.short_name,
        )
    for architecture in reference.architectures:
        for checkpoint in architecture.checkpoints:
            yield NamedModel(
                model_id=checkpoint.model_id,
                architecture=architecture,
                precision=checkpoint.precision,
                quantization=checkpoint.quantization,
                quantization_group_size=checkpoint.quantization_group_size,
                context_tokens=checkpoint.context_tokens,
            )
    for architecture in reference.architectures:
        yield NamedModel(architecture.name, architecture, Precision.BF16, None, None)


def resolve_model(name: str, reference: ReferenceData, precision: Precision | None = None) -> NamedModel | None:
    """What ``name`` means, in any letter case, or ``None`` when nothing has that name.

    A name is a Hugging Face id, a short name of the catalogue, or an id without its owner; where several fit, the
    first of ``known_models``. With ``precision`` the same weights in another format: that of a published checkpoint,
    or else what vLLM makes of the 16-bit weights. The architecture is the checkpoint's own, with its context and group
    size.
    """
    wanted = name.strip().casefold()
    known = tuple(known_models(reference))
    found = (
        next((model for model in known if model.model_id.casefold() == wanted), None)
        or next((model for model in known if model.short_name == wanted), None)
        or next((model for model in known if model.model_id.casefold().partition("/")[2] == wanted), None)
    )
    if found is None:
        return None
    if precision is not None and precision is not found.precision:
        found = _in_precision(found, precision, known)
    return replace(found, architecture=_own_architecture(found))


def _in_precision(found: NamedModel, precision: Precision, known: tuple[NamedModel, ...]) -> NamedModel:
    published = next((m for m in known if m.architecture is found.architecture and m.precision is precision), None)
    if published is None:
        quantization, group_size = _usual_format(found.architecture, precision)
    else:
        quantization, group_size = published.quantization, published.quantization_group_size
    return replace(found, precision=precision, quantization=quantization, quantization_group_size=group_size)


def _usual_format(architecture: ModelArchitecture, precision: Precision) -> tuple[str | None, int | None]:
    """Format and group size in which the weights of a model are quantised when nobody has published them so."""
    layers = architecture.quantized_layers
    nvfp4 = layers.fp4_format == "nvfp4"
    return {
        Precision.BF16: (None, None),
        Precision.FP8: ("fp8", None),
        Precision.INT8: ("compressed-tensors", None),
        Precision.INT4: ("compressed-tensors", layers.int4_group_size),
        Precision.FP4: ("modelopt_fp4", NVFP4_GROUP) if nvfp4 else ("mxfp4", None),
    }[precision]


def _own_architecture(model: NamedModel) -> ModelArchitecture:
    changes: dict[str, object] = {}
    if model.context_tokens is not None:
        changes["max_position_embeddings"] = model.context_tokens
    layers = model.architecture.quantized_layers
    group_size = model.quantization_group_size
    if model.precision is Precision.INT4 and group_size not in (None, layers.int4_group_size):
        changes["quantized_layers"] = layers.model_copy(update={"int4_group_size": group_size})
    return model.architecture.model_copy(update=changes) if changes else model.architecture
