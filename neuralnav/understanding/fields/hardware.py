"""Which GPUs there are, how many may be used, and where they are rented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from neuralnav.models.gpus import close_gpus
from neuralnav.models.vocabulary import GpuType
from neuralnav.understanding.fields.findings import Finding, Refused
from neuralnav.understanding.reading.tokens import GpuMention
from neuralnav.understanding.reading.utterance import Covered, Found, Span, Utterance, gap
from neuralnav.understanding.words.people import PEOPLE
from neuralnav.understanding.words.tables import any_word

_CHAIN = (
    r"(?:(?:NUM (?:x )?)?GPU (?:gpu |card )?(?:and |or |nor |, |, and |, or |/ )(?:on |the |a |an |"
    r"any )?)*"
)
_EXCLUDED_BEFORE = re.compile(
    r" (?:no(?! (?:more|fewer|less) than)|not(?! more than)|never(?! more than)|nor|neither|without|"
    r"except|excluding|exclude|avoid|avoiding|besides|banned?|"
    r"forbid|lack|lacks|"
    r"instead of|rather than|other than|apart from|anything but|everything but|all but|but not|out of|"
    r"(?:prefer|favou?r|choose|pick) (?:\S+ ){1,3}over|(?:(?!fewer)\w+er|worse|less|better) than|vs|versus|"
    r"(?:don't|doesn't|do not|does not|can't|cannot|can not|won't|will not|shouldn't|should not|didn't|"
    r"did not|isn't|aren't|"
    r"never|haven't|hasn't)(?: \w+){0,3}|"
    r"like|similar to|comparable to|equivalent to|as (?:fast|good|cheap|quick) as|sold|retired?|"
    r"retiring|returned|"
    r"replace|replacing|replaced|migrat(?:e|ed|ing) (?:away )?from|moved? (?:away )?from|"
    r"moving (?:away )?from|off|drop|dropping|"
    "heard (?:about|of)|(?:saw|seen|demo|showed|shown|read about|article about|talk about|"
    r"presentation of)(?: \w+){0,3}|what is|what is|what are|skip|leave out|remove|used to (?:have|"
    "use|own)) "
    rf"(?:(?:on|any|the|a|an|our|of|to|with|more|old|expensive|use|using|have|buy|want|run|touch|these|those|"
    rf"nvidia|amd|gpu|card|for|NUM|x|again) ){{0,4}}{_CHAIN}$"
)
_RULED_OUT_BEFORE = re.compile(
    " (?:(?<!have )(?<!got )no(?! (?:more|fewer|less) than)|not(?! more than)|never(?! more than)|"
    "nor|neither|without|except|"
    "excluding|exclude|avoid|avoiding|banned?|forbid|other than|apart from|besides|anything but|"
    "everything but|all but|"
    r"anywhere but|whatever but|but|skip|leave out|stay away from|steer clear of|keep away from|rule out|nothing with|"
    "(?:don't|do not|can't|cannot|can not|won't|will not|shouldn't|should not|must not|mustn't|may "
    "not|never|not allowed to)"
    r" (?:want|use|run|touch|like|need|rent|buy|accept|take|consider|go with|go for|be|put|let)(?: \w+){0,2}) "
    r"(?:(?:on|any|the|a|an|our|of|to|with|more|old|expensive|use|using|buy|want|run|touch|these|those|old|"
    rf"nvidia|amd|gpu|card|for|again|run|it|not|no) ){{0,4}}{_CHAIN}$"
)
_LACKED_BEFORE = re.compile(
    " (?:have|has|had|got|own|owns) (?:no|neither|not any|not a|none of) (?:nvidia |amd |free |"
    f"spare |more ){{0,2}}{_CHAIN}$"
)
_RULED_OUT_AFTER = re.compile(
    "^ (?:gpu |card |node )?(?:(?:is|are|isn't|aren't) )?(?:no go|a no go|(?:must not|may not|"
    "cannot|can't|should not|shouldn't|won't|will not|mustn't|not to) be (?:used|chosen|run|"
    "deployed|considered|included|touched)|"
    r"not (?:allowed|an option|possible|ok|wanted|supported|"
    r"acceptable|permitted)|forbidden|excluded|banned|off (?:limits|the table)|out of the question|unacceptable|"
    r"prohibited|ruled out)"
)
_EXCLUDED_AFTER = re.compile(
    r"^ (?:gpu |card |node )?(?:(?:is|are|were|was|have|has|isn't|"
    "aren't) )?(?:been )?(?:no go|a no go|(?:must not|may not|cannot|can't|should not|shouldn't|"
    "won't|will not|mustn't|not to) be (?:used|chosen|run|deployed|considered|included|touched)|"
    r"not (?:available|allowed|an option|possible|ok|"
    "wanted|supported|affordable)|unavailable|forbidden|excluded|too (?:expensive|slow|small|old|"
    "dear|pricey|pricy|weak|big|much|power hungry|"
    r"costly)|sold out|banned|"
    r"off (?:limits|the table)|out of (?:the question|stock|reach|budget)|class|equivalent|gone|taken|"
    r"burnt? (?:down|out|up)?|burned (?:down|out|up)?|died|dead|broken|broke|stolen|fried|kaput|"
    r"defective|faulty|on order|"
    r"(?:got |been |was |were )*(?:stolen|sold|lost|scrapped|destroyed|damaged|returned|retired|decommissioned)|"
    r"(?:would be |will be |is |are )?overkill|would be (?:too|a waste)|"
    r"reserved for (?!this|us)|(?:(?:or|vs|versus) GPU )?(?:, )?(?:what(?: is)?|whats|"
    r"which(?: one)?(?: is)?) (?:the )?(?:better|best|"
    r"faster|cheaper))"
)
_ASKED_BEFORE = re.compile(
    r" (?:should (?:we|i)|do (?:we|i) (?:really )?need|would (?:a|an|the|one|it|that)|is (?:a|an|the|"
    r"one)|are|could|can (?:a|an|it)|"
    r"considering|thinking (?:about|of)|wonder(?:ing)?|whether|if (?:a|an|we)|which of|maybe|"
    r"how (?:much|many|fast|big|good)|what (?:does|do|is|are)|price of|"
    r"cost of) (?:\w+ ){0,4}(?:GPU (?:or|and) )*$"
)
_NO_GPU_AFTER = re.compile(rf"^ (?:support|level|tier|visa|form|exam|certification|course|{any_word(PEOPLE)}) ")

_OF = (
    r"(?:x |of (?:our |the |these |those |my )?|nvidia |amd |new |old |spare |free |idle |dedicated |"
    r"own |available |existing |on prem |rented )"
)
_CARD = r"(?:gpu|card|accelerator|GPU)"
_COUNTED = rf"(?P<n>NUM) {_OF}{{0,2}}(?:{_CARD} )?{_CARD}"
_TIMES = r"GPU (?:(?:gpu |card )?x |: |, |= )(?P<n>NUM)"
_OF_THEM = r"GPU (?:[a-z']+ ){0,6}, (?P<n>NUM) of (?:them|those|these)"
_TIMES_WORD = r"GPU (?:gpu |card )?(?P<word>x\d{1,4})"
_SINGLE = rf"(?P<single>single|lone|solitary) (?:OPAQUE )?{_CARD}"
_BARE_CARD = re.compile(r"(?<!gpu) card $")
_OF_GPUS = r"GPU|gpu|graphics? card|accelerator|nvidia|amd|hardware|vram"
_HELD_BEFORE = re.compile(
    r" (?:on|have|own|got|with|use|using|run|only|most|just|more than|over|above|beyond) (?:\w+ ){0,2}$"
)
_NODES = (
    r"(?P<nodes>NUM) (?:\w+ )?(?:node|server|box|machine|host|instance)(?: each)? (?:with|of|having|has|"
    r"have|, each with|holding)"
    rf"(?: each)? (?P<n>NUM) {_OF}{{0,2}}{_CARD}"
)
_LIMITED = (
    r"(?:gpu|card) (?:limit|cap|count|quota|budget|maximum|max|ceiling)(?: (?:of|is|at|to|:|"
    r"=)){0,2} (?P<n>NUM)",
    r"(?:gpu|card)(?: count)? (?:< |= |: ){1,2}(?P<n>NUM)",
    r"max gpu (?:: |= )?(?P<n>NUM)",
    r"(?:how many|number of|no of) (?:gpu|card)(?: [a-z]+){0,3}(?: [?:,=])* (?:max |at most |up to |about )?(?P<n>NUM)",
    r"(?:fewer|less|more) (?:gpu|card) , (?:at most|up to|max|maximum|only|say) (?P<n>NUM)",
    r"(?:max|maximum|at most|limit|up to|no more than) (?:of )?(?:gpu|card)(?: :| =| of| is)? (?P<n>NUM)",
)
_AT_LEAST_BEFORE = re.compile(
    r" (?:at least|minimum|minimum of|more than|over|min|least|need|needs|require|requires|"
    r"takes) (?:\w+ )?$"
)
_EACH_AFTER = re.compile(
    r"^ (?:gpu |card )?(?:each|per|a node|a (?:day|week|month|year|hour|minute|second)|daily|for each|in each|every) "
)
_AT_MOST = re.compile(
    r" (?:at most|up to|max|maximum|limit|limited to|no more than|not more than|only|just|within|under|"
    r"(?:nothing|not|never|none|no one) (?:over|above|beyond|more than)|"
    r"never more than|cap|"
    r"capped at|fewer than|<) (?:\w+ ){0,3}$"
)

_IS = (
    r"(?: (?:of|is|at|most|to|be|up|max|maximum|=|:|<|no|more|than|or|less|limit|limited|set|degree|"
    r"size|must|should|stay|under|below)){0,5}"
)
_PARALLEL = r"(?:tensor parallel(?:ism)?|tensor parallel size|tp(?: size| degree)?)"
_TENSOR_PARALLEL = (
    rf"{_PARALLEL}{_IS} (?P<n>NUM)",
    rf"(?P<n>NUM) way (?:{_PARALLEL}|parallel(?:ism)?)",
    rf"{_PARALLEL} (?P<n>NUM) way",
    r"(?P<word>tp\d{1,3})",
    rf"(?P<none>no|without|avoid|not use|don't use|not) (?:any )?{_PARALLEL}",
)

_CLOSE = 0.7
"""Share of letters in common from which a known GPU is offered in place of an unknown one."""


def read_hardware(utterance: Utterance, *, supposing: bool = False) -> Iterator[Finding | Refused]:
    """Findings for ``available_gpus``, ``excluded_gpus``, ``max_gpus`` and ``max_tensor_parallel``.

    ``supposing`` reads GPUs that are only asked about too, as in a what-if.
    """
    wanted: dict[GpuType, Span] = {}
    ruled_out: dict[GpuType, Span] = {}
    for index, token in enumerate(utterance.tokens):
        span = Span(index, index + 1)
        if not isinstance(token.value, GpuMention):
            continue
        if _is_wanted(utterance, span, supposing=supposing):
            if not token.value.gpus:
                yield Refused("available_gpus", span, _unknown(utterance.words(span)))
            wanted.update(dict.fromkeys(token.value.gpus, span))
        elif _is_ruled_out(utterance, span):
            ruled_out.update(dict.fromkeys(token.value.gpus, span))
    yield from _named(wanted, ruled_out)
    yield from _counts(utterance, supposing=supposing)
    yield from _tensor_parallel(utterance)


def _named(wanted: dict[GpuType, Span], ruled_out: dict[GpuType, Span]) -> Iterator[Finding | Refused]:
    """What is available and what is excluded; an A100 but not the 40 GB one is the other one."""
    kinds = {wanted[gpu] for gpu in wanted if gpu not in ruled_out}
    both = [gpu for gpu in wanted if gpu in ruled_out and wanted[gpu] not in kinds]
    if both:
        reason = "is said to be available and not to be used: say which"
        yield Refused("excluded_gpus", ruled_out[both[0]], reason)
    available = {gpu: span for gpu, span in wanted.items() if gpu not in ruled_out or gpu in both}
    excluded = {gpu: span for gpu, span in ruled_out.items() if gpu not in wanted}
    for field, gpus in (("available_gpus", available), ("excluded_gpus", excluded)):
        if gpus:
            spans = sorted(set(gpus.values()), key=lambda span: span.start)
            evidence = spans[0].joined(spans[-1]) if _are_near(spans) else spans[0]
            yield Finding(field, tuple(sorted(gpus)), evidence)


def _is_ruled_out(utterance: Utterance, span: Span) -> bool:
    before, after = utterance.before(span, 14), utterance.after(span, 5)
    if _NO_GPU_AFTER.match(after) or _LACKED_BEFORE.search(before):
        return False
    return bool(_RULED_OUT_BEFORE.search(before) or _RULED_OUT_AFTER.match(after))


def _unknown(words: str) -> str:
    close = close_gpus(re.sub(r"'?s$", "", words.lower()), _CLOSE)
    known = f"; close to it: {', '.join(close)}" if close else f": {', '.join(GpuType)}"
    return f"is not among the known GPUs{known}"


def _are_near(spans: list[Span]) -> bool:
    return all(after.start - before.end <= 8 for before, after in pairwise(spans))


def _is_wanted(utterance: Utterance, span: Span, *, supposing: bool) -> bool:
    before, after = utterance.before(span, 14), utterance.after(span, 5)
    if _EXCLUDED_BEFORE.search(before) or _EXCLUDED_AFTER.match(after) or _NO_GPU_AFTER.match(after):
        return False
    return supposing or not _ASKED_BEFORE.search(before)


def _counts(utterance: Utterance, *, supposing: bool) -> Iterator[Finding | Refused]:
    seen = Covered()
    for found in utterance.find(_NODES):
        seen.add(found.span)
        nodes, each = utterance.amount(found.groups["nodes"]).count, utterance.amount(found.groups["n"]).count
        yield Finding("max_gpus", nodes * each, found.span, 2)
    counted: list[Finding] = []
    for pattern in (_COUNTED, _TIMES, _OF_THEM, _TIMES_WORD, _SINGLE, *_LIMITED):
        for found in utterance.find(pattern):
            if found.span in seen:
                continue
            seen.add(found.span)
            if _is_limit(utterance, found.span, supposing=supposing):
                counted.append(_counted(utterance, found, pattern))
    yield from _summed(utterance, sorted(counted, key=lambda finding: finding.span.start))


def _is_limit(utterance: Utterance, span: Span, *, supposing: bool) -> bool:
    before = utterance.before(span, 8)
    if _BARE_CARD.search(utterance.inside(span)) and not utterance.first(_OF_GPUS) and not _HELD_BEFORE.search(before):
        return False
    if _EACH_AFTER.match(utterance.after(span, 3)):
        return False
    if _AT_MOST.search(before) or re.search(r" (?:no|not|never) more than $", before):
        return True
    return not _AT_LEAST_BEFORE.search(before) and _is_wanted(utterance, span, supposing=supposing)


def _counted(utterance: Utterance, found: Found, pattern: str) -> Finding:
    if "n" in found:
        count = utterance.amount(found.groups["n"]).count
    elif "word" in found:
        count = float(utterance.tokens[found.groups["word"].start].text[1:])
    else:
        count = 1.0
    at_most = pattern in _LIMITED or _AT_MOST.search(utterance.before(found.span, 8))
    return Finding("max_gpus", count, found.span, 3 if at_most else 1)


def _summed(utterance: Utterance, counted: list[Finding]) -> Iterator[Finding]:
    """``4 H100 and 8 L4`` as 12 GPUs."""
    chain: list[Finding] = []
    for finding, following in pairwise([*counted, None]):
        if finding is None:
            continue
        chain.append(finding)
        joint = utterance.joint(finding.span, following.span) if following else ""
        if joint in (" and ", " plus ", " , ", " , and ", " card and ", " gpu and "):
            continue
        weight = max(part.weight for part in chain)
        yield Finding("max_gpus", sum(part.value for part in chain), chain[0].span.joined(finding.span), weight)
        chain = []


def _tensor_parallel(utterance: Utterance) -> Iterator[Finding]:
    for pattern in _TENSOR_PARALLEL:
        for found in utterance.find(pattern):
            if "n" in found:
                value = utterance.amount(found.groups["n"]).count
            elif "word" in found:
                value = float(utterance.tokens[found.groups["word"].start].text[2:])
            elif re.match(rf"^ {gap(3)}(?:above|over|beyond|more|higher|than)", utterance.after(found.span)):
                continue
            else:
                value = 1.0
            yield Finding("max_tensor_parallel", value, found.span)
            return
