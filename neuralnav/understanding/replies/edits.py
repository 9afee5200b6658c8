"""Reads changes out of replies: with the readers of requests, and what only replies say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.reply import CheckpointKind
from neuralnav.models.vocabulary import Priority, Quality
from neuralnav.understanding.fields.cluster import cluster_wish
from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.fields.use_cases import read_use_case
from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Span, Utterance
from neuralnav.understanding.replies.lists import open_list, with_lists
from neuralnav.understanding.replies.relative import read_scaled, unscaled
from neuralnav.understanding.request import field_outcomes, settle
from neuralnav.understanding.words.changes import (
    ABOUT_THE_USE,
    ANYTHING_GOES,
    CARRIED,
    CLEARED,
    COMPARATIVES,
    EDITS,
    INSULTS,
    LEAVES_OPEN,
    LEFT_OPEN,
    ORDERS,
    PRICE_LIMIT,
    PRIORITY_SET,
    PRIORITY_WORDS,
    QUALITY_SET,
    RELIABILITY_SET,
    SUPERLATIVES,
    TAKES_AWAY,
)

_PRICED_TOKENS = 1000
_CARRIED_AFTER = re.compile(rf"^ (?:{CARRIED}) ")

_FILLS = re.compile(
    r" (?:(?:about|around|approximately|roughly|maybe|perhaps|say|i (?:think|guess)|just|only|some|probably|"
    r"up to|at most|hm+|um+|uh|well|oh|yes|yeah|ok|okay|like|let me think|more or less|give or take|"
    r"for now|to start|ish|,|"
    r"somewhere|(?:a )?(?:bit|little) (?:more|less)|or so|"
    r"for|there (?:are|will be)|we are|it is|nearly|almost|over|circa|in total|total|altogether|let us say) )*"
)


_ASKS = re.compile(r"^ (?:what|how|who|where|when|why) (?:can|do|does|is|are|should|could) ")


@dataclass(frozen=True)
class Changes:
    """Fields with their new values in JSON types (``None`` clears), their words, and what cannot be."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    rejected: tuple[RejectedValue, ...] = ()
    from_cluster: bool = False
    """Whether the GPUs are to be those that are free in the cluster."""
    question: str | None = None
    """What has to be asked because the words leave the new value open."""

    def __bool__(self) -> bool:
        return bool(self.values or self.from_cluster or self.rejected or self.question)


def read_changes(
    part: Utterance,
    checkpoint: CheckpointKind,
    *,
    supposing: bool,
    current: DeploymentIntent | None,
    known_models: Sequence[str] = (),
) -> Changes:
    """What ``part`` of a reply changes in the intent; ``current`` is what relative changes start from."""
    cleared = dict(_cleared(part, current))
    named = read_use_case(part).finding
    outcomes: list[Finding | Refused] = [
        _as_carried(part, outcome)
        for outcome in field_outcomes(part, named.value if named else None, known_models, supposing=supposing)
        if not _is_remark(part, outcome, checkpoint) and not _is_taken_away(outcome, cleared)
    ]
    if named is not None and _is_about_the_use(part, named, checkpoint, others=bool(outcomes)):
        outcomes.append(named)
    outcomes += _reply_outcomes(part, checkpoint, outcomes, current, supposing=supposing)
    values, evidence, rejected = settle(part, outcomes)
    document = DeploymentIntent.model_validate(values).model_dump(mode="json")
    changed = {name: document[name] for name in values}
    if question := _open_question(part, changed, current):
        return Changes(rejected=rejected, question=question)
    from_cluster = cluster_wish(part) is not None
    for name, span in cleared.items():
        if name not in changed:
            changed[name] = None
            evidence[name] = part.words(span)
    said = " ".join(evidence.values())
    changed = with_lists(part, changed, current)
    return Changes(changed, {name: evidence.get(name, said) for name in changed}, rejected, from_cluster)


def _is_remark(part: Utterance, outcome: Finding | Refused, checkpoint: CheckpointKind) -> bool:
    """Whether a priority is only praise or blame of what is shown: ``looks good and cheap``."""
    if outcome.field != "priority" or checkpoint is CheckpointKind.CLARIFY or not isinstance(outcome, Finding):
        return False
    if checkpoint is not CheckpointKind.REVIEW_SPECIFICATION and re.search(
        rf" (?:{SUPERLATIVES}) ", part.inside(outcome.span)
    ):
        return True
    deciding = checkpoint in (CheckpointKind.APPROVE_DEPLOYMENT, CheckpointKind.FAILED)
    if deciding and part.first(EDITS) is None:
        return True
    short = len(part.tokens) <= 4
    return not short and outcome.weight < 2 and part.first(EDITS) is None


