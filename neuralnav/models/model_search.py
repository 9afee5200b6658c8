"""Names of models as people and quantised uploads write them, down to the closest ones to offer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from rapidfuzz import fuzz, process

from neuralnav.errors import FieldProblem, NotFoundError
from neuralnav.models.catalog import ReferenceData
from neuralnav.models.model_names import NamedModel, known_models, resolve_model
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
CLOSE_NAMES = 5
_CLOSE_ENOUGH = 60
_SHOWN = 80


def find_model(name: str, reference: ReferenceData, precision: Precision | None = None) -> NamedModel:
    """The model called ``name``, in ``precision`` where that is given.

    Besides what ``resolve_model`` knows, display names of the catalogue, and names that differ from a known id only in
    the owner, in the words that quantised uploads end with (``-FP8-dynamic``, ``-AWQ`` ...), and in ``Instruct`` and
    the like: whoever quantised or finetuned it, the shape is the same, which is all that speed depends on.

    Raises:
        NotFoundError: nothing is called so, or several shapes are; the error offers the closest names.
    """
    found = resolve_model(name, reference, precision)
    if found is None:
        said, published = _said(name, reference)
        found = resolve_model(said, reference, precision or published) if said else None
    if found is None:
        raise _unknown(name, reference)
    return found


def _said(name: str, reference: ReferenceData) -> tuple[str | None, Precision | None]:
    """The id that ``name`` comes down to, if there is but one shape, and the number format that it says."""
    wanted = _plain(name)
    for model in reference.models:
        if _plain(model.display_name) == wanted:
            return model.model_id, None
    stem, precision = _stem_and_format(name)
    shapes = {model.architecture.name: model.model_id for model in _with_stem(stem, known_models(reference))}
    return (next(iter(shapes.values())) if len(shapes) == 1 else None), precision


def _with_stem(stem: str, models: Iterable[NamedModel]) -> Iterator[NamedModel]:
    return (model for model in models if _stem_and_format(model.model_id)[0] == stem)


def _stem_and_format(name: str) -> tuple[str, Precision | None]:
    """What a name says of the shape, and the number format that its last words mean."""
    words = re.split(r"-|\.(?=w\d)", _plain(name.rsplit("/", 1)[-1]))
    precision = None
    while len(words) > 1 and words[-1] in FORMAT_WORDS:
        meant = FORMAT_WORDS[words.pop()]
        precision = precision or meant
    if words[0] == "meta" and len(words) > 1:
        words = words[1:]
    return "-".join(word for word in words if word not in VARIANT_WORDS), precision


def _plain(name: str) -> str:
    """``name`` in lower case, its words joined by ``-``."""
    return re.sub(r"[\s_()]+", "-", name.strip().casefold()).strip("-")


def _unknown(name: str, reference: ReferenceData) -> NotFoundError:
    """The error, with the catalogue's models whose short names are most like ``name`` by their letters."""
    ids = {model.short_name: model.model_id for model in reversed(reference.models)}
    wanted, _ = _stem_and_format(name)
    close = process.extract(wanted, list(ids), scorer=fuzz.WRatio, score_cutoff=_CLOSE_ENOUGH, limit=CLOSE_NAMES)
    shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    if not close:
        allowed = "a model of 'models list'"
        return NotFoundError(
            f"No model is called {shown!r}, nor anything like it: 'models list' has those of the catalogue.",
            (FieldProblem("model", shown, allowed),),
        )
    allowed = ", ".join(ids[short_name] for short_name, _, _ in close)
    return NotFoundError(
        f"No model is called {shown!r}. Did you mean: {allowed}?", (FieldProblem("model", shown, allowed),)
    )
