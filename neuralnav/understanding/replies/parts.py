"""Cuts a reply into the parts that each mean one thing: an answer, a question, a choice, a change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from neuralnav.models.reply import ActionKind, Checkpoint
from neuralnav.understanding.reading.utterance import SENTENCE_ENDS, Span, Utterance
from neuralnav.understanding.words.replies import (
    APPROVES,
    ASKED_ABOUT,
    BARE_NO,
    CHOOSE_BEGINS,
    COMPARE_BEGINS,
    CONFIRMS,
    FRAMES,
    ORDINALS,
    QUESTION_BEGINS,
    REJECTS,
    RETRIES,
    SET_PHRASES,
    VIEWS,
    WHAT_IF_BEGINS,
    WHY_BEGINS,
)

_JOINTS = frozenset({",", "and", "then", "but"})
_LONGEST_PHRASE = 12
"""More tokens than this are never one set phrase."""

_ENTRY = (
    r"(?:(?:the |option |number |entry |no |configuration |choice |plan )*(?:NUM|ORDINAL|"
    rf"{'|'.join(ORDINALS)})(?: (?:one|option|entry|configuration|choice|plan))?)"
)
_VIEW = "|".join(VIEWS.values())
_TARGET = (
    rf"(?:{_ENTRY}|(?:the |a |one |with |that is |which is |that has |which has |whichever is )*(?:{_VIEW})"
    r"(?: (?:one|option|entry|configuration|choice|plan|of (?:them|these|those|the \w+)))*)"
)
_THAT_ONE = r"(?:it|that|this|that one|this one)"
_AFTER_TARGET = (
    r"(?: (?:please|then|now|instead|for now|from the list|!|and|it is|looks? good|thanks|"
    r"thank you|again|and deploy(?: it)?|as (?:shown|listed)))*"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a reply: what it asks for (``None``: perhaps a change), and whether it is a question."""

    kind: ActionKind | None
    span: Span
    asks: bool = False
    assent: bool = False
    """Whether it is mere assent (``ok``), not an explicit word for it."""
    back_to: str = ""


@lru_cache(maxsize=256)
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})")


def _begins(pattern: str, said: str) -> bool:
    return _whole(rf"(?:{pattern})(?= |$)").match(said) is not None


def parts_of(utterance: Utterance, checkpoint: Checkpoint) -> list[Part]:
    """The parts of ``utterance`` in order; what continues a part belongs to it."""
    parts: list[Part] = []
    for chunks in _sentences(utterance):
        for number, (span, ends_asking) in enumerate(chunks):
            asks = ends_asking and number + 1 == len(chunks)
            part = _classified(utterance, span, checkpoint, asks=asks, alone=len(chunks) == 1)
            if part is None:
                continue
            if parts and _continues(utterance, parts[-1], part, first=number == 0):
                parts[-1] = replace(parts[-1], span=parts[-1].span.joined(part.span), asks=part.asks or parts[-1].asks)
            else:
                parts.append(part)
    return parts


def _continues(utterance: Utterance, last: Part, part: Part, *, first: bool) -> bool:
    """Whether ``part`` belongs to what was said before: always to a change, to a question within its sentence."""
    if part.kind is ActionKind.CHOOSE:
        names_only = not _begins(CHOOSE_BEGINS, utterance.inside(part.span).strip())
        return last.kind in (ActionKind.COMPARE, ActionKind.EXPLAIN) and not first and names_only
    if part.kind is not None:
        return False
    if last.kind is None:
        return not last.asks and not (first and part.asks)
    if last.kind is ActionKind.REJECT:
        return True
    return last.kind in (ActionKind.WHAT_IF, ActionKind.COMPARE, ActionKind.EXPLAIN) and not first


def _sentences(utterance: Utterance) -> Iterator[list[tuple[Span, bool]]]:
    """Each sentence as its chunks, with whether it ends with a question mark."""
    start = 0
    symbols = utterance.symbols
    for index, symbol in enumerate([*symbols, "."]):
        if symbol in SENTENCE_ENDS:
            if index > start:
                asks = symbol == "?"
                yield [(span, asks) for span in _chunks(symbols, start, index)]
            start = index + 1


