"""How people take back what they have just said. Patterns over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import word_set

MARKS = r"(?:[,.;:\-/!?] )*"

TAKES_BACK_STRONGLY = (
    r"no , (?:wait|sorry)|no wait|wait no|wait|i mean|i meant|i meant to say|i mean to say|sorry|pardon|correction|"
    r"scratch that|strike that|forget that|oop|oops|edit|update|typo|that is wrong|wrong|my mistake|my bad|"
    "but (?:it is|it should be|now it is|in fact it is|really it is|the (?:right|correct|real|true) "
    "(?:number|figure) is)"
)
"""Words that can hardly mean anything but that what was said before is wrong."""

TAKES_BACK = (
    rf"{TAKES_BACK_STRONGLY}|no(?= (?:[,.:;!\-/]|make|wait|sorry|on|use|it|i|simply|just) )|nope|"
    r"er|err|erm|ehm|uh|uhm|um|umm|hm|hmm|actually|or rather|rather|make that|make it"
)
"""The same, with words that take back only where little else stands between the two."""

FILL = (
    r"(?:below|under|within|at most|up to|about|around|rather|it|that|is|i|we|mean|meant|make|should|be|to|say|simply|"
    "just|better|of|for|the|now|correct|number|figure|value|more|like|less|than|only|them|have|on|"
    "with|use|max|maximum)"
)
"""What may stand between taking back and the right figure."""

BREAKS = (
    "also|and|plus|besides|additionally|ttft|itl|e2e|tpot|first|total|whole|full|complete|end|token|"
    "latency|answer|output|"
    r"input|prompt|response|concurrent|peak|per|each|every|budget|user|people|gpu|card"
)
"""Words that show that something else is spoken of than before."""

NO_NOUNS = word_set("for and with but please per now then instead because max on in at to of is are or as so by")
"""Words after a figure that it does not count."""
