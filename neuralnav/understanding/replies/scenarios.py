"""Reads the names of scenarios: what one is kept as, and which are to be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from neuralnav.models.reply import ScenarioWord
from neuralnav.understanding.reading.tokens import Token
from neuralnav.understanding.reading.utterance import Utterance, phrase
from neuralnav.understanding.words.scenarios import (
    BESIDE_NAMES,
    BETWEEN_NAMES,
    KEEPS,
    KEEPS_NAMED,
    NAME_ENDS,
    NOT_A_NAME,
    NOW_WORDS,
    SCENARIO_WORDS,
)

NOW = "now"
"""What the present plan is called where scenarios are compared."""

_PRONOUNS = frozenset({"it", "this", "that", "these", "those", "them", "them all"})
_LONGEST_NAME = 60
_MOST_WORDS = 6
_QUOTED = re.compile(r"[\"“”„«»']([^\"“”„«»']{1,60})[\"“”„«»'](?!\w)")
_MARKUP = re.compile(r"[<>{}\[\]|`*_#\"“”„«»\\\x00-\x1f]+")
_NOT_A_NAME = re.compile(rf"{NOT_A_NAME}(?: |$)")


def keeps(part: Utterance) -> bool:
    """Whether ``part`` as a whole asks to keep a scenario."""
    said = part.line.strip()
    return re.fullmatch(KEEPS, said) is not None or _name_place(said) is not None


def kept_name(part: Utterance) -> ScenarioWord | None:
    """What the scenario that ``part`` keeps is to be called, in the person's words."""
    said = part.line.strip()
    place = None if re.fullmatch(KEEPS, said) else _name_place(said)
    if place is None:
        return None
    named = list(part.tokens[said[:place].count(" ") :])
    while named and named[-1].text in NAME_ENDS:
        named.pop()
    return _cleaned(part, named)


def names_in(part: Utterance, known: Sequence[str] = ()) -> tuple[str, ...] | None:
    """The scenarios that ``part`` compares, none for all of them; ``None`` where it does not speak of scenarios."""
    names = tuple(dict.fromkeys(_names(part)))
    kept = {NOW, *(name.casefold() for name in known)}
    quoted = len(_QUOTED.findall(part.plain)) > 1
    spoken_of = phrase(SCENARIO_WORDS).search(part.line) is not None
    if not (spoken_of or quoted or NOW in names or (names and kept >= {name.casefold() for name in names})):
        return None
    if not _PRONOUNS.isdisjoint(name.casefold() for name in names):
        return None
    if len(names) > 1:
        return names
    return () if spoken_of and not set(names) - {NOW} else None


def _name_place(said: str) -> int | None:
    """Where in ``said`` the name of the scenario begins that it keeps."""
    for pattern in KEEPS_NAMED:
        match = re.fullmatch(pattern, said)
        if match and not _NOT_A_NAME.match(match["name"]):
            return match.start("name")
    return None


def _names(part: Utterance) -> Iterator[str]:
    stretch: list[Token] = []
    for token in (*part.tokens, None):
        if token is not None and token.text not in BETWEEN_NAMES:
            stretch.append(token)
            continue
        if any(re.fullmatch(NOW_WORDS, t.text) for t in stretch) and all(
            t.text in BESIDE_NAMES or re.fullmatch(NOW_WORDS, t.text) for t in stretch
        ):
            yield NOW
        else:
            while stretch and stretch[0].text in BESIDE_NAMES:
                stretch.pop(0)
            while stretch and (stretch[-1].text in BESIDE_NAMES or stretch[-1].text in NAME_ENDS):
                stretch.pop()
            if 0 < len(stretch) <= _MOST_WORDS and (name := _cleaned(part, stretch)):
                yield name
        stretch = []


def _cleaned(part: Utterance, tokens: Sequence[Token]) -> str | None:
    if not tokens:
        return None
    said = part.plain[tokens[0].start : tokens[-1].end]
    return " ".join(_MARKUP.sub(" ", said).split())[:_LONGEST_NAME].strip(" .,;:!?'-") or None
