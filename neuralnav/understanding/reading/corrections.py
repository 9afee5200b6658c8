"""Takes back what was said and then corrected: ``500 users, no wait, 600``, ``within 8 s - no, make it 6 s``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neuralnav.understanding.reading.tokens import Amount, Kind, Token

_QUANTITIES = (Kind.NUMBER, Kind.TIME, Kind.MONEY, Kind.TOKENS, Kind.PERCENT)
_TAKES_BACK = (
    r"(?:no , (?:wait|sorry)|no wait|wait no|wait , no|wait|nope|no|i mean|i meant|i meant to say|i mean to say|er|err|"
    r"erm|ehm|uh|uhm|um|umm|hm|hmm|sorry|pardon|actually|correction|or rather|rather|make that|make it|scratch that|"
    r"strike that|oop|oops|edit|typo|that is wrong|wrong)"
)
_MARKS = r"(?:[,.;:\-/!?] )*"
_FILL = (
    r"(?:(?:below|under|within|at most|up to|about|around|rather|it|that|is|i|we|mean|meant|make|should|be|to|say|"
    r"simply|just|better|of|for|the|now|the|correct|number|figure|value|more|like|less|than|only|them|have) )"
)
_CORRECTED = re.compile(
    rf"^ (?P<noun>(?:[a-z']+ ){{0,4}}){_MARKS}(?<= [,.;:\-/!?] )(?:{_TAKES_BACK} {_MARKS})+{_FILL}{{0,5}}{_MARKS}$"
)
_FARTHEST = 16
"""Tokens between a figure and the one that takes its place."""

_NOUN = re.compile(r"[a-z']{3,}")
_NO_NOUNS = frozenset("for and with but please per now then instead because max on in at to of is are".split())


def corrected_tokens(tokens: Sequence[Token]) -> list[Token]:
    """``tokens`` without quantities that were taken back, and without the words that took them back."""
    result = list(tokens)
    index = 0
    while index < len(result):
        if result[index].kind in _QUANTITIES:
            result = _without_mistake(result, index)
        index += 1
    return result


def _without_mistake(tokens: list[Token], index: int) -> list[Token]:
    """``tokens`` with the quantity at ``index`` replaced, where one of its kind takes its place."""
    for at in range(index + 2, min(index + _FARTHEST, len(tokens))):
        if tokens[at].kind not in _QUANTITIES:
            continue
        found = _CORRECTED.match(f" {' '.join(token.symbol for token in tokens[index + 1 : at])} ")
        if found is None or not isinstance(tokens[at].value, Amount):
            return tokens
        noun = found["noun"].split()
        again = _noun_after(tokens, at)
        if tokens[at].kind is not tokens[index].kind and not (again is None and tokens[at].kind is Kind.NUMBER):
            return tokens
        if tokens[at].kind is not tokens[index].kind or (noun and again is None):
            return tokens if tokens[at].kind is not tokens[index].kind else _moved(tokens, index, at, len(noun))
        if again is not None and noun and again not in noun and tokens[at].kind is Kind.NUMBER:
            return tokens
        return [*tokens[:index], *tokens[at:]]
    return tokens


def _moved(tokens: list[Token], index: int, at: int, nouns: int) -> list[Token]:
    """``500 users , sorry , 600`` as ``600 users``."""
    return [*tokens[:index], tokens[at], *tokens[index + 1 : index + 1 + nouns], *tokens[at + 1 :]]


def _noun_after(tokens: Sequence[Token], index: int) -> str | None:
    """The word right after ``index``, where it can be what is counted."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.kind is not Kind.WORD or following.text in _NO_NOUNS:
        return None
    return following.text if _NOUN.fullmatch(following.text) else None
