"""Which of the options shown are meant: ``2``, ``the first two``, ``1 and 3``, ``the cheapest``."""

from __future__ import annotations

import re

from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Span, Utterance, phrase
from neuralnav.understanding.words.choices import ORDINALS, VIEWS

_HIGHEST = 99
_LONGEST_RANGE = 10
_COUNTS_OTHERS = re.compile(
    r"^ (?:gpu|GPU|user|people|request|token|replica|card|node|agent|developer|employee|%|x|million|"
    r"customer|rps|qps|per|"
    r"way|time|month|model|query|page|nines|am|pm|o.clock|min|minute|hour|day|week)\b"
)
_NUMBERED_BEFORE = re.compile(r" (?:number|option|choice|variant) $")
_PERIOD_BEFORE = re.compile(r" (?:per|a|each|every|/|NUM) $")


def entries_in(utterance: Utterance, span: Span) -> tuple[int, ...]:
    """Numbers of options within ``span`` in the order said: figures, words, ordinals, ranges."""
    entries: list[int] = []
    for index in range(span.start, span.end):
        token, place = utterance.tokens[index], Span(index, index + 1)
        after = utterance.after(place, 2)
        if token.kind is Kind.WORD and token.text in ORDINALS and not _is_other(utterance, place, after):
            entries += [ORDINALS[token.text], *_further(utterance, index)]
        elif token.text == "one" and _NUMBERED_BEFORE.search(utterance.before(place, 1)):
            entries.append(1)
        elif _COUNTS_OTHERS.match(after) or _opens_range(utterance, index):
            continue
        elif token.kind in (Kind.NUMBER, Kind.ORDINAL) and isinstance(token.value, Amount):
            entries += _numbered(token.text, token.value)
    return tuple(dict.fromkeys(entry for entry in entries if 1 <= entry <= _HIGHEST))


def choice_in(utterance: Utterance, span: Span) -> int | str | None:
    """The one option or view that ``span`` names; ``None`` where it names none or several."""
    entries = entries_in(utterance, span)
    if entries:
        return entries[0] if len(entries) == 1 else None
    said = utterance.inside(span)
    return next((view.value for view, pattern in VIEWS.items() if phrase(pattern).search(said)), None)


def _is_other(utterance: Utterance, place: Span, after: str) -> bool:
    """``per second`` and ``first token`` name no option."""
    text = utterance.tokens[place.start].text
    period = text == "second" and _PERIOD_BEFORE.search(utterance.before(place, 1))
    return bool(period) or after.startswith((" token", " word", " character"))


def _further(utterance: Utterance, index: int) -> range:
    """The rest of ``the first two`` or ``the top 3``."""
    none = range(0)
    if utterance.tokens[index].text not in ("first", "top") or index + 1 >= len(utterance.tokens):
        return none
    following = utterance.tokens[index + 1]
    if following.kind is not Kind.NUMBER or not isinstance(following.value, Amount):
        return none
    return range(2, int(min(following.value.value, _LONGEST_RANGE)) + 1)


def _opens_range(utterance: Utterance, index: int) -> bool:
    return index > 0 and utterance.tokens[index - 1].text in ("first", "top", "last")


def _numbered(text: str, amount: Amount) -> list[int]:
    if re.fullmatch(r"\d{1,2},\d{1,2}", text):
        return [int(number) for number in text.split(",")]
    if not float(amount.value).is_integer() or abs(amount.value) > _HIGHEST:
        return []
    value = int(amount.value)
    if amount.low is None:
        return [value]
    low = int(amount.low)
    if re.search(r"\b(?:or|and)\b", text):
        return [low, value]
    return list(range(low, value + 1)) if 0 < value - low < _LONGEST_RANGE else []
