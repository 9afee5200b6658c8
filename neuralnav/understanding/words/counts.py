"""How people's number stands after them: ``users: 4500``, ``moderators (15)``, ``a team of twelve``. Patterns."""

from __future__ import annotations

from neuralnav.understanding.words.people import BETWEEN, GROUPS, PERSON

_LABELLED = (
    r"(?:(?:total |max |maximum |expected )?(?:number|count|amount) of |no |nr )?"
    r"(?:(?:end |active |daily |monthly )?user|seat|headcount|head count|account)(?: count| number|"
    r" base| total)?"
    r"(?: (?:is|are|of|equal|equals|to|be|will be|should be))?(?: :| =)? (?:about |around |"
    r"approximately |~ )?(?P<n>NUM)"
)
_ROUGHLY = (
    r"(?:(?:about|around|approximately|roughly|some|maybe|perhaps|currently|over|nearly|almost|up to|"
    r"~) )?"
)
LISTED = rf"{PERSON} (?::|=|>|< =) {_ROUGHLY}(?P<n>NUM)"
"""A person noun, a sign and the number."""

_SHORTLY = rf"(?P<who>{PERSON}) {_ROUGHLY}(?P<n>NUM)"
_COME_TO = rf"(?P<who>{PERSON}) (?:is|are|be|number|total|come to) {_ROUGHLY}(?P<n>NUM)(?= (?:[,.;!?] |$))"
_BECAME = (
    rf"{PERSON} (?:count |number |base )?(?:have |has |will |just |now )*(?:go|went|gone|going|grow|"
    rf"grew|grown|rise|rose|"
    r"jump|jumped|drop|dropped|fell|fall|shrank|increase|increased|decrease|decreased|climb|climbed|come|came) "
    rf"(?:up |down )?to {_ROUGHLY}(?P<n>NUM)"
)
_SHOULD_BE = (
    rf"{PERSON} (?:count |number )?(?:is|are) (?:wrong|incorrect|not right|not correct|off|too \w+) [,.;] "
    rf"(?:it |that |they |this )?(?:should|must|has to|have to|ought to) (?:be|read|say) {_ROUGHLY}(?P<n>NUM)"
)
_ASKED = (
    rf"how many (?:{BETWEEN}{PERSON})(?: [a-z]+){{0,5}}(?: [?:,])*(?: (?:a|answer))?(?: [:,])* {_ROUGHLY}(?P<n>NUM)"
)
_TOTAL = rf"{PERSON} , {_ROUGHLY}(?P<n>NUM) (?:in total|in all|all told|altogether|overall|all in all)"
SAMPLE = r", n = (?P<n>NUM)"
"""The size of a sample."""

_BRACKETED = rf"{PERSON} (?:[a-z]+ ){{0,2}}(?P<bracket>,) {_ROUGHLY}(?P<n>NUM)(?= ,)"
OF_THEM = r"(?P<n>NUM) of (?:them|those|these)(?= (?:[,.;!?:] |$|please|in total|all told|altogether|need|want|use))"
"""Some of those who were named."""

NOW = (
    "(?:now|today|these day) (?:only |just |about |down to |around |we are |have |there are |only "
    "have ){0,3}(?P<n>NUM)(?= (?:[,.;!?] |$))"
)
"""How many there are by now."""

_APPOSED = rf"{PERSON} , {_ROUGHLY}(?P<n>NUM)(?: of (?:them|us|you))?(?= (?:[,.;!?] |$))"
_APPOSED_OF_THEM = rf"{PERSON} ,? ?{_ROUGHLY}(?P<n>NUM) of (?:them|us)"
AFTER_PEOPLE = (LISTED, _APPOSED, _APPOSED_OF_THEM, _TOTAL, _BRACKETED)
"""The ones that begin with whom they count."""

GROUP = (
    rf"(?:{'|'.join(GROUPS)}) of (?:about |around |approximately |roughly |over |some |nearly |"
    r"~ )?(?P<n>NUM)"
)
"""A team, a company or the like and its size."""

_OF_US = (
    r"(?P<n>NUM) of (?:us|you|our own)|we are (?:a )?(?:about |around |"
    r"roughly )?(?P<m>NUM)(?= (?:[,.;!?] |$|strong|of us))"
)
GROWS_TO = (
    r"(?:grow|growing|rise|rising|increase|increasing|scale|scaling|expand|"
    r"expanding) (?:up )?to (?:about |around |over |some )?(?P<n>NUM)"
)
"""What the number is to become."""

LABELLINGS = (
    (_LABELLED, 5),
    (LISTED, 3),
    (_BECAME, 5),
    (_SHOULD_BE, 5),
    (_SHORTLY, 2),
    (_COME_TO, 2),
    (_ASKED, 4),
    (_APPOSED, 2),
    (_APPOSED_OF_THEM, 2),
    (_TOTAL, 3),
    (_BRACKETED, 2),
    (GROUP, 2),
    (_OF_US, 3),
)
"""Each with how surely it is the users that are counted."""
