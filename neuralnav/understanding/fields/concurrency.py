"""How many people are active at once, and which share of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Covered, Found, Span, Utterance, gap
from neuralnav.understanding.words.people import BETWEEN, COUNTED_PEOPLE, PERSON, THINGS

_AT_ONCE = (
    r"at once|at (?:the |a )?same (?:time|moment|instant)|simultaneously|concurrently|in parallel|together|at a time|"
    r"at any (?:one |given |single )?(?:time|moment|point)|online|logged (?:in|on)|connected|concurrent|"
    r"simultaneous"
)
_AT_PEAK = r"(?:at|during|in) (?:the |our )?(?:peak|busiest|rush)"
_SESSIONS = (
    r"user|session|chat|conversation|request|connection|stream|query|call|thread|dialog|dialogue|people|"
    r"visitor"
)
_CONCURRENT_BEFORE = (
    rf"(?P<n>NUM) (?!(?:{THINGS}) at ){BETWEEN}(?:concurrent|simultaneous|parallel)(?: ly)?"
    rf"(?: {gap(2)}(?:{_SESSIONS}|{PERSON}))?"
)
_TALKS = "conversation|session|chat|dialog|dialogue|call|request|query"
_CONCURRENT_AFTER = (
    rf"(?P<n>NUM) (?!(?!(?:{_TALKS}) )(?:{THINGS}|page|GPU|gpu) )(?:of (?:them|whom|which|those|"
    rf"our) )?{gap(6)}(?:{_AT_ONCE})"
)
_CONCURRENCY_OF = (
    r"(?:concurrency|concurrent user|simultaneous user|concurrent session|concurrent request|"
    r"concurrent connection)(?: count| level)?(?: (?:of|is|at|about|around|up|to|=|:|about|"
    r"=)){0,3} (?P<n>NUM)"
)
_PEAK_PEOPLE = rf"peak (?:of |at |load of )?(?P<n>NUM) {BETWEEN}(?:{PERSON})"

_SHARE = r"(?P<share>PERCENT)|(?:a|one) (?P<part>half|third|quarter|fifth|tenth|twentieth)|(?P<half>half)"
_ONE_IN = r"(?:one|(?P<some>NUM)) (?:in|out of) (?P<total>NUM)"
_ACTIVE_AFTER = (
    rf"(?:{_SHARE}|{_ONE_IN}) (?:of (?:our |the |all |my |these )*(?P<all>NUM) )?{gap(7)}(?:active|busy|{_AT_ONCE})"
    r"(?: (?:at once|at the same time|at any (?:one |given )?(?:time|moment)|concurrently|"
    r"simultaneously|at peak))?"
)
_ACTIVE_LABELLED = (
    r"(?:active|concurrent|concurrency) (?:user )?(?:fraction|share|ratio|rate|percentage)"
    r"(?: (?:of|is|at|about|around|:|=)){0,2} (?:(?P<share>PERCENT)|(?P<plain>NUM))"
)
_SHARE_OF = re.compile(
    " (?:PERCENT|half|third|quarter|fifth|tenth|(?:NUM|one) (?:in|out of) NUM) of (?:our |the |all |my |these )*$"
)
_ACTIVE_AT_PEAK = (
    rf"{_AT_PEAK} (?:about |around |up to )?(?P<n>NUM) (?:of them |user |people )?"
    r"(?:active|online|at once|busy|concurrent|simultaneous|typing|chatting|at the same time)"
)
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1, "twentieth": 0.05}


def read_concurrency(utterance: Utterance) -> Iterator[Finding]:
    """Findings for ``active_fraction`` and ``concurrent_users``."""
    shares = list(_active_fraction(utterance))
    yield from shares
    taken = Covered(share.span for share in shares)
    for finding in _concurrent(utterance):
        if finding.span not in taken:
            taken.add(finding.span)
            yield finding


def _concurrent(utterance: Utterance) -> Iterator[Finding]:
    for pattern in (_CONCURRENCY_OF, _CONCURRENT_BEFORE, _CONCURRENT_AFTER):
        for found in utterance.find(pattern):
            if not re.match(r" (?:per|each) ", utterance.after(found.span)) and not _SHARE_OF.search(
                utterance.before(found.groups["n"], 6)
            ):
                yield Finding("concurrent_users", utterance.amount(found.groups["n"]).count, found.span, 2)
    for found in utterance.find(_PEAK_PEOPLE):
        yield Finding("concurrent_users", utterance.amount(found.groups["n"]).count, found.span)
    for found in utterance.find(_ACTIVE_AT_PEAK):
        yield Finding("concurrent_users", utterance.amount(found.groups["n"]).count, found.span, 2)
    for found in utterance.find(rf"{COUNTED_PEOPLE} {_AT_PEAK}(?! (?:about |around |up to )?NUM)"):
        yield Finding("concurrent_users", utterance.amount(found.groups["n"]).count, found.span)


def _active_fraction(utterance: Utterance) -> Iterator[Finding]:
    for pattern in (_ACTIVE_AFTER, _ACTIVE_LABELLED):
        for found in utterance.find(pattern):
            share = _share(utterance, found)
            if share is not None:
                span = Span(found.span.start, found.groups["all"].start) if "all" in found else found.span
                yield Finding("active_fraction", share, span)


def _share(utterance: Utterance, found: Found) -> float | None:
    if "share" in found:
        return utterance.amount(found.groups["share"]).value / 100
    if "plain" in found:
        return utterance.amount(found.groups["plain"]).value
    if "total" in found:
        some = utterance.amount(found.groups["some"]).value if "some" in found else 1.0
        total = utterance.amount(found.groups["total"]).value
        return round(some / total, 6) if total > 0 else None
    part = utterance.tokens[found.groups["part"].start].text if "part" in found else "half"
    return round(_PARTS[part], 6)
