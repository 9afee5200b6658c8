"""Reads numbers in figures, words and mixtures of both, and ranges of them.

``3.4k``, ``two thousand``, ``a quarter of a million``, ``half a dozen``, ``a couple of hundred``,
``twelve hundred``, ``two and a half million``, ``500-800``, ``5 to 6k``, ``between 2 and 3 thousand``.
A number that was left open (``a few hundred``, ``thousands of``) is no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neuralnav.understanding.reading.tokens import Amount, Kind, Token
from neuralnav.understanding.words.numbers import (
    COUNTED_IN_MILLIONS,
    NOT_THE_NUMBER_ONE_BEFORE,
    ONE_COUNTS,
    PLURAL_SCALES,
    SCALES,
    TAILS,
    TENS,
    UNITS,
    VAGUE,
    WRITTEN_SCALES,
    ZERO_IS_NONE,
)
from neuralnav.understanding.words.units import CURRENCY_MARKS

_MAX_VALUE = 1e300
_MINUS_SIGNS = "-−"
_FRACTIONS = {"half": 0.5, "quarter": 0.25}


@dataclass(frozen=True, slots=True)
class _Read:
    """A number, where it ends, the scale that was said with it, and how many tokens of a minus precede it."""

    amount: Amount
    end: int
    scale: float = 1.0
    signs: int = 0


def with_numbers(tokens: Sequence[Token], plain: str) -> list[Token]:
    """``tokens`` with each number, however it was written, as one token."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        read = _range(tokens, index, plain)
        if read is None:
            result.append(tokens[index])
            index += 1
            continue
        if read.signs:
            result.pop()
        start, end = tokens[index - read.signs].start, tokens[read.end - 1].end
        result.append(Token(Kind.NUMBER, plain[start:end], start, end, tokens[index].glued, read.amount))
        index = _after_tail(tokens, read.end)
    return result


def _range(tokens: Sequence[Token], index: int, plain: str) -> _Read | None:
    first = _number(tokens, index, plain)
    if first is None:
        return None
    if _is_negative(tokens, index, plain):
        return _Read(first.amount.times(-1), first.end, signs=1)
    joint = _word(tokens, first.end)
    after = first.end + 1
    if joint in ("to", "or", "and", "-") and _word(tokens, after) == "up" and _word(tokens, after + 1) == "to":
        after += 2
    opened = _word(tokens, index - 1) in ("between", "from")
    joins = joint in ("-", "to", "or") or (joint == "and" and opened)
    second = _number(tokens, after, plain) if joins else None
    if second is None or (joint == "or" and second.amount.value <= first.amount.value):
        return first
    low, high = first.amount.count, second.amount.count
    if first.scale == 1 and second.scale > 1 and low < high / second.scale:
        low *= second.scale
    if joint == "-" and low > high:
        return first
    return _Read(Amount(second.amount.value, low=low, other=second.amount.other), second.end, second.scale)


def _is_negative(tokens: Sequence[Token], index: int, plain: str) -> bool:
    """A minus sign stands right before the figure and after nothing that it could join it to."""
    before = tokens[index - 1] if index else None
    if before is None:
        return False
    if before.kind is Kind.WORD and before.text in ("minus", "negative"):
        return tokens[index].kind is Kind.NUMBER or tokens[index].text in UNITS or tokens[index].text in TENS
    if before.text != "-" or not tokens[index].glued or plain[before.start] not in _MINUS_SIGNS:
        return False
    earlier = tokens[index - 2] if index > 1 else None
    return earlier is None or not before.glued or (earlier.kind is Kind.MARK and earlier.text != "%")


def _number(tokens: Sequence[Token], index: int, plain: str) -> _Read | None:
    if index >= len(tokens):
        return None
    token = tokens[index]
    if token.kind is Kind.NUMBER and isinstance(token.value, Amount):
        return _scaled(tokens, index + 1, token.value, plain)
    if token.kind is not Kind.WORD or _word(tokens, index - 1) in VAGUE:
        return None
    return _part_of_scale(tokens, index) or _cardinal(tokens, index, plain)


def _scaled(tokens: Sequence[Token], index: int, amount: Amount, plain: str) -> _Read:
    """Figures with what follows them: ``½``, ``and a half``, ``k``, ``million``."""
    fraction = tokens[index] if index < len(tokens) else None
    if fraction is not None and fraction.kind is Kind.NUMBER and fraction.glued and isinstance(fraction.value, Amount):
        amount, index = Amount(amount.value + fraction.value.value), index + 1
    elif _words(tokens, index, 3) == ("and", "a", "half"):
        amount, index = Amount(amount.value + 0.5), index + 3
    total = 1.0
    while (scale := _scale_after_number(tokens, index, plain)) is not None and total < 1e12:
        total *= scale
        index += 1
    if total == 1:
        return _Read(amount, index)
    scaled = Amount(min(amount.value * total, _MAX_VALUE))
    return _Read(scaled, index, total)


def _scale_after_number(tokens: Sequence[Token], index: int, plain: str) -> float | None:
    word = _word(tokens, index)
    word = PLURAL_SCALES.get(word, word)
    if word == "m" and tokens[index].glued:
        counted = _word(tokens, index + 1) in COUNTED_IN_MILLIONS or _word(tokens, index - 2) in CURRENCY_MARKS
        return SCALES["million"] if counted or plain[tokens[index].start] == "M" else None
    return SCALES.get(word)


