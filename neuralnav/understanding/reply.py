"""Reads what a person answers at a checkpoint into typed actions, in the order said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.reply import BINDING, ActionKind, CheckpointKind, ReplyAction, ReplyReading
from neuralnav.understanding.reading.utterance import Utterance, phrase, read_utterance
from neuralnav.understanding.replies.answers import Answer, PartReader
from neuralnav.understanding.replies.emoji import without_emoji
from neuralnav.understanding.replies.likely import guessed, likely
from neuralnav.understanding.replies.parts import Part, parts_of
from neuralnav.understanding.replies.slips import mended, with_contractions
from neuralnav.understanding.words.assent import NEGATION

_QUOTES = re.compile(r"[\"“”„«»`<>()\[\]{}]|(?<!\w)['‘’]|['‘’](?!\w)|[:;]-?[()/|]")
"""Marks of words that are somebody else's, and faces that may mean anything."""

_OPENS, _CLOSES = tuple("([{<"), tuple(")]}>")

_NEEDS_CLEARNESS = BINDING | {ActionKind.CHOOSE, ActionKind.SCALE}
"""What is left out when anything else in the reply is not clear."""


_AFTER_CONFIRMING = (ActionKind.CHOOSE, ActionKind.COMPARE)
"""What can only be about the options that come once the specification is confirmed."""


@dataclass(frozen=True)
class _Reading:
    """A reply as it is read: what is to be done, what has to be asked, what cannot be."""

    actions: tuple[ReplyAction, ...]
    questions: tuple[str, ...]
    rejected: tuple[RejectedValue, ...]
    unclear: Utterance | None
    """The part that is not clear."""

    @property
    def is_one_action(self) -> bool:
        """Whether it asks for one thing and leaves nothing open."""
        return len(self.actions) == 1 and self.unclear is None and not (self.questions or self.rejected)


@dataclass(frozen=True)
class _Situation:
    """What a reply is read against."""

    place: CheckpointKind
    current: DeploymentIntent | None
    known_models: Sequence[str]
    scenarios: Sequence[str]

    def read(self, utterance: Utterance) -> _Reading:
        parts = parts_of(utterance, self.place)
        reader = PartReader(utterance, parts, self.current, self.known_models, self.scenarios)
        answers = [reader.answer(part) for part in parts]
        actions = _in_effect(utterance, parts, answers)
        questions = tuple(answer.question for answer in answers if answer.question)
        rejected = tuple(value for answer in answers for value in answer.rejected)
        if _changes_what_it_chose(actions):
            return _Reading((), questions, rejected, utterance)
        unclear = _unclear_part(utterance, parts, answers, something=bool(actions or questions))
        return _Reading(actions, questions, rejected, unclear)

    def read_mended(self, utterance: Utterance) -> _Reading:
        """As :meth:`read`; where that is not clear, and slips of the keyboard are why, without them."""
        typed = self.read(utterance)
        without_slips = mended(utterance) if typed.unclear is not None else None
        if without_slips is None:
            return typed
        again = self.read(without_slips)
        kinds = {action.action for action in again.actions}
        return typed if again.unclear is not None or kinds & BINDING else again

    def is_clear(self, text: str) -> bool:
        """Whether ``text`` asks for exactly one thing."""
        return self.read(self.hear(text)).is_one_action

    def hear(self, text: str) -> Utterance:
        """``text`` as words: emoji and contractions said in full."""
        return with_contractions(without_emoji(read_utterance(text, self.known_models)))


def read_reply(
    text: str,
    *,
    checkpoint: str,
    known_models: Sequence[str] = (),
    current: DeploymentIntent | None = None,
    scenarios: Sequence[str] = (),
) -> ReplyReading:
    """What ``text`` asks for at ``checkpoint``, all of it and in order; a question where that is not clear.

    Approving takes explicit words and nothing beside them. ``known_models`` are the catalogue's short names;
    ``current`` is the intent so far, which relative changes (``double the users``) start from; ``scenarios``
    are the names of those that were kept. To compare neither options nor scenarios by name is to compare all
    scenarios.

    Raises:
        InvalidInputError: ``text`` is too long, or ``checkpoint`` is not one of :class:`CheckpointKind`.
    """
    situation = _Situation(_checkpoint(checkpoint), current, known_models, scenarios)
    utterance = situation.hear(text)
    reading = situation.read_mended(utterance)
    questions = list(reading.questions)
    if not reading.actions:
        questions += [f"“{value.value}” cannot be used: {value.reason}." for value in reading.rejected]
    readings: tuple[str, ...] = ()
    if reading.unclear is not None and not (reading.rejected and not reading.actions):
        meant = likely(reading.unclear, utterance, situation.place, situation.is_clear)
        questions.append(meant.question)
        readings = meant.readings
    elif questions and not reading.actions:
        hinted = guessed(utterance, situation.place, situation.is_clear)
        readings = hinted.readings if hinted else ()
    return ReplyReading(
        actions=reading.actions, question=" ".join(questions) or None, readings=readings, rejected=reading.rejected
    )


