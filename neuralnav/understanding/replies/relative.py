"""Reads changes that start from the present value: ``double the users``, ``what if twice as many came``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from neuralnav.models.intent import DeploymentIntent
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Found, Utterance
from neuralnav.understanding.words.changes import (
    COME,
    DOUBLES,
    DOUBLING,
    LOAD_FIELDS,
    OF_THEM,
    PEOPLE_FIELDS,
    SCALABLE,
    TIMES,
)


def read_scaled(part: Utterance, current: DeploymentIntent | None) -> Iterator[Finding]:
    """``double the users``, where it is known how many there are."""
    for name, pattern in SCALABLE:
        for found in chain.from_iterable(part.find(scaling) for scaling in _scalings(pattern)):
            yield from _times(part, found, current, _growing(name, current))
    for found in part.find(COME):
        yield from _times(part, found, current, _growing("user_count", current))


def unscaled(part: Utterance) -> str | None:
    """The words of ``part`` that ask for a multiple of something."""
    nouns = "|".join(noun for _, noun in SCALABLE)
    found = next(chain.from_iterable(part.find(scaling) for scaling in (*_scalings(nouns), COME)), None)
    return None if found is None else part.words(found.span)


def _scalings(noun: str) -> tuple[str, str]:
    """Patterns for ``double the users`` and ``the users double``."""
    return rf"{TIMES} {OF_THEM}(?:{noun})", rf"(?:{noun}) {DOUBLES}"


def _growing(name: str, current: DeploymentIntent | None) -> Sequence[str]:
    """The fields that grow with ``name``; of the load, those that were said."""
    if name not in LOAD_FIELDS:
        return (name,)
    known = [field for field in LOAD_FIELDS if _value(current, field) is not None]
    people = [field for field in known if field in PEOPLE_FIELDS]
    if name in PEOPLE_FIELDS:
        return people or known[:1]
    return (name,) if name in known else people


def _times(part: Utterance, found: Found, current: DeploymentIntent | None, names: Sequence[str]) -> Iterator[Finding]:
    by = found.groups["by"]
    said = part.inside(by).strip()
    factor = DOUBLING[said] if said in DOUBLING else float(part.amount(by).value)
    for name in names:
        value = _value(current, name)
        if value is not None and factor > 0:
            yield Finding(name, value * factor, found.span, 2)


def _value(current: DeploymentIntent | None, name: str) -> float | None:
    value = None if current is None else getattr(current, name)
    return None if value is None else float(value)
