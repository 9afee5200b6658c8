"""How many requests come: ``20 rps``, ``90 requests per minute``, ``two million calls daily``, per second."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.reading.tokens import Amount
from neuralnav.understanding.reading.utterance import Covered, Found, Span, Utterance, gap

SECONDS_PER_MONTH = 730 * 3600.0
"""A month has 730 hours."""

_SECONDS = {
    "second": 1.0, "s": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "hr": 3600.0, "h": 3600.0,
    "day": 86_400.0, "d": 86_400.0, "daily": 86_400.0, "hourly": 3600.0, "week": 604_800.0, "weekly": 604_800.0,
    "month": SECONDS_PER_MONTH, "monthly": SECONDS_PER_MONTH, "year": 12 * SECONDS_PER_MONTH,
    "yearly": 12 * SECONDS_PER_MONTH, "annually": 12 * SECONDS_PER_MONTH, "workday": 86_400.0, "night": 86_400.0,
}  # fmt: skip

_ABBREVIATED = {"rps": 1.0, "qps": 1.0, "rpm": 60.0, "qpm": 60.0, "rph": 3600.0, "qph": 3600.0, "rpd": 86_400.0}

_REQUEST = (
    r"(?:api |http |llm |inference |user |chat |model )?(?:request|req|query|call|hit|message|msg|"
    r"prompt|completion|"
    r"inference|generation|question|invocation|transaction|lookup|search|inquiry|enquiry|rq|r|q|"
    r"interaction|prediction|"
    r"suggestion)"
)
_ITEM = (
    r"(?:customer |support |product |news |incoming |new )?(?:document|doc|ticket|email|report|article|"
    r"review|contract|"
    r"file|transcript|summary|translation|paper|comment|post|description|page|letter|note|story|"
    r"conversation|meeting|"
    r"sentence|paragraph|text|item|job|string|form|record|survey|claim|invoice|complaint|mail|case|entry|submission|"
    r"application|dispatch|card|listing|poem|ad|chapter|blog|newsletter|headline|caption|book|thread|chat|speech)"
)
_ITEM_USE_CASES = frozenset(
    {UseCase.SUMMARIZATION_SHORT, UseCase.SUMMARIZATION_LONG, UseCase.TRANSLATION, UseCase.CONTENT_GENERATION}
)
"""Where each item that comes in or goes out is one request."""

_UNIT = r"(?P<unit>second|s|sec|minute|min|hour|hr|h|day|week|month|year|workday|night)"
_EACH = r"(?:per|a|an|each|every|/|in a|in an|in one|in each|in every)"
_OFTEN = r"(?P<unit>daily|hourly|weekly|monthly|yearly|annually)"
_ABBREVIATION = rf"(?P<unit>{'|'.join(_ABBREVIATED)})"
_IS = (
    r"(?: (?:of|is|at|about|around|up|to|approximately|roughly|=|:|<|>|target|rate|reaching|over|under|"
    r"averaging)){0,4}"
)


def _patterns(request: str) -> tuple[str, ...]:
    return (
        rf"(?P<n>NUM) {gap(2)}{request} {gap(2)}{_EACH} {_UNIT}",
        rf"(?P<n>NUM) {gap(2)}{request} {gap(1)}{_OFTEN}",
        rf"(?P<n>NUM) {_OFTEN} {request}",
        rf"{request} (?:per|/|a) {_UNIT}{_IS} (?P<n>NUM)",
        rf"{_EACH} {_UNIT} (?:we |they |it |there )?(?:get|receive|have|see|handle|process|serve|expect|are|"
        r"is|send|makes?)?"
        rf" ?{gap(1)}(?P<n>NUM) {gap(2)}{request}",
        rf"(?:(?P<n>NUM)|a|one) {gap(1)}{request} {gap(1)}(?:every|per|each) (?P<interval>TIME)",
    )


_SHORT = (
    rf"(?P<n>NUM) {_ABBREVIATION}",
    rf"{_ABBREVIATION}{_IS} (?P<n>NUM)",
    r"(?P<n>NUM) (?:per|/|a) (?P<unit>second|s|sec|minute|min)",
)
_LOOSE = r"(?P<n>NUM) (?:per|/|an|a) (?P<unit>second|s|sec|minute|min|hour|hr|h|day|workday|night)"

_PER_PERSON = re.compile(
    r" (?:per|each|every|a) (?:active |single )?(?:user|person|agent|customer|developer|employee|seat|"
    r"head|student|"
    r"client|capita|lawyer|member|session|gpu|GPU|replica|node|instance) "
)
_PEOPLE_EACH_BEFORE = re.compile(
    r" (?:each|every|one|per|a|an|typical|average) (?:\w+ )?(?:user|person|agent|customer|developer|"
    r"employee|seat|student|"
    r"client|lawyer|member|scientist|engineer|analyst) (?:\w+ ){0,4}$"
    r"| each of (?:our |the |my )?NUM (?:\w+ ){1,5}$"
)
_AVERAGE = re.compile(r" (?:average|averages|averaging|averaged|avg|mean|typical|typically|usually|normally|baseline) ")
_PEAK = re.compile(
    r" (?:peak|peaks|peaking|max|maximum|burst|bursts|busiest|spike|spikes|spiking|worst|highest|top|"
    r"rush|up to) "
)
_PEAK_OF = r"(?:peak|spike|burst|surge|peaking|spiking)(?: (?:of|to|up|at|around|about|near|is|are|:)){0,3} (?P<n>NUM)"
_COUNTS_OTHERS = r"^ (?!during|on|at|in|when|and|but|or|for)(?:GPU|%|[a-z]+)"
_LIMITS = re.compile(r" (?:,|and|with|but|/|:) ")
_THROUGHPUT = re.compile(r" (?:throughput|capacity) ")


def read_rates(utterance: Utterance, use_case: UseCase | None) -> Iterator[Finding | Refused]:
    """Findings for ``expected_qps`` (the peak where several were said) and ``throughput_rps``.

    ``use_case`` tells whether documents a day are requests: where they are summarised they are, where they are
    searched they only fill the index.
    """
    seen = Covered()
    rates: list[tuple[Found, Finding | Refused]] = []
    patterns = [*_patterns(_REQUEST), *_SHORT]
    if use_case in _ITEM_USE_CASES:
        patterns += _patterns(_ITEM)
    if utterance.first(_REQUEST):
        patterns.append(_LOOSE)
    for pattern in patterns:
        for found in utterance.find(pattern):
            if found.span in seen or (pattern == _LOOSE and not _counts_whole(utterance, found)):
                continue
            seen.add(found.span)
            if not _is_per_person(utterance, found.span):
                rates.append((found, _rate(utterance, found)))
    yield from (rate for _, rate in rates)
    if rates:
        yield from _bare_peaks(utterance, _seconds(utterance, rates[0][0]), seen)


def _counts_whole(utterance: Utterance, found: Found) -> bool:
    """Whether a figure without a noun can count requests: ``1.80 an hour`` is a price."""
    return float(utterance.amount(found.groups["n"]).count).is_integer()


def _bare_peaks(utterance: Utterance, seconds: float, seen: Covered) -> Iterator[Finding]:
    """``3 requests per second with spikes to 12``: a peak in the unit of the rate before it."""
    for found in utterance.find(_PEAK_OF):
        if found.groups["n"] not in seen and not re.match(_COUNTS_OTHERS, utterance.after(found.span, 2)):
            yield Finding("expected_qps", round(utterance.amount(found.groups["n"]).count / seconds, 9), found.span, 3)


def _rate(utterance: Utterance, found: Found) -> Finding | Refused:
    before = _LIMITS.split(utterance.before(found.span, 5))[-1]
    after = _LIMITS.split(utterance.after(found.span, 4))[0]
    clause = f" {before.strip()} {after.strip()} "
    field = "throughput_rps" if _THROUGHPUT.search(clause) else "expected_qps"
    amount = utterance.amount(found.groups["n"]) if "n" in found else Amount(1)
    seconds = _seconds(utterance, found)
    if amount.other is not None and seconds < _SECONDS["hour"]:
        words = utterance.words(found.groups["n"])
        return Refused(field, found.span, f"{words} can be {amount.value:g} or {amount.other:,.0f}: say which")
    weight = 3 if _PEAK.search(clause) else 1 if _AVERAGE.search(clause) else 2
    return Finding(field, round(amount.count / seconds, 9), found.span, weight)


def _seconds(utterance: Utterance, found: Found) -> float:
    if "interval" in found:
        return max(utterance.amount(found.groups["interval"]).value / 1000, 1e-9)
    unit = utterance.tokens[found.groups["unit"].start].text
    return _ABBREVIATED.get(unit) or _SECONDS[unit]


def _is_per_person(utterance: Utterance, span: Span) -> bool:
    return bool(
        _PER_PERSON.search(f"{utterance.inside(span).rstrip()}{utterance.after(span, 3)}")
        or _PEOPLE_EACH_BEFORE.search(utterance.before(span, 6))
        or re.search(r" (?:x|times|multiplied by) $", utterance.before(span, 1))
        or re.match(r" (?:each|apiece) ", utterance.after(span, 1))
    )
