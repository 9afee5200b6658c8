"""How people say that text goes from one language, or one wording, to another."""

from __future__ import annotations

from neuralnav.models.vocabulary import UseCase
from neuralnav.understanding.words.deeds.deed import GAP, Deed
from neuralnav.understanding.words.use_cases import LANGUAGE

_MANY = (
    r"(?:NUM|many|several|other|all|their|foreign|local|different|another|various|multiple|every|any|the other|both)"
)
_CODES = r"(?:de|en|fr|es|it|nl|pt|pl|ja|jp|zh|cn|ko|ru|ar|tr|sv|da|no|fi|uk|el|cs|ro|hu|hi)"
_ARROW = r"(?:(?:[,\-] )?> |to |into |, )"

TRANSLATION_DEEDS = (
    Deed(
        UseCase.TRANSLATION, 3, rf"{LANGUAGE} (?:(?:text|document|patient|mail|email|letter|\w+) )?(?:in)?to {LANGUAGE}"
    ),
    Deed(UseCase.TRANSLATION, 3, rf"(?:between|from) {LANGUAGE}(?: and| to| into| ,)+ {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 3, rf"into (?:\w+ )?{LANGUAGE}|{LANGUAGE} ?(?:, )?(?:-|>|/) (?:> )?{LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 3, rf"{_CODES} {_ARROW}{_CODES}(?= (?:[,.;] |$))"),
    Deed(
        UseCase.TRANSLATION,
        3,
        rf"(?:into|across) {_MANY} (?:\w+ )?(?:language|tongue)|(?:mother|native) (?:tongue|language)",
    ),
    Deed(UseCase.TRANSLATION, 3, r"translator|interpreter|interpreting|bilingual version|language version"),
    Deed(UseCase.TRANSLATION, 2, rf"(?:in|come in|speak|of|to) {_MANY} (?:\w+ )?language"),
    Deed(
        UseCase.TRANSLATION,
        2,
        "(?:read|want|need|get|have|see|understand|make|put|render|turn|available|publish|offer|need "
        rf"the \w+) {GAP}in "
        rf"{LANGUAGE}",
    ),
    Deed(
        UseCase.TRANSLATION, 2, rf"{LANGUAGE} (?:version|copy|edition|rendering|wording|equivalent|subtitle)|subtitle"
    ),
    Deed(UseCase.TRANSLATION, 3, rf"in {LANGUAGE} (?:[a-z']+ ){{0,8}}in {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 1, rf"{LANGUAGE} {GAP}{LANGUAGE}|foreign language|multilingual|language pair"),
    Deed(UseCase.TRANSLATION, 3, rf"{LANGUAGE} (?:[a-z']+ |, ){{0,5}}(?:in|into|to) {LANGUAGE}"),
    Deed(UseCase.TRANSLATION, 2, rf"(?:in|into|to|from) (?:both )?{LANGUAGE} (?:, |and |or |, and )+{LANGUAGE}"),
    Deed(
        UseCase.TRANSLATION,
        2,
        "(?:receive|publish|issue|send|write|produce|put out|deliver|release|read|answer|exist|needed|"
        "have to be|must be) "
        rf"(?:[a-z']+ ){{0,4}}in {LANGUAGE}",
    ),
    Deed(
        UseCase.TRANSLATION,
        3,
        r"(?:into|to) (?:plain|simple|plainer|simpler|easy|easier) (?:\w+ )?(?:language|english|word|wording)",
    ),
    Deed(UseCase.TRANSLATION, 1, r"language|foreign|non native|abroad|overseas|bilingual|monolingual|dialect"),
    Deed(
        UseCase.TRANSLATION,
        3,
        rf"{LANGUAGE} (?:[a-z']+ |, ){{0,5}}(?:read|speak|understand|want|need|prefer) {LANGUAGE}|bilingual",
    ),
)