def _as_carried(part: Utterance, outcome: Finding | Refused) -> Finding | Refused:
    """``120 requests/s to carry`` as the throughput that is asked for."""
    carried = outcome.field == "expected_qps" and _CARRIED_AFTER.match(part.after(outcome.span))
    return replace(outcome, field="throughput_rps") if carried else outcome


def _is_about_the_use(part: Utterance, named: Finding, checkpoint: CheckpointKind, *, others: bool) -> bool:
    """Whether a use case is meant and not an order to the conversation (``summarise that``)."""
    if (_ASKS.match(part.line) and not others) or part.first(ORDERS) or (part.first(INSULTS) and not others):
        return False
    if checkpoint is CheckpointKind.CLARIFY or others or part.first(ABOUT_THE_USE):
        return True
    return named.span.end - named.span.start >= len(part.tokens) - 1 and len(part.tokens) > 1


def _reply_outcomes(
    part: Utterance,
    checkpoint: CheckpointKind,
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
    yield from read_scaled(part, current)
    yield from _by_name(part, fields)
    if checkpoint is CheckpointKind.CLARIFY and not fields:
        yield from _bare_number(part)


def _comparative(part: Utterance) -> Iterator[Finding]:
    """``cheaper`` as a priority; ``cheaper and faster`` as a balance."""
    wanted = {priority: found.span for priority, pattern in COMPARATIVES if (found := part.first(pattern))}
    if wanted:
        priority = next(iter(wanted)) if len(wanted) == 1 else Priority.BALANCED
        spans = sorted(wanted.values(), key=lambda span: span.start)
        yield Finding("priority", Priority(priority), spans[0].joined(spans[-1]))


def _by_name(part: Utterance, fields: set[str]) -> Iterator[Finding]:
    """Values that are said beside the name of their field as it is shown."""
    if "max_cost_per_1k_tokens_usd" not in fields and (price := part.first(PRICE_LIMIT)):
        money, tokens = part.amount(price.groups["money"]), part.amount(price.groups["tokens"])
        yield Finding("max_cost_per_1k_tokens_usd", money.count / tokens.count * _PRICED_TOKENS, price.span, 2)
    if "reliability_pct" not in fields and (uptime := part.first(RELIABILITY_SET)):
        yield Finding("reliability_pct", part.amount(uptime.groups["pct"]).value, uptime.span, 2)
    if "quality" not in fields and (found := part.first(QUALITY_SET)):
        yield Finding("quality", Quality(part.inside(found.groups["quality"]).strip().replace(" ", "_")), found.span)


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


def _open_question(part: Utterance, changed: dict[str, Any], current: DeploymentIntent | None) -> str | None:
    """What to ask where words such as ``double`` or ``also`` need a value that is not known here."""
    scaled = unscaled(part)
    if scaled is not None and not changed:
        return f"“{scaled}”: please say the new value itself."
    return open_list(part, changed, current)


def _cleared(part: Utterance, current: DeploymentIntent | None) -> Iterator[tuple[str, Span]]:
    """Fields whose limit is taken away: ``no budget limit``, ``any GPU``, ``leave the region open``."""
    bounded = r"(?! (?:above|over|beyond|more|higher|under|below|than))"
    taken_away = ((name, rf"(?:{TAKES_AWAY}) (?:{pattern}){bounded}") for name, pattern in CLEARED)
    left_open = ((name, LEAVES_OPEN.format(pattern)) for name, pattern in LEFT_OPEN)
    for name, pattern in chain(taken_away, left_open, ANYTHING_GOES):
        if (found := part.first(pattern)) is None:
            continue
        if name == "available_gpus" and current is not None and current.excluded_gpus is not None:
            yield "excluded_gpus", found.span
            if current.available_gpus is None:
                continue
        yield name, found.span


def _is_taken_away(outcome: Finding | Refused, cleared: dict[str, Span]) -> bool:
    """Whether ``outcome`` is only the words that take a limit away: ``no budget`` is no wish to save."""
    spans = [span for span in cleared.values() if span.start < outcome.span.end and outcome.span.start < span.end]
    return any(outcome.field == "priority" or span.joined(outcome.span) == span for span in spans)
