"""Reads what a reply asks to be done with what runs: scale, roll back, retire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from neuralnav.models.reply import ActionKind
from neuralnav.understanding.reading.tokens import Amount
from neuralnav.understanding.reading.utterance import Utterance, phrase
from neuralnav.understanding.words.operations import (
    CONDITIONS,
    FOLLOWS,
    RETIRES,
    RETIRES_PLAINLY,
    ROLL_BACKS,
    ROLL_BACKS_PLAINLY,
    SCALES_DOWN_BY,
    SCALES_TO,
    SCALES_UP_BY,
)

_REPLICA = phrase("replica|copy|instance|pod")
_SCALES = phrase("scale|rescale")
_CONDITIONS = phrase(CONDITIONS)
_MOST_REPLICAS = 10_000
_MOST_WITHOUT_NOUN = 99
"""More than so many of something unnamed (``scale to 500``) may be people."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many replicas there are to be, or how many more or (below 0) fewer."""

    to: int | None = None
    by: int | None = None


def operation_in(part: Utterance) -> ActionKind | None:
    """What ``part`` as a whole orders to be done with the deployment."""
    said = part.line.strip()
    if _whole((ROLL_BACKS,)).fullmatch(said):
        return ActionKind.ROLL_BACK
    if _whole((RETIRES,)).fullmatch(said):
        return ActionKind.RETIRE
    if _whole((FOLLOWS,)).fullmatch(said):
        return ActionKind.FOLLOW
    return ActionKind.SCALE if scaling_in(part) is not None else None


def plain_operation_in(part: Utterance) -> ActionKind | None:
    """What ``part`` as a whole orders to be done with the deployment, said so that no plan can be meant."""
    said = part.line.strip()
    if _whole((ROLL_BACKS_PLAINLY,)).fullmatch(said):
        return ActionKind.ROLL_BACK
    return ActionKind.RETIRE if _whole((RETIRES_PLAINLY,)).fullmatch(said) else None


def scaling_in(part: Utterance) -> Scaling | None:
    """The number of replicas that ``part`` as a whole asks for; ``None`` where it names none that can be."""
    for patterns, group, sign in ((SCALES_TO, "to", 1), (SCALES_UP_BY, "by", 1), (SCALES_DOWN_BY, "by", -1)):
        if (match := _whole(patterns).fullmatch(part.line.strip())) is None or _CONDITIONS.search(part.line):
            continue
        number = _number(part, match)
        if number is None or not _is_about_replicas(part, number):
            return None
        return Scaling(to=number) if group == "to" else Scaling(by=sign * number)
    return None


@lru_cache(maxsize=8)
def _whole(patterns: Sequence[str]) -> re.Pattern[str]:
    named = [re.sub(r"\?P<\w+>", rf"?P<n{place}>", pattern) for place, pattern in enumerate(patterns)]
    return re.compile("|".join(named))


def _number(part: Utterance, match: re.Match[str]) -> int | None:
    """The whole number in the group that took part, from 1 to the most that can be."""
    group = next(name for name, text in match.groupdict().items() if text is not None)
    if "NUM" not in match[group]:
        return 1
    place = match.string[: match.end(group)].count("NUM") - 1
    amount = [token.value for token in part.tokens if token.symbol == "NUM"][place]
    ranges = isinstance(amount, Amount) and amount.low is not None and "from" not in match[0].split()
    if not isinstance(amount, Amount) or ranges or not float(amount.count).is_integer():
        return None
    return int(amount.count) if 1 <= amount.count <= _MOST_REPLICAS else None


def _is_about_replicas(part: Utterance, number: int) -> bool:
    if _REPLICA.search(part.line):
        return True
    return number <= _MOST_WITHOUT_NOUN and _SCALES.search(part.line) is not None
