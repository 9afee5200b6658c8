"""Reads changes out of replies: with the readers of requests, and what only replies say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.reply import Checkpoint
from neuralnav.models.vocabulary import Priority
from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.fields.use_cases import read_use_case
from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Span, Utterance
from neuralnav.understanding.request import field_outcomes, settle
from neuralnav.understanding.words.changes import (
    ABOUT_THE_USE,
    ADDS,
    ANYTHING_GOES,
    CLEARED,
    COMPARATIVES,
    DOUBLES,
    DOUBLING,
    EDITS,
    INSULTS,
    ORDERS,
    PRIORITY_SET,
    PRIORITY_WORDS,
    SCALABLE,
    SUPERLATIVES,
    TAKES_AWAY,
)

_FILLS = re.compile(
    r" (?:(?:about|around|approximately|roughly|maybe|perhaps|say|i (?:think|guess)|just|only|some|probably|"
    r"up to|at most|hm+|um+|uh|well|oh|yes|yeah|ok|okay|like|let me think|more or less|give or take|"
    r"for now|to start|ish|,|"
    r"for|there (?:are|will be)|we are|it is|nearly|almost|over|circa|in total|total|altogether|let us say) )*"
)


_ASKS = re.compile(r"^ (?:what|how|who|where|when|why) (?:can|do|does|is|are|should|could) ")


@dataclass(frozen=True)
class Changes:
    """Fields with their new values in JSON types (``None`` clears), their words, and what cannot be."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    rejected: tuple[RejectedValue, ...] = ()
    question: str | None = None
    """What has to be asked because the words leave the new value open."""

    def __bool__(self) -> bool:
        return bool(self.values or self.rejected or self.question)


def read_changes(
    part: Utterance,
    checkpoint: Checkpoint,
    *,
    supposing: bool,
    current: DeploymentIntent | None,
    known_models: Sequence[str] = (),
) -> Changes:
    """What ``part`` of a reply changes in the intent; ``current`` is what relative changes start from."""
    named = read_use_case(part).finding
    outcomes: list[Finding | Refused] = [
        outcome
        for outcome in field_outcomes(part, named.value if named else None, known_models, supposing=supposing)
        if not _is_remark(part, outcome, checkpoint)
    ]
    if named is not None and _is_about_the_use(part, named, checkpoint, others=bool(outcomes)):
        outcomes.append(named)
    outcomes += _reply_outcomes(part, checkpoint, outcomes, current, supposing=supposing)
    values, evidence, rejected = settle(part, outcomes)
    document = DeploymentIntent.model_validate(values).model_dump(mode="json")
    changed = {name: document[name] for name in values}
    question = _open_question(part, changed, current)
    for name, span in _cleared(part, changed):
        changed[name] = None
        evidence[name] = part.words(span)
    return Changes(changed if question is None else {}, evidence if question is None else {}, rejected, question)


def _is_remark(part: Utterance, outcome: Finding | Refused, checkpoint: Checkpoint) -> bool:
    """Whether a priority is only praise or blame of what is shown: ``looks good and cheap``."""
    if outcome.field != "priority" or checkpoint is Checkpoint.CLARIFY or not isinstance(outcome, Finding):
        return False
    if checkpoint is not Checkpoint.REVIEW_SPECIFICATION and re.search(
        rf" (?:{SUPERLATIVES}) ", part.inside(outcome.span)
    ):
        return True
    deciding = checkpoint in (Checkpoint.APPROVE_DEPLOYMENT, Checkpoint.FAILED)
    if deciding and part.first(EDITS) is None:
        return True
    short = len(part.tokens) <= 4
    return not short and outcome.weight < 2 and part.first(EDITS) is None


def _is_about_the_use(part: Utterance, named: Finding, checkpoint: Checkpoint, *, others: bool) -> bool:
    """Whether a use case is meant and not an order to the conversation (``summarise that``)."""
    if (_ASKS.match(part.line) and not others) or part.first(ORDERS) or (part.first(INSULTS) and not others):
        return False
    if checkpoint is Checkpoint.CLARIFY or others or part.first(ABOUT_THE_USE):
        return True
    return named.span.end - named.span.start >= len(part.tokens) - 1 and len(part.tokens) > 1


