"""Brings words to one spelling: British or American, singular or plural, rightly or nearly rightly typed."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from neuralnav.understanding.words.people import PEOPLE
from neuralnav.understanding.words.spelling import (
    CORRECT_AS_TYPED,
    GLUED,
    NOT_PLURAL,
    OFTEN_MISTYPED,
    RESPELLED,
    SHORT_MISTYPED,
)

_INFLECTIONS = ("ed", "ing", "ly", "er", "ers", "or", "ors", "al", "ance", "ive", "able", "ee", "ion", "ions", "y")
"""Endings that make another word of a word, not a slip."""

_SHORTEST_SHORT = 4
_SHORTEST_CORRECTED = 6
_SHORTEST_TWICE_CORRECTED = 10


@lru_cache(maxsize=1)
def _targets() -> dict[str, tuple[str, ...]]:
    letters = {word[0] for word in OFTEN_MISTYPED}
    return {letter: tuple(word for word in OFTEN_MISTYPED if word[0] == letter) for letter in letters}


@lru_cache(maxsize=1)
def _people() -> tuple[str, ...]:
    """Nouns for people that are long enough to be known when mistyped."""
    return tuple(form for noun in PEOPLE for form in (f"{noun}s", noun) if len(noun) >= _SHORTEST_CORRECTED)


@lru_cache(maxsize=1)
def _undoubled_people() -> dict[str, str]:
    """Nouns for people by their spelling with a double letter typed once: ``seler``."""
    doubled = (person for person in _people() if re.search(r"(.)\1(?!s?$)", person))
    return {re.sub(r"(.)\1(?!s?$)", r"\1", person): person for person in doubled}


@lru_cache(maxsize=1)
def _right() -> frozenset[str]:
    targets = (*OFTEN_MISTYPED, *SHORT_MISTYPED, *PEOPLE, *(f"{noun}s" for noun in PEOPLE))
    return CORRECT_AS_TYPED | frozenset(targets) | frozenset(map(singular, targets))


def canonical(word: str) -> str:
    """The canonical spelling of a lower-case word: one variant, singular, without slips of the keyboard."""
    if glued := re.fullmatch(GLUED, word):
        first, second = filter(None, glued.groups())
        return f"{canonical(first)} {canonical(second)}"
    respelled = RESPELLED.get(word, word)
    if respelled != word:
        return respelled
    return RESPELLED.get(one := singular(corrected(word.removesuffix("'s"))), one)


def singular(word: str) -> str:
    """``word`` without the plural's ending (or the third person's), where it has one."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in NOT_PLURAL:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def corrected(word: str) -> str:
    """The one long word of the domain that ``word`` is a slip of, or ``word`` itself."""
    if len(word) < _SHORTEST_SHORT or not word.isascii() or not word.isalpha():
        return word
    if word in _right() or singular(word) in _right():
        return word
    if short := next((target for target in SHORT_MISTYPED if _is_slip(word, target)), None):
        return short
    if person := _undoubled_people().get(word):
        return person
    if len(word) < _SHORTEST_CORRECTED:
        return word
    if person := next((person for person in _people() if _is_slip(word, person)), None):
        return person
    allowed = 2 if len(word) >= _SHORTEST_TWICE_CORRECTED else 1
    near = [
        (distance, target)
        for target in _targets().get(word[0], ())
        if (distance := OSA.distance(word, target, score_cutoff=allowed)) <= allowed and not _is_inflected(word, target)
    ]
    if not near:
        return word
    ranked = sorted((distance, target[-1] != word[-1], target) for distance, target in near)
    closest = [target for *rank, target in ranked if rank == list(ranked[0][:2])]
    return closest[0] if len({singular(target) for target in closest}) == 1 else word


def _is_slip(word: str, target: str) -> bool:
    """Whether ``word`` is ``target`` with two neighbours swapped, or with one letter left out.

    ``compose`` is no slip of ``composer``, nor ``writes`` of ``writers``.
    """
    if word[0] != target[0] or len(target) - len(word) not in (0, 1):
        return False
    if (target[: len(word)] == word and target[-1] in "rsd") or (
        len(word) < len(target) and (word[-2:], target[-3:]) == ("es", "ers")
    ):
        return False
    swapped = len(word) == len(target) and sorted(word) == sorted(target)
    return (swapped or len(word) < len(target)) and OSA.distance(word, target, score_cutoff=1) == 1


def _is_inflected(word: str, target: str) -> bool:
    return any(word.endswith(ending) and not target.endswith(ending) for ending in _INFLECTIONS)
