"""Cuts a reply into the parts that each mean one thing: an answer, a question, a choice, a change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from neuralnav.models.reply import ActionKind, CheckpointKind
from neuralnav.understanding.reading.tokens import Kind
from neuralnav.understanding.reading.utterance import SENTENCE_ENDS, Span, Utterance, phrase
from neuralnav.understanding.replies.operations import operation_in, plain_operation_in
from neuralnav.understanding.replies.scenarios import keeps
from neuralnav.understanding.words.assent import APPROVES, BARE_NO, CONFIRMS, REJECTS
from neuralnav.understanding.words.choices import CHOOSE_BEGINS, ORDINALS, VIEWS
from neuralnav.understanding.words.operations import BECAUSE, CONDITIONS
from neuralnav.understanding.words.replies import (
    ASKED_ABOUT,
    BACK_TARGETS,
    COMPARE_BEGINS,
    EDIT_BEGINS,
    FRAMES,
    POLITE_BEGINS,
    QUESTION_BEGINS,
    SAID_AT,
    SET_PHRASES,
    STARTS_OVER_WITH,
    WHAT_IF_BEGINS,
    WHY_BEGINS,
    YES_NO_QUESTION_BEGINS,
)

_JOINTS = frozenset({",", "and", "then", "but", "because"})
_EXCEPTING = frozenset({"anything", "everything", "nothing", "all", "any", "everyone"})
"""``but`` after one of these excepts something and joins nothing."""
_OPERATING = frozenset({ActionKind.SCALE, ActionKind.ROLL_BACK, ActionKind.RETIRE, ActionKind.FOLLOW})
_ASSENTS = frozenset({ActionKind.APPROVE, ActionKind.CONFIRM, ActionKind.REJECT})
_LONGEST_NAME_TAIL = 2
_QUOTED = re.compile(r"\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|(?<!\w)'[^'\n]{1,60}'(?!\w)")
_LONGEST_PHRASE = 12
"""More tokens than this are never one set phrase."""

_LONGEST_ORDER = 30
"""More tokens than this are never one order to keep, scale, roll back or retire."""

_ENTRY = (
    r"(?:(?:the |option |number |entry |no |configuration |choice |plan )*(?:NUM|ORDINAL|"
    rf"(?<=option )one|(?<=number )one|{'|'.join(ORDINALS)})(?: (?:one|option|entry|configuration|choice|plan))?)"
)
_VIEW = "|".join(VIEWS.values())
_TARGET = (
    rf"(?:{_ENTRY}|(?:the |a |one |with |that is |which is |that has |which has |whichever is )*(?:{_VIEW})"
    r"(?: (?:one|option|entry|configuration|choice|plan|of (?:them|these|those|the \w+)))*)"
)
_THAT_ONE = r"(?:it|that|this|that one|this one)"
_AFTER_TARGET = (
    r"(?: (?:please|then|now|instead|for now|from the list|!|and|it is|(?:look|seem|sound|is) (?:very |"
    r"really )?(?:good|right|fine|best|ok|nice|"
    r"great|perfect)|thanks|"
    r"anyway|for sure|definitely|i think|i guess|after all|right away|today|straight away|"
    r"for (?:the |our |my |this )?[a-z]+(?: [a-z]+)?|"
    r"of (?:them|these|those|the \w+)|"
    r"thank you|again|and deploy(?: it)?|as (?:shown|listed)))*"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a reply: what it asks for (``None``: perhaps a change), and whether it is a question."""

    kind: ActionKind | None
    span: Span
    place: CheckpointKind
    """Where it is said: where the parts before it lead."""
    asks: bool = False
    assent: bool = False
    """Whether it is mere assent (``ok``), not an explicit word for it."""
    back_to: str = ""
    core: Span | None = None
    """Of an order, the stretch that says it, without the reason after it."""


@lru_cache(maxsize=256)
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})")


def _begins(pattern: str, said: str) -> bool:
    return _whole(rf"(?:{pattern})(?= |$)").match(said) is not None


