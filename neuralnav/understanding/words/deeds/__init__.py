"""What people do with text, in everyday words: verbs, what they are done to and what comes out, each with a weight.

No single one names a use case; together they tell it where nobody named it.
"""

from neuralnav.understanding.words.deeds.code import CODE_DEEDS
from neuralnav.understanding.words.deeds.deed import Deed
from neuralnav.understanding.words.deeds.documents import DOCUMENT_DEEDS
from neuralnav.understanding.words.deeds.talk import TALK_DEEDS
from neuralnav.understanding.words.deeds.texts import TEXT_DEEDS
from neuralnav.understanding.words.deeds.translation import TRANSLATION_DEEDS

__all__ = ["CLEARLY_MORE", "DEEDS", "ENOUGH", "MOST_COUNTED", "Deed"]

DEEDS = (*TRANSLATION_DEEDS, *TALK_DEEDS, *CODE_DEEDS, *TEXT_DEEDS, *DOCUMENT_DEEDS)
"""All of them."""

MOST_COUNTED = 2
"""So often one of them counts, where it is said in different words."""

ENOUGH = 3
"""From this sum of weights on a use case is told."""

CLEARLY_MORE = 2
"""By so much the strongest must lead the next; less, and both are asked about."""
