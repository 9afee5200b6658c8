"""Readable English of an exact number of tokens, the same for the same seed."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, overload

from neuralnav.errors import FieldProblem, InvalidInputError
from simulator.tokens.decoding import IncrementalDecoder
from simulator.tokens.language import Sentence, read_language
from simulator.tokens.tokenizer import Tokenizer

_FEWEST, _MOST = 3, 7
"""Sentences of a paragraph."""

_Compiled: TypeAlias = "tuple[tuple[tuple[array[int], ...], bool], ...]"
"""A sentence's slots: the token ids of each text, and whether the paragraph's person decides."""


class Passage(Sequence[int]):
    """The token ids of one text. They are written when they are first read, 2 bytes each, and then kept."""

    def __init__(self, sentences: Iterator[array[int]], tokens: int) -> None:
        self._sentences = sentences
        self._tokens = tokens
        self._written: array[int] = array("H")

    def __len__(self) -> int:
        return self._tokens

    def __iter__(self) -> Iterator[int]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        wanted = range(self._tokens)[index]
        if isinstance(wanted, int):
            self._write(wanted + 1)
            return self._written[wanted]
        if not wanted:
            return []
        self._write(max(wanted[0], wanted[-1]) + 1)
        if wanted.step == 1:
            return self._written[wanted.start : wanted.stop].tolist()
        return [self._written[position] for position in wanted]

    def _write(self, tokens: int) -> None:
        while len(self._written) < tokens:
            self._written += next(self._sentences)


class Prose:
    """Writes passages from the shipped grammar.

    A passage's text encodes to the very ids that it was decoded from, at any length: every word and mark that the
    grammar can produce is one token, and stands alone when the tokenizer splits a text.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        language = read_language()
        ids = {text: array("H", tokenizer.encode(text)) for text in language.texts()}
        self._people = language.people
        self._topics = tuple(
            tuple(_compiled(sentences, ids) for sentences in (topic.first, topic.next, topic.last))
            for topic in language.topics
        )

    def write(self, seed: int, tokens: int) -> Passage:
        """The first ``tokens`` token ids of the endless text number ``seed``.

        Raises:
            InvalidInputError: ``tokens`` is negative.
        """
        if tokens < 0:
            raise InvalidInputError("a text has no negative length", (FieldProblem("tokens", tokens, "0 or more"),))
        return Passage(self._sentences(seed), tokens)

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        """The text of ``ids``, token by token, never splitting a character: together the tokenizer's ``decode(ids)``.

        Raises:
            InvalidInputError: an id is none of the vocabulary.
        """
        decoder = IncrementalDecoder(self._tokenizer)
        for token in ids:
            if piece := decoder.push((token,)):
                yield piece
        if rest := decoder.finish():
            yield rest

    def _sentences(self, seed: int) -> Iterator[array[int]]:
        draw = random.Random(str(seed)).random  # noqa: S311 - a text, no secret; a negative number is a seed of its own
        while True:
            first, following, last = self._topics[int(draw() * len(self._topics))]
            person = int(draw() * self._people)
            yield _filled(first[int(draw() * len(first))], person, draw)
            unused = list(range(len(following)))
            for remaining in reversed(range(_FEWEST - 1 + int(draw() * (_MOST - _FEWEST + 1)))):
                chosen = unused.pop(int(draw() * len(unused)))
                yield _filled((following if remaining else last)[chosen], person, draw)


def _filled(sentence: _Compiled, person: int, draw: Callable[[], float]) -> array[int]:
    written: array[int] = array("H")
    for texts, personal in sentence:
        if len(texts) == 1:
            written += texts[0]
        else:
            written += texts[person if personal else int(draw() * len(texts))]
    return written


def _compiled(sentences: Sequence[Sentence], ids: dict[str, array[int]]) -> tuple[_Compiled, ...]:
    return tuple(
        tuple((tuple(ids[text] for text in slot.texts), slot.personal) for slot in sentence) for sentence in sentences
    )
