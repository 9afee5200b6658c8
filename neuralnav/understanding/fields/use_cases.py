"""Which of the nine use cases a text describes, by what the people do with text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.deeds import Thing, UseCaseReading, read_deeds, summary_length, weight_of_deeds
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Covered, Span, Utterance
from neuralnav.understanding.words.deeds import CLEARLY_MORE
from neuralnav.understanding.words.use_cases import AMBIGUOUS_CODE, SUMMARY, WORDING, Surety

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
_MAINLY_BEFORE = re.compile(
    " (?:(?<!not )only|mainly|mostly|primarily|chiefly|above all|first of all|predominantly|largely|principally|"
    "most of (?:it|the time)|"
    r"the bulk(?: is| of it is)?|main (?:use|task|job|purpose) (?:is|being|:)) (?:[a-z']+ ){0,3}$"
)
_NOT_CODE_BEFORE = re.compile(r" (?:search|query|address|email|text|form|sentence|field|word|message) $")
_WEIGHTS = {Surety.HINT: 1, Surety.OBJECT: 3}
"""What words for a thing weigh beside words for what is done with it."""

_PEOPLE_BEFORE = re.compile(r" NUM (?:[a-z]+ ){0,2}$")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words for a use case and how surely they name it."""

    use_case: UseCase
    surety: Surety
    span: Span


def read_use_case(utterance: Utterance) -> UseCaseReading:
    """The use case that ``utterance`` names; where two are named alike, both as candidates."""
    cues = _standing(utterance, list(_cues(utterance)))
    ambiguous = utterance.first(AMBIGUOUS_CODE)
    if ambiguous and not any(cue.surety >= Surety.OBJECT and cue.use_case is not UseCase.CHATBOT for cue in cues):
        return UseCaseReading(None, (UseCase.CODE_COMPLETION, UseCase.CODE_GENERATION))
    surest = max((cue.surety for cue in cues), default=Surety.HINT)
    if (
        surest <= Surety.OBJECT
        and (told := read_deeds(utterance, [Thing(c.use_case, _WEIGHTS[c.surety], c.span) for c in cues])) is not None
    ):
        return told
    best = _main(utterance, [cue for cue in cues if cue.surety == surest])
    named = tuple(dict.fromkeys(cue.use_case for cue in best))
    if set(named) == {UseCase.SUMMARIZATION_SHORT, UseCase.SUMMARIZATION_LONG}:
        named = named[:1]
    if set(named) == {UseCase.CODE_COMPLETION, UseCase.CODE_GENERATION}:
        best = _surer_kind_of_code(utterance, best)
        named = tuple(dict.fromkeys(cue.use_case for cue in best))
    if set(named) == {UseCase.DOCUMENT_RAG, UseCase.RESEARCH_LEGAL}:
        best = [cue for cue in best if cue.use_case is UseCase.RESEARCH_LEGAL]
        named = (UseCase.RESEARCH_LEGAL,)
    if len(named) != 1:
        return UseCaseReading(None, named)
    first = best[0]
    return UseCaseReading(Finding("use_case", first.use_case, first.span))


def _surer_kind_of_code(utterance: Utterance, cues: list[Cue]) -> list[Cue]:
    """Completing and writing code share their verbs: what else is done tells which, where it tells clearly."""
    completion = weight_of_deeds(utterance, UseCase.CODE_COMPLETION)
    generation = weight_of_deeds(utterance, UseCase.CODE_GENERATION)
    if abs(completion - generation) < CLEARLY_MORE:
        return cues
    surer = UseCase.CODE_COMPLETION if completion > generation else UseCase.CODE_GENERATION
    return [cue for cue in cues if cue.use_case is surer]


def _main(utterance: Utterance, cues: list[Cue]) -> list[Cue]:
    """Of several things named alike the one that is most of the work: by its share, or said to come mainly."""
    shares = {cue: share for cue in cues if (share := _share(utterance, cue.span)) is not None}
    if shares:
        most = max(shares.values())
        return [cue for cue, share in shares.items() if share == most]
    return [cue for cue in cues if _MAINLY_BEFORE.search(utterance.before(cue.span, 6))] or cues


def _share(utterance: Utterance, span: Span) -> float | None:
    """The percentage said right before ``span``: ``90 % of the work is translation``."""
    for at in range(span.start - 1, max(span.start - 7, -1), -1):
        token = utterance.tokens[at]
        if token.kind is Kind.PERCENT and isinstance(token.value, Amount):
            return token.value.value
        if token.kind is not Kind.WORD:
            return None
    return None


def _cues(utterance: Utterance) -> Iterator[Cue]:
    for wording in WORDING:
        for found in utterance.find(wording.pattern):
            if surety := _surety(utterance, wording.use_case, wording.surety, found.span):
                yield Cue(wording.use_case, surety, found.span)
    for found in utterance.find(SUMMARY):
        if surety := _surety(utterance, UseCase.SUMMARIZATION_SHORT, Surety.TASK, found.span):
            yield Cue(summary_length(utterance, found.span), surety, found.span)


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
