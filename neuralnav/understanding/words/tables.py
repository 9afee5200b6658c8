"""How the tables of this package are written: sets of words, and patterns of alternatives."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """The words of ``words``, separated by white space."""
    return frozenset(words.split())


def word_list(words: str) -> tuple[str, ...]:
    """The words of ``words``, separated by white space, in their order."""
    return tuple(words.split())


def any_of(alternatives: str) -> str:
    """A pattern for any of ``alternatives``, separated by commas."""
    return f"(?:{'|'.join(alternative.strip() for alternative in alternatives.split(','))})"
