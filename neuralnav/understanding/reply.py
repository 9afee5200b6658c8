"""Reads what a person answers at a checkpoint into typed actions, in the order said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from neuralnav.errors import FieldProblem, InvalidInputError
from neuralnav.models.intent import DeploymentIntent, RejectedValue
from neuralnav.models.reply import ActionKind, Checkpoint, ReplyAction, ReplyReading
from neuralnav.understanding.reading.utterance import Utterance, phrase, read_utterance
from neuralnav.understanding.replies.edits import read_changes
from neuralnav.understanding.replies.entries import choice_in, entries_in
from neuralnav.understanding.replies.parts import Part, parts_of
from neuralnav.understanding.words.replies import BACK_TARGETS, NEGATION

_ASKS_ABOUT_IT = re.compile(
    r"^ (?:how|is|what (?:would|does|will|is|happen)|would|do) (?!about)|^ (?:what|how) about (?:option )?NUM "
)
_POLITE = re.compile(r"^ (?:(?:can|could|would|will) you|please|i (?:want|need|would like)|make|set|change)\b")
_BECAUSE = re.compile(r"\b(?:because|since|as|it's|it is|too|the|that)\s.+$|[,:\-]\s*(?P<rest>.+)$", re.IGNORECASE)
_LONGEST_REASON = 500

_QUESTIONS = {
    Checkpoint.CLARIFY: "I did not find the answer in that. You can also say “I don't know”, “start over” or “cancel”.",
    Checkpoint.REVIEW_SPECIFICATION: (
        "Is the specification right? Say “confirm”, or what to change, such as “TTFT 200 ms” or “2000 users”."
    ),
    Checkpoint.PRESENT_OPTIONS: (
        "Which option is it to be? Say its number or “the cheapest”, ask “why is 2 slower?”, “compare 1 and 3” or "
        "“what if we use A100?”, or say what to change."
    ),
    Checkpoint.APPROVE_DEPLOYMENT: (
        "Nothing is done without a clear answer: say “approve”, “reject”, or what to change."
    ),
    Checkpoint.FAILED: "Say “retry”, what to change, or “cancel”.",
    Checkpoint.OPERATE: "You can ask for the status, ask why, say what to change, or start over.",
}


@dataclass(frozen=True)
class _Answer:
    """What one part of a reply comes to."""

    action: ReplyAction | None = None
    rejected: tuple[RejectedValue, ...] = ()
    question: str | None = None
    clear: bool = True


_UNCLEAR = _Answer(clear=False)


@dataclass(frozen=True)
class _Reader:
    """One reply being read."""

    utterance: Utterance
    place: Checkpoint
    parts: Sequence[Part]
    current: DeploymentIntent | None
    known_models: Sequence[str]

    def answer(self, part: Part) -> _Answer:
        if part.kind is None or part.kind is ActionKind.WHAT_IF:
            return self._change(part)
        if part.kind is ActionKind.COMPARE:
            return self._compare(part)
        if part.kind is ActionKind.EXPLAIN:
            return _acting(ActionKind.EXPLAIN, entries=entries_in(self.utterance, part.span))
        if part.kind is ActionKind.CHOOSE:
            choice = choice_in(self.utterance, part.span) or self._under_discussion(part)
            return _UNCLEAR if choice is None else _acting(ActionKind.CHOOSE, choice=choice)
        if part.kind is ActionKind.BACK:
            return _back(part)
        if part.kind is ActionKind.REJECT:
            return self._reject(part)
        if part.kind in (ActionKind.CONFIRM, ActionKind.APPROVE):
            return self._assent(part)
        return _acting(part.kind)

    def _change(self, part: Part) -> _Answer:
        supposing = self._supposes(part)
        said = self.utterance.part(part.span)
        changes = read_changes(
            said, self.place, supposing=supposing, current=self.current, known_models=self.known_models
        )
        if changes:
            kind = ActionKind.WHAT_IF if supposing else ActionKind.EDIT
            action = ReplyAction(action=kind, changes=changes.values, evidence=changes.evidence)
            return _Answer(action if changes.values else None, changes.rejected, changes.question)
        if part.kind is None:
            return _UNCLEAR
        if _ASKS_ABOUT_IT.match(self.utterance.inside(part.span)):
            return _acting(ActionKind.EXPLAIN, entries=entries_in(self.utterance, part.span))
        return _UNCLEAR

    def _supposes(self, part: Part) -> bool:
        if part.kind is ActionKind.WHAT_IF:
            return True
        return part.asks and not _POLITE.match(self.utterance.inside(part.span))

    def _under_discussion(self, part: Part) -> int | None:
        """The one option that was named before ``take it``."""
        before = [
            entry for p in self.parts if p.span.end <= part.span.start for entry in entries_in(self.utterance, p.span)
        ]
        named = set(before)
        return before[0] if len(named) == 1 and not entries_in(self.utterance, part.span) else None

    def _compare(self, part: Part) -> _Answer:
        entries = entries_in(self.utterance, part.span)
        if len(entries) > 1:
            return _acting(ActionKind.COMPARE, entries=entries)
        return _Answer(question="Which ones? Name two or more numbers, such as “compare 1 and 3”.")

    def _assent(self, part: Part) -> _Answer:
        """Assent confirms a specification or another attempt; it never approves, and it chooses nothing."""
        if part.asks:
            return _UNCLEAR
        if part.kind is ActionKind.APPROVE:
            return _acting(ActionKind.APPROVE)
        if self.place is Checkpoint.REVIEW_SPECIFICATION or not part.assent:
            return _acting(ActionKind.CONFIRM)
        return _UNCLEAR if len(self.parts) == 1 else _Answer()

    def _reject(self, part: Part) -> _Answer:
        if self.place is not Checkpoint.APPROVE_DEPLOYMENT or part.asks:
            return _UNCLEAR if len(self.parts) == 1 else _Answer()
        if part.assent:
            changed = self._change(Part(None, part.span))
            if changed.action is not None:
                return changed
        said = " ".join(self.utterance.words(part.span).split())
        because = _BECAUSE.search(said)
        reason = (because["rest"] or because[0]) if because else ""
        return _acting(ActionKind.REJECT, reason=reason[:_LONGEST_REASON] or None)

    def in_effect(self, answers: Sequence[_Answer]) -> list[ReplyAction]:
        """What is to be done: no assent that the rest takes back, no approval or choice that is not sure."""
        actions = _merged([answer.action for answer in answers if answer.action is not None])
        kinds = {action.action for action in actions}
        clear = all(answer.clear for answer in answers)
        if ActionKind.APPROVE in kinds:
            asked = any(part.asks for part in self.parts) or " ? " in self.utterance.line
            hedged = asked or phrase(NEGATION).search(self.utterance.line) is not None
            if clear and not hedged and kinds <= {ActionKind.APPROVE, ActionKind.THANKS}:
                return [ReplyAction(action=ActionKind.APPROVE)]
            return [action for action in actions if action.action is not ActionKind.APPROVE]
        if not clear:
            actions = [action for action in actions if action.action is not ActionKind.CHOOSE]
        if ActionKind.CONFIRM not in kinds:
            return actions
        confirmed = [ReplyAction(action=ActionKind.CONFIRM)] if _confirms(answers) else []
        return [action for action in actions if action.action is not ActionKind.CONFIRM] + confirmed


def _confirms(answers: Sequence[_Answer]) -> bool:
    """Whether nothing is open, and nothing but thanks follows the last assent."""
    if not all(answer.clear and answer.question is None and not answer.rejected for answer in answers):
        return False
    said = [answer.action.action for answer in answers if answer.action is not None]
    last = max(index for index, kind in enumerate(said) if kind is ActionKind.CONFIRM)
    return set(said[last + 1 :]) <= {ActionKind.THANKS}


def read_reply(
    text: str,
    *,
    checkpoint: str,
    known_models: Sequence[str] = (),
    current: DeploymentIntent | None = None,
) -> ReplyReading:
    """What ``text`` asks for at ``checkpoint``, all of it and in order; a question where that is not clear.

    Approving takes explicit words and nothing beside them. ``known_models`` are the catalogue's short names;
    ``current`` is the intent so far, which relative changes (``double the users``) start from.

    Raises:
        InvalidInputError: ``text`` is too long, or ``checkpoint`` is not one of :class:`Checkpoint`.
    """
    place = _checkpoint(checkpoint)
    utterance = read_utterance(text, known_models)
    parts = parts_of(utterance, place)
    reader = _Reader(utterance, place, parts, current, known_models)
    answers = [reader.answer(part) for part in parts]
    rejected = tuple(value for answer in answers for value in answer.rejected)
    actions = reader.in_effect(answers)
    questions = [answer.question for answer in answers if answer.question]
    if not actions:
        questions += [f"“{value.value}” cannot be used: {value.reason}." for value in rejected]
    if not all(answer.clear for answer in answers) or not (actions or questions):
        questions.append(_QUESTIONS[place])
    return ReplyReading(actions=tuple(actions), question=" ".join(questions) or None, rejected=rejected)


def _checkpoint(name: str) -> Checkpoint:
    try:
        return Checkpoint(name)
    except ValueError:
        allowed = ", ".join(Checkpoint)
        raise InvalidInputError(
            f"No checkpoint is called {name[:60]!r}. There are: {allowed}.",
            (FieldProblem("checkpoint", name[:60], allowed),),
        ) from None


def _acting(
    kind: ActionKind,
    *,
    entries: tuple[int, ...] = (),
    choice: int | str | None = None,
    reason: str | None = None,
    back_to: Checkpoint | None = None,
) -> _Answer:
    return _Answer(ReplyAction(action=kind, entries=entries, choice=choice, reason=reason, back_to=back_to))


def _back(part: Part) -> _Answer:
    if not part.back_to:
        return _acting(ActionKind.BACK)
    for target, pattern in BACK_TARGETS.items():
        if re.fullmatch(rf"(?:the )?{pattern}(?: (?:step|page|list|screen|review|checkpoint|please))*", part.back_to):
            return _acting(ActionKind.BACK, back_to=target)
    return _UNCLEAR


def _merged(actions: Sequence[ReplyAction]) -> list[ReplyAction]:
    """Changes right after one another as one edit or one what-if, and nothing twice."""
    merged: list[ReplyAction] = []
    for action in actions:
        last = merged[-1] if merged else None
        if last is not None and last.action is action.action and action.changes:
            merged[-1] = last.model_copy(
                update={"changes": last.changes | action.changes, "evidence": last.evidence | action.evidence}
            )
        elif action not in merged:
            merged.append(action)
    return merged
