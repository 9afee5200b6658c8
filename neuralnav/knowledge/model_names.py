"""Names of models as people and files write them, resolved to a shape and a number format in this one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rapidfuzz import fuzz, process, utils

from neuralnav.errors import FieldProblem, NotFoundError
from neuralnav.models.catalog import ModelArchitecture, ReferenceData
from neuralnav.models.vocabulary import Precision

FORMAT_WORDS: Mapping[str, Precision | None] = MappingProxyType(
    {
        "fp8": Precision.FP8,
        "int8": Precision.INT8,
        "w8a8": Precision.INT8,
        "w8a16": Precision.INT8,
        "8bit": Precision.INT8,
        "int4": Precision.INT4,
        "w4a16": Precision.INT4,
        "4bit": Precision.INT4,
        "awq": Precision.INT4,
        "gptq": Precision.INT4,
        "fp4": Precision.FP4,
        "nvfp4": Precision.FP4,
        "mxfp4": Precision.FP4,
        "bf16": Precision.BF16,
        "quantized": None,
        "dynamic": None,
        "static": None,
        "block": None,
        "kv": None,
        "g128": None,
    }
)
"""Last words of the names of quantised uploads, and the format that they mean; the last one that means any counts."""
VARIANT_WORDS = frozenset({"instruct", "chat", "it", "hf", "base"})
"""Words that tell apart finetunes of one shape."""
GENERIC_FORMATS = MappingProxyType({Precision.FP8: "fp8", Precision.INT8: "compressed-tensors", Precision.INT4: "gptq"})
"""vLLM's name of a format where no published checkpoint tells."""
CLOSE_NAMES = 5
_CLOSE_ENOUGH = 50
_SHOWN = 80


@dataclass(frozen=True)
class NamedModel:
    """What a name stands for."""

    model_id: str
    """The Hugging Face id that it was resolved to."""
    architecture: ModelArchitecture
    precision: Precision
    quantization: str | None
    """What vLLM calls the number format; ``None`` for 16 bit."""
    context_tokens: int
    """Its longest context."""


class ModelNames:
    """The models of the reference data by every name that they have."""

    def __init__(self, reference: ReferenceData) -> None:
        self._models = tuple(_named_models(reference))
        self._by_name: dict[str, NamedModel] = {}
        self._by_stem: dict[str, dict[str, NamedModel]] = {}
        for model in self._models:
            self._by_name.setdefault(_key(model.model_id), model)
        for name, model_id in _other_names(reference):
            self._by_name.setdefault(_key(name), self._by_name[_key(model_id)])
        for model in self._models:
            self._by_name.setdefault(_key(_repository(model.model_id)), model)
            stem, _ = _stem_and_format(model.model_id)
            self._by_stem.setdefault(stem, {}).setdefault(model.architecture.name, model)

    def resolve(self, name: str, precision: Precision | None = None) -> NamedModel:
        """The model called ``name``, in ``precision`` where that is given, else as that name is published.

        A name that nobody published may still say its shape: one that differs from a known id only in its owner, in
        the words that quantised uploads end with (``-FP8-dynamic``, ``-AWQ`` ...) or in ``Instruct`` and the like.

        Raises:
            NotFoundError: nothing is called so, or several shapes are; the error offers the closest names.
        """
        found = self._by_name.get(_key(name)) or self._by_shape(name)
        return found if precision in (None, found.precision) else self._in(found, precision or found.precision)

    def _by_shape(self, name: str) -> NamedModel:
        stem, precision = _stem_and_format(name)
        shapes = self._by_stem.get(stem, {})
        if len(shapes) != 1:
            raise self._unknown(name, [model.model_id for model in shapes.values()])
        (model,) = shapes.values()
        return self._in(model, precision) if precision else model

    def _in(self, model: NamedModel, precision: Precision) -> NamedModel:
        """``model`` in another number format: as somebody published it, or as vLLM would name it."""
        same_shape = (other for other in self._models if other.architecture.name == model.architecture.name)
        published = next((other.quantization for other in same_shape if other.precision is precision), None)
        if precision is Precision.BF16:
            return replace(model, precision=precision, quantization=None)
        generic = GENERIC_FORMATS.get(precision, model.architecture.quantized_layers.fp4_format)
        return replace(model, precision=precision, quantization=published or generic)

    def _unknown(self, name: str, shapes: list[str]) -> NotFoundError:
        close = shapes or _closest(name, [model.model_id for model in self._models])
        allowed = ", ".join(close) or "a model of the catalogue"
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
        return NotFoundError(
            f"No model is called {shown!r}. Did you mean: {allowed}?", (FieldProblem("model", shown, allowed),)
        )


def _named_models(reference: ReferenceData) -> Iterable[NamedModel]:
    """Catalogue entries, other checkpoints, and shapes under the names of the models that they were published with."""
    shapes = {architecture.name: architecture for architecture in reference.architectures}
    for model in reference.models:
        shape = shapes[model.architecture]
        yield NamedModel(model.model_id, shape, model.precision, model.quantization, model.context_tokens)
    for shape in reference.architectures:
        longest = shape.max_position_embeddings
        for point in shape.checkpoints:
            context = point.context_tokens or longest
            yield NamedModel(point.model_id, shape, point.precision, point.quantization, context)
        yield NamedModel(shape.name, shape, Precision.BF16, None, longest)


def _other_names(reference: ReferenceData) -> Iterable[tuple[str, str]]:
    """Display and short names with the id that they mean; several formats share a short name, the first has it."""
    for model in reference.models:
        yield model.display_name, model.model_id
        yield model.short_name, model.model_id


def _key(name: str) -> str:
    return re.sub(r"[\s_()]+", "-", name.strip().casefold()).strip("-")


def _repository(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _stem_and_format(name: str) -> tuple[str, Precision | None]:
    """What a name says of the shape, and the number format that its last words mean."""
    words = re.split(r"-|\.(?=w\d)", _key(_repository(name)))
    precision = None
    while len(words) > 1 and words[-1] in FORMAT_WORDS:
        meant = FORMAT_WORDS[words.pop()]
        precision = precision or meant
    if words[0] == "meta" and len(words) > 1:
        words = words[1:]
    return "-".join(word for word in words if word not in VARIANT_WORDS), precision


def _closest(name: str, known: list[str]) -> list[str]:
    """The known ids most like ``name``, by their words and letters."""
    wanted = _repository(name)
    by_repository = {_repository(one): one for one in reversed(known)}
    found = process.extract(
        wanted,
        list(by_repository),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=_CLOSE_ENOUGH,
        limit=CLOSE_NAMES,
    )
    return [by_repository[repository] for repository, _, _ in found]