def _unclear_part(
    utterance: Utterance, parts: Sequence[Part], answers: Sequence[Answer], *, something: bool
) -> Utterance | None:
    """The first part that is not clear; the whole where nothing is done or asked."""
    for part, answer in zip(parts, answers, strict=True):
        if not answer.clear:
            return utterance.part(part.span)
    chosen = _choices([answer.action for answer in answers if answer.action is not None])
    return None if something and chosen < 2 else utterance


def _choices(actions: Sequence[ReplyAction]) -> int:
    """How many different options are chosen; more than one cannot be meant."""
    return len({str(action.choice) for action in actions if action.action is ActionKind.CHOOSE})


def _changes_what_it_chose(actions: Sequence[ReplyAction]) -> bool:
    """Whether an edit follows a choice: ``take 2 but with H100`` takes none of the options as they are."""
    kinds = [action.action for action in actions]
    return ActionKind.CHOOSE in kinds and ActionKind.EDIT in kinds[kinds.index(ActionKind.CHOOSE) :]


def _in_effect(utterance: Utterance, parts: Sequence[Part], answers: Sequence[Answer]) -> tuple[ReplyAction, ...]:
    """What is to be done: no assent that the rest takes back, no approval or choice that is not sure."""
    actions = _merged([answer.action for answer in answers if answer.action is not None])
    kinds = {action.action for action in actions}
    clear = all(answer.clear for answer in answers) and _choices(actions) < 2
    quoted = _QUOTES.search(utterance.plain) is not None
    if ActionKind.APPROVE in kinds:
        hedged = any(part.asks for part in parts) or phrase(NEGATION).search(utterance.line) or " ? " in utterance.line
        if clear and not hedged and not quoted and kinds <= {ActionKind.APPROVE, ActionKind.THANKS}:
            return (ReplyAction(action=ActionKind.APPROVE),)
    dropped = {ActionKind.APPROVE} | (_NEEDS_CLEARNESS if not clear else set()) | (BINDING if quoted else set())
    if not clear and phrase("approve|approved|deploy").search(utterance.line):
        dropped |= {ActionKind.REJECT}
    actions = _without_taken_back([action for action in actions if action.action not in dropped])
    if ActionKind.CONFIRM not in kinds:
        return tuple(actions)
    before = [action for action in actions if action.action not in (ActionKind.CONFIRM, *_AFTER_CONFIRMING)]
    if not _confirms(utterance, parts, answers):
        return tuple(action for action in actions if action.action not in (ActionKind.CONFIRM, ActionKind.CHOOSE))
    after = [action for action in actions if action.action in _AFTER_CONFIRMING]
    return (*before, ReplyAction(action=ActionKind.CONFIRM), *after)


def _without_taken_back(actions: Sequence[ReplyAction]) -> list[ReplyAction]:
    """``actions`` without a ``cancel`` that only takes back what was said: something else to do follows it."""
    does = [action.action not in (ActionKind.CANCEL, ActionKind.THANKS) for action in actions]
    return [a for i, a in enumerate(actions) if a.action is not ActionKind.CANCEL or not any(does[i + 1 :])]


def _confirms(utterance: Utterance, parts: Sequence[Part], answers: Sequence[Answer]) -> bool:
    """Whether nothing is open, and nothing but thanks or a look at the options follows the last assent."""
    if not all(answer.clear and answer.question is None and not answer.rejected for answer in answers):
        return False
    said = [(answer.action.action, part) for part, answer in zip(parts, answers, strict=True) if answer.action]
    last = max(index for index, (kind, _) in enumerate(said) if kind is ActionKind.CONFIRM)
    following = {kind for kind, _ in said[last + 1 :]}
    return following <= {ActionKind.THANKS, *_AFTER_CONFIRMING} and not _is_bracketed(utterance, said[last][1])


def _is_bracketed(utterance: Utterance, part: Part) -> bool:
    """Whether ``part`` stands in brackets, as a button or a place to fill in does."""
    tokens = utterance.tokens[part.span.start : part.span.end]
    before, after = utterance.plain[: tokens[0].start].rstrip(), utterance.plain[tokens[-1].end :].lstrip()
    return before.endswith(_OPENS) or after.startswith(_CLOSES)


def _merged(actions: Sequence[ReplyAction]) -> list[ReplyAction]:
    """Changes right after one another as one edit or one what-if, ``I don't get it`` as what follows, nothing twice."""
    merged: list[ReplyAction] = []
    for action in actions:
        last = merged[-1] if merged else None
        if last is not None and last.action is action.action and (action.changes or action.from_cluster):
            merged[-1] = last.model_copy(
                update={
                    "changes": last.changes | action.changes,
                    "evidence": last.evidence | action.evidence,
                    "from_cluster": last.from_cluster or action.from_cluster,
                }
            )
        elif last is not None and last == ReplyAction(action=ActionKind.EXPLAIN) and action.action is last.action:
            merged[-1] = action
        elif action not in merged:
            merged.append(action)
    return merged


def _checkpoint(name: str) -> CheckpointKind:
    try:
        return CheckpointKind(name)
    except ValueError:
        allowed = ", ".join(CheckpointKind)
        raise InvalidInputError(
            f"No checkpoint is called {name[:60]!r}. There are: {allowed}.",
            (FieldProblem("checkpoint", name[:60], allowed),),
        ) from None
