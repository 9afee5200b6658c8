"""Demands on quality, licence, arrival and delivery, and the field of knowledge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuralnav.models.vocabulary import Burstiness, LicenceDemand, Quality
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Found, Utterance
from neuralnav.understanding.words.subjects import KNOWLEDGE, SUBJECTS

_QUALITY = (
    (Quality.VERY_HIGH, r"(?:very|extremely|exceptionally|really|super) high quality|quality (?:must |should |has to |"
r"to )?(?:be )?(?:very|extremely) high"),
    (Quality.HIGH, r"high quality|good quality output|quality (?:must |should |has to |to )?(?:be )?high|"
r"high (?:answer|output|model) quality"),
    (Quality.STANDARD, r"(?:standard|normal|average|ordinary|basic|decent|medium|moderate|good enough) quality|"
r"quality (?:is |can be |may be )?(?:standard|good enough|ordinary|average)"),
)  # fmt: skip
_NEGATED = re.compile(r" (?:no|not|n't|without|don't need|doesn't need|needn't|isn't|never) (?:\w+ ){0,3}$")
_OTHER_QUALITY = re.compile(r" (?:image|photo|video|audio|air|water|sound|product|data|teaching|care) $")

_MODEL = r"(?:model|llm|license|weight|licensing)"
_LICENCE = (
    (
        LicenceDemand.ANY,
        r"any license|license (?:does not|doesn't|don't) matter|whatever license|all license|"
        r"license (?:is )?(?:irrelevant|not important)",
    ),
    (
        LicenceDemand.OPEN,
        r"(?:only |strictly |fully |truly )*(?:open source|open|osi|permissive|permissively)(?: licensed|"
        rf" source)? {_MODEL}|"
        "(?:under|with|on) (?:an? |the )?(?:apache|mit|bsd|osi)(?: OPAQUE| NUM| 2)?(?: license)?(?= "
        "(?:[,.;!] |$|or ))|"
        r"(?:open|free) weight (?:\w+ )?(?:only|license|model)|(?:only|must be|strictly) (?:open|free) weight|"
        r"(?:apache(?: OPAQUE| NUM)?|mit|permissive|bsd)(?: 2)?(?: \w+)? license|apache(?: OPAQUE|"
        rf" NUM)? (?:only|licensed|{_MODEL})|mit (?:only|licensed)|"
        r"only (?:open source|oss|foss)|(?:open source|oss|foss) only|(?:must|has to|should|"
        r"needs? to) be (?:open source|openly licensed|osi approved|permissively licensed)|"
        rf"{_MODEL} (?:must|has to|have to|should|needs? to) be (?:\w+ )?open(?: source)?|license (?:must |"
        r"has to |should )?(?:be |is )?(?:open|osi|permissive)",
    ),
    (
        LicenceDemand.COMMERCIAL,
        r"commercial(?:ly)? (?:use|usage|license|licensing|usable|licensed|friendly)|(?:usable|use|used|"
        r"licensed|allowed|ok|cleared) (?:it |them )?commercially|"
        r"(?:in|for) (?:a |our )?commercial (?:product|use|purpose|setting|offering)|"
        r"license (?:\w+ ){0,3}commercial",
    ),
)
_OPEN_IS_CONTEXT = re.compile(
    r"^ (?:project|community|software|contributor|maintainer|repository|repo|code|license text|document)"
)

_SPIKES = (
    r"(?:bursty|burstiness|burst|bursts|spike|spikes|spiky|spiking|surge|surges|peaky|in wave|"
    r"flash crowd|sudden peaks?|traffic peaks?|stampede|uneven|very irregular|fluctuates? (?:a lot|"
    r"wildly|strongly)|come in wave)"
)
_STEADY = (
    r"(?:steady|constant|even|evenly|flat|uniform|smooth|stable|regular|predictable) (?:traffic|load|"
    r"stream|rate|arrival|demand|usage|use|flow|request|volume|spread|throughout|over|during|"
    r"distributed|all day)|(?:traffic|load|demand|usage|arrival|request) (?:is |are |stays |arrive |"
    r"comes? )?(?:very |fairly |quite |pretty |rather )?(?:steady|steadily|constant|flat|even|evenly|"
    r"uniform|smooth|stable|predictable)"
)
_NOT_TRAFFIC_BEFORE = re.compile(r" (?:latency|cost|price|power|sales|revenue|temperature|fever) $")
_NOT_TRAFFIC_AFTER = re.compile(r"^ (?:protein|mode|in (?:cost|price|latency|temperature)|pricing|of (?:color|light))")

_OUTPUT = (
    r"(?:answer|response|output|token|reply|text|completion|result|word|generation|summary|translation|"
    r"chat|message|story|article|suggestion|code)"
)
_NO_STREAMING = (
    r"(?:no|without|non|not|not need|don't need|don't want|doesn't need|disable|turn off|skip) (?:any |"
    rf"the |to )?(?:token )?(?:streaming|stream|streamed)(?: {_OUTPUT})?|streaming (?:is )?(?:off|"
    r"not (?:needed|required|necessary)|disabled|unnecessary)|all at once instead of streaming"
)
_STREAMING = (
    rf"stream(?:ed|ing)? (?:the |all |our |its |back |out )*{_OUTPUT}|(?:with|need|needs|want|wants|use|"
    r"using|enable|must support|require|requires|support) (?:token )?streaming(?! (?:service|platform|"
    r"data|video|music|company|site|media|provider|app))|"
    rf"{_OUTPUT} (?:should |must |will |has to |have to |needs? to |to )?(?:be |is |are |get )?(?:stream|"
    r"streamed|streaming)(?! (?:service|platform|data|video|music|company))|"
    r"token by token|word by word|as (?:it is|they are|it is|it gets) (?:generated|written|produced)|"
    r"streaming (?:is )?(?:on|needed|required|enabled|a must|mode|output|api|please)"
)

_FIELD = rf"(?P<subject>{'|'.join(sorted(SUBJECTS, key=len, reverse=True))})"
_SUBJECT = (
    rf"(?:in|for|within) (?:the |a |an )?{_FIELD} (?:domain|field|sector|industry|space|world|vertical)",
    r"(?:subject|topic|domain|field|subject matter|industry|sector)(?: matter)?(?: is| are| of| :|"
    rf" =)+ (?:the )?{_FIELD}",
    rf"(?P<subject>{'|'.join(KNOWLEDGE)}) (?:domain|chatbot|bot|advice|q and a|question|"
    r"terminology|knowledge)",
)


def read_preferences(utterance: Utterance) -> Iterator[Finding]:
    """Findings for ``quality``, ``licence``, ``burstiness``, ``streaming`` and ``subject_matter``."""
    yield from _quality(utterance)
    yield from _licence(utterance)
    yield from _burstiness(utterance)
    yield from _streaming(utterance)
    yield from _subject(utterance)


def _quality(utterance: Utterance) -> Iterator[Finding]:
    for quality, pattern in _QUALITY:
        for found in utterance.find(pattern):
            before = utterance.before(found.span, 4)
            if not _NEGATED.search(before) and not _OTHER_QUALITY.search(before):
                yield Finding("quality", quality, found.span)
                return


def _licence(utterance: Utterance) -> Iterator[Finding]:
    for demand, pattern in _LICENCE:
        for found in utterance.find(pattern):
            negated = _NEGATED.search(utterance.before(found.span, 4)) and "only" not in utterance.inside(found.span)
            if not negated and not _OPEN_IS_CONTEXT.match(utterance.after(found.span, 2)):
                yield Finding("licence", demand, found.span)
                return


def _burstiness(utterance: Utterance) -> Iterator[Finding]:
    for found in utterance.find(_STEADY):
        if not _NEGATED.search(utterance.before(found.span, 3)):
            yield Finding("burstiness", Burstiness.STEADY, found.span)
            return
    for found in utterance.find(_SPIKES):
        before = utterance.before(found.span, 3)
        if _NOT_TRAFFIC_BEFORE.search(before) or _NOT_TRAFFIC_AFTER.match(utterance.after(found.span, 3)):
            continue
        steady = _NEGATED.search(before)
        yield Finding("burstiness", Burstiness.STEADY if steady else Burstiness.BURSTY, found.span)
        return


def _streaming(utterance: Utterance) -> Iterator[Finding]:
    if refused := utterance.first(_NO_STREAMING):
        yield Finding("streaming", value=False, span=refused.span)
    elif wanted := utterance.first(_STREAMING) or _listed_streaming(utterance):
        yield Finding("streaming", value=True, span=wanted.span)


def _listed_streaming(utterance: Utterance) -> Found | None:
    """``streaming`` as an entry of a list of demands."""
    entries = (found for found in utterance.find(r"streaming(?= (?:[,.;] |$))"))
    return next((found for found in entries if re.search(r" [,+] $", utterance.before(found.span, 2))), None)


def _subject(utterance: Utterance) -> Iterator[Finding]:
    for pattern in _SUBJECT:
        for found in utterance.find(pattern):
            said = found.groups["subject"]
            yield Finding("subject_matter", SUBJECTS[utterance.inside(said).strip()], said)
            return
