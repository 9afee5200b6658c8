"""The intent agent: reads what people write, at the beginning and at every checkpoint.

A language model, where one is set, helps with words (use case, priority, what a reply is about) and quotes the words
for figures and names. Figures, names of models and GPUs, approvals and edits come from the person's own words by rules,
so none can be made up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.messages import compose
from agents.model import RULES, Reader
from agents.quoting import QuotedText, QuotedValues
from agents.rules import request_by_rules
from agents.words import ReplyKind, ReplyWords, RequestWords
from neuralnav.models.intent import DeploymentIntent, IntentReading, update_intent
from neuralnav.models.reply import ActionKind, ReplyAction, ReplyReading
from neuralnav.understanding import missing_fields, question_for, read_reply

_CHANGES = (ReplyKind.EDIT, ReplyKind.WHAT_IF)


@dataclass(frozen=True)
class HeardReply:
    """A reply as it was read."""

    reading: ReplyReading
    absent: str | None = None
    """The language model that should have helped but did not answer, if so."""


@dataclass(frozen=True)
class IntentAgent:
    """Reads texts into :class:`IntentReading` and :class:`ReplyReading`."""

    reader: Reader

    def stood_in_for(self, reading: IntentReading) -> str | None:
        """The language model that should have helped with ``reading`` but did not answer, if so."""
        return self.reader.name if reading.model != self.reader.name else None

    async def read_request(self, text: str) -> IntentReading:
        """What ``text`` asks for.

        Raises:
            InvalidInputError: the text is too long to be a request.
        """
        reading = await asyncio.to_thread(request_by_rules, text, self.reader.rules.known_models)
        if not text.strip():
            return reading.model_copy(update={"model": self.reader.name})
        words, name = await self.reader.ask(compose("read_request", text), RequestWords)
        if name == RULES:
            return reading
        return await asyncio.to_thread(self._merged, reading, words, text)

    async def read_reply(self, text: str, checkpoint: str, current: DeploymentIntent | None = None) -> ReplyReading:
        """What ``text`` asks for at ``checkpoint``; ``current`` is what "double the users" counts from.

        Raises:
            InvalidInputError: the text is too long to be a reply.
        """
        return (await self.hear_reply(text, checkpoint, current)).reading

    async def hear_reply(
        self, text: str, checkpoint: str, current: DeploymentIntent | None = None, scenarios: Sequence[str] = ()
    ) -> HeardReply:
        """As :meth:`read_reply`, and whether a language model should have helped; it is asked when rules find nothing.

        ``scenarios`` are the names of those that the conversation keeps.

        Raises:
            InvalidInputError: the text is too long to be a reply.
        """
        reading = await asyncio.to_thread(
            read_reply,
            text,
            checkpoint=checkpoint,
            known_models=self.reader.rules.known_models,
            current=current,
            scenarios=scenarios,
        )
        if reading.actions or not text.strip():
            return HeardReply(reading)
        words, name = await self.reader.ask(compose("read_reply", text, checkpoint), ReplyWords)
        if name == RULES:
            return HeardReply(reading, absent=None if self.reader.name == RULES else self.reader.name)
        action = await asyncio.to_thread(self._action, reading, words, text)
        if action is None:
            return HeardReply(reading)
        return HeardReply(ReplyReading(actions=(action,), rejected=reading.rejected))

    def add(self, reading: IntentReading, changes: Mapping[str, Any], evidence: Mapping[str, str]) -> IntentReading:
        """``reading`` with ``changes`` and their evidence, and asked anew for what is still missing.

        Raises:
            InvalidInputError: a field is unknown or a value is not allowed.
        """
        intent = update_intent(reading.intent, changes)
        return reading.model_copy(
            update={
                "intent": intent,
                "evidence": reading.evidence | dict(evidence),
                "missing": missing_fields(intent),
                "question": question_for(intent, ()),
                "rejected": (),
            }
        )

    def _merged(self, reading: IntentReading, words: RequestWords, text: str) -> IntentReading:
        """The rules' reading, with what the model's words and quotes add where the rules read nothing."""
        quoted = QuotedText(text, known_models=self.reader.rules.known_models)
        refused = {value.field for value in reading.rejected}
        said = _closed_words(words, quoted)
        figures = quoted.values(words.quotes, use_case=reading.intent.use_case or words.use_case)
        values = {
            name: value
            for name, value in (said.values | figures.values).items()
            if name not in refused and _is_silent(reading, name)
        }
        if not values:
            return reading.model_copy(update={"model": self.reader.name})
        found = said.evidence | figures.evidence
        intent = DeploymentIntent.model_validate(
            reading.intent.model_dump() | values | {"description": reading.intent.description or text}
        )
        return reading.model_copy(
            update={
                "intent": intent,
                "evidence": reading.evidence | {name: found[name] for name in values},
                "missing": missing_fields(intent),
                "question": question_for(intent, reading.rejected),
                "model": self.reader.name,
            }
        )

    def _action(self, reading: ReplyReading, words: ReplyWords, text: str) -> ReplyAction | None:
        """What the model took a reply for, with the changes that its quotes hold; ``None`` where it is unclear."""
        if words.kind is ReplyKind.UNCLEAR:
            return None
        if words.kind is ReplyKind.USE_CLUSTER:
            return ReplyAction(action=ActionKind.EDIT, from_cluster=True)
        if words.kind not in _CHANGES:
            return ReplyAction(action=ActionKind(words.kind.value))
        supposing = words.kind is ReplyKind.WHAT_IF
        quoted = QuotedText(text, known_models=self.reader.rules.known_models, supposing=supposing)
        refused = {value.field for value in reading.rejected}
        found = quoted.values(words.quotes)
        values = {name: value for name, value in found.values.items() if name not in refused}
        if not values:
            return None
        document = DeploymentIntent.model_validate(values).model_dump(mode="json")
        return ReplyAction(
            action=ActionKind(words.kind.value),
            changes={name: document[name] for name in values},
            evidence={name: found.evidence[name] for name in values},
        )


def _is_silent(reading: IntentReading, name: str) -> bool:
    """Whether the rules read nothing for the field ``name``."""
    return getattr(reading.intent, name) is None or (name == "priority" and "priority" not in reading.evidence)


def _closed_words(words: RequestWords, quoted: QuotedText) -> QuotedValues:
    """The words of closed sets that the person's own words are quoted for; a subject must be said as it is."""
    values: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    for name in ("use_case", "priority", "quality", "licence", "burstiness", "streaming", "subject_matter"):
        value = getattr(words, name)
        if value is None:
            continue
        said = quoted.said(value) if name == "subject_matter" else quoted.words_for(words.quotes, name)
        if said is not None:
            values[name], evidence[name] = value, said
    return QuotedValues(values, evidence)
