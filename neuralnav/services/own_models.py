"""A user's own model: understood from its ``config.json``, checked, and ready to be planned with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.published_config.number_format import NumberFormat, read_number_format
from neuralnav.knowledge.published_config.shape import PublishedShape, read_shape
from neuralnav.models.catalog import CatalogModel, ModelArchitecture, QuantizedLayers, ReferenceData
from neuralnav.models.model_names import resolve_model
from neuralnav.models.problems import shown
from neuralnav.models.vocabulary import Precision, Quality
from neuralnav.performance.architecture import parameter_counts

OPEN_LICENCES = frozenset({"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0"})
_SAID_OF_ANY_LICENCE = frozenset({"the", "license", "licence", "version", "v"})
UNKNOWN_LICENCE = "unknown"
SOURCE = "config.json, added by user"
TERMS = "the user's own"
PLACEHOLDER = 1_000_000
"""Stands for the parameter count until the shape that it follows from has been checked."""


@dataclass(frozen=True)
class ModelFacts:
    """What a ``config.json`` does not say; ``None`` and empty: taken as :func:`understand` tells."""

    model_id: str | None = None
    licence: str | None = None
    commercial: bool | None = None
    vendor: str | None = None
    precision: Precision | None = None
    tasks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    context_tokens: int | None = None
    quality_tier: Quality = Quality.STANDARD
    tool_calling: bool = False
    trust_remote_code: bool = False
    approved: bool = True
    like: str | None = None
    """A model type that the file is to be read as."""


@dataclass(frozen=True)
class OwnModel:
    """A model that can be written into the catalogue, and what was taken for granted on the way."""

    model: CatalogModel
    architecture: ModelArchitecture
    is_new_shape: bool
    """Whether the shape has to be written too: the knowledge base has none of that name."""
    parameters: int
    notes: tuple[str, ...]


def understand(document: Mapping[str, Any], facts: ModelFacts, reference: ReferenceData, as_of: str) -> OwnModel:
    """The model that ``document``, a ``config.json``, and ``facts`` describe. ``as_of`` is the day in ISO 8601.

    Unset, the id is the file's ``_name_or_path``, the vendor the id's owner, and the licence unknown, which does not
    allow commercial use; without tasks the model counts as able to do all that the use cases ask for.

    Raises:
        InvalidInputError: a field is missing or cannot be, or the catalogue has the model; names each field.
    """
    model_id = _model_id(document, facts, reference)
    numbers = read_number_format(document, facts.precision)
    known = resolve_model(model_id, reference)
    notes: list[str] = []
    if known is not None and known.model_id.casefold() == model_id.casefold():
        architecture = next(arch for arch in reference.architectures if arch.name == known.architecture.name)
        notes.append(f"its shape was known already, as that of {architecture.name}, and is used")
    else:
        shape = read_shape(document, facts.like)
        architecture = _architecture(model_id, shape, numbers, as_of)
        notes += [f"read as a model of type {shape.model_type}", *shape.notes]
    model = _model(model_id, architecture, numbers, facts, reference, as_of)
    return OwnModel(
        model=model,
        architecture=architecture,
        is_new_shape=not any(one is architecture for one in reference.architectures),
        parameters=parameter_counts(architecture).total,
        notes=(*notes, *_taken_for_granted(model, facts)),
    )


def _model_id(document: Mapping[str, Any], facts: ModelFacts, reference: ReferenceData) -> str:
    model_id = facts.model_id or document.get("_name_or_path")
    if not isinstance(model_id, str) or not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", model_id):
        raise _refusal("id", shown(model_id), "owner/name, as on Hugging Face: --id")
    if any(model.model_id.casefold() == model_id.casefold() for model in reference.models):
        raise _refusal("id", model_id, "an id that the catalogue does not have; 'models remove' takes one out")
    return model_id


def _architecture(model_id: str, shape: PublishedShape, numbers: NumberFormat, as_of: str) -> ModelArchitecture:
    layers: dict[str, Any] = {"fp4_format": numbers.fp4_format}
    if numbers.precision is not Precision.BF16:
        layers[numbers.precision.value] = numbers.scope
    if numbers.precision is Precision.INT4 and numbers.group_size:
        layers["int4_group_size"] = numbers.group_size
    try:
        checked = ModelArchitecture(
            name=model_id,
            quantized_layers=QuantizedLayers(**layers),
            published_parameters=PLACEHOLDER,
            source=f"{SOURCE}; parameters: the count that follows from it",
            source_licence=TERMS,
            as_of=as_of,
            **shape.fields,
        )
    except ValidationError as error:
        raise _invalid(error) from None
    total = parameter_counts(checked).total
    if total < PLACEHOLDER:
        raise _refusal("config.json", total, f"a model of at least {PLACEHOLDER:,} parameters")
    return checked.model_copy(update={"published_parameters": total})


def _model(
    model_id: str,
    architecture: ModelArchitecture,
    numbers: NumberFormat,
    facts: ModelFacts,
    reference: ReferenceData,
    as_of: str,
) -> CatalogModel:
    licence = _licence(facts.licence)
    is_open = licence in OPEN_LICENCES
    window = architecture.max_position_embeddings
    if facts.context_tokens is not None and facts.context_tokens > window:
        raise _refusal("context", facts.context_tokens, f"at most {window:,}, the model's own")
    owner, _, repository = model_id.partition("/")
    try:
        return CatalogModel(
            model_id=model_id,
            display_name=repository,
            short_name=_short_name(owner, repository, reference),
            provider=facts.vendor or owner,
            architecture=architecture.name,
            precision=numbers.precision,
            quantization=numbers.quantization,
            quantization_group_size=numbers.group_size,
            context_tokens=facts.context_tokens or window,
            tasks=facts.tasks or _all_tasks(reference),
            languages=facts.languages,
            tool_calling=facts.tool_calling,
            licence=licence,
            licence_is_open=is_open,
            licence_allows_commercial_use=is_open if facts.commercial is None else facts.commercial,
            trust_remote_code=facts.trust_remote_code,
            approved_for_production=facts.approved,
            quality_tier=facts.quality_tier,
            source=SOURCE,
            source_licence=TERMS,
            as_of=as_of,
        )
    except ValidationError as error:
        raise _invalid(error) from None


def _licence(said: str | None) -> str:
    """An open licence as SPDX writes it, however it was said; any other as it was said."""
    if said is None or not said.strip():
        return UNKNOWN_LICENCE
    words = _licence_words(said)
    return next((known for known in OPEN_LICENCES if _licence_words(known) == words), said.strip())


def _licence_words(name: str) -> frozenset[str]:
    """What tells a licence apart: ``Apache License, Version 2.0`` is apache and 2."""
    words = re.findall(r"[a-z]+|\d+(?:\.\d+)*", name.casefold())
    return frozenset(word.removesuffix(".0") for word in words) - _SAID_OF_ANY_LICENCE


def _short_name(owner: str, repository: str, reference: ReferenceData) -> str:
    """The repository in lower case; with its owner where the catalogue has a model of that name."""
    plain = re.sub(r"[^a-z0-9.-]", "-", repository.lower()).lstrip("-.")[:60]
    if plain not in reference.short_names:
        return plain
    return re.sub(r"[^a-z0-9.-]", "-", f"{owner}-{plain}".lower()).lstrip("-.")[:60]


def _all_tasks(reference: ReferenceData) -> tuple[str, ...]:
    return tuple(dict.fromkeys(task for use_case in reference.use_cases for task in use_case.tasks))


def _taken_for_granted(model: CatalogModel, facts: ModelFacts) -> list[str]:
    notes = ["no benchmark scores are known: its accuracy is estimated from its size"]
    if not facts.tasks:
        notes.append("it counts as able to do everything: --tasks narrows that")
    if model.licence == UNKNOWN_LICENCE:
        notes.append("its licence is unknown, and counts as not open and not for commercial use: --licence says which")
    if not model.approved_for_production:
        notes.append("it is not approved for production, so plans leave it out unless policy.approved_only is false")
    return notes


def _invalid(error: ValidationError) -> InvalidInputError:
    problems = []
    for found in error.errors(include_url=False):
        message = found["msg"].removeprefix("Value error, ")
        field = ".".join(map(str, found["loc"]))
        if not field:
            field, _, message = message.partition(": ")
        problems.append(FieldProblem(field, shown(found["input"]) if found["loc"] else None, message))
    return InvalidInputError(f"This model cannot be: {'; '.join(map(str, problems))}.", tuple(problems))


def _refusal(field: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, value, allowed)
    return InvalidInputError(f"This model cannot be added: {problem}.", (problem,))