def parts_of(utterance: Utterance, checkpoint: CheckpointKind) -> list[Part]:
    """The parts of ``utterance`` in order; what continues a part belongs to it."""
    parts: list[Part] = []
    place = checkpoint
    for chunks in _sentences(utterance):
        for number, (span, ends_asking) in enumerate(chunks):
            if number and parts[-1:] and parts[-1].kind is ActionKind.COMPARE and utterance.inside(span) == " now ":
                parts[-1] = replace(parts[-1], span=parts[-1].span.joined(span))
                continue
            asks = ends_asking and number + 1 == len(chunks)
            part = _chosen_next(utterance, span, parts, asks=asks) or _classified(
                utterance, span, place, asks=asks, alone=len(chunks) == 1 or _but_follows(utterance, span)
            )
            if part is None:
                continue
            if parts and _continues(utterance, parts[-1], part, first=number == 0):
                parts[-1] = replace(parts[-1], span=parts[-1].span.joined(part.span), asks=part.asks or parts[-1].asks)
            else:
                parts.append(part)
                place = place_after(part)
    return parts


def _chosen_next(utterance: Utterance, span: Span, parts: Sequence[Part], *, asks: bool) -> Part | None:
    """The choice that is made in the same breath as the specification is confirmed: ``confirm, take 1``."""
    confirms = parts and parts[-1].kind is ActionKind.CONFIRM and not parts[-1].asks
    if not confirms or parts[-1].place is not CheckpointKind.REVIEW_SPECIFICATION:
        return None
    part = _classified(utterance, span, CheckpointKind.PRESENT_OPTIONS, asks=asks, alone=False)
    if part is None or part.kind is not ActionKind.CHOOSE:
        return None
    return part if _begins(CHOOSE_BEGINS, utterance.inside(part.span).strip()) else None


def _but_follows(utterance: Utterance, span: Span) -> bool:
    """Whether ``but`` is said right after ``span``, with a comma or without."""
    return re.match(r" (?:, )?but ", utterance.after(span, 2)) is not None


def place_after(part: Part) -> CheckpointKind:
    """The checkpoint at which what follows ``part`` is said."""
    if part.kind is ActionKind.START_OVER:
        return CheckpointKind.CLARIFY
    if part.kind is ActionKind.BACK:
        return back_target(part) or part.place
    return part.place


def back_target(part: Part) -> CheckpointKind | None:
    """The checkpoint that ``part`` names to go back to."""
    for target, pattern in BACK_TARGETS.items():
        if re.fullmatch(rf"(?:the )?{pattern}(?: (?:step|page|list|screen|review|checkpoint|please))*", part.back_to):
            return target
    return None


def _continues(utterance: Utterance, last: Part, part: Part, *, first: bool) -> bool:
    """Whether ``part`` belongs to what was said before: always to a change, to a question within its sentence."""
    said = utterance.inside(part.span).strip()
    if part.kind is ActionKind.CHOOSE:
        names_only = not _begins(CHOOSE_BEGINS, said)
        return last.kind in (ActionKind.COMPARE, ActionKind.EXPLAIN) and not first and names_only
    if part.kind is not None:
        return False
    if last.kind is None:
        return not last.asks and not (first and part.asks)
    if last.kind is ActionKind.REJECT or (
        last.kind is not ActionKind.APPROVE and _comes_after(utterance, part, "because")
    ):
        return True
    if last.kind in _OPERATING:
        return _gives_reason(utterance, part, said)
    if first:
        return False
    if last.kind is ActionKind.KEEP:
        return _may_be_named(utterance, part.span)
    if last.kind in (ActionKind.COMPARE, ActionKind.EXPLAIN):
        return not _begins(EDIT_BEGINS, said)
    return last.kind is ActionKind.WHAT_IF


def _gives_reason(utterance: Utterance, part: Part, said: str) -> bool:
    words = utterance.tokens[part.span.start : part.span.end]
    plain = all(token.kind is Kind.WORD for token in words) and phrase(CONDITIONS).search(f" {said} ") is None
    return _begins(BECAUSE, said) and plain and not part.asks and not _comes_after(utterance, part, "but")


def _comes_after(utterance: Utterance, part: Part, joint: str) -> bool:
    return part.span.start > 0 and utterance.symbols[part.span.start - 1] == joint


