"""Which of the nine use cases a text describes, by what the people do with text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Covered, Span, Utterance
from neuralnav.understanding.words.use_cases import (
    AMBIGUOUS_CODE,
    LONG,
    LONG_ADJECTIVE,
    SHORT_TEXT,
    SUMMARY,
    WORDING,
    Surety,
)

_LONG_RECORDING_MS = 3_600_000
"""From an hour on what was said is a long text."""

_LONGEST_SHORT_PAGES = 10
"""Up to so many pages a document counts as short."""

_NEGATED_BEFORE = re.compile(
    r" (?:no|not|never|without|nor|don't need|do not need|don't want|do not want|instead of|rather than|"
    r"isn't|aren't|"
    r"not for|no need for|other than|unlike|than|except|stop|nothing to do with) (?:(?:a|an|any|the|"
    r"just|only|another|use|do|be|for|want|need|our|simple|some) ){0,3}$"
)
_ORGANISATION_AFTER = re.compile(
    r"^ (?:agency|company|firm|bureau|startup|business|department|industry|vendor|provider|student|"
    r"school|institute|platform|team|conference)\b"
)
_SECONDARY_BEFORE = re.compile(
    r" (?:also|later|eventually|maybe|perhaps|sometimes|occasionally|additionally|in addition(?: to)?|"
    r"as well as|plus|besides|next year) (?:[a-z']+ ){0,3}$"
)
_NOT_CODE_BEFORE = re.compile(r" (?:search|query|address|email|text|form|sentence|field|word|message) $")
_PEOPLE_BEFORE = re.compile(r" NUM (?:[a-z]+ ){0,2}$")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words for a use case and how surely they name it."""

    use_case: UseCase
    surety: Surety
    span: Span


@dataclass(frozen=True, slots=True)
class UseCaseReading:
    """The use case with its words, or the ones between which the text leaves the choice."""

    finding: Finding | None
    candidates: tuple[UseCase, ...] = ()


def read_use_case(utterance: Utterance) -> UseCaseReading:
    """The use case that ``utterance`` names; where two are named alike, both as candidates."""
    cues = _standing(utterance, list(_cues(utterance)))
    ambiguous = utterance.first(AMBIGUOUS_CODE)
    if ambiguous and not any(cue.surety >= Surety.OBJECT and cue.use_case is not UseCase.CHATBOT for cue in cues):
        return UseCaseReading(None, (UseCase.CODE_COMPLETION, UseCase.CODE_GENERATION))
    if not cues:
        return UseCaseReading(None)
    surest = max(cue.surety for cue in cues)
    best = [cue for cue in cues if cue.surety == surest]
    named = tuple(dict.fromkeys(cue.use_case for cue in best))
    if len(named) > 1:
        return UseCaseReading(None, named)
    first = best[0]
    return UseCaseReading(Finding("use_case", first.use_case, first.span))


def _cues(utterance: Utterance) -> Iterator[Cue]:
    for wording in WORDING:
        for found in utterance.find(wording.pattern):
            if surety := _surety(utterance, wording.use_case, wording.surety, found.span):
                yield Cue(wording.use_case, surety, found.span)
    for found in utterance.find(SUMMARY):
        if surety := _surety(utterance, UseCase.SUMMARIZATION_SHORT, Surety.TASK, found.span):
            yield Cue(_summary_length(utterance, found.span), surety, found.span)


def _surety(utterance: Utterance, use_case: UseCase, surety: Surety, span: Span) -> Surety | None:
    """``surety``, less where the words only describe who asks, nothing where they are ruled out."""
    before, after = utterance.before(span, 6), utterance.after(span, 4)
    if _NEGATED_BEFORE.search(before):
        return None
    if use_case is UseCase.CODE_COMPLETION and _NOT_CODE_BEFORE.search(before):
        return None
    if use_case is UseCase.CHATBOT and surety is Surety.HINT and _counts_people(utterance, span, before):
        return None
    if _ORGANISATION_AFTER.match(after):
        return Surety.HINT if surety is Surety.TASK else None
    return surety


def _counts_people(utterance: Utterance, span: Span, before: str) -> bool:
    """``40 assistants`` are people, unless the number counts something else."""
    last = utterance.tokens[span.end - 1]
    return (
        bool(_PEOPLE_BEFORE.search(before))
        and utterance.plain[last.end - 1] in "sS"
        and last.text in ("assistant", "tutor")
    )


def _standing(utterance: Utterance, cues: list[Cue]) -> list[Cue]:
    """The cues that no surer or longer one covers, without what is only done besides."""
    ranked = sorted(cues, key=lambda cue: (-cue.surety, cue.span.start - cue.span.end, cue.span.start))
    standing: list[Cue] = []
    covered = Covered()
    for cue in ranked:
        if cue.span not in covered:
            covered.add(cue.span)
            standing.append(cue)
    main = [cue for cue in standing if not _SECONDARY_BEFORE.search(utterance.before(cue.span, 6))]
    return sorted(main or standing, key=lambda cue: cue.span.start)


def _summary_length(utterance: Utterance, span: Span) -> UseCase:
    """Whether what is summarised is long: by its pages, by what it is, by how it is called."""
    pages = [
        utterance.amount(found.groups["n"]).count if "n" in found else 1.0
        for found in utterance.find(r"(?:(?P<n>NUM)|one|single|two|few) page(?! summary)")
    ]
    if pages:
        return UseCase.SUMMARIZATION_LONG if max(pages) > _LONGEST_SHORT_PAGES else UseCase.SUMMARIZATION_SHORT
    around = f"{utterance.before(span, 8)}{utterance.after(span, 12).lstrip()} "
    durations = [utterance.amount(found.span).value for found in utterance.find("TIME")]
    if max(durations, default=0) >= _LONG_RECORDING_MS or re.search(rf" (?:{LONG}) ", around):
        return UseCase.SUMMARIZATION_LONG
    if re.search(rf" (?:{LONG_ADJECTIVE}) (?!(?:[a-z]+ )?(?:{SHORT_TEXT}) )", around):
        return UseCase.SUMMARIZATION_LONG
    return UseCase.SUMMARIZATION_SHORT
