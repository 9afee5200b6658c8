"""Which models may be planned with: task and subject, approval, licence, names, quality and context window."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from neuralnav.models.catalog import CatalogModel, UseCaseTemplate
from neuralnav.models.specification import Constraints, DeploymentSpecification
from neuralnav.models.vocabulary import LicenceDemand, Quality
from neuralnav.planning.candidates import ModelShortlist, ServedModel
from neuralnav.planning.scoring import Accuracy, QualityBook

LENGTH_STEP = 1024
SHORTEST_CONTEXT = 4096
LONG_REQUESTS = 2.0
"""The context that is planned for, over the p95 prompt and output together: about 99.9 % of lognormal requests."""


@dataclass(frozen=True)
class Refusal:
    """Why a model is out, and the specification field that would let it in; ``None``: nothing does."""

    reason: str
    field: str | None = None


@dataclass(frozen=True)
class Suitability:
    """A served model's accuracy for the use case, and all reasons against it."""

    accuracy: Accuracy
    context_tokens: int
    """``max_model_len`` to serve it with."""
    refusals: tuple[Refusal, ...]


def suitability(
    served: ServedModel, specification: DeploymentSpecification, template: UseCaseTemplate, book: QualityBook
) -> Suitability:
    """What speaks for and against ``served`` under ``specification``."""
    accuracy = book.accuracy(served, template)
    refusals = (
        _task(served.model, specification, template),
        _approval(served.model),
        _context(served.model, specification),
        _licence(served.model, specification.constraints),
        _preferred(served.model, specification.constraints),
        _excluded(served.model, specification.constraints),
        _quality(
            accuracy,
            specification.constraints.quality,
            book.least(specification.constraints.quality, template.use_case),
        ),
    )
    return Suitability(
        accuracy=accuracy,
        context_tokens=context_tokens(served.model, specification),
        refusals=tuple(refusal for refusal in refusals if refusal is not None),
    )


def shortlist(served: Sequence[ServedModel], judged: Sequence[Suitability]) -> ModelShortlist:
    """The models that nothing speaks against; a model is in when one of its precisions is."""
    verdicts = [(one.model.short_name, of.refusals) for one, of in zip(served, judged, strict=True)]
    suitable = {name for name, refusals in verdicts if not refusals}
    first = {name: refusals[0].reason for name, refusals in verdicts if name not in suitable}
    return ModelShortlist(models=tuple(sorted(suitable)), ruled_out=dict(sorted(Counter(first.values()).items())))


def context_tokens(model: CatalogModel, specification: DeploymentSpecification) -> int:
    """The context to serve: room for all but the rarest requests, within the model's window."""
    wanted = LONG_REQUESTS * p95_request(specification)
    rounded = -(-int(wanted) // LENGTH_STEP) * LENGTH_STEP
    return min(max(rounded, SHORTEST_CONTEXT), model.context_tokens)


def is_named(model: CatalogModel, name: str) -> bool:
    """Whether a person who says ``name`` (lower case) means this model: short name, id, family or maker."""
    maker, _, repository = model.model_id.lower().partition("/")
    short = model.short_name
    if name.isalpha() and short.startswith(name) and not short[len(name) :][:1].isalpha():
        return True
    return name in (short, model.model_id.lower(), repository, maker, model.provider.lower()) or short.startswith(
        (f"{name}-", f"{name}.")
    )


def unknown_names(names: Sequence[str] | None, served: Sequence[ServedModel]) -> tuple[tuple[str, str], ...]:
    """Names that no catalogue model goes by, each with the closest ones that do."""
    known = sorted({one.model.short_name for one in served})
    return tuple(
        (name, ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.4)))
        for name in names or ()
        if not any(is_named(one.model, name) for one in served)
    )


def p95_request(specification: DeploymentSpecification) -> float:
    """Tokens of the longest p95 prompt and answer together."""
    traffic = specification.traffic
    parts = traffic.mix or (traffic,)
    return max(part.prompt_tokens.p95 + part.output_tokens.p95 for part in parts)


def _task(model: CatalogModel, specification: DeploymentSpecification, template: UseCaseTemplate) -> Refusal | None:
    if not set(template.tasks) & set(model.tasks):
        return Refusal("task: the model is not made for it")
    subject = specification.intent.subject_matter
    if subject and model.domains and subject.lower() not in model.domains:
        return Refusal("subject: the model is made for another")
    return None


def _approval(model: CatalogModel) -> Refusal | None:
    return None if model.approved_for_production else Refusal("approval: not approved for production")


def _context(model: CatalogModel, specification: DeploymentSpecification) -> Refusal | None:
    if model.context_tokens >= p95_request(specification):
        return None
    return Refusal("context window: too short for the p95 request")


def _licence(model: CatalogModel, constraints: Constraints) -> Refusal | None:
    demand = constraints.licence
    if demand is LicenceDemand.OPEN and not model.licence_is_open:
        return Refusal("licence: not an open-source one", "licence")
    if demand is LicenceDemand.COMMERCIAL and not model.licence_allows_commercial_use:
        return Refusal("licence: no commercial use", "licence")
    return None


def _preferred(model: CatalogModel, constraints: Constraints) -> Refusal | None:
    names = constraints.preferred_models
    if not names or any(is_named(model, name) for name in names):
        return None
    return Refusal("models: not among the preferred ones", "preferred_models")


def _excluded(model: CatalogModel, constraints: Constraints) -> Refusal | None:
    if any(is_named(model, name) for name in constraints.excluded_models or ()):
        return Refusal("models: excluded", "excluded_models")
    return None


def _quality(accuracy: Accuracy, quality: Quality | None, least: float) -> Refusal | None:
    if least <= 0 or (accuracy.rated and accuracy.score >= least):
        return None
    return Refusal(f"quality: below {str(quality).replace('_', ' ')}, or unrated", "quality")
