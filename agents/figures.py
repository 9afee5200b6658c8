"""The figures in a text or a JSON document, with their units, and whether one figure is the rounding of another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neuralnav.understanding.reading.tokens import Amount, Kind, Token
from neuralnav.understanding.reading.utterance import Span, Utterance, read_utterance

PLAIN = "plain"
FACTOR = "factor"
PERCENT = "percent"
TIME = "ms"

_WRITTEN = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<decimals>\d+))?")
_PER_UNIT = r"second|s|sec|minute|min|hour|hr|h|day|week|month|year"
_PER = re.compile(rf" (?:[a-z]+ ){{0,2}}(?:per|/|a|an|each|every) (?P<unit>{_PER_UNIT}) ")
_OFTEN = re.compile(r" (?:[a-z]+ )?(?P<unit>hourly|daily|weekly|monthly|yearly|annually) ")
_SPELLED = {
    "s": "second", "sec": "second", "min": "minute", "hr": "hour", "h": "hour", "hourly": "hour", "daily": "day",
    "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year",
}  # fmt: skip
_FACTOR_WORDS = re.compile(
    r" (?:(?P<two>twice|doubl(?:e|es|ed|ing))|(?P<three>thrice|tripl(?:e|es|ed|ing))"
    r"|(?P<four>quadrupl(?:e|es|ed|ing))|(?P<half>half|halves|halv(?:e|ed|ing)))(?= )"
)
_FACTORS = {"two": 2.0, "three": 3.0, "four": 4.0, "half": 0.5}
_KEY_UNITS = (
    (re.compile(r"_ms$"), TIME, 1.0),
    (re.compile(r"_s$"), TIME, 1000.0),
    (re.compile(r"_usd$"), "USD", 1.0),
    (re.compile(r"_pct$"), PERCENT, 1.0),
    (re.compile(r"tokens$"), "tokens", 1.0),
)
_KEY_PERIODS = (("month", "month"), ("hour", "hour"), ("qps", "second"), ("rps", "second"))
_MOST_OFF = 0.05
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it stands in a text."""

    value: float
    unit: str
    """``ms`` for any time, a currency, ``percent``, ``tokens``, ``factor`` (twice), a unit of size, or ``plain``."""
    step: float = 0.0
    """What its last digit counts; 0 for a figure that must be met exactly."""
    per: str | None = None
    """The period that it is for, where that is said: ``month`` of ``$3 a month``."""

    def states(self, fact: Figure) -> bool:
        """Whether this figure is ``fact``, or ``fact`` rounded to the digits shown, in a unit that agrees."""
        same_unit = self.unit == fact.unit or {self.unit, fact.unit} == {PLAIN, "tokens"}
        if not same_unit or (self.per and fact.per and self.per != fact.per):
            return False
        said, true = abs(self.value), abs(fact.value)
        off = abs(said - true)
        return off <= 1e-9 * true or (off <= 0.5000001 * self.step and off <= _MOST_OFF * true)


def figures_of(utterance: Utterance) -> Iterator[Figure]:
    """Every figure of ``utterance``, also ``twice`` and both ends of ranges."""
    for index, token in enumerate(utterance.tokens):
        if isinstance(token.value, Amount):
            yield from _figures(utterance, index, token, token.value)
    for match in _FACTOR_WORDS.finditer(utterance.line):
        yield Figure(_FACTORS[match.lastgroup or ""], FACTOR)


def figures_in_facts(facts: str, known_models: Sequence[str] = ()) -> Iterator[Figure]:
    """Every figure of ``facts``: those of a JSON document, with units from its keys, or of a text."""
    try:
        document = json.loads(facts)
    except (ValueError, RecursionError):
        yield from figures_of(read_utterance(facts, known_models))
        return
    yield from _figures_in(document, _Key(), known_models)


def _figures(utterance: Utterance, index: int, token: Token, amount: Amount) -> Iterator[Figure]:
    unit = _unit(utterance, index, token, amount)
    after = utterance.after(Span(index, index + 1), 5)
    found = _PER.match(after) or _OFTEN.match(after)
    per = _SPELLED.get(found["unit"], found["unit"]) if found and unit not in (TIME, FACTOR, PERCENT) else None
    step = _step(utterance.plain[token.start : token.end], amount.value)
    for value in {amount.value, amount.low, amount.other} - {None}:
        if value is not None:
            yield Figure(value, unit, step, per)


def _unit(utterance: Utterance, index: int, token: Token, amount: Amount) -> str:
    if token.kind is Kind.TIME:
        return TIME
    if token.kind is Kind.MONEY:
        return amount.currency or "USD"
    if token.kind is Kind.PERCENT:
        return PERCENT
    if token.kind is Kind.TOKENS:
        return "tokens"
    if token.kind in (Kind.PERIOD, Kind.OPAQUE):
        letters = re.sub(r"[^a-z]", "", utterance.plain[token.start : token.end].lower())
        return f"{token.kind.value} {letters.rstrip('s')}"
    return FACTOR if _is_factor(utterance, index) else PLAIN


def _is_factor(utterance: Utterance, index: int) -> bool:
    """``2x faster`` and ``3 times``, but not ``2x H100`` and ``2 x (1x H100)``."""
    following = [*utterance.symbols[index + 1 : index + 4], "", "", ""]
    if following[0] == "x":
        return not {"GPU", "NUM"} & set(following[1:3])
    return following[0] in ("time", "times", "fold") or following[:2] == ["-", "fold"]


def _step(written: str, value: float) -> float:
    """What the last digit of a figure counts: 100 ms in ``1.2 s``; 0 where that is not plain from its spelling."""
    figures = [piece.rstrip(".,") for piece in re.findall(r"\d[\d.,]*", written)]
    match = _WRITTEN.fullmatch(figures[-1]) if figures else None
    mantissa = float(figures[-1].replace(",", "")) if match else 0.0
    if match is None or mantissa == 0:
        return 0.0
    return abs(value / mantissa) * 10.0 ** -len(match["decimals"] or "")


@dataclass(frozen=True, slots=True)
class _Key:
    """What the keys above a value in a document say about its figures."""

    unit: str = PLAIN
    factor: float = 1.0
    per: str | None = None

    def below(self, name: str) -> _Key:
        """What they say with ``name`` as the next key."""
        per = next((period for part, period in _KEY_PERIODS if part in name), self.per)
        for pattern, unit, factor in _KEY_UNITS:
            if pattern.search(name):
                return _Key(unit, factor, None if unit == TIME else per)
        return _Key(self.unit, self.factor, per)


def _figures_in(value: Any, key: _Key, known_models: Sequence[str], depth: int = 0) -> Iterator[Figure]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _figures_in(inner, key.below(str(name)), known_models, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _figures_in(inner, key, known_models, depth + 1)
    elif isinstance(value, str):
        yield from figures_of(read_utterance(value, known_models))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield Figure(value * key.factor, key.unit, per=key.per)
        if key.unit == PLAIN and 0 <= value <= 1:
            yield Figure(value * 100, PERCENT)
