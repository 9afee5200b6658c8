"""Whether a plan is wanted with what the cluster has: which GPUs these are, only the cluster can say."""

from __future__ import annotations

import re

from neuralnav.understanding.reading.utterance import SENTENCE_ENDS, Span, Utterance, phrase
from neuralnav.understanding.words.cluster import ASKS_OF_IT, NOT_OF_IT, USES_CLUSTER

_ASKS = re.compile(rf" (?:{ASKS_OF_IT}) ")
_CLAUSE_ENDS = SENTENCE_ENDS | {",", ":", "but", "and", "then"}


def cluster_wish(utterance: Utterance) -> Span | None:
    """The words that ask for a plan with what the cluster has; ``None`` where none do."""
    for found in utterance.find(USES_CLUSTER):
        start = found.span.start
        while start > 0 and utterance.symbols[start - 1] not in _CLAUSE_ENDS:
            start -= 1
        before = utterance.inside(Span(start, found.span.start))
        if not (phrase(NOT_OF_IT).search(before) or _ASKS.match(before)):
            return found.span
    return None
