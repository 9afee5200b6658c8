"""A text that has been read once: canonical words and quantities, ready to be matched against patterns.

A pattern is a regular expression over canonical words that are separated by one space. Quantities and
names stand in it in capitals: ``under TIME``, ``NUM user``, ``MONEY a month``, ``only GPU and GPU``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from neuralnav.understanding.reading.canonical import canonical_tokens
from neuralnav.understanding.reading.corrections import corrected_tokens
from neuralnav.understanding.reading.lexer import lex
from neuralnav.understanding.reading.numbers import with_numbers
from neuralnav.understanding.reading.quantities import with_units
from neuralnav.understanding.reading.text import normalise
from neuralnav.understanding.reading.tokens import Amount, Token

WORD = r"[^\W\dA-Z_]+(?:'[a-z]+)?"
"""Any one word in a pattern (not a quantity, name or mark)."""

SENTENCE_ENDS = frozenset(".;?!")


def gap(most: int) -> str:
    """A pattern for up to ``most`` words between two others; marks and quantities end it."""
    return rf"(?:{WORD} ){{0,{most}}}"


@lru_cache(maxsize=1024)
def phrase(pattern: str) -> re.Pattern[str]:
    """``pattern`` as a whole-word expression over canonical text."""
    return re.compile(rf" (?:{pattern})(?= )")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of tokens, from ``start`` up to but not including ``end``."""

    start: int
    end: int

    def joined(self, other: Span) -> Span:
        """The stretch from the first token of both to the last."""
        return Span(min(self.start, other.start), max(self.end, other.end))


class Covered:
    """The tokens that have been read already."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._tokens: set[int] = set()
        for span in spans:
            self.add(span)

    def __contains__(self, span: Span) -> bool:
        """Whether any token of ``span`` has been read."""
        return not self._tokens.isdisjoint(range(span.start, span.end))

    def add(self, span: Span) -> None:
        """Count the tokens of ``span`` as read."""
        self._tokens.update(range(span.start, span.end))


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern matched, and which of its named groups took part."""

    span: Span
    groups: dict[str, Span]

    def __contains__(self, group: str) -> bool:
        return group in self.groups


class Utterance:
    """A person's text as tokens and as one canonical line."""

    def __init__(self, plain: str, tokens: Sequence[Token]) -> None:
        self.plain = plain
        self.tokens = tuple(tokens)
        self.symbols = symbols = tuple(token.symbol for token in tokens)
        """How each token stands in a pattern."""
        self.line = f" {' '.join(symbols)} " if symbols else " "
        self._starts: list[int] = []
        position = 1
        for symbol in symbols:
            self._starts.append(position)
            position += len(symbol) + 1
        ends = accumulate(int(symbol in SENTENCE_ENDS) for symbol in symbols)
        self.sentences = tuple(ends)
        """The number of the sentence that each token is in."""

    def find(self, pattern: str) -> Iterator[Found]:
        """Every place where ``pattern`` matches, from left to right, without overlaps."""
        for match in phrase(pattern).finditer(self.line):
            groups = {
                name: self._span(*match.span(name)) for name, text in match.groupdict().items() if text is not None
            }
            yield Found(self._span(match.start() + 1, match.end()), groups)

    def first(self, pattern: str) -> Found | None:
        """The first place where ``pattern`` matches."""
        return next(self.find(pattern), None)

    def amount(self, span: Span) -> Amount:
        """The quantity in ``span``, which holds one."""
        return next(t.value for t in self.tokens[span.start : span.end] if isinstance(t.value, Amount))

    def words(self, span: Span) -> str:
        """The person's own words of ``span``."""
        tokens = self.tokens[span.start : span.end]
        return self.plain[min(token.start for token in tokens) : max(token.end for token in tokens)]

    def before(self, span: Span, most: int = 6) -> str:
        """The canonical words of the same sentence right before ``span``, padded with spaces."""
        start = span.start
        while start > 0 and span.start - start < most and self.symbols[start - 1] not in SENTENCE_ENDS:
            start -= 1
        return self._line(start, span.start)

    def after(self, span: Span, most: int = 6) -> str:
        """The canonical words of the same sentence right after ``span``, padded with spaces."""
        end = span.end
        while end < len(self.tokens) and end - span.end < most and self.symbols[end] not in SENTENCE_ENDS:
            end += 1
        return self._line(span.end, end)

    def part(self, span: Span) -> Utterance:
        """The tokens of ``span`` as an utterance of their own."""
        return Utterance(self.plain, self.tokens[span.start : span.end])

    def inside(self, span: Span) -> str:
        """The canonical words of ``span``, padded with spaces."""
        return self._line(span.start, span.end)

    def joint(self, first: Span, second: Span) -> str:
        """The canonical words between two spans, padded with spaces."""
        return self._line(first.end, second.start)

    def _line(self, start: int, end: int) -> str:
        return f" {' '.join(self.symbols[start:end])} " if start < end else " "

    def _span(self, start: int, end: int) -> Span:
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, max(end - 1, start)) - 1
        return Span(max(first, 0), last + 1)


def read_utterance(text: str, known_models: Sequence[str] = ()) -> Utterance:
    """``text`` normalised and cut into canonical tokens with their quantities.

    Raises:
        InvalidInputError: it is longer than ``MAX_TEXT_CHARACTERS``.
    """
    plain = normalise(text)
    tokens = canonical_tokens(lex(plain, known_models), plain)
    return Utterance(plain, corrected_tokens(with_units(with_numbers(tokens, plain), plain)))
