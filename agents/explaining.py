"""The explainer: answers a question in a language model's words, from facts and nothing else."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from agents.checking import FactCheck
from agents.messages import MAX_FACTS_CHARACTERS, compose_explanation
from agents.model import Reader
from agents.sentences import SentenceCutter

logger = logging.getLogger(__name__)

MAX_SENTENCES = 6
MAX_CHARACTERS = 1_200

MAX_DROPPED = 20
"""After so many sentences that do not hold, the rest is not waited for."""

_TABLE_RULE = re.compile(r"^[ \t|:-]*-[ \t|:-]*$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_MARK = re.compile(r"(?<!\\)(?:\*\*|`)|^[ \t]*(?:[-*>]|#{1,6})[ \t]+", re.MULTILINE)
_ESCAPED = re.compile(r"\\([^\w\s])")


@dataclass(frozen=True)
class Explainer:
    """Explains what tools found; every sentence is checked before anyone sees it."""

    reader: Reader

    @property
    def available(self) -> bool:
        """Whether a language model would be asked now; without one there is nothing to wait for."""
        return self.reader.available

    async def explain(self, question: str, facts: str) -> AsyncGenerator[str, None]:
        """Sentences that answer ``question`` from ``facts`` (a tool's result as JSON, or words), as they come.

        The model is not shown the Markdown of ``facts``. A sentence with a figure, a model or a GPU that is not in
        them, with markup, or about something being done is left out. Yields nothing where there is no model, it fails,
        or nothing it says holds: the caller then says it in its own words.

        Raises:
            InvalidInputError: ``facts`` cannot be read.
        """
        if not self.available:
            return
        shown = plain_facts(facts)[:MAX_FACTS_CHARACTERS]
        check = await asyncio.to_thread(FactCheck, shown, self.reader.rules.known_models)
        cutter = SentenceCutter()
        said: set[str] = set()
        dropped: Counter[str] = Counter()
        async with aclosing(self.reader.stream(compose_explanation(question, shown))) as pieces:
            async for piece in pieces:
                for sentence in cutter.add(piece or "\n"):
                    if objection := check.objection(sentence):
                        dropped[objection] += 1
                    elif sentence not in said and _fits(said, sentence):
                        said.add(sentence)
                        yield sentence
                if len(said) == MAX_SENTENCES or sum(dropped.values()) > MAX_DROPPED:
                    break
        if dropped:
            details = {"llm": self.reader.name, "dropped": dict(dropped), "kept": len(said)}
            logger.info("sentences of the language model were left out: %s", details, extra=details)


def plain_facts(facts: str) -> str:
    """``facts`` without Markdown's marks and escapes; a JSON document as it is."""
    if facts.lstrip().startswith(("{", "[")):
        return facts
    cells = _CELL.sub(";", _TABLE_RULE.sub("", facts))
    return _ESCAPED.sub(r"\1", _MARK.sub("", cells))


def _fits(said: set[str], sentence: str) -> bool:
    return len(said) < MAX_SENTENCES and sum(map(len, said)) + len(sentence) <= MAX_CHARACTERS
