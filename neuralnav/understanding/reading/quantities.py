"""Gives numbers their units: money, durations, percentages and token counts become tokens of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from neuralnav.understanding.reading.tokens import Amount, Kind, Token
from neuralnav.understanding.words.tables import word_set
from neuralnav.understanding.words.units import (
    CURRENCY_MARKS,
    CURRENCY_WORDS,
    DOLLAR_COUNTRIES,
    LONG_PERIODS,
    MILLISECONDS,
    SIZES,
    TOKEN_WORDS,
)

_OPENS_DURATION = word_set(
    "under below within in than half inside about around exceed exceeding takes take over sub < to until : "
    "approximately of at most"
)
_MERGED = (Kind.TIME, Kind.MONEY, Kind.TOKENS, Kind.PERCENT)


def with_units(tokens: Sequence[Token], plain: str) -> list[Token]:
    """``tokens`` with each number and its unit as one token; ranges with a unit at both ends too."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind is Kind.NUMBER and isinstance(token.value, Amount):
            typed, index = _quantity(tokens, index, token.value, plain, result)
        else:
            typed, index = _spoken_duration(tokens, index) or (token, index + 1)
        result.append(_merged(result, typed, plain))
    return [
        replace(token, text=",") if token.text == "-" else token
        for token, following in pairwise([*result, None])
        if token is not None and not _is_joint(token, following)
    ]


def _is_joint(token: Token, following: Token | None) -> bool:
    """Whether ``token`` is a dash that only joins two words: ``TTFT-200ms``."""
    joined = token.glued or following is None or following.glued
    return token.kind is Kind.MARK and token.text == "-" and joined


def _quantity(
    tokens: Sequence[Token], index: int, amount: Amount, plain: str, before: list[Token]
) -> tuple[Token, int]:
    token = tokens[index]
    if (money := _money(tokens, index, amount, plain, before)) is not None:
        return money
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if (
        following is None
        or (kind := _kind_by_unit(following, amount, plain)) is None
        or _is_hr(tokens, index + 1, plain)
    ):
        return token, index + 1
    value = amount.times(MILLISECONDS[following.text]) if kind is Kind.TIME else amount
    text = plain[token.start : following.end]
    return replace(token, kind=kind, text=text, end=following.end, value=value), index + 2


def _is_hr(tokens: Sequence[Token], index: int, plain: str) -> bool:
    """Whether ``HR`` at ``index`` is the department: ``44 HR people``."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return plain[tokens[index].start : tokens[index].end] == "HR" and after is not None and after.kind is Kind.WORD


def _kind_by_unit(unit: Token, amount: Amount, plain: str) -> Kind | None:
    """What a number is when ``unit`` follows it."""
    if unit.text in ("%", "percent", "pct", "percentage"):
        return Kind.PERCENT
    if unit.kind is not Kind.WORD:
        return None
    if unit.text in MILLISECONDS and (unit.text != "us" or unit.glued):
        return Kind.TIME
    if unit.text in TOKEN_WORDS:
        return Kind.TOKENS
    if unit.text in SIZES and (len(unit.text) > 1 or unit.glued):
        return Kind.OPAQUE
    if unit.text in LONG_PERIODS and (amount.value == 1 or plain[unit.end - 1] in "sS"):
        return Kind.PERIOD
    return None


def _money(
    tokens: Sequence[Token], index: int, amount: Amount, plain: str, before: list[Token]
) -> tuple[Token, int] | None:
    """An amount of money, with the sign, code or word before or after it."""
    currency, end = _currency_after(tokens, index + 1)
    start = tokens[index].start
    sign = before[-1] if before else None
    if sign is not None and (sign.text in CURRENCY_MARKS or _is_code(sign)):
        country = before[-2] if len(before) > 1 and sign.glued and sign.text == "$" else None
        before.pop()
        start = sign.start
        currency = currency or CURRENCY_MARKS.get(sign.text) or CURRENCY_WORDS.get(sign.text)
        if country is not None and country.text in DOLLAR_COUNTRIES:
            start, currency = before.pop().start, DOLLAR_COUNTRIES[country.text]
        if sign.glued and before and before[-1].text == "-" and not _is_range(before):
            start, amount = before.pop().start, amount.times(-1)
    if currency is None:
        return None
    if tokens[end - 1].text in ("cent", "¢"):
        amount = amount.times(0.01)
    stop = tokens[end - 1].end
    money = Token(Kind.MONEY, plain[start:stop], start, stop, value=replace(amount, currency=currency))
    return money, end


def _currency_after(tokens: Sequence[Token], index: int) -> tuple[str | None, int]:
    """The currency named from ``index`` on, and where its name ends."""
    if index >= len(tokens):
        return None, index
    text = tokens[index].text
    if text in CURRENCY_MARKS:
        return CURRENCY_MARKS[text], index + 1
    if text in ("cent", "¢"):
        return "USD", index + 1
    if tokens[index].kind is not Kind.WORD:
        return None, index
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if text in DOLLAR_COUNTRIES and following in ("dollar", "$"):
        return DOLLAR_COUNTRIES[text], index + 2
    currency = CURRENCY_WORDS.get(text)
    return (currency, index + 1) if currency else (None, index)


def _is_code(token: Token) -> bool:
    return token.kind is Kind.WORD and len(token.text) == 3 and bool(CURRENCY_WORDS.get(token.text))


def _is_range(before: Sequence[Token]) -> bool:
    """Whether the dash that ends ``before`` joins two amounts."""
    return len(before) > 1 and before[-1].glued and before[-2].kind in (*_MERGED, Kind.NUMBER)


def _spoken_duration(tokens: Sequence[Token], index: int) -> tuple[Token, int] | None:
    """``half a second``, and ``a second`` after a word such as ``within``; and where it ends."""
    words = [token.text for token in tokens[index : index + 3]]
    start, before = tokens[index].start, tokens[index - 1].text if index else ""
    if words[:1] == ["half"]:
        length = 3 if words[1:2] in (["a"], ["an"]) else 2
        share = 0.5
    elif words[:2] == ["sub", "second"] or (words[:1] in (["a"], ["one"], ["an"]) and before in _OPENS_DURATION):
        length, share = 2, 1.0
    else:
        return None
    if len(words) < length or words[length - 1] not in ("second", "minute", "hour"):
        return None
    unit = tokens[index + length - 1]
    value = Amount(MILLISECONDS[unit.text] * share)
    return Token(Kind.TIME, "", start, unit.end, value=value), index + length


def _merged(result: list[Token], token: Token, plain: str) -> Token:
    """``token``, or the range that it ends (``200 ms to 300 ms``, ``$2k - $3k``), taken off ``result``."""
    if token.kind not in _MERGED or len(result) < 2 or result[-2].kind is not token.kind:
        return token
    joint, first, second = result[-1].text, result[-2].value, token.value
    opened = len(result) > 2 and result[-3].text in ("between", "from")
    if joint not in ("-", "to") and not (joint == "and" and opened):
        return token
    if not isinstance(first, Amount) or not isinstance(second, Amount):
        return token
    result.pop()
    start = result.pop().start
    return replace(token, text=plain[start : token.end], start=start, value=replace(second, low=first.value))