def _part_of_scale(tokens: Sequence[Token], index: int) -> _Read | None:
    """``half a million``, ``a quarter of a million``, ``three quarters of a million``, ``a couple of hundred``."""
    count, at = 1.0, index
    if _word(tokens, at) in ("a", "one"):
        at += 1
    elif _word(tokens, at) in UNITS and _word(tokens, at + 1) == "quarter":
        count, at = float(UNITS[_word(tokens, at)]), at + 1
    word = _word(tokens, at)
    if word == "pair" and _word(tokens, at + 1) == "of":
        return _Read(Amount(2), at + 2)
    share = 2.0 if word == "couple" else _FRACTIONS.get(word)
    if share is None:
        return None
    at += 1
    at += _word(tokens, at) == "of"
    at += _word(tokens, at) in ("a", "an")
    scale = _word(tokens, at)
    if scale in ("second", "minute", "cent", "dollar") and word in ("couple", "half"):
        return _Read(Amount(share), at) if word == "couple" or scale in ("cent", "dollar") else None
    if scale not in WRITTEN_SCALES:
        return None
    factor = SCALES[scale]
    return _Read(Amount(count * share * factor), at + 1, factor)


def _cardinal(tokens: Sequence[Token], index: int, plain: str) -> _Read | None:
    """A number in words, from ``zero`` up."""
    first = _word(tokens, index)
    if first in ("a", "an"):
        if _word(tokens, index + 1) not in WRITTEN_SCALES:
            return None
        index += 1
        first = _word(tokens, index)
    elif (first == "one" and not _counts(tokens, index)) or (
        first == "zero" and _word(tokens, index + 1) in ZERO_IS_NONE
    ):
        return None
    if first not in UNITS and first not in TENS and first not in WRITTEN_SCALES:
        return None
    total, current, largest, at = 0.0, 0.0, 1.0, index
    while max(total, current) < _MAX_VALUE / 1e12:
        word = _word(tokens, at)
        plural = PLURAL_SCALES.get(word) if at > index else None
        scale = plural or (word if word in WRITTEN_SCALES else None)
        if word in UNITS and (current % 100 == 0 or (current % 100 >= 20 and current % 10 == 0 and UNITS[word] < 10)):
            current += UNITS[word]
        elif word in TENS and current % 100 == 0:
            current += TENS[word]
        elif scale == "hundred":
            current = (current or 1) * 100
            largest = max(largest, 100)
        elif scale is not None:
            total, current = total + (current or 1) * SCALES[scale], 0.0
            largest = max(largest, SCALES[scale])
        elif word == "and" and at > index and _continues(tokens, at):
            pass
        else:
            break
        at += 1
    fraction = _spoken_fraction(tokens, at)
    if fraction is not None:
        return _scaled_words(tokens, fraction[1], total + current + fraction[0], plain)
    return _Read(Amount(total + current), at, largest)


def _scaled_words(tokens: Sequence[Token], index: int, value: float, plain: str) -> _Read:
    return _scaled(tokens, index, Amount(value), plain)


def _spoken_fraction(tokens: Sequence[Token], index: int) -> tuple[float, int] | None:
    """``and a half`` or ``point five`` after a number in words, and where it ends."""
    if _words(tokens, index, 3) == ("and", "a", "half"):
        return 0.5, index + 3
    if _word(tokens, index) != "point":
        return None
    digits, at = "", index + 1
    while (digit := UNITS.get(_word(tokens, at), 10)) < 10:
        digits += str(digit)
        at += 1
    return (float(f"0.{digits}"), at) if digits and len(digits) < 10 else None


def _continues(tokens: Sequence[Token], index: int) -> bool:
    """Whether ``and`` at ``index`` joins parts of one number: after a scale, before less than a hundred."""
    before, after = _word(tokens, index - 1), _word(tokens, index + 1)
    return PLURAL_SCALES.get(before, before) in SCALES and (after in UNITS or after in TENS)


def _counts(tokens: Sequence[Token], index: int) -> bool:
    """Whether ``one`` at ``index`` is a number and no pronoun."""
    if _words(tokens, index + 1, 3) == ("and", "a", "half"):
        return True
    return (
        _word(tokens, index - 1) not in NOT_THE_NUMBER_ONE_BEFORE
        and index + 1 < len(tokens)
        and (tokens[index + 1].text in ONE_COUNTS or tokens[index + 1].kind is Kind.GPU)
    )


def _after_tail(tokens: Sequence[Token], index: int) -> int:
    for tail in TAILS:
        if _words(tokens, index, len(tail)) == tail:
            return index + len(tail)
    return index


def _word(tokens: Sequence[Token], index: int) -> str:
    """The word or mark at ``index``, empty where there is none."""
    if not 0 <= index < len(tokens) or tokens[index].kind not in (Kind.WORD, Kind.MARK):
        return ""
    return tokens[index].text


def _words(tokens: Sequence[Token], index: int, count: int) -> tuple[str, ...]:
    return tuple(_word(tokens, at) for at in range(index, index + count))
