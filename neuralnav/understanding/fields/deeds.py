"""The use case where nobody named it: what is done with text, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Span, Utterance
from neuralnav.understanding.words.deeds import CLEARLY_MORE, DEEDS, ENOUGH, MOST_COUNTED, Deed
from neuralnav.understanding.words.use_cases import LONG, LONG_ADJECTIVE, SHORT_TEXT

_LONG_RECORDING_MS = 3_600_000
"""From an hour on what was said is a long text."""

_LONG_WORDS = 5_000
"""From so many words on a text is long: ten pages."""

_BOOKS = r"book|novel|thesis|dissertation|manuscript|monograph|annual report|textbook|biography|memoir"

_LONGEST_SHORT_PAGES = 10
"""Up to so many pages a document counts as short."""

_PAGES = r"(?:(?P<n>NUM)|one|single|two|few) page(?! (?:summary|synopsis|digest|abstract|brief|overview|memo|recap))"
_BECOMES_BEFORE = re.compile(
    r" (?:(?<! up )(?<! run )(?<! amount )(?<! come )to|into|onto) (?:(?:a|about|at|most|max|only|just|"
    r"under|roughly|around|the) )*$"
)
"""Before the pages that a summary is to have."""

_NEGATED_BEFORE = re.compile(
    r" (?:no|not|never|without|nor|don't need|don't want|instead of|rather than|other than|than|except|"
    r"isn't|aren't) (?:(?:a|an|any|the|just|only|for|about|our|want|need|to|do) ){0,3}$"
)


@dataclass(frozen=True, slots=True)
class UseCaseReading:
    """The use case with its words, or the ones between which the text leaves the choice."""

    finding: Finding | None
    candidates: tuple[UseCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something named that a use case works on or with, and how strongly it speaks for that."""

    use_case: UseCase
    weight: int
    span: Span


def read_deeds(utterance: Utterance, things: Sequence[Thing] = ()) -> UseCaseReading | None:
    """The use case that all that is done tells together, ``things`` named besides; where two are close, both.

    ``None`` where nothing is told.
    """
    weights: dict[UseCase, int] = {}
    strongest: dict[UseCase, tuple[int, Span]] = {}
    done = [(deed, span) for deed in DEEDS for span in _places(utterance, deed)]
    for thing in things:
        if not any(thing.use_case is not deed.use_case and _holds(span, thing.span) for deed, span in done):
            weights[thing.use_case] = max(weights.get(thing.use_case, 0), thing.weight)
            strongest[thing.use_case] = (thing.weight, thing.span)
    for deed, span in done:
        weights[deed.use_case] = weights.get(deed.use_case, 0) + deed.weight
        strongest[deed.use_case] = max(
            strongest.get(deed.use_case, (0, span)), (deed.weight, span), key=lambda one: one[0]
        )
    ranked = sorted(weights, key=lambda use_case: -weights[use_case])
    if not ranked or weights[ranked[0]] < ENOUGH:
        return None
    close = tuple(
        one
        for one in ranked
        if weights[ranked[0]] - weights[one] < CLEARLY_MORE and (one is ranked[0] or strongest[one][0] > 1)
    )
    if len(close) > 1:
        return UseCaseReading(None, close[:3])
    _, span = strongest[ranked[0]]
    use_case = ranked[0]
    if use_case is UseCase.SUMMARIZATION_SHORT:
        use_case = summary_length(utterance, span)
    return UseCaseReading(Finding("use_case", use_case, span))


def weight_of_deeds(utterance: Utterance, use_case: UseCase) -> int:
    """How strongly what is done speaks for ``use_case``."""
    return sum(deed.weight for deed in DEEDS if deed.use_case is use_case for _ in _places(utterance, deed))


def _places(utterance: Utterance, deed: Deed) -> Iterator[Span]:
    """Where ``deed`` is said, at most :data:`MOST_COUNTED` times in different words."""
    said: set[str] = set()
    for found in utterance.find(deed.pattern):
        words = utterance.inside(found.span)
        if words not in said and len(said) < MOST_COUNTED and _stands(utterance, found.span):
            said.add(words)
            yield found.span


def _holds(span: Span, inner: Span) -> bool:
    return span.start <= inner.start and inner.end <= span.end and span != inner


def _stands(utterance: Utterance, span: Span) -> bool:
    return _NEGATED_BEFORE.search(utterance.before(span, 6)) is None


def summary_length(utterance: Utterance, span: Span) -> UseCase:
    """Whether what is summarised is long: by its pages, by what it is, by how it is called."""
    pages = [
        utterance.amount(found.groups["n"]).count if "n" in found else 1.0
        for found in utterance.find(_PAGES)
        if not _BECOMES_BEFORE.search(utterance.before(found.span, 5))
    ]
    if pages:
        return UseCase.SUMMARIZATION_LONG if max(pages) > _LONGEST_SHORT_PAGES else UseCase.SUMMARIZATION_SHORT
    words = [utterance.amount(found.groups["n"]).count for found in utterance.find(r"(?P<n>NUM) (?:word|character)")]
    if max(words, default=0) >= _LONG_WORDS:
        return UseCase.SUMMARIZATION_LONG
    around = f"{utterance.before(span, 8)}{utterance.after(span, 12).lstrip()} "
    durations = [utterance.amount(found.span).value for found in utterance.find("TIME")]
    if max(durations, default=0) >= _LONG_RECORDING_MS or re.search(rf" (?:{LONG}) ", around):
        return UseCase.SUMMARIZATION_LONG
    if re.search(rf" (?:{LONG_ADJECTIVE}) (?!(?:[a-z]+ )?(?:{SHORT_TEXT}) )", around):
        return UseCase.SUMMARIZATION_LONG
    if utterance.first(_BOOKS) and not utterance.first(SHORT_TEXT):
        return UseCase.SUMMARIZATION_LONG
    return UseCase.SUMMARIZATION_SHORT
