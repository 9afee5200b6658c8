"""Latency targets and the share of time that the service must be up."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.reading.tokens import Amount, Kind
from neuralnav.understanding.reading.utterance import Covered, Span, Utterance, gap
from neuralnav.understanding.words.slo import E2E, ITL, LATENCY, LIMITS, LOOSE_E2E, TTFT

_SMALLEST_PLAIN_MS = {"ttft_p95_ms": 20.0, "itl_p95_ms": 1.0, "e2e_p95_ms": 500.0}
"""From here on a figure without a unit can only be milliseconds."""

_LOOSE = "loose"
_UNNAMED = "unnamed"
_FARTHEST = 12
"""Tokens between a latency's name and its figure."""

_FARTHEST_PLAIN = 5
"""The same for a figure without a unit."""

_SERIES = r"(?:NUM|TIME)(?: (?:/|,|and|, and) (?:NUM|TIME)){0,2} (?:/|,|and|, and) TIME"
_PER_ITEM = (
    r"(?P<n>TIME) (?:max |maximum |at most |top |or less |tops )?(?:per|each|for each|for every|for one|for a|for an) "
    r"(?:\w+ )?(?:article|document|doc|email|mail|ticket|page|text|review|letter|call|note|report|"
    "dispatch|post|sentence|"
    r"paragraph|contract|summary|translation|answer|file|description|transcript|form|claim|chapter|opinion|memo|brief|"
    r"advert|ad|caption|story|script|speech|book|thesis|study|paper|abstract|digest|draft|ruling|judgment|case|question|"
    r"request|reply|response|message|item|job|query|recap|function|class|program|patent|filing|search|newsletter|piece|"
    r"copy|listing|text)"
)
_TODAY_BEFORE = re.compile(
    " (?:took|taken|currently|today|used to take|used to be|at the moment|right now|at present|was|"
    "were|has been|had been|"
    r"now (?:take|need|get)) (?:(?!must|should|want|need|target|under|below|within|less)[a-z']+ ){0,3}$"
)
_OTHER_PERCENTILE = re.compile(r" (?:p50|p75|p90|p99|p999|p98|median|average|avg|mean) ")
_SPEED = (
    rf"(?P<n>TOKENS) {gap(1)}(?:per|/|a|each|every) (?:second|s|sec)"
    r"(?P<each> (?:per|for each|for every|each|for a|/) (?:\w+ )?(?:user|person|stream|request|session|"
    r"client|reader|developer|agent))?"
)
_NINES = r"(?P<n>NUM) nines(?: (?:of )?(?:uptime|availability|reliability|sla))?"
_UP = r"uptime|availability|available|reliability|reliable|sla|of the time"
_RELIABILITY = (
    rf"(?P<n>PERCENT) (?:of )?(?:the )?(?:time )?{gap(1)}(?:{_UP})",
    r"(?:uptime|availability|available|reliability|sla)(?: (?:of|is|at|least|target|must be|"
    r"to be|should be|:|>|=)){0,4}"
    rf" {gap(2)}(?P<n>PERCENT)",
    r"(?:uptime|availability|reliability)(?: (?:of|is|target|:|=)){0,3} (?P<n>NUM)",
    r"(?:up|online|reachable|running) (?P<n>PERCENT)|(?P<m>PERCENT) (?:up|reachable)(?= (?:[,.;]|time|$))",
)


@dataclass(frozen=True, slots=True)
class _Cue:
    """A latency that was named: the field, or loosely, or without saying which."""

    field: str
    span: Span
    rank: int


@dataclass(frozen=True, slots=True)
class _Time:
    """A duration, or a plain figure that may be one."""

    amount: Amount
    span: Span
    plain: bool


def read_slo(utterance: Utterance) -> Iterator[Finding | Refused]:
    """Findings for ``ttft_p95_ms``, ``itl_p95_ms``, ``e2e_p95_ms`` and ``reliability_pct``."""
    yield from _reliability(utterance)
    cues = _cues(utterance)
    settled = [*_speeds(utterance), *_listed(utterance, cues), *_per_item(utterance)]
    yield from settled
    taken = Covered(finding.span for finding in settled)
    cues = [cue for cue in cues if cue.span not in taken]
    times = list(_times(utterance, cues, taken))
    for time, cue in _paired(utterance, times, cues):
        yield from _target(utterance, time, cue)