def _reply_outcomes(
    part: Utterance,
    checkpoint: Checkpoint,
    found: list[Finding | Refused],
    current: DeploymentIntent | None,
    *,
    supposing: bool,
) -> Iterator[Finding | Refused]:
    fields = {outcome.field for outcome in found}
    if "priority" not in fields:
        if (named := part.first(PRIORITY_SET)) is not None:
            yield Finding("priority", Priority(PRIORITY_WORDS[part.inside(named.groups["to"]).strip()]), named.span, 2)
        elif not supposing:
            yield from _comparative(part)
    yield from _scaled(part, current)
    if checkpoint is Checkpoint.CLARIFY and not fields:
        yield from _bare_number(part)


def _comparative(part: Utterance) -> Iterator[Finding]:
    """``cheaper`` as a priority; ``cheaper and faster`` as a balance."""
    wanted = {priority: found.span for priority, pattern in COMPARATIVES if (found := part.first(pattern))}
    if wanted:
        priority = next(iter(wanted)) if len(wanted) == 1 else Priority.BALANCED
        spans = sorted(wanted.values(), key=lambda span: span.start)
        yield Finding("priority", Priority(priority), spans[0].joined(spans[-1]))


def _bare_number(part: Utterance) -> Iterator[Finding]:
    """``about 500`` as the answer to how many people there are; ``hundreds`` is none."""
    numbers = [i for i, token in enumerate(part.tokens) if isinstance(token.value, Amount)]
    if len(numbers) != 1 or part.tokens[numbers[0]].kind is not Kind.NUMBER:
        return
    rest = part.line.replace(" NUM ", " ")
    if part.tokens[numbers[0]].text.endswith("s"):
        return
    if _FILLS.fullmatch(rest):
        span = Span(numbers[0], numbers[0] + 1)
        yield Finding("user_count", part.amount(span).count, span)


def _scaled(part: Utterance, current: DeploymentIntent | None) -> Iterator[Finding]:
    """``double the users``, where it is known how many there are."""
    for name, pattern in SCALABLE:
        value = None if current is None else getattr(current, name)
        for found in chain.from_iterable(part.find(scaling) for scaling in _scalings(pattern)):
            if value is not None:
                by = DOUBLING[part.inside(found.groups["by"]).strip()]
                yield Finding(name, float(value) * by, found.span, 2)


def _scalings(noun: str) -> tuple[str, str]:
    """Patterns for ``double the users`` and ``the users double``."""
    return (
        rf"(?P<by>{'|'.join(DOUBLING)}) (?:of )?(?:the |our |my |as many |as much |that many )*(?:number of |"
        rf"amount of )?(?:{noun})",
        rf"(?:{noun}) (?P<by>{DOUBLES})",
    )


def _open_question(part: Utterance, changed: dict[str, Any], current: DeploymentIntent | None) -> str | None:
    """What to ask where words such as ``double`` or ``also`` need a value that is not known here."""
    nouns = "|".join(noun for _, noun in SCALABLE)
    scaled = next(chain.from_iterable(part.find(scaling) for scaling in _scalings(nouns)), None)
    if scaled is not None and not changed:
        return f"“{part.words(scaled.span)}”: please say the new value itself."
    if "available_gpus" in changed and part.first(ADDS) and not part.first("only"):
        if current is None:
            return "Which GPUs may be used in all? Please name every one of them."
        changed["available_gpus"] = sorted({*changed["available_gpus"], *(current.available_gpus or ())})
    return None


def _cleared(part: Utterance, changed: dict[str, Any]) -> Iterator[tuple[str, Span]]:
    """Fields whose limit is taken away: ``no budget limit``, ``any GPU``."""
    bounded = r"(?! (?:above|over|beyond|more|higher|under|below|than))"
    taken_away = ((name, rf"(?:{TAKES_AWAY}) (?:{pattern}){bounded}") for name, pattern in CLEARED)
    for name, pattern in chain(taken_away, ANYTHING_GOES):
        if name not in changed and (found := part.first(pattern)):
            yield name, found.span
