"""What a deed is: words for what people do with text, and which use case they speak for."""

from __future__ import annotations

from dataclasses import dataclass

from neuralnav.models.vocabulary import UseCase

GAP = r"(?:(?!(?:and|but|or|which|who|that|so|because) )(?:[a-z']+|NUM) (?:, )?){0,5}"
"""A few words between a verb and what it is done to."""


@dataclass(frozen=True)
class Deed:
    """Words that speak for a use case, and how strongly (1: it fits; 3: hardly anything else is meant)."""

    use_case: UseCase
    weight: int
    pattern: str
