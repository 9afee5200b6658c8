"""How people keep and name scenarios. Over canonical words."""

from __future__ import annotations

from neuralnav.understanding.words.tables import any_of, word_set

_ORDER = (
    r"(?:(?:please|ok|okay|yes|then|now|just|so|also|well|let us|i want to|we want to|i would like to|we would like to|"
    r"(?:can|could|would|will) you|i will|we will|go ahead and|great|good|nice|perfect) )*"
)
_SCENARIO = r"(?:scenario|variant|what if|version|case|plan|alternative|variation|setup|result|configuration)"
_THAT = rf"(?:scenario|that|this|that one|this one|it|these|(?:that|this|the|the last|the current|my) {_SCENARIO})"
_AS = (
    r"(?:as|under|with|for|called|named)(?: (?:a|an|the|new))*(?: (?:scenario|name|title|label|"
    r"variant)(?: (?:name|called|"
    r"named|of))?)*(?: :)?"
)
_POLITE = r"(?: (?:please|now|then|for (?:later|now|me)|thanks|thank you|too|as well|as (?:a|the) scenario|!))*"

KEEPS_NAMED = (
    rf"{_ORDER}(?:keep|save|store|remember|bookmark|note|pin|file)(?: {_THAT})? {_AS} (?P<name>.+)",
    rf"{_ORDER}(?:name|call|label|title)(?: {_THAT}) (?:as |scenario )?(?P<name>.+)",
)
"""What keeps a scenario under a name."""

KEEPS = (
    rf"{_ORDER}(?:save|store|remember|bookmark|pin)(?: {_THAT})?{_POLITE}|"
    rf"{_ORDER}keep (?:that|this|that one|this one|(?:that|this|the|the last) (?:scenario|variant|what if|alternative|"
    rf"version|variation))"
    rf"{_POLITE}|"
    rf"{_ORDER}(?:keep|save|store|remember) {_THAT} (?:as (?:a |one |an )?(?:new )?(?:scenario|variant|alternative)|"
    rf"for later|on the side|aside|in mind){_POLITE}"
)
"""A phrase that as a whole keeps a scenario."""

NOT_A_NAME = (
    r"(?:(?:it|this|that|they) (?:is|was|are)|is|it|before|usual|always|planned|shown|later|now|me|default|" r"well)"
)
"""What follows ``keep it as`` and is no name."""

SPEAKS_OF_KEEPING = any_of("keep, save, store, remember, bookmark")

SCENARIO_WORDS = any_of("scenario, what if, variant")

NOW_WORDS = any_of("now, current, present, today, original, base, baseline")
"""What people call the present plan."""

BESIDE_NAMES = word_set(
    "compare comparing comparison the a an my our me show give difference between what is are how do "
    "does did would scenario "
    "variant plan one called named please again then also just now now's with of all two both together "
    "side by can could "
    "you i we want to would like ok and"
)
"""Words of a comparison that belong to no name."""

BETWEEN_NAMES = frozenset(
    ["and", "with", "to", "vs", "versus", "against", ",", "or", "compare", "compared", "differ", "than"]
)
"""Words that stand between the names that are compared."""

NAME_ENDS = word_set("please thanks thank you now then ! too ok")
"""Words after a name that do not belong to it."""
