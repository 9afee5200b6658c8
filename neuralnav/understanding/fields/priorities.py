"""What counts most: accuracy, latency or cost, and a balance where they are said to count alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from neuralnav.models.vocabulary import Priority
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Covered, Span, Utterance
from neuralnav.understanding.words.priorities import (
    BALANCED,
    BE,
    FOREMOST,
    NOUNS,
    OVER,
    PLAIN,
    PUTS_FIRST,
    QUALITIES,
    SAYINGS,
    STRESSED,
    UNIMPORTANT_AFTER,
    UNIMPORTANT_BEFORE,
)

_ADVERBS = (
    r"(?:(?:very|so|most|absolutely|really|also|quite|extremely|pretty|still|always|definitely|more|"
    r"much|pretty|a|an|the|our) ){0,2}"
)
_NEGATED_BEFORE = re.compile(
    r" (?:how|not|isn't|aren't|doesn't|don't|needn't|no need|never|nor|without|hardly|n't|no need (?:for|to be)) "
    r"(?:(?:need|have|has|want|to|be|a|an|the|it|any|necessarily|so|very|that|particularly|especially|"
    r"really) ){0,4}$"
)
_SURE, _STRESSED, _PLAIN = 3, 2, 1


@dataclass(frozen=True, slots=True)
class _Cue:
    """Words for a priority and how much they stress it."""

    priority: Priority
    stress: int
    span: Span


def read_priority(utterance: Utterance) -> Iterator[Finding]:
    """A finding for ``priority``, where one was said; contradictions of equal stress are a balance."""
    unimportant = {priority: Covered(_unimportant(utterance, priority)) for priority in NOUNS}
    cues = [cue for cue in _cues(utterance) if cue.span not in unimportant[cue.priority]]
    if balance := utterance.first(BALANCED):
        yield Finding("priority", Priority.BALANCED, balance.span)
    elif cues:
        yield _strongest(cues)


def _strongest(cues: list[_Cue]) -> Finding:
    stress = max(cue.stress for cue in cues)
    best = [cue for cue in cues if cue.stress == stress]
    if len({cue.priority for cue in best}) == 1:
        longest = max(best, key=lambda cue: cue.span.end - cue.span.start)
        return Finding("priority", longest.priority, longest.span)
    span = best[0].span
    for cue in best:
        span = span.joined(cue.span)
    return Finding("priority", Priority.BALANCED, span)


def _cues(utterance: Utterance) -> Iterator[_Cue]:
    for priority, noun in NOUNS.items():
        yield from _noun_cues(utterance, priority, noun)
    for sayings in SAYINGS:
        for found in utterance.find(sayings.pattern):
            if not _NEGATED_BEFORE.search(utterance.before(found.span, 6)):
                yield _Cue(sayings.priority, sayings.stress, found.span)


def _noun_cues(utterance: Utterance, priority: Priority, noun: str) -> Iterator[_Cue]:
    named, others = f"{noun}|{QUALITIES[priority]}", _others(priority)
    patterns = (
        (_SURE, rf"(?:{named}) (?:{OVER}) (?:the )?(?:{others})"),
        (_STRESSED, rf"(?:{QUALITIES[priority]}) (?:is|come|=|:) (?:{FOREMOST})"),
        (_STRESSED, rf"(?:{noun}) (?:{BE} ){{0,3}}{_ADVERBS}(?:{STRESSED})"),
        (_STRESSED, rf"(?:{PUTS_FIRST}) (?:the |a |an )?(?:{noun})"),
        (_PLAIN, rf"(?:{noun}) (?:{BE} ){{0,2}}{_ADVERBS}(?:{PLAIN})"),
        (_PLAIN, rf"but (?:the |our )?(?:{noun}) (?:is|are|does|do|definitely is)(?= (?:[,.;!] |$))"),
    )
    for stress, pattern in patterns:
        for found in utterance.find(pattern):
            yield _Cue(priority, stress, found.span)


def _unimportant(utterance: Utterance, priority: Priority) -> Iterator[Span]:
    """Where something is said not to count for ``priority``, or to count less than another."""
    noun = NOUNS[priority]
    for pattern in (
        rf"(?:{noun}) (?:{UNIMPORTANT_AFTER})",
        rf"(?:{UNIMPORTANT_BEFORE}) (?:the )?(?:{noun})",
        rf"(?:{_others(priority)}) (?:{OVER}) (?:the )?(?P<less>{noun}|{QUALITIES[priority]})",
    ):
        for found in utterance.find(pattern):
            yield found.groups.get("less", found.span)


def _others(priority: Priority) -> str:
    """A pattern for what else than ``priority`` can be put first."""
    return "|".join(f"{NOUNS[other]}|{QUALITIES[other]}" for other in NOUNS if other is not priority)
