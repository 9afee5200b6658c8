"""How many tokens go in and come out, where tokens were said (pages and words are no tokens)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Covered, Span, Utterance

_IN = r"(?:input|prompt|request|question|query|isl|user message|user prompt)"
_OUT = r"(?:output|answer|response|reply|completion|generation|osl|result|suggestion)"
_TEXT_IN = (
    r"(?:document|doc|article|email|transcript|text|contract|report|paper|ticket|file|letter|note|"
    r"source|chapter|manual)"
)
_TEXT_OUT = r"(?:summary|translation|post|draft|story|essay|function)"
_GIVES = (
    r"(?:generate|generates|generating|produce|produces|producing|emit|emits|return|returns|write|"
    r"writes)"
)
_TAKES = (
    r"(?:send|sends|sending|feed|feeds|feeding|submit|submits|read|reads|reading|ingest|ingests|paste|"
    r"pastes)"
)
_TEXTS_ARE_PROMPTS = frozenset({UseCase.SUMMARIZATION_SHORT, UseCase.SUMMARIZATION_LONG, UseCase.TRANSLATION})

_LENGTH = r"(?: (?:length|size|token|sequence|count|token count|token length|sequence length|side|budget))?"
_FILL = (
    r"(?:of|is|are|at|about|around|approximately|approx|roughly|average|averaging|averages|up|to|max|"
    r"maximum|mean|be|"
    r"with|have|has|having|typically|usually|some|circa|ca|on|run|runs|nearly|almost|say|just|only|"
    r"under|over|limited|"
    r"capped|around|near|each|should|can|will|long|,|:|=|~|<|>|now|maybe|no|more|than|least|most|were|"
    r"was|take|takes|token|"
    r"the|a|length|size|count|between|from|half|normally|mostly|probably|likely|rather|quite|very|still|"
    r"a bit)"
)
_LOOSE_FILL = rf"(?:(?!(?:{_IN}|{_OUT}|per|and|but) )[a-z']+|,|:)"

_PATTERNS_IN = (
    rf"(?:{_IN}|context){_LENGTH} (?:{_FILL} ){{0,5}}(?P<n>TOKENS)",
    rf"{_IN} (?:{_LOOSE_FILL} ){{0,5}}(?P<n>TOKENS)",
    r"(?P<n>TOKENS) (?:long )?(?:of |per |for the |for each |for |in the |in each |as )?(?:average |"
    rf"user |a )?(?:{_IN}|in)",
    r"(?P<n>NUM) (?:of )?(?:(?:input|in|incoming)(?: token)?|prompt token)",
    rf"{_IN}{_LENGTH} (?:{_FILL} ){{0,5}}(?P<n>NUM)",
    r"in (?:of )?(?P<n>TOKENS)(?= (?:[,/;.] |and )*out )",
    rf"{_TAKES} (?:it |in )?(?:{_FILL} ){{0,4}}(?P<n>TOKENS)",
)
_PATTERNS_OUT = (
    rf"{_OUT}{_LENGTH} (?:{_FILL} ){{0,5}}(?P<n>TOKENS)",
    r"out (?:of )?(?P<n>TOKENS)",
    rf"{_OUT} (?:{_LOOSE_FILL} ){{0,5}}(?P<n>TOKENS)",
    r"(?P<n>TOKENS) (?:long )?(?:of |per |for the |for each |for |in the |in each |as )?(?:average |"
    rf"generated |a |max )?(?:{_OUT}|out|{_TEXT_OUT})",
    r"(?P<n>NUM) (?:of )?(?:(?:output|out|outgoing|generated)(?: token)?|(?:completion|response|answer) token)",
    rf"{_OUT}{_LENGTH} (?:{_FILL} ){{0,5}}(?P<n>NUM)",
    rf"{_TEXT_OUT} (?:{_FILL} ){{0,5}}(?P<n>TOKENS)",
    rf"{_GIVES} (?:{_FILL} ){{0,4}}(?P<n>TOKENS)",
)
_TEXT_PATTERNS = (
    rf"{_TEXT_IN} (?:{_FILL} ){{0,5}}(?P<n>TOKENS)",
    rf"(?P<n>TOKENS) (?:long )?(?:of |per |a )?{_TEXT_IN}",
)
_SIDE_IN = r"(?:in|input|prompt|incoming|question|request)"
_SIDE_OUT = r"(?:out|output|outgoing|generated|answer|response|completion|reply)"
_PAIRS = (
    f"(?P<first>TOKENS|NUM) (?:of |going |coming |go |come )?{_SIDE_IN}(?: token)?(?: (?:,|/|and|"
    f";))* (?:about |around |~ "
    ")?(?P<second>TOKENS) (?:of |going |coming |go |come )?"
    rf"{_SIDE_OUT}(?! (?:of|is|at|about|:|=|<) )",
    rf"(?P<first>TOKENS) (?:going |coming |go )?{_SIDE_IN}(?: (?:,|/|and|;))* (?:about |around )?(?P<second>NUM) "
    r"(?:going |coming |come )?(?:out|output)(?= (?:[,.;] |$| $|and ))",
    rf"(?P<first>NUM) {_SIDE_IN} token(?: (?:,|/|and|;))* (?:about |around |~ )?(?P<second>NUM) {_SIDE_OUT} token",
    r"(?P<first>NUM|TOKENS) / (?P<second>NUM|TOKENS) (?:in|input|prompt) ?(?:/|and) ?(?:out|output|"
    r"completion)",
    r"(?:in|input|prompt|isl) (?:/|and) (?:out|output|completion|osl)(?: token| length| size)?(?: (?:of|"
    r"is|at|:|=|about)){0,2} "
    r"(?P<first>NUM|TOKENS) (?:/|and|,) (?P<second>NUM|TOKENS)",
    r"(?P<first>NUM) / (?P<second>TOKENS)",
)
_BOTH = (
    "(?P<n>TOKENS) (?:each )?(?:in and (?:TOKENS )?out|both (?:in and out|way|side)|each way|(?:for "
    ")?(?:both )?input and output|"
    r"(?:for )?(?:both )?prompt and (?:answer|response|output|completion)|either way|on either side)"
)
_STANDS_ALONE = re.compile(r"^ (?:$|[,.;/?!:] |and |with |but |for |in |out |input |output |isl |osl |each )")
_GOES_ON = re.compile(r"^ (?:the|a|our|all|total|parallel|under|less|about|NUM|\w+ language)\b")
_RATE = re.compile(r"^ (?:per|/|a|each|every) (?:second|s|sec|minute|min|hour|day|month|user|person) ")
_OTHER_TOTAL = re.compile(r" (?:context window|context length|max model len|window) (?:[a-z:=]+ ){0,3}$")


def read_lengths(utterance: Utterance, use_case: UseCase | None) -> Iterator[Finding]:
    """Findings for ``prompt_tokens`` and ``output_tokens``.

    ``use_case`` tells whether the length of a document is that of a prompt, as where documents are summarised.
    """
    seen = Covered()
    for pattern in _PAIRS:
        for found in utterance.find(pattern):
            if found.span not in seen:
                seen.add(found.span)
                yield Finding("prompt_tokens", utterance.amount(found.groups["first"]).count, found.span, 2)
                yield Finding("output_tokens", utterance.amount(found.groups["second"]).count, found.span, 2)
    sides = [("prompt_tokens", pattern) for pattern in _PATTERNS_IN]
    sides += [("output_tokens", pattern) for pattern in _PATTERNS_OUT]
    sides.sort(key=lambda side: _looseness(side[1]))
    if use_case in _TEXTS_ARE_PROMPTS:
        sides += [("prompt_tokens", pattern) for pattern in _TEXT_PATTERNS]
    for found in utterance.find(_BOTH):
        if found.span not in seen:
            seen.add(found.span)
            for field in ("prompt_tokens", "output_tokens"):
                yield Finding(field, utterance.amount(found.groups["n"]).count, found.span, 2)
    for field, pattern in sides:
        yield from _matches(utterance, field, pattern, seen)


def _looseness(pattern: str) -> int:
    """What is tried later: words of any kind between name and figure, then figures without ``tokens``."""
    if pattern.startswith("(?P<n>NUM)"):
        return 0
    return 2 if "TOKENS" not in pattern else int(_LOOSE_FILL in pattern)


def _matches(utterance: Utterance, field: str, pattern: str, seen: Covered) -> Iterator[Finding]:
    for found in utterance.find(pattern):
        number = found.groups["n"]
        if number in seen or _is_other(utterance, found.span, number):
            continue
        seen.add(number)
        yield Finding(field, utterance.amount(number).count, found.span)


def _is_other(utterance: Utterance, span: Span, number: Span) -> bool:
    """Whether the figure counts something else: pages, requests, tokens per second, a context window."""
    after = utterance.after(number, 3)
    if _RATE.match(after) or _OTHER_TOTAL.search(utterance.before(number, 5)):
        return True
    if utterance.symbols[number.start] == "TOKENS":
        return False
    if span.end == number.end:
        return not _STANDS_ALONE.match(after) or not _is_paired(utterance, span)
    return bool(_GOES_ON.match(after)) or not _is_paired(utterance, span)


def _is_paired(utterance: Utterance, span: Span) -> bool:
    """A bare ``512 in`` counts as tokens only next to its other half or where tokens are mentioned."""
    around = f"{utterance.before(span, 5)}{utterance.inside(span)}{utterance.after(span, 5)}"
    return bool(re.search(r" (?:token|TOKENS|isl|osl) ", around)) or bool(
        re.search(r" (?:in|input|prompt|incoming) ", around)
        and re.search(r" (?:out|output|answer|response|outgoing|completion|reply) ", around)
    )
