"""``neuralnav models``: the catalogue, looked at and added to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from neuralnav.cli.documents import read_document
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.knowledge.database import Database
from neuralnav.knowledge.own_models import add_model, remove_model
from neuralnav.knowledge.reference import load_reference
from neuralnav.models.catalog import CatalogModel, ReferenceData
from neuralnav.models.model_search import find_model
from neuralnav.models.vocabulary import Precision, Quality
from neuralnav.performance.architecture import parameter_counts
from neuralnav.planning.candidates import ServedModel
from neuralnav.planning.figures import read_figures
from neuralnav.planning.scoring import QualityBook
from neuralnav.services.own_models import ModelFacts, OwnModel, understand
from neuralnav.settings import get_settings

Word = TypeVar("Word", bound=StrEnum)


def list_models(task: str | None, *, as_json: bool) -> int:
    """Print the catalogue, or the part of it that can do ``task``."""
    reference = asyncio.run(_reference())
    tasks = sorted({one for model in reference.models for one in model.tasks})
    if task is not None and task not in tasks:
        raise _refusal("task", task, ", ".join(tasks))
    found = [model for model in reference.models if task is None or task in model.tasks]
    if as_json:
        print_json({"models": [model.model_dump(mode="json") for model in found]})
    else:
        sys.stdout.write("".join(f"{_line(model)}\n" for model in found))
        names = {model.short_name for model in found}
        sys.stdout.write(f"{len(found)} checkpoints of {len(names)} models\n")
    return 0


def show(name: str, *, as_json: bool) -> int:
    """Print what is known of the model called ``name``."""
    document = _facts(name, asyncio.run(_reference()))
    if as_json:
        print_json(document)
    else:
        sys.stdout.write("".join(f"{key}: {_words(value)}\n" for key, value in _flat(document)))
    return 0


def add(config: Path, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Add the model that ``config`` and ``options`` describe, and say what was understood."""
    document, facts = read_document(config), _model_facts(options)
    own = asyncio.run(_add(document, facts))
    if as_json:
        print_json(
            {
                "model": own.model.model_dump(mode="json"),
                "architecture": own.architecture.model_dump(mode="json", exclude_defaults=True),
                "parameters": own.parameters,
                "notes": list(own.notes),
            }
        )
    else:
        sys.stdout.write(f"Added {_line(own.model)}, {own.parameters / 1e9:.3g} billion parameters\n")
        sys.stdout.write("".join(f"  {note}\n" for note in own.notes))
        sys.stdout.write(f'Plan with it: neuralnav plan "... with {own.model.short_name}"\n')
    return 0


def remove(name: str, *, as_json: bool) -> int:
    """Take the model with the id ``name`` out of the catalogue, and the templates of it that came with NeuralNav."""
    templates = asyncio.run(_remove(name))
    if as_json:
        print_json({"removed": name, "templates": templates})
    else:
        sys.stdout.write(f"Removed {name}\n")
        sys.stdout.write("".join(f"Removed with it the template {template}, which shipped\n" for template in templates))
    return 0


def _model_facts(options: Mapping[str, Any]) -> ModelFacts:
    context = options["context"]
    if context is not None and context < 1:
        raise _refusal("context", context, "at least 1 token")
    precision = options["precision"]
    return ModelFacts(
        model_id=options["id"],
        licence=options["licence"],
        commercial=options["commercial"],
        vendor=options["vendor"],
        precision=None if precision is None else _word("precision", precision, Precision),
        tasks=_list(options["tasks"]),
        languages=_list(options["languages"]),
        context_tokens=context,
        quality_tier=_word("quality-tier", options["quality_tier"], Quality),
        tool_calling=options["tool_calling"],
        trust_remote_code=options["trust_remote_code"],
        approved=options["approved"],
        like=options["like"],
    )


def _facts(name: str, reference: ReferenceData) -> dict[str, Any]:
    named = find_model(name, reference)
    counts = parameter_counts(named.architecture)
    row = next((model for model in reference.models if model.model_id == named.model_id), None)
    document: dict[str, Any] = {
        "model": named.model_id,
        "in_catalogue": row is not None,
        "precision": named.precision.value,
        "parameters": counts.total,
        "active_parameters": counts.active_per_token,
        "catalogue": row.model_dump(mode="json") if row else None,
        "architecture": named.architecture.model_dump(mode="json", exclude_defaults=True, exclude={"checkpoints"}),
        "quality_scores": {},
        "accuracy": {},
    }
    if row is not None:
        served = ServedModel(row, named.architecture, row.precision, row.quantization)
        document["quality_scores"] = {
            score.benchmark: score.score for score in reference.quality_scores if score.model == row.quality_key
        }
        document["accuracy"] = _accuracies(served, reference)
    return document


def _accuracies(served: ServedModel, reference: ReferenceData) -> dict[str, Any]:
    book = QualityBook(reference.quality_scores, read_figures())
    found = {}
    for use_case in reference.use_cases:
        accuracy = book.accuracy(served, use_case)
        tier = book.tier(accuracy, use_case.use_case) if accuracy.rated else served.model.quality_tier
        found[use_case.use_case.value] = {
            "score": round(accuracy.score, 1),
            "rated": accuracy.rated,
            "quality_tier": tier.value,
            "note": accuracy.note,
        }
    return found


def _flat(document: Mapping[str, Any], inside: str = "") -> list[tuple[str, Any]]:
    parts = []
    for key, value in document.items():
        if isinstance(value, dict):
            parts += _flat(value, f"{inside}{key}.")
        else:
            parts.append((f"{inside}{key}", value))
    return parts


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if value is None else str(value)


def _line(model: CatalogModel) -> str:
    approval = "" if model.approved_for_production else ", not approved for production"
    return f"{model.model_id} ({model.precision}, {model.context_tokens:,} tokens, {model.licence}{approval})"


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def _word(field: str, value: str, words: type[Word]) -> Word:
    try:
        return words(value.lower())
    except ValueError:
        raise _refusal(field, value[:80], ", ".join(words)) from None


def _refusal(field: str, value: object, allowed: str) -> InvalidInputError:
    problem = FieldProblem(field, value, allowed)
    return InvalidInputError(f"This cannot be: {problem}.", (problem,))


async def _reference() -> ReferenceData:
    async with Database.open(get_settings()) as database:
        return await load_reference(database.pool)


async def _add(document: Mapping[str, Any], facts: ModelFacts) -> OwnModel:
    async with Database.open(get_settings()) as database:
        today = datetime.now(UTC).date().isoformat()
        own = understand(document, facts, await load_reference(database.pool), today)
        await add_model(database.pool, own.model, own.architecture if own.is_new_shape else None)
        return own


async def _remove(name: str) -> tuple[str, ...]:
    async with Database.open(get_settings()) as database:
        return await remove_model(database.pool, name)
