"""The intent agent: reads what people write, at the beginning and at every checkpoint.

A language model, where one is set, helps with words (use case, priority, tone of a reply). Figures, names of models
and GPUs, approvals and edits come from the person's own words by rules, so none can be made up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.messages import compose
from agents.model import Reader
from agents.rules import request_by_rules
from agents.words import ReplyKind, ReplyWords, RequestWords
from neuralnav.models.intent import DeploymentIntent, IntentReading, update_intent
from neuralnav.models.reply import ActionKind, ReplyAction, ReplyReading
from neuralnav.understanding import missing_fields, question_for, read_reply


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
            return reading
        words, name = await self.reader.ask(compose("read_request", text), RequestWords)
        return _merge(reading, words, text, name)

    async def read_reply(self, text: str, checkpoint: str, current: DeploymentIntent | None = None) -> ReplyReading:
        """What ``text`` asks for at ``checkpoint``; ``current`` is what "double the users" counts from.

        Raises:
            InvalidInputError: the text is too long to be a reply.
        """
        reading = await asyncio.to_thread(
            read_reply,
            text,
            checkpoint=checkpoint,
            known_models=self.reader.rules.known_models,
            current=current,
        )
        if reading.actions or not text.strip():
            return reading
        words, _ = await self.reader.ask(compose("read_reply", text, checkpoint), ReplyWords)
        if words.kind is ReplyKind.UNCLEAR:
            return reading
        return ReplyReading(actions=(ReplyAction(action=ActionKind(words.kind.value)),), rejected=reading.rejected)

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


def _merge(reading: IntentReading, words: RequestWords, text: str, name: str) -> IntentReading:
    """The rules' reading, with the model's words where the rules read none and the text is about a deployment."""
    if name == "rules":
        return reading
    rejected = {r.field for r in reading.rejected}
    added: dict[str, Any] = {}
    for field, value in words.model_dump().items():
        silent = getattr(reading.intent, field) is None or (field == "priority" and "priority" not in reading.evidence)
        invented = field == "subject_matter" and str(value).lower() not in text.lower()
        if value is not None and silent and not invented and field not in rejected:
            added[field] = value
    if not added:
        return reading.model_copy(update={"model": name})
    merged = reading.intent.model_dump() | added
    merged["description"] = merged["description"] or text
    intent = DeploymentIntent.model_validate(merged)
    return reading.model_copy(
        update={
            "intent": intent,
            "evidence": reading.evidence | dict.fromkeys(added, text[:200]),
            "missing": missing_fields(intent),
            "question": question_for(intent, reading.rejected),
            "model": name,
        }
    )
