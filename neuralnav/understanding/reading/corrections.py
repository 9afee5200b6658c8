"""Takes back what was said and then corrected: ``500 users, no wait, 600``, ``within 8 s - no, make it 6 s``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neuralnav.understanding.reading.tokens import Kind, Token
from neuralnav.understanding.words.corrections import BREAKS, FILL, MARKS, NO_NOUNS, TAKES_BACK, TAKES_BACK_STRONGLY

_CORRECTED_KINDS = (Kind.NUMBER, Kind.TIME, Kind.MONEY, Kind.TOKENS, Kind.PERCENT, Kind.GPU, Kind.MODEL)
_NOUN = r"(?P<noun>(?:[a-z']+ ){0,4})"
_CORRECTED = re.compile(rf"^ {_NOUN}{MARKS}(?<= [,.;:\-/!?] )(?:(?:{TAKES_BACK}) {MARKS})+(?:{FILL} ){{0,5}}{MARKS}$")
_CORRECTED_STRONGLY = re.compile(
    rf"^ {_NOUN}{MARKS}(?<= [,.;:\-/!?] )(?:(?:{TAKES_BACK_STRONGLY}) {MARKS})+"
    rf"(?:(?!(?:{BREAKS}) )[a-z']+ {MARKS}){{0,8}}$"
)
_DENIED = re.compile(rf"^ {_NOUN}{MARKS}(?:and |so )?not $")
_INSTEAD = re.compile(rf"^ (?:[a-z']+ ){{0,2}}{MARKS}(?:but |rather |it is )*$")
_FARTHEST = 20
"""Tokens between a figure and the one that takes its place."""


def corrected_tokens(tokens: Sequence[Token]) -> list[Token]:
    """``tokens`` without the figures and names that were taken back, and without the words that took them back."""
    result = list(tokens)
    index = 0
    while index < len(result):
        if result[index].kind in _CORRECTED_KINDS:
            result = _without_mistake(result, index)
        index += 1
    return result


def _without_mistake(tokens: list[Token], index: int) -> list[Token]:
    """``tokens`` with the figure or name at ``index`` replaced, where the next one takes its place."""
    at = _next_of_kind(tokens, index)
    if at is None:
        return tokens
    between = _line(tokens, index + 1, at)
    if denied := _DENIED.match(between):
        return _undenied(tokens, index, at, denied["noun"].split())
    found = _CORRECTED.match(between) or _CORRECTED_STRONGLY.match(between)
    if found is None:
        return tokens
    noun, again = found["noun"].split(), _noun_after(tokens, at)
    if tokens[index].kind is not Kind.NUMBER:
        return [*tokens[:index], *tokens[at:]]
    if again is None:
        return [*tokens[:index], tokens[at], *tokens[index + 1 : index + 1 + len(noun)], *tokens[at + 1 :]]
    return [*tokens[:index], *tokens[at:]] if again in noun else tokens


def _undenied(tokens: list[Token], index: int, at: int, noun: Sequence[str]) -> list[Token]:
    """``40 developers, not 40: 400`` without both forties, and ``400 users, not 40`` without the forty."""
    if tokens[at].value == tokens[index].value:
        new = _next_of_kind(tokens, at)
        stands = new is not None and _INSTEAD.match(_line(tokens, at + 1, new))
        return [*tokens[:index], *tokens[new:]] if stands else tokens
    again = _noun_after(tokens, at)
    if tokens[index].kind in (Kind.GPU, Kind.MODEL) or (again is not None and again not in noun):
        return tokens
    return [*tokens[: index + 1 + len(noun)], *tokens[at + 1 + (again is not None) :]]


def _next_of_kind(tokens: Sequence[Token], index: int) -> int | None:
    """The next figure or name, where it is of the kind of the one at ``index``."""
    last = min(index + _FARTHEST, len(tokens))
    at = next((at for at in range(index + 1, last) if tokens[at].kind in _CORRECTED_KINDS), None)
    return at if at is not None and tokens[at].kind is tokens[index].kind else None


def _line(tokens: Sequence[Token], start: int, end: int) -> str:
    return f" {' '.join(token.symbol for token in tokens[start:end])} " if start < end else " "


def _noun_after(tokens: Sequence[Token], index: int) -> str | None:
    """The word right after ``index``, where it can be what is counted."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.kind is not Kind.WORD or following.text in NO_NOUNS:
        return None
    return following.text if re.fullmatch(r"[a-z']{3,}", following.text) else None