def _may_be_named(utterance: Utterance, span: Span) -> bool:
    """Whether what follows ``keep that as cheap`` may be more of the name: ``and cheerful``."""
    words = utterance.tokens[span.start : span.end]
    return len(words) <= _LONGEST_NAME_TAIL and all(token.kind is Kind.WORD for token in words)


def _sentences(utterance: Utterance) -> Iterator[list[tuple[Span, bool]]]:
    """Each sentence as its chunks, with whether it ends with a question mark."""
    start = 0
    symbols = _cutting_symbols(utterance)
    for index, symbol in enumerate([*symbols, "."]):
        if symbol in SENTENCE_ENDS:
            if index > start:
                asks = symbol == "?"
                yield [(span, asks) for span in _chunks(symbols, start, index)]
            start = index + 1


def _cutting_symbols(utterance: Utterance) -> list[str]:
    """The symbols of ``utterance`` with nothing that cuts within quotes, where the name of a scenario may stand."""
    quoted = [match.span() for match in _QUOTED.finditer(utterance.plain)]
    return [
        "" if any(begin < token.start < end for begin, end in quoted) else token.symbol for token in utterance.tokens
    ]


def _chunks(symbols: Sequence[str], start: int, end: int) -> Iterator[Span]:
    begin = start + _start_over(symbols[start:end])
    if begin > start:
        yield Span(start, begin)
    for index in range(begin, end):
        short = index - begin <= _LONGEST_PHRASE
        ends = (
            short
            and symbols[index] in (":", "except")
            and _is_said_in_full(" ".join(symbols[begin:index]), symbols[index])
        )
        if not (symbols[index] in _JOINTS or ends) or _belongs_together(symbols, begin, index, end):
            continue
        if index > begin:
            yield Span(begin, index)
        begin = index + 1
    if begin < end:
        yield Span(begin, end)


def _is_said_in_full(said: str, joint: str) -> bool:
    """Whether ``said`` needs nothing after it: ``start over: ...``, ``fine except ...``."""
    others = [phrases.pattern for phrases in SET_PHRASES] if joint == ":" else []
    return any(_whole(pattern).fullmatch(said) for pattern in (CONFIRMS, *others))


def _start_over(symbols: Sequence[str]) -> int:
    """How many of ``symbols`` say to start over before they go on with the new need."""
    begun = _whole(STARTS_OVER_WITH).match(" ".join(symbols[:_LONGEST_PHRASE]))
    return begun[0].count(" ") if begun else 0


def _belongs_together(symbols: Sequence[str], begin: int, index: int, end: int) -> bool:
    """Whether a joint joins nothing new: ``anything but``, ``1 and 2``."""
    if not begin < index < end - 1:
        return False
    if symbols[index] == "but":
        return symbols[index - 1] in _EXCEPTING
    return symbols[index] == "and" and symbols[index - 1] == symbols[index + 1] == Kind.NUMBER.value


def _classified(
    utterance: Utterance, span: Span, checkpoint: CheckpointKind, *, asks: bool, alone: bool
) -> Part | None:
    said = utterance.inside(span).strip()
    if checkpoint is not CheckpointKind.APPROVE_DEPLOYMENT and span.end < len(utterance.tokens) and _is_no(said):
        return None
    asks = asks or _begins(YES_NO_QUESTION_BEGINS, said)
    if part := _said_as_a_whole(utterance, span, checkpoint, asks=asks):
        return part
    start = span.start
    while start < span.end and utterance.symbols[start] in FRAMES:
        start += 1
    if start == span.end:
        return None
    framed = Span(start + (utterance.symbols[start] == "also" and start + 1 < span.end), span.end)
    if (
        framed != span
        and (part := _said_as_a_whole(utterance, framed, checkpoint, asks=asks))
        and part.kind not in _ASSENTS
    ):
        return part
    if (kind := _beginning(utterance.inside(framed).strip(), checkpoint, alone=alone)) is not None:
        return Part(kind, framed, checkpoint, asks)
    return Part(None, span, checkpoint, asks)


def _is_no(said: str) -> bool:
    return _whole(BARE_NO).fullmatch(said) is not None


