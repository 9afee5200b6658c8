"""Mends slips of the keyboard in the words of commands, where a reply as typed is not clear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz.distance import OSA

from neuralnav.understanding.reading.tokens import Kind, Token
from neuralnav.understanding.reading.utterance import Utterance
from neuralnav.understanding.words.slips import (
    APPROVING,
    COMMANDS,
    CONTRACTIONS,
    RIGHT_AS_TYPED,
    SHORT_FORMS,
)

_SHORTEST = 4
_INFLECTED = ("er", "ed", "ing", "es", "est")
"""Endings that make another word of a word, not a slip."""

_TWICE_FROM = 7
"""Words of so many letters may hold two slips."""


def with_contractions(utterance: Utterance) -> Utterance:
    """``utterance`` with ``lets`` and the like written out, and words of orders as typed."""
    return Utterance(
        utterance.plain, [word for token in utterance.tokens for word in _written_out(token, utterance.plain)]
    )


def mended(utterance: Utterance) -> Utterance | None:
    """``utterance`` with its slips mended; ``None`` where there are none."""
    tokens = [word for token in utterance.tokens for word in _mended(token, utterance.plain)]
    again = Utterance(utterance.plain, tokens)
    return None if again.line == utterance.line else again


def nearly_approves(utterance: Utterance) -> bool:
    """Whether a word of ``utterance`` is an approving one or a slip of one."""
    words = [token.text for token in utterance.tokens if token.kind is Kind.WORD and len(token.text) >= _SHORTEST]
    return any(OSA.distance(word, target, score_cutoff=2) <= _allowed(target) for word in words for target in APPROVING)


def _mended(token: Token, plain: str) -> Iterator[Token]:
    said = plain[token.start : token.end].lower()
    if token.kind is not Kind.WORD:
        yield token
        return
    meant = SHORT_FORMS.get(said) or SHORT_FORMS.get(token.text) or _nearest(token.text) or _nearest(said) or token.text
    for word in meant.split():
        yield replace(token, text=word)


def _written_out(token: Token, plain: str) -> Iterator[Token]:
    said = plain[token.start : token.end].lower()
    meant = said if said in RIGHT_AS_TYPED else CONTRACTIONS.get(said)
    if token.kind is not Kind.WORD or meant is None:
        yield token
        return
    for word in meant.split():
        yield replace(token, text=word)


def _nearest(word: str) -> str | None:
    """The one command that ``word`` is a slip of; the first letter is taken to be right."""
    if len(word) < _SHORTEST or not word.isalpha() or word in COMMANDS:
        return None
    ending = next((ending for ending in _INFLECTED if word.endswith(ending)), None)
    near = sorted(
        (distance, target)
        for target in COMMANDS
        if word[0] == target[0]
        and (ending is None or target.endswith(ending))
        and (distance := OSA.distance(word, target)) <= _allowed(target)
    )
    return near[0][1] if near and (len(near) == 1 or near[0][0] < near[1][0]) else None


def _allowed(target: str) -> int:
    return 2 if len(target) >= _TWICE_FROM else 1
