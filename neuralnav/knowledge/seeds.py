"""The shipped reference data: read, typed, range-checked and cross-checked before anything plans with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import Field, JsonValue, ValidationError

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.base import Frozen
from neuralnav.models.catalog import (
    CatalogModel,
    GpuProfile,
    InstancePrice,
    ModelArchitecture,
    QualityScore,
    ReferenceData,
    UseCaseTemplate,
)
from neuralnav.models.template import DeploymentTemplate
from neuralnav.models.vocabulary import UseCase
from neuralnav.resources import resource_dir

ARCHITECTURES = "architectures.json"
MODELS = "models.json"
HARDWARE = "hardware.json"
PRICES = "prices.json"
USE_CASES = "use_cases.json"
QUALITY_SCORES = "quality_scores.json"
TEMPLATES = "templates.json"
MAX_FILE_BYTES = 20_000_000
MAX_PROBLEMS = 20
"""More than this many problems of one file are not listed."""
MAX_SHOWN = 200
"""Characters of a refused value that an error repeats."""

Entry = TypeVar("Entry", bound=Frozen)
Problems = Iterator[FieldProblem]


class SeedFile(Frozen):
    """One file of seed data: its terms and date, and its entries, each completed by ``defaults``."""

    licence: str = Field(min_length=1)
    as_of: str = Field(pattern=r"^\d{4}(-\d{2}){0,2}$")
    """Year, month or day that the figures are of."""
    defaults: dict[str, JsonValue] = Field(default_factory=dict)
    entries: tuple[dict[str, JsonValue], ...] = Field(min_length=1)


def read_seeds(directory: Path | None = None, *, templates: bool = True) -> ReferenceData:
    """The reference data of the seven files in ``directory``; unset, those that ship with NeuralNav.

    Without ``templates``, that file is not read: it is made from the others.

    Raises:
        InvalidInputError: a file is missing, is not JSON, or holds a value that is out of range, doubled, or points to
            nothing; each problem names file, entry and field, the value and what is allowed.
    """
    source = directory or resource_dir("data")
    data = ReferenceData(
        architectures=_read(source, ARCHITECTURES, ModelArchitecture, lambda entry: entry.name.casefold()),
        models=_read(source, MODELS, CatalogModel, lambda entry: entry.model_id.casefold()),
        gpus=_read(source, HARDWARE, GpuProfile, lambda entry: entry.gpu_type),
        prices=_read(source, PRICES, InstancePrice, _price_key),
        use_cases=_read(source, USE_CASES, UseCaseTemplate, lambda entry: entry.use_case),
        quality_scores=_read(source, QUALITY_SCORES, QualityScore, lambda entry: (entry.model, entry.benchmark)),
        templates=_read(source, TEMPLATES, DeploymentTemplate, lambda entry: entry.name) if templates else (),
    )
    _refuse(source, tuple(_dangling(data)))
    return data


def _price_key(price: InstancePrice) -> Hashable:
    return price.cloud_provider, price.instance_type, price.region


def _read(directory: Path, name: str, entry_type: type[Entry], key: Callable[[Entry], Hashable]) -> tuple[Entry, ...]:
    path = directory / name
    seeds = _parse(path)
    entries: list[Entry] = []
    problems: list[FieldProblem] = []
    first_with: dict[Hashable, int] = {}
    shared = {"source_licence": seeds.licence, "as_of": seeds.as_of, **seeds.defaults}
    for number, raw in enumerate(seeds.entries):
        where = f"{name}: {_label(number, raw)}"
        try:
            entry = entry_type.model_validate_json(json.dumps({**shared, **raw}), strict=True)
        except ValidationError as error:
            problems.extend(_as_problems(where, error))
            continue
        earlier = first_with.setdefault(key(entry), number)
        if earlier != number:
            problems.append(FieldProblem(where, key(entry), f"once; entry {earlier} has the same key"))
        entries.append(entry)
    _refuse(path, tuple(problems))
    return tuple(entries)


def _parse(path: Path) -> SeedFile:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            _refuse(path, (FieldProblem(path.name, path.stat().st_size, f"at most {MAX_FILE_BYTES} bytes"),))
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
        return SeedFile.model_validate(raw)
    except OSError as error:
        problem = FieldProblem(path.name, str(path), "a readable file")
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}", (problem,)) from error
    except ValidationError as error:
        problems = tuple(_as_problems(path.name, error))
    except (ValueError, RecursionError) as error:
        problems = (FieldProblem(path.name, str(error)[:MAX_SHOWN], "JSON in UTF-8, each key once, finite numbers"),)
    raise _refusal(path, problems)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {doubled!r} is there twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _label(number: int, raw: dict[str, JsonValue]) -> str:
    keys = ("model_id", "name", "use_case", "instance_type", "gpu_type", "model")
    name = next((str(raw[key])[:80] for key in keys if key in raw), None)
    return f"entry {number}" if name is None else f"entry {number} ({name})"


def _as_problems(where: str, error: ValidationError) -> Problems:
    for detail in error.errors():
        field = ".".join(map(str, detail["loc"]))
        message = detail["msg"].removeprefix("Value error, ")
        value = None if detail["type"] == "missing" or not detail["loc"] else _shown(detail["input"])
        if not field and ": " in message:
            field, _, message = message.partition(": ")
        yield FieldProblem(f"{where}: {field}" if field else where, value, message)


def _shown(value: Any) -> Any:
    return value if len(repr(value)) <= MAX_SHOWN else f"{repr(value)[:MAX_SHOWN]}..."


def _dangling(data: ReferenceData) -> Problems:
    yield from _dangling_models(data)
    yield from _doubled_names(data)
    gpus = {gpu.gpu_type for gpu in data.gpus}
    for price in data.prices:
        if price.gpu_type not in gpus:
            where = f"{PRICES}: {price.instance_type}: gpu_type"
            yield FieldProblem(where, price.gpu_type.value, f"a gpu_type of {HARDWARE}")
    benchmarks = {score.benchmark for score in data.quality_scores}
    tasks = {task for model in data.models for task in model.tasks}
    for template in data.use_cases:
        where = f"{USE_CASES}: {template.use_case}"
        for name in template.quality_weights.keys() - benchmarks:
            yield FieldProblem(f"{where}: quality_weights", name, f"a benchmark of {QUALITY_SCORES}")
        for name in template.quality_weights.keys() - template.quality_reasons.keys():
            yield FieldProblem(f"{where}: quality_reasons", None, f"a reason for the weight of {name}")
        if not tasks.intersection(template.tasks):
            yield FieldProblem(f"{where}: tasks", list(template.tasks), f"a task that a model of {MODELS} can do")
    for missing in _missing(UseCase, (template.use_case for template in data.use_cases)):
        yield FieldProblem(f"{USE_CASES}: use_case", None, f"an entry for {missing}")
    yield from _dangling_templates(data)


def _dangling_models(data: ReferenceData) -> Problems:
    contexts = {arch.name: arch.max_position_embeddings for arch in data.architectures}
    rated = {score.model for score in data.quality_scores}
    for model in data.models:
        where = f"{MODELS}: {model.model_id}"
        context = contexts.get(model.architecture)
        if context is None:
            yield FieldProblem(f"{where}: architecture", model.architecture, f"a name of {ARCHITECTURES}")
        elif model.context_tokens > context:
            allowed = f"at most the architecture's {context}"
            yield FieldProblem(f"{where}: context_tokens", model.context_tokens, allowed)
        if model.quality_key is not None and model.quality_key not in rated:
            yield FieldProblem(f"{where}: quality_key", model.quality_key, f"a model of {QUALITY_SCORES}, or null")


def _dangling_templates(data: ReferenceData) -> Problems:
    models = {model.model_id for model in data.models}
    gpus = {gpu.gpu_type for gpu in data.gpus}
    for template in data.templates:
        where = f"{TEMPLATES}: {template.name}"
        if template.model not in models:
            yield FieldProblem(f"{where}: model", template.model, f"a model_id of {MODELS}")
        if template.gpu_type not in gpus:
            yield FieldProblem(f"{where}: gpu_type", template.gpu_type.value, f"a gpu_type of {HARDWARE}")


def _doubled_names(data: ReferenceData) -> Problems:
    """A checkpoint may be called what its shape is called; otherwise a name means one thing."""
    taken = {model.model_id.casefold() for model in data.models}
    shapes = {arch.name.casefold(): arch for arch in data.architectures}
    for arch in data.architectures:
        for checkpoint in arch.checkpoints:
            key = checkpoint.model_id.casefold()
            if key in taken or shapes.get(key, arch) is not arch:
                where = f"{ARCHITECTURES}: {arch.name}: checkpoints"
                yield FieldProblem(where, checkpoint.model_id, "an id that nothing else has")
            taken.add(key)


def _missing(wanted: Iterable[UseCase], present: Iterable[UseCase]) -> list[UseCase]:
    there = set(present)
    return [use_case for use_case in wanted if use_case not in there]


def _refuse(path: Path, problems: tuple[FieldProblem, ...]) -> None:
    if problems:
        raise _refusal(path, problems)


def _refusal(path: Path, problems: tuple[FieldProblem, ...]) -> InvalidInputError:
    listed = problems[:MAX_PROBLEMS]
    more = f"; and {len(problems) - MAX_PROBLEMS} more" if len(problems) > MAX_PROBLEMS else ""
    return InvalidInputError(f"{path} cannot be used: " + "; ".join(map(str, listed)) + more, listed)
