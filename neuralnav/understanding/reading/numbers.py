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
    elif _word(tokens, index) == "and" and _words(tokens, index, 3) == ("and", "a", "half"):
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
    if word == "grand" and at > index and _word(tokens, at + 1) in ("a", "per", "/", "each", "every", "monthly", "max"):
        return _Read(Amount(SCALES[word]), at + 1, SCALES[word])
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


@dataclass(slots=True)
class _Sum:
    """A number in words as it adds up."""

    total: float = 0.0
    """What is complete: ``one million`` of ``one million two hundred``."""
    current: float = 0.0
    """What a scale may still multiply."""
    scale: float = 1.0

    def take(self, word: str, *, first: bool) -> bool:
        """Add ``word`` where it continues the number; whether it did."""
        scale = word if word in WRITTEN_SCALES or first else PLURAL_SCALES.get(word, word)
        if word in UNITS and self._has_room_for(UNITS[word]):
            self.current += UNITS[word]
        elif word in TENS and self.current % 100 == 0:
            self.current += TENS[word]
        elif scale in WRITTEN_SCALES and self.total + self.current < _MAX_VALUE / 1e12:
            self._multiply(scale)
        else:
            return False
        return True

    def _has_room_for(self, unit: int) -> bool:
        below_hundred = self.current % 100
        return below_hundred == 0 or (below_hundred >= 20 and below_hundred % 10 == 0 and unit < 10)

    def _multiply(self, scale: str) -> None:
        factor = SCALES[scale]
        self.scale = max(self.scale, factor)
        if scale == "hundred":
            self.current = (self.current or 1) * factor
        else:
            self.total, self.current = self.total + (self.current or 1) * factor, 0.0


def _cardinal(tokens: Sequence[Token], index: int, plain: str) -> _Read | None:
    """A number in words, from ``zero`` up."""
    start = index + (_word(tokens, index) in ("a", "an") and _word(tokens, index + 1) in WRITTEN_SCALES)
    if _is_no_number(tokens, start):
        return None
    number, at = _Sum(), start
    while number.take(_word(tokens, at), first=at == start) or (at > start and _continues(tokens, at)):
        at += 1
    if at == start:
        return None
    fraction, after = _spoken_fraction(tokens, at)
    if fraction:
        return _scaled(tokens, after, Amount(number.total + number.current + fraction), plain)
    return _Read(Amount(number.total + number.current), at, number.scale)


def _is_no_number(tokens: Sequence[Token], index: int) -> bool:
    """Whether ``one`` is a pronoun here, or ``zero`` means none at all."""
    word, following = _word(tokens, index), _word(tokens, index + 1)
    return (word == "one" and not _counts(tokens, index)) or (word == "zero" and following in ZERO_IS_NONE)


def _spoken_fraction(tokens: Sequence[Token], index: int) -> tuple[float, int]:
    """``and a half`` or ``point five`` after a number in words (0 where there is none), and where it ends."""
    if _words(tokens, index, 3) == ("and", "a", "half"):
        return 0.5, index + 3
    if _word(tokens, index) != "point":
        return 0.0, index
    digits, at = "", index + 1
    while (digit := UNITS.get(_word(tokens, at), 10)) < 10:
        digits += str(digit)
        at += 1
    return (float(f"0.{digits}"), at) if 0 < len(digits) < 10 else (0.0, index)


def _continues(tokens: Sequence[Token], index: int) -> bool:
    """Whether there is an ``and`` at ``index`` that joins parts of one number."""
    if _word(tokens, index) != "and":
        return False
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
    first = _word(tokens, index)
    for tail in TAILS:
        if tail[0] == first and _words(tokens, index, len(tail)) == tail:
            return index + len(tail)
    return index


def _word(tokens: Sequence[Token], index: int) -> str:
    """The word or mark at ``index``, empty where there is none."""
    if not 0 <= index < len(tokens) or tokens[index].kind not in (Kind.WORD, Kind.MARK):
        return ""
    return tokens[index].text


def _words(tokens: Sequence[Token], index: int, count: int) -> tuple[str, ...]:
    return tuple(_word(tokens, at) for at in range(index, index + count))
