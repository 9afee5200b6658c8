"""Which models the person wants, and which they rule out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.fields.makers import excluded_makers
from neuralnav.understanding.reading.tokens import ModelMention
from neuralnav.understanding.reading.utterance import Span, Utterance
from neuralnav.understanding.words.makers import MAKERS

_JOINT = r"(?:,|and|or|nor|/|, and|, or|but not|and not|or any)"
_MAKERS = "|".join(maker.spelling for maker in MAKERS)
_CHAIN = rf"(?:(?:MODEL|{_MAKERS})(?: model)? {_JOINT} (?:any |the |a |from |by )?)*"
_EXCLUDED_BEFORE = re.compile(
    r" (?:no|not|never|nor|neither|without|except|excluding|exclude|avoid|avoiding|besides|ban|banned|"
    r"forbid|instead of|"
    r"rather than|other than|apart from|anything but|everything but|all but|(?:don't|doesn't|do not|"
    r"does not|can't|cannot|"
    r"won't|will not|shouldn't|should not|may not|must not|mustn't|isn't)(?: \w+){0,2}|skip|leave out|"
    r"remove|drop|"
    r"nothing (?:from|by|made by)|stay away from|steer clear of) "
    r"(?:(?:on|any|the|a|an|use|using|want|like|of|from|to|with|by|be|allowed|run|run on|"
    rf"model) ){{0,4}}{_CHAIN}$"
)
_EXCLUDED_AFTER = re.compile(
    "^ (?:model )?(?:(?:is|are|isn't|aren't) )?(?:no go|a no go|(?:must not|may not|cannot|can't|"
    "should not|shouldn't|won't|will not|mustn't|not to) be (?:used|chosen|run|deployed|considered|"
    "included|touched)|"
    r"not (?:allowed|an option|acceptable|ok|wanted|"
    r"permitted|approved)|forbidden|"
    r"banned|excluded|off the table|out of the question|unacceptable|prohibited|(?:been )?(?:ruled out|vetoed|rejected|"
    r"disqualified|barred|blocked)|out(?= [,.;!?] |$| $))"
)
_DISLIKED_AFTER = re.compile(
    r"^ (?:model )?(?:(?:has|have|is|was|were|really|just|always|often|badly|did|"
    r"clearly) ){0,2}(?:disappoint\w*|fail(?:ed|s)?|"
    r"annoy\w*|bored|let (?:us|me|them) down|frustrat\w*|hallucinat\w*|suck(?:s|ed)?|poor|bad|"
    r"terrible|useless|too (?:slow|"
    r"weak|big|small|expensive|dumb|old)|not (?:good|strong|enough|reliable|convincing)|not convince|crashed|no good) "
)
_DISLIKED_BEFORE = re.compile(
    r" (?:fed up with|tired of|sick of|unhappy with|disappointed (?:by|with|in)|dissatisfied with|"
    r"done with|bored (?:of|with)|"
    r"frustrated (?:with|by)|annoyed (?:by|with)|no fan of|had enough of|lost (?:faith|trust) in|"
    r"burnt by|burned by|hate|"
    r"dislike|detest|distrust) (?:the |that |our |using )?(?:MODEL (?:and|or) )*$"
)
_COMPARED_BEFORE = re.compile(
    r" (?:like|than|as good as|better than|comparable to|similar to|vs|versus|compared to|compared with|"
    r"replace|replacing|"
    r"replaces|migrating from|moving from|currently (?:use|run|using|on)|heard of|what is|what is|about|"
    r"tried|over|(?<!model )from|off) "
    r"(?:\w+ ){0,2}$"
)
_ASKED_BEFORE = re.compile(
    r" (?:should (?:we|i)|is|are|would|could|can|whether|which of|does|do)"
    r"(?! (?:prefer|like to (?:use|run|have)|rather|love|favou?r|be nice|want)) (?:\w+ ){0,3}(?:MODEL (?:or|"
    r"and) )*$"
)
_EVERYDAY_BEFORE = re.compile(
    " (?:MODEL (?:or|and|,)|ibm|microsoft|prefer|preferably|ideally|use|using|with|run|running|on|"
    "try|want|like|choose) $"
)
_EVERYDAY_AFTER = re.compile(r"^ (?:model|llm|family|series)\b|^ $|^ [,.;] ")


def read_model_wishes(
    utterance: Utterance, known_models: Sequence[str] = (), *, supposing: bool = False
) -> Iterator[Finding]:
    """Findings for ``preferred_models`` and ``excluded_models``; ``supposing`` reads models that are asked about.

    Where a country is ruled out, its makers are; those that ``known_models`` has where any are given.
    """
    preferred: dict[str, Span] = {}
    excluded: dict[str, Span] = {}
    for index, token in enumerate(utterance.tokens):
        if not isinstance(token.value, ModelMention):
            continue
        span = Span(index, index + 1)
        if _is_excluded(utterance, span):
            excluded.update(dict.fromkeys(token.value.names or (token.value.family,), span))
        elif _is_wanted(utterance, span, token.value, supposing=supposing):
            preferred.update(dict.fromkeys(token.value.names or (token.value.family,), span))
    excluded.update(excluded_makers(utterance, known_models))
    for field, names in (("preferred_models", preferred), ("excluded_models", excluded)):
        if names:
            spans = sorted(names.values(), key=lambda span: span.start)
            near = spans[-1].end - spans[0].start <= 12
            yield Finding(field, tuple(sorted(names)), spans[0].joined(spans[-1]) if near else spans[0])


def _is_excluded(utterance: Utterance, span: Span) -> bool:
    return bool(_EXCLUDED_BEFORE.search(utterance.before(span, 14)) or _EXCLUDED_AFTER.match(utterance.after(span, 5)))


def _is_wanted(utterance: Utterance, span: Span, mention: ModelMention, *, supposing: bool) -> bool:
    before, after = utterance.before(span, 6), utterance.after(span, 5)
    if _DISLIKED_BEFORE.search(before) or _DISLIKED_AFTER.match(after):
        return False
    if _COMPARED_BEFORE.search(before) or (_ASKED_BEFORE.search(before) and not supposing):
        return False
    if mention.names:
        return True
    return bool(_EVERYDAY_BEFORE.search(before) and _EVERYDAY_AFTER.match(after)) or after.startswith(" model ")