def _said_as_a_whole(utterance: Utterance, span: Span, checkpoint: CheckpointKind, *, asks: bool) -> Part | None:
    length = span.end - span.start
    if length <= _LONGEST_ORDER and (kind := _order(utterance.part(span), checkpoint)) is not None:
        return Part(kind, span, checkpoint, asks, core=span)
    if length > _LONGEST_PHRASE:
        return None
    return _set_phrase(utterance.inside(span).strip(), span, checkpoint, asks=asks)


def _order(part: Utterance, checkpoint: CheckpointKind) -> ActionKind | None:
    """What ``part`` as a whole orders that only this checkpoint knows."""
    if checkpoint is CheckpointKind.PRESENT_OPTIONS and keeps(part):
        return ActionKind.KEEP
    if checkpoint in (CheckpointKind.REVIEW_SPECIFICATION, CheckpointKind.PRESENT_OPTIONS):
        return plain_operation_in(part)
    if checkpoint not in (CheckpointKind.OPERATE, CheckpointKind.FAILED):
        return None
    order = operation_in(part)
    only_at_operate = order in (ActionKind.SCALE, ActionKind.FOLLOW)
    return None if only_at_operate and checkpoint is CheckpointKind.FAILED else order


def _set_phrase(said: str, span: Span, checkpoint: CheckpointKind, *, asks: bool) -> Part | None:
    """The part that ``said`` is as a whole, where it is a set phrase."""
    for phrases in (*SET_PHRASES, *SAID_AT.get(checkpoint, ())):
        if match := _whole(phrases.pattern).fullmatch(said):
            back_to = next((text for text in match.groupdict().values() if text), "")
            return Part(phrases.action, span, checkpoint, asks, back_to=back_to)
    if checkpoint is CheckpointKind.APPROVE_DEPLOYMENT and _whole(BARE_NO).fullmatch(said):
        return Part(ActionKind.REJECT, span, checkpoint, asks, assent=True)
    if _whole(CONFIRMS).fullmatch(said) or _whole(APPROVES).fullmatch(said):
        return Part(ActionKind.CONFIRM, span, checkpoint, asks, assent=True)
    return None


def _beginning(said: str, checkpoint: CheckpointKind, *, alone: bool) -> ActionKind | None:
    """What a part asks for by how it begins."""
    if checkpoint is CheckpointKind.APPROVE_DEPLOYMENT and _begins(REJECTS, said):
        return ActionKind.REJECT
    choosing = checkpoint not in (CheckpointKind.CLARIFY, CheckpointKind.REVIEW_SPECIFICATION)
    if choosing and _chooses(said, alone=alone, offered=checkpoint is CheckpointKind.PRESENT_OPTIONS):
        return ActionKind.CHOOSE
    polite = _whole(POLITE_BEGINS).match(said)
    plainly = said[polite.end() :] if polite else said
    for kind, pattern in (
        (ActionKind.COMPARE, COMPARE_BEGINS),
        (ActionKind.WHAT_IF, WHAT_IF_BEGINS),
        (ActionKind.EXPLAIN, WHY_BEGINS),
    ):
        tries_again = checkpoint is CheckpointKind.FAILED and _begins("try|retry", plainly)
        if (_begins(pattern, said) or _begins(pattern, plainly)) and not tries_again:
            return kind
    if _begins(QUESTION_BEGINS, said) and re.search(rf" (?:{ASKED_ABOUT}) ", f" {said} "):
        return ActionKind.EXPLAIN
    return None


def _chooses(said: str, *, alone: bool, offered: bool) -> bool:
    """Whether ``said`` takes an option; a number ``alone`` does where options are ``offered``."""
    if _whole(rf"(?:{CHOOSE_BEGINS}) (?:{_TARGET}|{_THAT_ONE}){_AFTER_TARGET}").fullmatch(said):
        return True
    if _whole(
        rf"(?:whatever|whichever)(?: (?:one|option))?(?: (?:is|has|be|come out))?(?: the)? (?:{_VIEW})"
    ).fullmatch(said):
        return True
    named = (
        rf"(?:option|number|entry|the|choice|no) {_TARGET}{_AFTER_TARGET}|(?:{_VIEW})(?: (?:one|option|"
        rf"entry))?{_AFTER_TARGET}"
    )
    if _whole(named).fullmatch(said):
        return True
    return alone and offered and bool(_whole(rf"{_ENTRY}{_AFTER_TARGET}").fullmatch(said))