def _cues(utterance: Utterance) -> list[_Cue]:
    patterns = (
        ("ttft_p95_ms", TTFT),
        ("itl_p95_ms", ITL),
        ("e2e_p95_ms", E2E),
        (_LOOSE, LOOSE_E2E),
        (_UNNAMED, LATENCY),
    )
    cues: list[_Cue] = []
    seen = Covered()
    for rank, (field, pattern) in enumerate(patterns):
        for found in utterance.find(pattern):
            if found.span not in seen:
                seen.add(found.span)
                cues.append(_Cue(field, found.span, rank))
    return sorted(cues, key=lambda cue: cue.span.start)


def _times(utterance: Utterance, cues: list[_Cue], taken: Covered) -> Iterator[_Time]:
    named = {cue.span.end for cue in cues if cue.field.endswith("_ms")}
    for index, token in enumerate(utterance.tokens):
        span = Span(index, index + 1)
        if not isinstance(token.value, Amount) or span in taken:
            continue
        if token.kind is Kind.TIME:
            yield _Time(token.value, span, plain=False)
        elif token.kind is Kind.NUMBER and _follows_name(utterance, index, named):
            yield _Time(token.value, span, plain=True)


def _listed(utterance: Utterance, cues: list[_Cue]) -> Iterator[Finding]:
    """``TTFT/ITL/E2E of 150/25/7000 ms``: as many figures as names, in the same order."""
    named = [cue for cue in cues if cue.field.endswith("_ms")]
    for found in utterance.find(_SERIES):
        before = [cue for cue in named if 0 <= found.span.start - cue.span.end <= _FARTHEST]
        span = before[0].span.joined(found.span) if before else found.span
        row = [t for t in utterance.tokens[found.span.start : found.span.end] if isinstance(t.value, Amount)]
        if len(before) != len(row) or len(row) < 2 or not _is_series(utterance, before):
            continue
        for cue, token in zip(before, row, strict=True):
            if isinstance(token.value, Amount):
                yield Finding(cue.field, token.value.value, span, 3)


def _per_item(utterance: Utterance) -> Iterator[Finding]:
    """``ten seconds at most for each article``: the whole answer for one of the things that come in."""
    for found in utterance.find(_PER_ITEM):
        if not re.search(r" (?:every|each) $|first|token|start", utterance.before(found.span, 5)):
            yield Finding("e2e_p95_ms", utterance.amount(found.groups["n"]).value, found.span)


def _is_series(utterance: Utterance, cues: list[_Cue]) -> bool:
    return all(utterance.joint(a.span, b.span) in (" / ", " , ", " and ", " , and ") for a, b in pairwise(cues))


def _follows_name(utterance: Utterance, index: int, named: set[int]) -> bool:
    """Whether a latency's name and only words such as ``under`` precede the plain figure at ``index``."""
    end = next((index - distance for distance in range(_FARTHEST_PLAIN) if index - distance in named), None)
    if end is None:
        return False
    between = utterance.joint(Span(end, end), Span(index, index))
    after = utterance.after(Span(index, index + 1), 2)
    filler = rf"^ (?:(?:{LIMITS}|p95|ms|target|to|:|=|at|,|down|about|around|~|than|the|be) )*$"
    return bool(re.match(filler, between)) and not re.match(
        r" (?:user|people|request|token|GPU|\w+ per|[a-z]+s?er) ", after
    )


def _paired(utterance: Utterance, times: list[_Time], cues: list[_Cue]) -> Iterator[tuple[_Time, _Cue]]:
    """Each duration with the latency that it belongs to: the one named before it, else the one right after it."""
    used: set[_Cue] = set()
    starts = [cue.span.start for cue in cues]
    for number, time in enumerate(times):
        earliest = max(times[number - 1].span.end if number else 0, time.span.start - 2 * _FARTHEST)
        latest = times[number + 1].span.start if number + 1 < len(times) else len(utterance.tokens)
        latest = min(latest, time.span.end + _FARTHEST)
        near = [cue for cue in cues[bisect_left(starts, earliest) : bisect_left(starts, latest)] if cue not in used]
        before = [cue for cue in near if cue.span.end <= time.span.start]
        after = [cue for cue in near if cue.span.start >= time.span.end]
        cue = _nearest(utterance, time, before, after, is_last=number + 1 == len(times))
        if cue is not None:
            used.add(cue)
            yield time, cue


