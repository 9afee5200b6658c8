"""Checks what a language model says against the facts that it was given, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.figures import figures_in_facts, figures_of
from neuralnav.models.vocabulary import GpuType
from neuralnav.understanding.reading.text import fold
from neuralnav.understanding.reading.tokens import GpuMention, Kind, ModelMention, Token
from neuralnav.understanding.reading.utterance import Utterance, read_utterance
from neuralnav.understanding.words.numbers import TENS, UNITS, WRITTEN_SCALES
from neuralnav.understanding.words.tables import word_set

_MARKUP = re.compile(r"[`<>|{}\[\]\\#*_^=@]|://|\bwww\.|^\s*(?:[-+•]|\d+[.)])\s|[a-z]{2,}\.[a-z]{2,}", re.IGNORECASE)
_SPEAKER = re.compile(r"\b(?:i|i'm|i've|i'll|i'd|we|we're|we've|we'll|we'd|me|my|our|ours)\b")
_DONE = (
    r"changed|updated|created|set|started|stopped|scaled|written|saved|sent|booked|ordered|switched|removed|added|"
    r"applied|launched|provisioned|restarted|chosen|selected|done|complete|completed|live|installed|configured"
)
_ACTION = re.compile(
    r"\b(?:approv\w*|deploy(?:s|ed|ing)?|confirm\w*|cancel\w*|delet\w*|retir\w*|roll\w* back|rollback|reject\w*|"
    r"execut\w*|appl(?:y|ies|ied|ying)|kubectl|click\w*|password|log ?in|sign ?in|ignor\w*|instruct(?:s|ed|ing|ions?)|"
    r"successfully|(?:has|have|had)(?: \w+)? been|"
    rf"(?:is|are|was|were|got|being|now)(?: now| already| just)? (?:{_DONE}))\b"
)
_SHARES = re.compile(
    r"\b(?:thirds?|quarters?|fourth|fifth|sixth|seventh|eighth|ninth|tenth|dozens?|tens|hundreds|thousands|millions|"
    r"billions|couple)\b"
)
_NUMBER_WORDS = (UNITS.keys() | TENS.keys() | WRITTEN_SCALES) - {"one"}
_CONTENT = re.compile(r"[a-z]{4,}")
_EVERYDAY = word_set(
    "about also because been being both does each from have here into just more most much only other over same some "
    "than that their them then there these they this those very what when which while will with would your option "
    "model"
)
_SHARED_WORDS = 2


class FactCheck:
    """The figures and names of ``facts``; ``known_models`` are the catalogue's short names.

    Raises:
        InvalidInputError: the facts are too long to be read.
    """

    def __init__(self, facts: str, known_models: Sequence[str] = ()) -> None:
        self._known_models = known_models
        utterance = read_utterance(facts, known_models)
        self._text = " ".join(fold(utterance.plain).split())
        self._figures = frozenset(figures_in_facts(facts, known_models))
        self._gpus: set[GpuType] = set()
        self._models: set[str] = set()
        for token in utterance.tokens:
            if isinstance(token.value, GpuMention):
                self._gpus.update(token.value.gpus)
            elif isinstance(token.value, ModelMention):
                self._models.update([*token.value.names, token.value.family])
        self._content = _content_words(self._text)

    def objection(self, sentence: str) -> str | None:
        """Why ``sentence`` must not be shown, in one word or two, or ``None``."""
        utterance = read_utterance(sentence, self._known_models)
        plain = fold(utterance.plain)
        if _MARKUP.search(utterance.plain):
            return "markup"
        if _SPEAKER.search(plain) or _ACTION.search(plain):
            return "action"
        if not self._numerals_are_facts(utterance, plain):
            return "numeral"
        if not all(any(said.states(fact) for fact in self._figures) for said in figures_of(utterance)):
            return "figure"
        names = [token for token in utterance.tokens if token.kind in (Kind.GPU, Kind.MODEL)]
        if not all(map(self._is_named, names)):
            return "name"
        figures = any(token.value is not None for token in utterance.tokens)
        related = figures or len(_content_words(plain) & self._content) >= _SHARED_WORDS
        return None if related else "unrelated"

    def _numerals_are_facts(self, utterance: Utterance, plain: str) -> bool:
        """Whether digits and number words that are no figures (``p95``, a date, ``hundreds``) stand in the facts."""
        covered = {at for token in utterance.tokens if token.kind is not Kind.MARK for at in _places(token)}
        if any(c.isnumeric() and at not in covered for at, c in enumerate(utterance.plain)):
            return False
        if not all(self._has(share) for share in _SHARES.findall(plain)):
            return False
        return all(
            self._has(utterance.plain[token.start : token.end])
            for token in utterance.tokens
            if token.value is None and _is_numeral(token, utterance.plain)
        )

    def _is_named(self, token: Token) -> bool:
        mention = token.value
        if isinstance(mention, GpuMention):
            return bool(self._gpus & set(mention.gpus)) if mention.gpus else self._has(token.text)
        if not isinstance(mention, ModelMention):
            return False
        if mention.bare or not mention.names:
            return any(name and name.startswith(mention.family) for name in self._models) or self._has(token.text)
        return set(mention.names) <= self._models

    def _has(self, words: str) -> bool:
        """Whether the facts hold ``words`` as whole words."""
        said = r"\s+".join(map(re.escape, fold(words).split()))
        return re.search(rf"(?<![a-z0-9]){said}(?![a-z0-9])", self._text) is not None


def _places(token: Token) -> Iterator[int]:
    yield from range(token.start, token.end)


def _is_numeral(token: Token, plain: str) -> bool:
    if token.kind is Kind.OPAQUE:
        return True
    if token.kind is not Kind.WORD:
        return False
    digits = any(character.isnumeric() for character in plain[token.start : token.end])
    return digits or token.text in _NUMBER_WORDS


def _content_words(folded: str) -> set[str]:
    return set(_CONTENT.findall(folded)) - _EVERYDAY
