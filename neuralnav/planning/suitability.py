"""Which models may be planned with: task, subject, code, policy, licence, names, quality, pins and context window."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from neuralnav.errors import FieldProblem
from neuralnav.models.catalog import CatalogModel, UseCaseTemplate
from neuralnav.models.specification import Constraints, DeploymentSpecification, Pinned, PlanningPolicy
from neuralnav.models.vocabulary import LicenceDemand, Quality
from neuralnav.planning.candidates import ModelShortlist, ServedModel
from neuralnav.planning.scoring import Accuracy, QualityBook

LENGTH_STEP = 1024
SHORTEST_CONTEXT = 4096
LONG_REQUESTS = 2.0
"""The context that is planned for, over the p95 prompt and output together: about 99.9 % of lognormal requests."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model is out, and the specification field that would let it in; ``None``: nothing does."""

    reason: str
    field: str | None = None


REMOTE_CODE = Refusal("remote code: vLLM would have to run Python that the model's repository brings")
"""No field lets it in: who runs NeuralNav allows it for all plans (``allow_trust_remote_code``), or does not."""


@dataclass(frozen=True, slots=True)
class Suitability:
    """A served model's accuracy for the use case, and all reasons against it."""

    accuracy: Accuracy
    context_tokens: int
    """``max_model_len`` to serve it with."""
    refusals: tuple[Refusal, ...]


Check = Callable[[ServedModel, Accuracy], bool]
"""Whether a served model is out."""


def judge(
    served: Sequence[ServedModel],
    specification: DeploymentSpecification,
    template: UseCaseTemplate,
    book: QualityBook,
    *,
    trusts_remote_code: bool,
) -> list[Suitability]:
    """What speaks for and against each served model under ``specification``.

    ``trusts_remote_code``: whether vLLM may run code that models bring.
    """
    checks = tuple(_checks(specification, template, book, trusts_remote_code=trusts_remote_code))
    wanted = _wanted_context(specification)
    judged = []
    for one in served:
        accuracy = book.accuracy(one, template)
        refusals = tuple([refusal for refusal, is_out in checks if is_out(one, accuracy)])
        judged.append(Suitability(accuracy, min(wanted, one.model.context_tokens), refusals))
    return judged


def shortlist(served: Sequence[ServedModel], judged: Sequence[Suitability]) -> ModelShortlist:
    """The models that nothing speaks against; a model is in when one of its precisions is."""
    verdicts = [(one.model.short_name, of.refusals) for one, of in zip(served, judged, strict=True)]
    suitable = {name for name, refusals in verdicts if not refusals}
    first = {name: refusals[0].reason for name, refusals in verdicts if name not in suitable}
    return ModelShortlist(models=tuple(sorted(suitable)), ruled_out=dict(sorted(Counter(first.values()).items())))


def context_tokens(model: CatalogModel, specification: DeploymentSpecification) -> int:
    """The context to serve: room for all but the rarest requests, within the model's window."""
    return min(_wanted_context(specification), model.context_tokens)


def _wanted_context(specification: DeploymentSpecification) -> int:
    wanted = LONG_REQUESTS * p95_request(specification)
    return max(-(-int(wanted) // LENGTH_STEP) * LENGTH_STEP, SHORTEST_CONTEXT)


def is_named(model: CatalogModel, name: str) -> bool:
    """Whether a person who says ``name`` (lower case) means this model: short name, id, family or maker."""
    maker, _, repository = model.model_id.lower().partition("/")
    short = model.short_name
    if name.isalpha() and short.startswith(name) and not short[len(name) :][:1].isalpha():
        return True
    return name in (short, model.model_id.lower(), repository, maker, model.provider.lower()) or short.startswith(
        (f"{name}-", f"{name}.")
    )


def is_pinned(model: CatalogModel, name: str) -> bool:
    """Whether ``name``, in any letter case, is this model's short name or id, with or without its owner."""
    wanted, identity = name.casefold(), model.model_id.casefold()
    return wanted in (model.short_name, identity, identity.partition("/")[2])


def unknown_names(names: Sequence[str] | None, served: Sequence[ServedModel]) -> tuple[tuple[str, str], ...]:
    """Names that no catalogue model goes by, each with the closest ones that do."""
    known = sorted({one.model.short_name for one in served})
    return tuple(
        (name, _closest(name, known)) for name in names or () if not any(is_named(one.model, name) for one in served)
    )


def without_trust(
    specification: DeploymentSpecification, served: Sequence[ServedModel], judged: Sequence[Suitability]
) -> tuple[str, ...]:
    """Short names of models that the specification asks for by name and that bring code which may not be run."""
    preferred, pinned = specification.constraints.preferred_models or (), specification.pinned.model
    asked_for = {
        one.model.short_name
        for one, of in zip(served, judged, strict=True)
        if REMOTE_CODE in of.refusals
        and (any(is_named(one.model, name) for name in preferred) or (pinned and is_pinned(one.model, pinned)))
    }
    return tuple(sorted(asked_for))


def unknown_policy_names(policy: PlanningPolicy, served: Sequence[ServedModel]) -> tuple[FieldProblem, ...]:
    """Vendors and licences of a policy that no catalogue model has, each with the closest that one has."""
    vendors = sorted({one.model.provider for one in served})
    licences = sorted({one.model.licence for one in served})
    asked = (
        ("policy.allowed_licences", policy.allowed_licences, licences),
        ("policy.allowed_vendors", policy.allowed_vendors, vendors),
        ("policy.excluded_vendors", policy.excluded_vendors, vendors),
    )
    return tuple(
        FieldProblem(field, name, _closest(name, known) or ", ".join(known))
        for field, names, known in asked
        for name in names or ()
        if name.casefold() not in {one.casefold() for one in known}
    )


def _closest(name: str, known: Sequence[str]) -> str:
    by_letters = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), list(by_letters), n=3, cutoff=0.4)
    return ", ".join(by_letters[one] for one in close)


