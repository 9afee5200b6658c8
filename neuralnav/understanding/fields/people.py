"""How many people use it, how many at once, and which share of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from neuralnav.understanding.fields.concurrency import read_concurrency
from neuralnav.understanding.fields.findings import Finding
from neuralnav.understanding.reading.utterance import Covered, Found, Span, Utterance
from neuralnav.understanding.words.counts import AFTER_PEOPLE, GROUP, GROWS_TO, LABELLINGS, LISTED, NOW, OF_THEM, SAMPLE
from neuralnav.understanding.words.people import (
    BETWEEN,
    COUNTED_PEOPLE,
    GROUPS,
    NO_WORKERS,
    NOT_IN_BETWEEN,
    PERSON,
    PLACES,
    THINGS,
    USERS,
)
from neuralnav.understanding.words.roles import ACTS_AFTER, BRANCHES, FURTHER_THINGS
from neuralnav.understanding.words.tables import any_word

_WORKERS = rf"(?P<n>NUM) {BETWEEN}(?!(?:{NO_WORKERS}) )[a-z]{{2,}}(?:er|or|ist|ian|eer|ee|[^m]ent|ant|grad|ard|man|men)"
_NO_NOUN = any_word(sorted(NOT_IN_BETWEEN))
_NOT_SERVED = f"{NO_WORKERS}|{THINGS}|{PLACES}|{'|'.join(GROUPS)}|{FURTHER_THINGS}|{_NO_NOUN}"
_SERVED = rf"(?P<n>NUM) {BETWEEN}(?!(?:{_NOT_SERVED}) )[a-z]{{3,}}"
_SERVED_BEFORE = re.compile(
    r" (?:for|serve|serving|used by|helping|assist|assisting) (?:(?:our|the|all|some|about|around|over|up|to|at|most|"
    r"least|roughly|nearly|almost|these|those|my|their|a|team|of|group) )*$"
)
_OURS_BEFORE = re.compile(r" (?:our|the|my|have|has|are|employ|all) $")
_ACTING_AFTER = re.compile(
    r" (?:to |will |would |can |should |must )?(?:who|need|want|use|ask|chat|write|search|translate|"
    r"talk|read|like|look|work) "
)
_SERVED_AFTER = re.compile(rf"^ (?:$|[,:/] |(?:{ACTS_AFTER}) )")
_LIST_BEFORE = re.compile(rf"^ (?!{_NO_NOUN} )[a-z]+ $|[,:/] (?:(?!{_NO_NOUN} )[a-z]+ )?$| (?:the|our|and) $")
_ALONE = r"(?:just|only) (?:for )?me|(?:for|by) (?:just |only )?myself|single user|me alone|(?<=, )alone(?= [,.;])"

_NOT_THE_TOTAL_AFTER = re.compile(
    r"^ (?:(?:\w+ ){0,2}(?:in|at) each |each |per (?!(?:day|month|week|hour|minute|second|year)\b)|"
    r"in each |at each |every (?:site|office|team)|"
    r"(?:will |to |who |that |can |could )*(?:run|maintain|operate|administer|manage|build|deploy|"
    r"monitor)(?:s|ing)? |on call )"
)
_ABOUT_OTHERS_BEFORE = re.compile(
    f" (?:hire|hiring|recruiting|employing|fired|laid off|from|(?:{THINGS}|information|text|fact|"
    "detail) about|on|regarding|concerning|of|not|isn't|"
    r"instead of|"
    r"previously|formerly|(?:maintained|operated|built|run|managed|administered|owned|written|"
    r"developed) by|interview with|"
    r"used to have) (?:(?:all|the|our|over|some|about|around|these|only|just|nearly|roughly|up|to|at|"
    r"most|my) ){0,4}$"
)
_TODAY_BEFORE = re.compile(r" (?:today|currently|now|so far|at the moment|at present|until now|right now) $")
_WORK_AFTER = re.compile(
    r"^ (?:answer|do|handle|process|write|read|check|translate|deal|work|type|sit|reply|sort|summari[sz]e) "
)
_ASKING_BEFORE = re.compile(
    " (?:question|query|request|asked|used)(?: [a-z,]+){0,3} (?:from|by) (?:our |the |about |some )*$"
)
_SOME_GROUPS_BEFORE = re.compile(rf" NUM (?:\w+ )?(?:{'|'.join(GROUPS)}) (?:of|with) (?:about |around |up to )?$")
_NUMBER_OF_BEFORE = re.compile(
    f" (?:PERCENT|(?:NUM|one) (?:in|out of) NUM|half|third|quarter|{'|'.join(GROUPS)}|total|number|"
    "maximum|minimum|peak|average|up|"
    "max|sum|need|load|capacity|"
    r"group|each|all|every one|any|most|both) "
    r"of (?:our |the |my |these |about |around |over |roughly )*$"
)
_FOR_BEFORE = re.compile(
    r" (?:for|serve|serving|support|supporting|by|to|help|helping|handle|handling|across|among|give|"
    r"onboard|host|hosting) "
    r"(?:(?:up|to|at|least|most|about|around|over|more|than|roughly|approximately|all|our|the|some|"
    r"nearly|almost|maybe|"
    r"say|just|only|initially|now|likely|least|a|total|of|under|circa|ca|approx|between|from|these|"
    r"those|my|internally) )*$"
)
_LONG_AGO = re.compile(
    r"^ (?:last (?:year|month|week|quarter)|before|previously|back then|in the past|in (?:19|20)\d\d|"
    r"once|at first) "
)
_LATER_AFTER = re.compile(
    r"^ (?:by (?:the )?(?:end|next|year|summer|autumn|winter|spring|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|christmas|NUM)|next (?:year|month|quarter|summer|week)|"
    r"in (?:PERIOD|the future|future)|"
    r"later|eventually|soon|in the end|at the end|after that|within PERIOD) "
)
_GROWS_BEFORE = re.compile(
    r" (?:grow|growing|grows|rise|rising|increase|scale|scaling|scales) (?:up )?to (?:about |around )?$"
)


@dataclass(frozen=True, slots=True)
class _Group:
    """People that were counted: how many, where, and how surely they are the users."""

    count: float
    span: Span
    weight: int


def read_people(utterance: Utterance) -> Iterator[Finding]:
    """Findings for ``user_count``, ``concurrent_users`` and ``active_fraction``."""
    taken = Covered()
    for finding in read_concurrency(utterance):
        taken.add(finding.span)
        yield finding
    yield from _users(utterance, taken)


def _users(utterance: Utterance, taken: Covered) -> Iterator[Finding]:
    groups = [group for group in _groups(utterance) if group.span not in taken]
    for group in _summed(utterance, groups):
        yield Finding("user_count", group.count, group.span, group.weight)
    if not groups and (alone := utterance.first(_ALONE)):
        yield Finding("user_count", 1, alone.span)


def _groups(utterance: Utterance) -> Iterator[_Group]:
    seen = Covered()
    counted = False
    for found in utterance.find(COUNTED_PEOPLE):
        seen.add(found.span)
        counted = True
        if group := _people_group(utterance, found):
            yield group
    for found in utterance.find(_WORKERS):
        if found.span not in seen and _is_plural(utterance, found.span.end - 1):
            seen.add(found.span)
            group = _people_group(utterance, found)
            if group is not None and _is_counted_apart(utterance, found.span):
                yield group
    yield from _labelled(utterance, seen, grows=counted)
    yield from _served(utterance, seen)
    if utterance.first(PERSON):
        yield from _unnamed(utterance, seen)


def _served(utterance: Utterance, seen: Covered) -> Iterator[_Group]:
    """People under a name that no table has: whoever is served, where it is no known thing."""
    for found in utterance.find(_SERVED):
        if found.span in seen or not _is_plural(utterance, found.span.end - 1):
            continue
        if _SERVED_BEFORE.search(utterance.before(found.span, 8)) and _SERVED_AFTER.match(utterance.after(found.span)):
            seen.add(found.span)
            if group := _people_group(utterance, found):
                yield group


def _labelled(utterance: Utterance, seen: Covered, *, grows: bool) -> Iterator[_Group]:
    """People whose number stands after them: ``users: 4500``, ``moderators (15)``, ``a team of twelve``."""
    for pattern, weight in (*LABELLINGS, *(((GROWS_TO, 6),) if grows else ())):
        for found in utterance.find(pattern):
            number = found.groups.get("n") or found.groups["m"]
            if number in seen or _is_other_quantity(utterance, found.span) or not _is_bracketed(utterance, found):
                continue
            if pattern in AFTER_PEOPLE and not _are_people(utterance, found.span.start):
                continue
            if pattern == LISTED and _counts_others(utterance, number, f"{THINGS}|{PLACES}|{FURTHER_THINGS}"):
                continue
            if "who" in found and not _is_listed(utterance, found):
                continue
            if pattern == GROUP and _counts_others(utterance, number, f"{PLACES}|{BRANCHES}|{'|'.join(GROUPS)}"):
                continue
            seen.add(found.span)
            yield _Group(utterance.amount(number).count, found.span, weight)


def _unnamed(utterance: Utterance, seen: Covered) -> Iterator[_Group]:
    """People who were named before and are counted later: ``our nurses need it, 450 of them``."""
    for pattern in (OF_THEM, NOW, SAMPLE):
        for found in utterance.find(pattern):
            if found.groups["n"] not in seen and " GPU " not in utterance.before(found.span, 10):
                yield _Group(utterance.amount(found.groups["n"]).count, found.span, 1)


def _is_listed(utterance: Utterance, found: Found) -> bool:
    """Whether people and their number stand alone between marks: ``people 65, low price``."""
    before, after = utterance.before(found.span, 2), utterance.after(found.span, 1)
    apart = before == " " or _LIST_BEFORE.search(before)
    return bool(_is_plural(utterance, found.groups["who"].end - 1) and apart and after in (" ", " , ", " / "))


def _counts_others(utterance: Utterance, number: Span, others: str) -> bool:
    """Whether a plural of ``others`` follows ``number``: ``a chain of 7 gyms``."""
    if number.end >= len(utterance.tokens) or not _is_plural(utterance, number.end):
        return False
    return re.fullmatch(others, utterance.tokens[number.end].text) is not None


def _are_people(utterance: Utterance, index: int) -> bool:
    """Whether several are named at ``index``: ``a retailer: 60,000 articles`` counts no retailers."""
    return utterance.tokens[index].text in USERS or _is_plural(utterance, index)


def _is_bracketed(utterance: Utterance, found: Found) -> bool:
    """Whether a figure that must stand in brackets does: ``moderators (15) read``."""
    bracket = found.groups.get("bracket")
    return bracket is None or utterance.words(bracket) == "("


def _is_counted_apart(utterance: Utterance, span: Span) -> bool:
    """Whether people of an unknown name are the ones served (``for 12 speechwriters``) or stand alone between marks."""
    before, after = utterance.before(span), utterance.after(span, 1)
    alone = (before == " " or before.endswith((" , ", " : "))) and after in (" ", " , ", " : ")
    acting = _OURS_BEFORE.search(before) and _ACTING_AFTER.match(utterance.after(span, 2))
    return bool(_FOR_BEFORE.search(before) or alone or acting)


def _people_group(utterance: Utterance, found: Found) -> _Group | None:
    span = _up_to_plural(utterance, found)
    if span is None:
        return None
    before, after = utterance.before(span), utterance.after(span)
    noun = utterance.tokens[span.end - 1].text
    count = utterance.amount(found.groups["n"]).count
    if _NOT_THE_TOTAL_AFTER.match(after) or _LONG_AGO.match(after):
        return None
    if (
        not _is_plural(utterance, span.end - 1)
        and re.match(rf" (?:(?!(?:of|at|in|on|for|who|with|to|from|need|use|that) )\w+ )?(?:{THINGS}) ", after)
        and count != 1
    ):
        return None
    grows = bool(_GROWS_BEFORE.search(before))
    if _SOME_GROUPS_BEFORE.search(before) or _owns_something(utterance, span.end - 1):
        return None
    if _TODAY_BEFORE.search(before) and _WORK_AFTER.match(after):
        return None
    if (
        _ABOUT_OTHERS_BEFORE.search(before)
        and not _ASKING_BEFORE.search(before)
        and not grows
        and not _NUMBER_OF_BEFORE.search(before)
    ):
        return None
    weight = (
        1
        + (2 if noun in USERS else 0)
        + (2 if _FOR_BEFORE.search(before) else 0)
        + (3 if grows or _LATER_AFTER.match(after) else 0)
    )
    return _Group(count, span, weight)


def _owns_something(utterance: Utterance, index: int) -> bool:
    """Whether the people at ``index`` only say whose something is: ``3 million subscribers' newsletters``."""
    end = utterance.tokens[index].end
    following = utterance.tokens[index + 1] if index + 1 < len(utterance.tokens) else None
    owns = utterance.plain[end : end + 1] in ("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return owns and following is not None and re.fullmatch(THINGS, following.text) is not None


def _up_to_plural(utterance: Utterance, found: Found) -> Span | None:
    """The words up to the first plural noun, ``None`` where that counts things: ``500 files users sent``."""
    for index in range(found.groups["n"].end, found.span.end):
        if _is_plural(utterance, index):
            if re.fullmatch(PERSON, utterance.tokens[index].text) or index == found.span.end - 1:
                return Span(found.span.start, index + 1)
            if re.fullmatch(PLACES, utterance.tokens[index].text) and index == found.span.end - 2:
                continue
            if re.fullmatch(f"{THINGS}|{PLACES}", utterance.tokens[index].text):
                return None
    return found.span


def _is_plural(utterance: Utterance, index: int) -> bool:
    token = utterance.tokens[index]
    said = utterance.plain[token.start : token.end].lower()
    if token.text.endswith(("men", "folk", "people", "wives")):
        return True
    return (said != token.text and said.endswith("s")) or token.text in (
        "people",
        "staff",
        "faculty",
        "men",
        "women",
        "children",
        "crew",
        "personnel",
        "police",
        "clergy",
        "mau",
        "dau",
        "nutzer",
        "benutzer",
        "folk",
        "alumni",
        "schoolchildren",
        "midwives",
        "housewives",
    )


def _is_other_quantity(utterance: Utterance, span: Span) -> bool:
    """Whether what follows shows that no people are counted: ``users: 5 GPUs``."""
    return bool(
        re.match(
            r" (?:GPU|gpu|ms|request|query|rps|qps|card|page|document|per|concurrent|/|sentence|line|"
            r"bullet|paragraph|word|point|"
            "million|billion|percent|year|hour|minute|%) ",
            utterance.after(span),
        )
    )


def _summed(utterance: Utterance, groups: list[_Group]) -> Iterator[_Group]:
    """``200 lawyers and 50 paralegals`` as one group of 250; a mere comma adds nothing up."""
    groups = sorted(groups, key=lambda group: group.span.start)
    chain: list[_Group] = []
    for group, following in pairwise([*groups, None]):
        if group is None:
            continue
        chain.append(group)
        joint = "" if following is None else utterance.joint(group.span, following.span)
        if following is not None and joint in (" and ", " plus ", " , and ", " , ", " and another ", " as well as "):
            continue
        yield from _total(utterance, chain)
        chain = []


def _total(utterance: Utterance, chain: list[_Group]) -> Iterator[_Group]:
    joints = [utterance.joint(first.span, second.span) for first, second in pairwise(chain)]
    if not joints or all(joint == " , " for joint in joints) or any(group.count <= 0 for group in chain):
        yield from chain
        return
    span = chain[0].span.joined(chain[-1].span)
    yield _Group(sum(group.count for group in chain), span, max(group.weight for group in chain))
