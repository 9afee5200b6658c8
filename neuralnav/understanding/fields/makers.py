"""Whose models are ruled out: makers by name, and all makers of, or all but those of, a country."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from neuralnav.understanding.reading.utterance import Found, Span, Utterance
from neuralnav.understanding.words.makers import MAKERS, ORIGINS, Maker
from neuralnav.understanding.words.models import FAMILIES

_NAMES = "|".join(maker.spelling for maker in MAKERS)
_PLACES = "|".join(ORIGINS)
_MODEL = (
    "(?:model|llm|one|maker|company|lab|vendor|origin|provider|weight|developer|stuff|ai|product|"
    "family|technology|tech|"
    r"language model|open source model|manufacturer)"
)
_NEGATION = (
    "(?:no|not|never|without|exclude|excluding|except|avoid|avoiding|ban|banned|forbid|nothing|nor|"
    "neither|none|steer clear|"
    r"stay away|keep away|rule out|leave out|skip|instead of|rather than|other than|apart from|anything but|"
    r"everything but|all but|don't|do not|can't|cannot|won't|will not|must not|mustn't|may not|shouldn't|should not|"
    r"not allowed|isn't|aren't|any)"
)
_FILL = (
    r"(?:(?:to|use|using|want|run|have|allow|accept|touch|like|be|by|of|from|on|with|any|the|a|an|made|built|trained|"
    r"developed|based|anything|something|model|llm|that|is|are|come|coming|which|allowed|need|rely|or|and|nor|,|"
    rf"MODEL|{_PLACES}|{_NAMES}) )"
)
_FROM = r"(?:from|made in|built in|trained in|developed in|out of|based in|of|by|made by|built by)"
_PLACE = rf"(?:the )?(?P<place>{_PLACES})(?: (?:based|made|built|trained|developed|owned))?"
_OTHER_NOUN = re.compile(
    r"^ (?!model|llm|ai |one|maker|company|lab|vendor|and|or|nor|please|based|made|for|at|with|only|on)"
    r"(?:user|people|customer|language|text|translation|speaker|document|market|law|contract|office|to|[a-z]+s?) "
)
_UNDESIRED = r"(?:banned|forbidden|excluded|prohibited|out|off limits|off the table|out of the question|unacceptable)"
_RULED_OUT = (
    rf"{_NEGATION} {_FILL}{{0,7}}{_PLACE} {_MODEL}",
    f"(?:nothing|anything|something|no {_MODEL}|avoid|exclude|ban|(?:don't|do not|not) (?:want|use|"
    f"like) (?:a |any )?{_MODEL}) "
    rf"{_FILL}{{0,4}}{_FROM} {_PLACE}",
    rf"{_MODEL} (?:\w+ ){{0,3}}not {_FROM} {_PLACE}",
    rf"not (?:made|built|trained|developed) (?:in|by) {_PLACE}",
    f"(?:no|nothing|avoid|without|not|exclude|except|nothing that is|anything but) {_PLACE}(?= (?:[,"
    ".;!)] |please |$|or |and ))",
    rf"non {_PLACE}(?: {_MODEL})?",
    rf"{_PLACE} {_MODEL}(?: (?:is|are))? (?:not (?:allowed|ok|permitted|an option|acceptable|wanted)|{_UNDESIRED})",
)
_ONLY = r"(?:only|exclusively|solely|strictly|just|nothing but|nothing other than|nothing except)"
_MUST = r"(?:must|has to|have to|should|need|needs|require|required|got to|shall)"
_ALLOWED = (
    rf"{_ONLY} {_FILL}{{0,3}}{_PLACE} {_MODEL}",
    rf"{_ONLY} {_FILL}{{0,4}}{_MODEL} (?:that (?:is|are|come) )?{_FROM} {_PLACE}",
    rf"{_PLACE} (?:\w+ )?{_MODEL} (?:only|exclusively|please only)",
    rf"{_MODEL} {_FROM} {_PLACE} only",
    rf"{_MODEL} {_MUST} (?:be |to be |come |originate )?(?:{_FROM} )?{_PLACE}",
    rf"{_MUST} (?:be |use |run |come |to be |have )*(?:{_FROM} )?(?:a |an )?{_PLACE} {_MODEL}",
    rf"{_MUST} (?:be|come) {_FROM} {_PLACE}",
)
_MAKER = rf"(?P<maker>{_NAMES})"
_MAKER_ENDS = re.compile(rf"^ (?:'s )?(?:{_MODEL}|and|or|nor|please|[,.;!]|for|on|in|at|with) |^ $")
_MAKER_RULED_OUT = re.compile(rf" {_NEGATION} (?:(?:{_FILL})|(?:(?:model|llm|anything|something|stuff|weight) ))*$")


def excluded_makers(utterance: Utterance, known_models: Sequence[str]) -> dict[str, Span]:
    """Makers that are ruled out, each with the words for it; those whose models ``known_models`` has, if any are given.

    Where only makers of a country are allowed, models whose maker or country is not known are ruled out by their names.
    """
    excluded: dict[str, Span] = {}
    for found in _placed(utterance, _RULED_OUT):
        countries = _countries(utterance, found)
        excluded.update(dict.fromkeys(_of(countries, known_models), found.span))
    if not excluded:
        for found in _placed(utterance, _ALLOWED):
            countries = _countries(utterance, found)
            excluded.update(dict.fromkeys(_not_of(countries, known_models), found.span))
    for found in utterance.find(_MAKER):
        if _MAKER_RULED_OUT.search(utterance.before(found.span, 12)) and _MAKER_ENDS.match(
            utterance.after(found.span, 3)
        ):
            name = utterance.inside(found.span).strip()
            excluded[next(maker.name for maker in MAKERS if re.fullmatch(maker.spelling, name))] = found.span
    return excluded


def _placed(utterance: Utterance, patterns: Sequence[str]) -> Iterator[Found]:
    for pattern in patterns:
        for found in utterance.find(pattern):
            said = utterance.words(found.groups["place"])
            ends_with_it = found.span.end == found.groups["place"].end
            if said != "us" and not (ends_with_it and _OTHER_NOUN.match(utterance.after(found.span, 2))):
                yield found


def _countries(utterance: Utterance, found: Found) -> Collection[str]:
    place = utterance.inside(found.groups["place"]).strip()
    return next(countries for spelling, countries in ORIGINS.items() if re.fullmatch(spelling, place))


def _of(countries: Collection[str], known_models: Sequence[str]) -> Iterator[str]:
    return (maker.name for maker in _makers(known_models) if maker.country in countries)


def _not_of(countries: Collection[str], known_models: Sequence[str]) -> Iterator[str]:
    """Makers of other countries, and the models of makers that nothing is known of."""
    yield from (maker.name for maker in _makers(known_models) if maker.country not in countries)
    families = tuple(family.name for family in FAMILIES)
    yield from (model.lower() for model in known_models if not model.lower().startswith(families))


def _makers(known_models: Sequence[str]) -> tuple[Maker, ...]:
    """The makers that have models among ``known_models``; all where none are given."""
    if not known_models:
        return MAKERS
    names = [model.lower() for model in known_models]
    present = {family.maker for family in FAMILIES if any(name.startswith(family.name) for name in names)}
    return tuple(maker for maker in MAKERS if maker.name in present)
