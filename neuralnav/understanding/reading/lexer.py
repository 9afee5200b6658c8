"""Cuts a text into tokens: names of models and GPUs first, so that their digits are never read as figures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from neuralnav.understanding.reading.figures import READERS
from neuralnav.understanding.reading.foreign import FIELD_BEGINS, FIELD_ENDS, FOREIGN, LOOK
from neuralnav.understanding.reading.gpu_names import gpu_pattern, recognise_gpu
from neuralnav.understanding.reading.model_names import (
    begins_other_name,
    catalogue_pattern,
    family_pattern,
    recognise_catalogue_model,
    recognise_model,
)
from neuralnav.understanding.reading.text import fold
from neuralnav.understanding.reading.tokens import Amount, GpuMention, Kind, Token
from neuralnav.understanding.reading.unknown_gpus import GPU_LIKE, stands_for_gpu
from neuralnav.understanding.words.models import CLOSED_MODELS

_ADDRESS = r"(?:https?://|www\.)\S{1,2000}|[\w.+\-]{1,64}@[a-z0-9\-]{1,63}\.[\w.\-]{1,63}"
_DATE = (
    r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?(?!\d)|24/7|(?:19|"
    r"20)\d0'?s(?![a-z])"
)
_VERSION = r"v\d{1,3}(?:\.\d{1,3}){0,3}(?![a-z0-9])"
_DOTTED = r"(?!\d{1,3}(?:\.\d{3})+(?![.\d]))\d{1,5}(?:\.\d{1,5}){2,5}(?![\d])"
_ORDINAL = r"\d{1,6}(?:st|nd|rd|th)(?![a-z0-9])"
_NUMBER = (
    r"(?:(?<![a-z],)[1-9]\d{0,2}(?:[,'_]\d{3})+(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}|[1-9]\d{0,"
    r"2}(?:\.\d{3}){2,}(?:,\d+)?"
    r"|[1-9]\d{0,2}(?: \d{3})+(?!\d)(?![,.]\d)|(?<=[a-z],)\d+|\d+(?:[.,]\d+)?|"
    r"(?<!\d)\.\d+)(?:e[+\-]?\d{1,3}(?![a-z0-9]))?"
)
_POWER = r"\d{1,6} ?(?:\^|\*\*) ?\d{1,4}(?![\d.,])"
_NOT_RAISED = r"(?![\d²³¹⁰-⁹₀-₉①-⑳])"
_RATIO = r"(?<![\d/.])\d{1,2}/\d{1,2}(?= (?:of )?(?:an? )?(?:second|sec|s|minute|hour|million|thousand)(?![a-z]))"
_LANGUAGES = r"(?<![a-z0-9])(?:c\+\+|[cf]#)|(?<![\w.])\.net(?![a-z])"
_ENTITY = r"&(?:lt|gt|amp|quot|nbsp|apos|#\d{2,4});"
_WORD = r"[a-z]+\d[a-z0-9]*|[^\W\d_]+(?:'[^\W\d_]+)*"
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


@lru_cache(maxsize=1)
def _master() -> re.Pattern[str]:
    groups = {
        "foreign": FOREIGN,
        "look": LOOK,
        "pause": f"{FIELD_ENDS}|{FIELD_BEGINS}",
        "address": _ADDRESS,
        "date": _DATE,
        "bullet": r"(?<![^\n])[ \t]{0,8}[\-*•](?=[ \t])|(?<=\n)[ \t]{0,8}\d{1,2}[.)](?=[ \t])",
        "gpu": gpu_pattern(),
        "closed": rf"(?<![a-z0-9])(?:{CLOSED_MODELS})(?![a-z0-9])",
        "model": rf"(?<![a-z0-9]){family_pattern()}",
        "gpu_like": GPU_LIKE,
        "version": _VERSION,
        "dotted": _DOTTED,
        "entity": _ENTITY,
        "language": _LANGUAGES,
        "ratio": _RATIO,
        "ordinal": _ORDINAL,
        "times": r"(?<=\d)x(?=[a-z])",
        "power": _POWER,
        "number": rf"{_NUMBER}{_NOT_RAISED}",
        "fraction": r"[¼-¾⅐-⅞]",
        "word": _WORD,
        "newline": r"\n+",
        "mark": r"(?P<sign>\S)(?P=sign)*",
    }
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in groups.items()))


def lex(plain: str, known_models: Sequence[str] = ()) -> list[Token]:
    """The tokens of a normalised text, in order."""
    return list(_tokens(plain, fold(plain), tuple(known_models)))


def _tokens(plain: str, folded: str, known_models: tuple[str, ...]) -> Iterator[Token]:
    catalogue = catalogue_pattern(known_models)
    master = _master()
    position, last_end = 0, -1
    while (match := master.search(folded, position)) is not None:
        start = match.start()
        token = _token(match, plain, known_models)
        listed = catalogue.match(folded, start) if catalogue else None
        if listed and listed.end() >= (token.end if token else match.end()):
            mention = recognise_catalogue_model(listed[0], known_models)
            token = Token(Kind.MODEL, listed[0], start, listed.end(), value=mention)
        position = token.end if token else match.end()
        if token:
            yield replace(token, glued=True) if start == last_end else token
            last_end = token.end


def _token(match: re.Match[str], plain: str, known_models: Sequence[str]) -> Token | None:
    """The token that a match of the master pattern is; ``None`` where nothing is said by it."""
    group, text, start, end = match.lastgroup or "", match[0], match.start(), match.end()
    if group == "model":
        return _model(match, plain, known_models)
    if group == "gpu":
        return Token(Kind.GPU, text, start, end, value=recognise_gpu(match))
    if group == "gpu_like" and stands_for_gpu(match.string, start, end):
        return Token(Kind.GPU, text, start, end, value=GpuMention(()))
    if group in READERS:
        kind = Kind.ORDINAL if group == "ordinal" else Kind.NUMBER
        return Token(kind, text, start, end, value=READERS[group](text))
    if group == "fraction":
        return Token(Kind.NUMBER, text, start, end, value=Amount(unicodedata.numeric(plain[start])))
    if group in ("gpu_like", "word", "language"):
        return Token(Kind.WORD, text, start, end)
    if group in _MARKS:
        mark = _MARKS[group](text)
        return Token(Kind.MARK, mark, start, end) if mark else None
    return Token(Kind.OPAQUE, text, start, end)


_MARKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "bullet": lambda _: "",
        "look": lambda _: "",
        "pause": lambda _: ",",
        "entity": lambda text: _ENTITIES.get(text, ""),
        "newline": lambda text: text[0],
        "mark": lambda text: text[0],
        "times": lambda text: text[0],
    }
)
"""What a match stands for as a mark; empty where it is left out."""


def _model(match: re.Match[str], plain: str, known_models: Sequence[str]) -> Token | None:
    found = recognise_model(match.string, match.start(), match.end(), known_models)
    if found is None:
        return None
    mention, end = found
    if mention.bare and begins_other_name(plain, end):
        return Token(Kind.WORD, match[0], match.start(), match.end())
    return Token(Kind.MODEL, match[0], match.start(), end, value=mention)
