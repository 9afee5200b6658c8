"""What a text tells of others: a rival's hardware, a vendor's offer, something read. It is no need of the person's."""

from __future__ import annotations

import re

from neuralnav.understanding.reading.utterance import Covered, Span, Utterance

_OTHERS = (
    r"(?:competitor|competition|rival|vendor|supplier|predecessor|neighbor|neighbour|sister company|parent company|"
    r"consultancy|reseller|salesman|sales guy|sales rep)"
)
_DEED = (
    "(?:run|running|ran|has|have|had|use|used|want|wanted|ask|asked|charge|charged|quote|quoted|offer|offered|"
    "pay|paid|say|said|cost|"
    r"promise|promised|need|needed|took|take|serve|served|got|spend|spent|buy|bought|told)"
)
_TOLD = (
    f"(?:our|the|a|one|another|some|my|last|previous) (?:[a-z]+ )?{_OTHERS}(?: (?!(?:we|i|and|or|to|"
    "for) )[a-z']+){0,3} "
    rf"{_DEED}|"
    r"(?:i|we) (?:have |just |once |also |recently )?(?:read|heard|saw|seen|was told|were told)|"
    r"(?:they|people|some|someone|somebody) (?:say|said|claim|claimed) (?:that )?|reportedly|rumor has it|according to"
)
_BACK_TO_US = re.compile(r" (?:(?:, |but |so |and |yet |while )+(?:we|i|our|my|us)|but|whereas|; what) ")


def told_of_others(utterance: Utterance) -> Covered:
    """The tokens of clauses that tell of others, each up to where the person speaks of their own need again."""
    told = Covered()
    for found in utterance.find(_TOLD):
        end = found.span.end
        last = utterance.sentences[found.span.start]
        while end < len(utterance.tokens) and utterance.sentences[end] == last:
            end += 1
        rest = Span(found.span.end, end)
        if back := _BACK_TO_US.search(utterance.inside(rest)):
            end = rest.start + len(utterance.inside(rest)[: back.start()].split())
        told.add(Span(found.span.start, end))
    return told