def _nearest(utterance: Utterance, time: _Time, before: list[_Cue], after: list[_Cue], *, is_last: bool) -> _Cue | None:
    before = [cue for cue in before if _relates(utterance, cue.span, time.span)]
    after = [cue for cue in after if _follows_closely(utterance, time.span, cue, is_last=is_last)]
    named = [cue for cue in before if cue.field.endswith("_ms")]
    if named:
        return named[-1]
    if sure := [cue for cue in after if cue.field.endswith("_ms")]:
        return sure[0]
    if before and before[-1].field == _UNNAMED and after and after[0].field == _LOOSE:
        return after[0]
    if before:
        return min(before, key=lambda cue: (cue.rank, -cue.span.start))
    return after[0] if after else None


def _relates(utterance: Utterance, cue: Span, time: Span) -> bool:
    """Whether a name before a duration can mean it: near, and in the same sentence."""
    return (
        time.start - cue.end <= _FARTHEST
        and utterance.sentences[cue.start] == utterance.sentences[time.start]
        and not re.search(r" (?:NUM|MONEY|TOKENS) ", utterance.joint(cue, time))
    )


def _follows_closely(utterance: Utterance, time: Span, cue: _Cue, *, is_last: bool) -> bool:
    between = utterance.joint(time, cue.span)
    near = (
        r"^ (?:(?:for|to|till|until|of|the|a|an|on|as|p95|or|less|better|at|is|max|maximum|target|most|"
        r"between|we|it|see|get) ){0,5}$"
    )
    if cue.field in (_LOOSE, _UNNAMED):
        return bool(re.match(r"^ (?:(?:per|for|to|a|an|the|each|every|or|less|is|max|target) ){0,3}$", between))
    loose = is_last and bool(re.match(r"^ (?:[a-z']+ ){0,4}$", between))
    return bool(re.match(near, between)) or loose


def _target(utterance: Utterance, time: _Time, cue: _Cue) -> Iterator[Finding | Refused]:
    span = cue.span.joined(time.span)
    if _TODAY_BEFORE.search(utterance.before(time.span, 6)):
        return
    field = cue.field
    if field == _LOOSE:
        if not _is_awaited(utterance, time, cue):
            return
        field = "e2e_p95_ms"
    if field == _UNNAMED:
        if _is_awaited(utterance, time, cue):
            yield Refused("e2e_p95_ms", span, "can be the time to the first token or to the whole answer: say which")
        return
    nearby = utterance.before(span, 1) + utterance.inside(span) + utterance.after(span, 2).split(",")[0]
    if _OTHER_PERCENTILE.search(f"{nearby} "):
        yield Refused(field, span, "targets are kept at p95: say it for p95")
        return
    if time.plain and 0 < time.amount.value < _SMALLEST_PLAIN_MS[field]:
        yield Refused(field, span, "say whether that is milliseconds (ms) or seconds (s)")
        return
    yield Finding(field, time.amount.value, span, 2 if cue.field != _LOOSE else 1)


def _is_awaited(utterance: Utterance, time: _Time, cue: _Cue) -> bool:
    """Whether the words join what is waited for and how long: ``answers within``, ``results in under``."""
    if cue.span.start > time.span.start:
        return True
    between = utterance.joint(cue.span, time.span)
    if re.search(r" of (?:about |around |up to |roughly |some )*$", between):
        return False
    return bool(re.search(rf" (?:{LIMITS}|:|<) (?:(?:than|about|around|max|at|most|a|the|p95) )*$", between))


def _speeds(utterance: Utterance) -> Iterator[Finding]:
    """Tokens per second of one reader as the time between two tokens; of the whole service it is no latency."""
    for found in utterance.find(_SPEED):
        around = utterance.before(found.span, 5) + utterance.after(found.span, 4)
        per_reader = "each" in found or re.search(
            r" (?:each user|every user|each stream|reading speed|per user|each person) ", around
        )
        rate = utterance.amount(found.groups["n"]).value
        if per_reader and rate > 0:
            yield Finding("itl_p95_ms", round(1000 / rate, 6), found.span)


def _reliability(utterance: Utterance) -> Iterator[Finding]:
    seen = Covered()
    for pattern in _RELIABILITY:
        for found in utterance.find(pattern):
            if found.span not in seen:
                seen.add(found.span)
                yield Finding("reliability_pct", utterance.amount(found.span).value, found.span)
    for found in utterance.find(_NINES):
        nines = int(utterance.amount(found.groups["n"]).value)
        if 2 <= nines <= 9:
            yield Finding("reliability_pct", round(100 - 10.0 ** (2 - nines), 9), found.span)
