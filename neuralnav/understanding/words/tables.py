"""How the tables of this package are written: sets of words, and patterns of alternatives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def word_set(words: str) -> frozenset[str]:
    """The words of ``words``, separated by white space."""
    return frozenset(words.split())


def word_list(words: str) -> tuple[str, ...]:
    """The words of ``words``, separated by white space, in their order."""
    return tuple(words.split())


def any_of(alternatives: str) -> str:
    """A pattern for any of ``alternatives``, separated by commas."""
    return f"(?:{'|'.join(alternative.strip() for alternative in alternatives.split(','))})"


def any_word(words: Iterable[str]) -> str:
    """A pattern for any of many ``words``, grouped by their first two letters: a large table is tried quickly."""
    by_beginning: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word in dict.fromkeys(words):
        by_beginning[word[0]][word[1:2]].append(word[2:])
    letters = (
        f"{first}(?:{'|'.join(f'{second}(?:{chr(124).join(rest)})' for second, rest in group.items())})"
        for first, group in by_beginning.items()
    )
    return f"(?:{'|'.join(letters)})"
