"""Words and marks in canonical form: what patterns are matched against."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from neuralnav.understanding.reading.spelling import canonical
from neuralnav.understanding.reading.tokens import Kind, Token
from neuralnav.understanding.words.numbers import SCALES
from neuralnav.understanding.words.spelling import COMPOUNDS, RESPELLED
from neuralnav.understanding.words.tables import word_set
from neuralnav.understanding.words.units import CURRENCY_MARKS

_ABBREVIATIONS = word_set("approx max min ca incl vs no e g i avg est resp emp empl compl autocompl memb")
_DROPPED_MARKS = frozenset("\"'*_`[]{}\\^~•·")
_KEY = re.compile(r"[\w .\-]{1,40}[:=]")
_PAUSES = {"|": ",", "(": ",", ")": ",", "…": ".", "¿": ",", "¡": ",", "、": ",", "؟": "?"}
_SPELLED_MARKS = {"&": "and", "@": "at", "#": "number", "№": "number"}
_FIGURES = (Kind.NUMBER, Kind.ORDINAL)


def canonical_tokens(tokens: Sequence[Token], plain: str) -> list[Token]:
    """``tokens`` with words in canonical spelling, compounds joined, and marks reduced to those that matter.

    Marks that stay: ``, . ; : ? ! / - % = < >`` and signs of currencies. A dash stays only before a number.
    """
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind is Kind.WORD:
            used, words = _words(tokens, index)
            result += words
            index += used
            continue
        if token.kind is not Kind.MARK:
            result.append(token)
        elif (mark := _mark(tokens, index, result, plain)) is not None:
            result.append(mark)
        index += 1
    return result


def _words(tokens: Sequence[Token], index: int) -> tuple[int, list[Token]]:
    token = tokens[index]
    following = index + 1
    if following < len(tokens) and tokens[following].text == "-" and tokens[following].glued:
        following += 1
    if following < len(tokens) and tokens[following].kind is Kind.WORD:
        compound = COMPOUNDS.get((RESPELLED.get(token.text, token.text), tokens[following].text))
        if compound is not None:
            return following - index + 1, [replace(token, text=compound, end=tokens[following].end)]
    spelled = canonical(token.text).split()
    return 1, [replace(token, text=word) for word in spelled]


def _mark(tokens: Sequence[Token], index: int, before: Sequence[Token], plain: str) -> Token | None:
    token = tokens[index]
    text = token.text
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if text in _DROPPED_MARKS:
        return None
    if text == "\n":
        return None if _goes_on(following, plain) else replace(token, text=",")
    if text == "-":
        return _dash(token, following, before)
    if text == "+":
        tails_number = bool(before) and (before[-1].kind in _FIGURES or before[-1].text in (*SCALES, "m"))
        return None if token.glued and tails_number else replace(token, text="and")
    if text == ".":
        return None if _is_inside(token, following, before, plain) else token
    if text == "/" and token.glued and before and before[-1].text in ("with", "without"):
        return None
    if text in _SPELLED_MARKS:
        return replace(token, kind=Kind.WORD, text=_SPELLED_MARKS[text])
    return replace(token, text=_PAUSES[text]) if text in _PAUSES else token


def _goes_on(following: Token | None, plain: str) -> bool:
    """Whether the sentence goes on: after a line break with a small letter that begins no ``key:``, say."""
    if following is None or following.kind is not Kind.WORD or not plain[following.start].islower():
        return False
    return _KEY.match(plain, following.start) is None


def _is_inside(token: Token, following: Token | None, before: Sequence[Token], plain: str) -> bool:
    """Whether a dot ends an abbreviation or stands within a name, not at the end of a sentence."""
    abbreviates = token.glued and bool(before) and before[-1].text in _ABBREVIATIONS
    if following is None or following.kind is not Kind.WORD:
        return abbreviates and following is not None
    return following.glued or (abbreviates and _goes_on(following, plain))


def _dash(token: Token, following: Token | None, before: Sequence[Token]) -> Token | None:
    if following is not None and (following.kind is Kind.NUMBER or following.text in CURRENCY_MARKS):
        return token
    spaced = not token.glued and (following is None or not following.glued)
    return replace(token, text=",") if spaced and before else None
