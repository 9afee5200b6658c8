"""The grammar in prose.toml: topics, and the sentences that can be written about each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GRAMMAR: Final = Path(__file__).resolve().parent / "prose.toml"
PARAGRAPH: Final = "\n\n"
_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Slot:
    """A place in a sentence and the texts that may stand there, each with the space before it.

    Slots that are ``personal`` take the text at the paragraph's person's index; the others any.
    """

    texts: tuple[str, ...]
    personal: bool = False


Sentence = tuple[Slot, ...]


@dataclass(frozen=True)
class Topic:
    """What a paragraph consists of: one of ``first``, any of ``next`` and one of ``last``."""

    first: tuple[Sentence, ...]
    next: tuple[Sentence, ...]
    last: tuple[Sentence, ...]


@dataclass(frozen=True)
class Language:
    """All topics, and the number of people that a paragraph can be about."""

    topics: tuple[Topic, ...]
    people: int

    def texts(self) -> list[str]:
        """Every text that can stand in a slot, once, sorted: all that prose is made of."""
        sentences = (sentence for topic in self.topics for sentence in (*topic.first, *topic.next, *topic.last))
        return sorted({text for sentence in sentences for slot in sentence for text in slot.texts})


def read_language() -> Language:
    """The shipped grammar."""
    grammar = tomllib.loads(GRAMMAR.read_text(encoding="utf-8"))
    people: Mapping[str, Sequence[str]] = grammar["people"]
    openings, followings = grammar["sentences"]["opening"], grammar["sentences"]["following"]
    topics = []
    for topic in grammar["topics"]:
        phrases = grammar["phrases"] | topic
        topics.append(
            Topic(
                first=tuple(_sentence(text, people, phrases) for text in openings),
                next=tuple(_sentence(" " + text, people, phrases) for text in followings),
                last=tuple(_sentence(" " + text + PARAGRAPH, people, phrases) for text in followings),
            )
        )
    return Language(topics=tuple(topics), people=len(people["name"]))


def _sentence(
    template: str, people: Mapping[str, Sequence[str]], phrases: Mapping[str, Sequence[str]]
) -> tuple[Slot, ...]:
    slots = list(_slots(template, people, phrases))
    first = slots[0]
    return (Slot(tuple(_capitalised(text) for text in first.texts), first.personal), *slots[1:])


def _slots(template: str, people: Mapping[str, Sequence[str]], phrases: Mapping[str, Sequence[str]]) -> Iterator[Slot]:
    literal, *rest = _PLACE.split(template)
    for name, following in zip(rest[::2], rest[1::2], strict=True):
        words = literal.rstrip(" ")
        if words:
            yield Slot((words,))
        space = literal[len(words) :]
        texts = people[name] if name in people else phrases[name]
        yield Slot(tuple(space + text for text in texts), personal=name in people)
        literal = following
    yield Slot((literal,))


def _capitalised(text: str) -> str:
    letter = len(text) - len(text.lstrip())
    return text[:letter] + text[letter].upper() + text[letter + 1 :]