def p95_request(specification: DeploymentSpecification) -> float:
    """Tokens of the longest p95 prompt and answer together."""
    traffic = specification.traffic
    parts = traffic.mix or (traffic,)
    return max(part.prompt_tokens.p95 + part.output_tokens.p95 for part in parts)


def _checks(
    specification: DeploymentSpecification, template: UseCaseTemplate, book: QualityBook, *, trusts_remote_code: bool
) -> Iterator[tuple[Refusal, Check]]:
    """The checks that the specification asks for, in the order in which a model's first reason is told."""
    constraints, policy = specification.constraints, specification.policy
    yield from _of_need(specification, template)
    if not trusts_remote_code:
        yield REMOTE_CODE, lambda served, _: served.model.trust_remote_code
    if policy.approved_only:
        approval = Refusal("approval: not approved for production")
        yield approval, lambda served, _: not served.model.approved_for_production
    p95 = p95_request(specification)
    yield (
        Refusal("context window: too short for the p95 request"),
        lambda served, _: served.model.context_tokens < p95,
    )
    yield from _of_licence(constraints.licence)
    yield from _of_policy(policy)
    yield from _of_names(constraints)
    if book.least(constraints.quality, template.use_case) > 0:
        yield _of_quality(Quality(constraints.quality or Quality.STANDARD), template, book)
    yield from _of_pins(specification.pinned)


def _of_need(specification: DeploymentSpecification, template: UseCaseTemplate) -> Iterator[tuple[Refusal, Check]]:
    wanted, subject = frozenset(template.tasks), (specification.intent.subject_matter or "").lower()
    yield Refusal("task: the model is not made for it"), lambda served, _: wanted.isdisjoint(served.model.tasks)
    if subject:
        yield (
            Refusal("subject: the model is made for another"),
            lambda served, _: bool(served.model.domains) and subject not in served.model.domains,
        )


def _of_licence(demand: LicenceDemand | None) -> Iterator[tuple[Refusal, Check]]:
    if demand is LicenceDemand.OPEN:
        yield Refusal("licence: not an open-source one", "licence"), lambda served, _: not served.model.licence_is_open
    if demand is LicenceDemand.COMMERCIAL:
        yield (
            Refusal("licence: no commercial use", "licence"),
            lambda served, _: not served.model.licence_allows_commercial_use,
        )


def _of_policy(policy: PlanningPolicy) -> Iterator[tuple[Refusal, Check]]:
    if policy.allowed_licences is not None:
        licences = {name.casefold() for name in policy.allowed_licences}
        yield (
            Refusal("policy: licence not allowed", "policy.allowed_licences"),
            lambda served, _: served.model.licence.casefold() not in licences,
        )
    if policy.allowed_vendors is not None:
        allowed = {name.casefold() for name in policy.allowed_vendors}
        yield (
            Refusal("policy: vendor not allowed", "policy.allowed_vendors"),
            lambda served, _: served.model.provider.casefold() not in allowed,
        )
    if policy.excluded_vendors:
        excluded = {name.casefold() for name in policy.excluded_vendors}
        yield (
            Refusal("policy: vendor excluded", "policy.excluded_vendors"),
            lambda served, _: served.model.provider.casefold() in excluded,
        )


def _of_names(constraints: Constraints) -> Iterator[tuple[Refusal, Check]]:
    preferred, excluded = constraints.preferred_models, constraints.excluded_models
    if preferred:
        yield (
            Refusal("models: not among the preferred ones", "preferred_models"),
            lambda served, _: not any(is_named(served.model, name) for name in preferred),
        )
    if excluded:
        yield (
            Refusal("models: excluded", "excluded_models"),
            lambda served, _: any(is_named(served.model, name) for name in excluded),
        )


def _of_quality(quality: Quality, template: UseCaseTemplate, book: QualityBook) -> tuple[Refusal, Check]:
    least = book.least(quality, template.use_case)
    vouched_for = tuple(Quality)[tuple(Quality).index(quality) :]

    def is_out(served: ServedModel, accuracy: Accuracy) -> bool:
        return accuracy.score < least if accuracy.rated else served.model.quality_tier not in vouched_for

    return Refusal(f"quality: below {quality.replace('_', ' ')}, or unrated", "quality"), is_out


def _of_pins(pinned: Pinned) -> Iterator[tuple[Refusal, Check]]:
    name, precision = pinned.model, pinned.precision
    if name is not None:
        yield Refusal("pinned: another model", "pinned.model"), lambda served, _: not is_pinned(served.model, name)
    if precision is not None:
        yield (
            Refusal("pinned: another precision", "pinned.precision"),
            lambda served, _: served.precision is not precision,
        )