def _chunks(symbols: Sequence[str], start: int, end: int) -> Iterator[Span]:
    begin = start
    for index in range(start, end):
        if symbols[index] in _JOINTS and index > begin:
            yield Span(begin, index)
            begin = index + 1
        elif symbols[index] in _JOINTS:
            begin = index + 1
    if begin < end:
        yield Span(begin, end)


def _classified(utterance: Utterance, span: Span, checkpoint: Checkpoint, *, asks: bool, alone: bool) -> Part | None:
    said = utterance.inside(span).strip()
    if span.end - span.start <= _LONGEST_PHRASE and (part := _set_phrase(said, span, checkpoint, asks=asks)):
        return part
    start = span.start
    while start < span.end and utterance.symbols[start] in FRAMES:
        start += 1
    if start == span.end:
        return None
    framed = Span(start + (utterance.symbols[start] == "also" and start + 1 < span.end), span.end)
    rest = utterance.inside(framed).strip()
    if (kind := _beginning(rest, checkpoint, alone=alone)) is not None:
        return Part(kind, framed, asks)
    return Part(None, span, asks)


def _set_phrase(said: str, span: Span, checkpoint: Checkpoint, *, asks: bool) -> Part | None:
    """The part that ``said`` is as a whole, where it is a set phrase."""
    for phrases in SET_PHRASES:
        if match := _whole(phrases.pattern).fullmatch(said):
            groups = match.groupdict()
            return Part(phrases.action, span, asks, back_to=next((text for text in groups.values() if text), ""))
    if checkpoint is Checkpoint.FAILED and _whole(RETRIES).fullmatch(said):
        return Part(ActionKind.CONFIRM, span, asks)
    if checkpoint is Checkpoint.APPROVE_DEPLOYMENT:
        if _whole(APPROVES).fullmatch(said):
            return Part(ActionKind.APPROVE, span, asks)
        if _whole(BARE_NO).fullmatch(said):
            return Part(ActionKind.REJECT, span, asks, assent=True)
    if _whole(CONFIRMS).fullmatch(said) or _whole(APPROVES).fullmatch(said):
        return Part(ActionKind.CONFIRM, span, asks, assent=True)
    return None


def _beginning(said: str, checkpoint: Checkpoint, *, alone: bool) -> ActionKind | None:
    """What a part asks for by how it begins."""
    if checkpoint is Checkpoint.APPROVE_DEPLOYMENT and _begins(REJECTS, said):
        return ActionKind.REJECT
    choosing = checkpoint not in (Checkpoint.CLARIFY, Checkpoint.REVIEW_SPECIFICATION)
    if choosing and _chooses(said, alone=alone):
        return ActionKind.CHOOSE
    for kind, pattern in (
        (ActionKind.COMPARE, COMPARE_BEGINS),
        (ActionKind.WHAT_IF, WHAT_IF_BEGINS),
        (ActionKind.EXPLAIN, WHY_BEGINS),
    ):
        if _begins(pattern, said):
            return kind
    if _begins(QUESTION_BEGINS, said) and re.search(rf" (?:{ASKED_ABOUT}) ", f" {said} "):
        return ActionKind.EXPLAIN
    return None


def _chooses(said: str, *, alone: bool) -> bool:
    if _whole(rf"(?:{CHOOSE_BEGINS}) (?:{_TARGET}|{_THAT_ONE}){_AFTER_TARGET}").fullmatch(said):
        return True
    named = (
        rf"(?:option|number|entry|the|choice|no) {_TARGET}{_AFTER_TARGET}|(?:{_VIEW})(?: (?:one|option|"
        rf"entry))?{_AFTER_TARGET}"
    )
    if _whole(named).fullmatch(said):
        return True
    return alone and bool(_whole(rf"{_ENTRY}{_AFTER_TARGET}").fullmatch(said))
