"""Cuts a text into tokens: names of models and GPUs first, so that their digits are never read as figures."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

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
    r"(?:(?<![a-z],)[1-9]\d{0,2}(?:[,'_]\d{3})+(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}|[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?"
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
_TOO_LONG_A_NUMBER = 40
_MAX_VALUE = 1e300


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
    group, text, start, end = match.lastgroup, match[0], match.start(), match.end()
    if group in ("bullet", "look"):
        return None
    if group == "pause":
        return Token(Kind.MARK, ",", start, end)
    if group == "model":
        found = recognise_model(match.string, start, end, known_models)
        if found and found[0].bare and begins_other_name(plain, found[1]):
            return Token(Kind.WORD, text, start, end)
        return Token(Kind.MODEL, text, start, found[1], value=found[0]) if found else None
    if group == "gpu":
        return Token(Kind.GPU, text, start, end, value=recognise_gpu(match))
    if group == "gpu_like" and stands_for_gpu(match.string, start, end):
        return Token(Kind.GPU, text, start, end, value=GpuMention(()))
    if group == "ordinal":
        return Token(Kind.ORDINAL, text, start, end, value=Amount(float(text[:-2])))
    if group == "power":
        return Token(Kind.NUMBER, text, start, end, value=read_power(text))
    if group in ("number", "fraction"):
        value = read_figures(text) if group == "number" else Amount(unicodedata.numeric(plain[start]))
        return Token(Kind.NUMBER, text, start, end, value=value)
    if group == "ratio":
        above, below = map(int, text.split("/"))
        return Token(Kind.NUMBER, text, start, end, value=Amount(above / max(below, 1)))
    if group == "entity":
        return Token(Kind.MARK, _ENTITIES[text], start, end) if text in _ENTITIES else None
    if group in ("gpu_like", "word", "language"):
        return Token(Kind.WORD, text, start, end)
    if group in ("newline", "mark", "times"):
        return Token(Kind.MARK, text[0], start, end)
    return Token(Kind.OPAQUE, text, start, end)


def read_figures(figures: str) -> Amount:
    """The amount that figures such as ``1,000``, ``1 000``, ``2,5`` or ``1e9`` stand for."""
    if len(figures) > _TOO_LONG_A_NUMBER:
        return Amount(_MAX_VALUE)
    mantissa, _, exponent = figures.partition("e")
    value = float(_plain_decimal(mantissa)) * 10.0 ** min(int(exponent or 0), 290)
    thousands = re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", figures)
    return Amount(min(value, _MAX_VALUE), other=float(figures.replace(".", "")) if thousands else None)


def read_power(figures: str) -> Amount:
    """The amount that a power such as ``10^6`` or ``10**6`` stands for."""
    base, exponent = (int(part) for part in re.split(r" ?(?:\^|\*\*) ?", figures))
    fits = base < 2 or exponent * math.log10(base) < math.log10(_MAX_VALUE)
    return Amount(float(base**exponent) if fits else _MAX_VALUE)


def _plain_decimal(mantissa: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", mantissa):
        return mantissa.replace(".", "").replace(",", ".")
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[,'_ \u00a0]\d{2,3})+(?:\.\d+)?", mantissa)
    if grouped and re.search(r"[,'_ \u00a0]\d{3}(?:\.\d+)?$", mantissa):
        return re.sub(r"[,'_ \u00a0]", "", mantissa)
    return mantissa.replace(",", ".")
