"""Turns each part of a reply into the action that it asks for, or finds that it is not clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.reply import BINDING, ActionKind, CheckpointKind, ReplyAction
from neuralnav.understanding.reading.tokens import Kind
from neuralnav.understanding.reading.utterance import Span, Utterance, phrase
from neuralnav.understanding.replies.edits import read_changes
from neuralnav.understanding.replies.entries import choice_in, entries_in
from neuralnav.understanding.replies.operations import scaling_in
from neuralnav.understanding.replies.parts import Part, back_target
from neuralnav.understanding.replies.scenarios import kept_name, names_in
from neuralnav.understanding.words.changes import WANTS_BETTER
from neuralnav.understanding.words.choices import DEPENDS
from neuralnav.understanding.words.replies import YES_NO_QUESTION_BEGINS

_ASKS_ABOUT_IT = re.compile(
    r"^ (?:how|is|what (?:would|does|will|is|happen)|would|do) (?!about)|^ (?:what|how) about (?:option )?NUM "
)
_POLITE = re.compile(r"^ (?:(?:can|could|would|will) you|please|i (?:want|need|would like)|make|set|change)\b")
_ASKS_FOR_IT = re.compile(r"^ (?:(?:can|could|may) (?:i|we|you)|please|let us|i (?:want|would like))\b")
_COMPARES = phrase("difference|versus|vs|compare|compared|differ|side by side|next to each other|against each other")
_LEAD = re.compile(r"^ (?:what|how) about ")
_LEAD_WORDS = 2
_YES_NO = re.compile(rf"^ (?:{YES_NO_QUESTION_BEGINS}) ")
_ASKS = re.compile(rf"^ (?:{YES_NO_QUESTION_BEGINS}|how|what|where|which|who|when|why) ")
_BECAUSE = re.compile(r"\b(?:because|since|as|it's|it is|too|the|that)\s.+$|[,:!.;\-]\s*(?P<rest>.+)$", re.IGNORECASE)
_LONGEST_REASON = 500
_LONGEST_LEFT_OPEN = 12
"""Parts of more tokens say what is to be done."""
_NAMES = frozenset({Kind.GPU, Kind.MODEL})
_BESIDE = frozenset({",", "and", "or", "the", "an", "a", "maybe", "perhaps", "!", "hmm"})
_WANTS_BETTER = re.compile(WANTS_BETTER)


@dataclass(frozen=True)
class Answer:
    """What one part of a reply comes to."""

    action: ReplyAction | None = None
    rejected: tuple[RejectedValue, ...] = ()
    question: str | None = None
    clear: bool = True


UNCLEAR = Answer(clear=False)


@dataclass(frozen=True)
class PartReader:
    """Reads the parts of one reply."""

    utterance: Utterance
    parts: Sequence[Part]
    current: DeploymentIntent | None
    known_models: Sequence[str]
    scenarios: Sequence[str]

    def answer(self, part: Part) -> Answer:
        """What ``part`` asks for."""
        if part.kind is None or part.kind is ActionKind.WHAT_IF:
            return self._change(part)
        if part.kind is ActionKind.COMPARE:
            return self._compare(part)
        if part.kind is ActionKind.EXPLAIN:
            return self._explain(part)
        if part.kind is ActionKind.CHOOSE:
            return self._choose(part)
        if part.kind is ActionKind.BACK:
            target = back_target(part)
            return UNCLEAR if part.back_to and target is None else _acting(ActionKind.BACK, back_to=target)
        if part.kind is ActionKind.REJECT:
            return self._reject(part)
        if part.kind in (ActionKind.CONFIRM, ActionKind.APPROVE):
            return self._assent(part)
        if part.kind in BINDING | {ActionKind.KEEP, ActionKind.SCALE, ActionKind.FOLLOW}:
            return self._order(part, part.kind)
        return _acting(part.kind)

    def _change(self, part: Part) -> Answer:
        supposing = self._supposes(part)
        said = self.utterance.part(_without_lead(self.utterance, part.span))
        if supposing:
            said = _as_present(said)
        if not supposing and _is_left_open(said, part.place):
            return UNCLEAR
        changes = read_changes(
            said, part.place, supposing=supposing, current=self.current, known_models=self.known_models
        )
        if changes:
            kind = ActionKind.WHAT_IF if supposing else ActionKind.EDIT
            action = ReplyAction(
                action=kind, changes=changes.values, evidence=changes.evidence, from_cluster=changes.from_cluster
            )
            does = changes.values or changes.from_cluster
            return Answer(action if does else None, changes.rejected, changes.question)
        if part.kind is None:
            return self._question(part)
        if _ASKS_ABOUT_IT.match(self.utterance.inside(part.span)):
            return _acting(ActionKind.EXPLAIN, entries=entries_in(self.utterance, part.span))
        return UNCLEAR

    def _question(self, part: Part) -> Answer:
        """A question that names options is one about them."""
        entries = entries_in(self.utterance, part.span)
        shown = part.place in (CheckpointKind.PRESENT_OPTIONS, CheckpointKind.APPROVE_DEPLOYMENT)
        if not (part.asks and shown and entries and _ASKS.match(self.utterance.inside(part.span))):
            return UNCLEAR
        return self._explain(part)

    def _explain(self, part: Part) -> Answer:
        entries = entries_in(self.utterance, part.span)
        compares = len(entries) > 1 and _COMPARES.search(self.utterance.inside(part.span))
        return _acting(ActionKind.COMPARE if compares else ActionKind.EXPLAIN, entries=entries)

    def _supposes(self, part: Part) -> bool:
        if part.kind is ActionKind.WHAT_IF:
            return True
        return part.asks and not self._is_polite(part)

    def _is_polite(self, part: Part) -> bool:
        return _POLITE.match(self.utterance.inside(part.span)) is not None

    def _choose(self, part: Part) -> Answer:
        choice = choice_in(self.utterance, part.span) or self._under_discussion(part)
        wonders = part.asks and not _ASKS_FOR_IT.match(self.utterance.inside(part.span))
        if choice is None or wonders or self._depends_on_a_question(part, choice):
            return UNCLEAR
        return _acting(ActionKind.CHOOSE, choice=choice)

    def _under_discussion(self, part: Part) -> int | None:
        """The one option that was named before ``take it``."""
        before = [
            entry for p in self.parts if p.span.end <= part.span.start for entry in entries_in(self.utterance, p.span)
        ]
        named = set(before)
        return before[0] if len(named) == 1 and not entries_in(self.utterance, part.span) else None

    def _depends_on_a_question(self, part: Part, choice: int | str) -> bool:
        """Whether the answer to a question in the same reply may undo the choice: ``is 2 ok? then take it``."""
        asked = [
            p
            for p in self.parts
            if p.span.end <= part.span.start and p.asks and _YES_NO.match(self.utterance.inside(p.span))
        ]
        if not asked:
            return False
        said = f"{self.utterance.before(part.span, 3)}{self.utterance.inside(part.span)}"
        about = {entry for p in asked for entry in entries_in(self.utterance, p.span)}
        return choice in about or phrase(DEPENDS).search(said) is not None

    def _compare(self, part: Part) -> Answer:
        said = self.utterance.part(part.span)
        names = names_in(said, self.scenarios)
        entries = entries_in(self.utterance, part.span)
        if names is not None and not (entries and not names):
            return Answer(ReplyAction(action=ActionKind.COMPARE, names=names))
        return _acting(ActionKind.COMPARE, entries=entries) if len(entries) > 1 else UNCLEAR

    def _order(self, part: Part, kind: ActionKind) -> Answer:
        """An order beyond the plan: asked about, it is none."""
        if part.asks and not self._is_polite(part):
            return UNCLEAR
        said = self.utterance.part(part.span)
        if kind is ActionKind.KEEP:
            return Answer(ReplyAction(action=ActionKind.KEEP, name=kept_name(said)))
        if kind is ActionKind.SCALE:
            scaling = scaling_in(self.utterance.part(part.core or part.span))
            if scaling is None:
                return UNCLEAR
            return Answer(ReplyAction(action=ActionKind.SCALE, replicas=scaling.to, replicas_by=scaling.by))
        return UNCLEAR if part.asks and " please " not in said.line else _acting(kind)

    def _assent(self, part: Part) -> Answer:
        """Assent confirms a specification or another attempt; it never approves, and it chooses nothing."""
        retries = part.kind is ActionKind.CONFIRM and not part.assent
        if part.asks and not (retries and self._is_polite(part)):
            inquires = part.place is CheckpointKind.OPERATE and phrase("everything|all|it").search(
                self.utterance.inside(part.span)
            )
            return _acting(ActionKind.STATUS) if inquires else UNCLEAR
        if part.kind is ActionKind.APPROVE:
            return _acting(ActionKind.APPROVE)
        if part.place is CheckpointKind.REVIEW_SPECIFICATION or not part.assent:
            return _acting(ActionKind.CONFIRM)
        return UNCLEAR if len(self.parts) == 1 else Answer()

    def _reject(self, part: Part) -> Answer:
        if part.asks:
            return UNCLEAR if len(self.parts) == 1 else Answer()
        if part.assent:
            changed = self._change(Part(None, part.span, part.place))
            if changed.action is not None:
                return changed
        said = " ".join(self.utterance.words(part.span).split())
        because = _BECAUSE.search(said)
        reason = (because["rest"] or because[0]) if because else ""
        return _acting(ActionKind.REJECT, reason=reason[:_LONGEST_REASON] or None)


def _without_lead(utterance: Utterance, span: Span) -> Span:
    """``span`` without ``what about`` before what is meant."""
    leads = _LEAD.match(utterance.inside(span)) is not None and span.end - span.start > _LEAD_WORDS
    return Span(span.start + _LEAD_WORDS, span.end) if leads else span


def _as_present(said: Utterance) -> Utterance:
    """``said`` with ``is`` for the ``was`` of a supposition, which is no past."""
    tokens = [replace(token, text="is") if token.text in ("was", "were") else token for token in said.tokens]
    return Utterance(said.plain, tokens)


def _is_left_open(said: Utterance, place: CheckpointKind) -> bool:
    """Whether ``said`` names a thing without saying what is to be done: ``A100``, or ``cheaper`` beside options."""
    if len(said.tokens) > _LONGEST_LEFT_OPEN:
        return False
    if place is not CheckpointKind.CLARIFY and all(
        token.kind in _NAMES or token.text in _BESIDE for token in said.tokens
    ):
        return True
    return place is CheckpointKind.PRESENT_OPTIONS and _WANTS_BETTER.fullmatch(said.line.strip()) is not None


def _acting(kind: ActionKind, **fields: Any) -> Answer:
    return Answer(ReplyAction(action=kind, **fields))
