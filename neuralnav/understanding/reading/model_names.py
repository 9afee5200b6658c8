"""Recognises the names of models in text and writes them as short names, such as ``qwen2.5-7b``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from neuralnav.models.base import Frozen
from neuralnav.understanding.reading.tokens import ModelMention
from neuralnav.understanding.words.models import DROPPED_PARTS, FAMILIES, HYPHENATED_VARIANTS, SPACED_DROPS, Family

_SIZE = r"\d{1,4}x\d{1,4}b|\d{1,4}(?:\.\d{1,2})? ?b|\d{2,3}m|e\d{1,2}b|a\d{1,3}(?:\.\d)?b|\d{1,3}e"
_PART = re.compile(
    rf"(?P<join>[ \-_:./]?)(?:(?P<size>{_SIZE})|(?P<version>\d{{1,2}}(?:[._]\d{{1,2}})?n?)"
    r"|(?P<date>\d{4})|(?P<word>[a-z][a-z0-9]{0,11}(?:\.\d)?))(?![a-z0-9])"
)
_ANOTHER_SIZE = re.compile(r" ?(?:or|and|/|,|&) ?(\d{1,4}(?:\.\d{1,2})? ?b)(?![a-z0-9])")
_MAX_PARTS = 8
_NO_OWNER = (
    "(?!(?:chat|chatbot|bot|rag|code|completion|translation|summary|summaries|research|model|models|llm|users?|gpus?)/)"
)
"""What stands before a slash in a list of wishes: no organisation."""

_NAME_GOES_ON = re.compile(
    r" (?!(?:AI|Model|Llm|For|On|With|And|Or|In|At|As|But|Please|Only|If|Is|To|From|The|Family)\b)[A-Z][a-z]{2,}"
)


class _Parts(Frozen):
    """What follows a family's name, part by part."""

    version: str | None = None
    names: tuple[str, ...] = ()
    end: int


def family_pattern() -> str:
    """A pattern for the beginning of any known family's name; the organisation of an id may precede it."""
    names = "|".join(family.spelling for family in FAMILIES)
    return rf"(?:{_NO_OWNER}[a-z0-9][\w.\-]{{0,30}}/)?(?:{names})(?=[^a-z]|$)"


@lru_cache(maxsize=8)
def catalogue_pattern(known_models: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for the catalogue's own short names, however their parts are separated."""
    spellings = [
        r"[ \-_]?".join(map(re.escape, re.split(r"[\-_ ]+", name.lower())))
        for name in sorted(known_models, key=len, reverse=True)
        if re.fullmatch(r"[a-z0-9][a-z0-9.\-]{2,59}", name.lower())
    ]
    return re.compile(rf"(?:{'|'.join(spellings)})(?![a-z0-9])") if spellings else None


def recognise_catalogue_model(name: str, known_models: Sequence[str]) -> ModelMention:
    """The mention that a match of :func:`catalogue_pattern` is."""
    return ModelMention((_resolve(name, known_models),), family="")


def recognise_model(folded: str, start: int, end: int, known_models: Sequence[str]) -> tuple[ModelMention, int] | None:
    """The model whose family's name stands at ``start``..``end`` of ``folded``, and where the name ends."""
    family = _family_called(folded[start:end].rsplit("/", 1)[-1])
    if family is None:
        return None
    parts = _read_parts(folded, end, family)
    stem = family.name
    if parts.version:
        stem += parts.version if family.glued else f"-{parts.version}"
    bare = parts.version is None and not parts.names
    if bare and family.everyday and "/" not in folded[start:end]:
        return ModelMention((), family.name, bare=True), end
    names = [_resolve("-".join([stem, *parts.names]), known_models)]
    after = parts.end
    while parts.names and (another := _ANOTHER_SIZE.match(folded, after)):
        sizes = [*parts.names[:-1], another[1].replace(" ", "")]
        names.append(_resolve("-".join([stem, *sizes]), known_models))
        after = another.end()
    return ModelMention(tuple(names), family.name, bare=bare), after


def begins_other_name(plain: str, end: int) -> bool:
    """Whether a family's name that ends at ``end`` begins another name: ``Mistral Airlines``."""
    return _NAME_GOES_ON.match(plain, end) is not None


def _family_called(name: str) -> Family | None:
    return next((family for family in FAMILIES if re.fullmatch(family.spelling, name)), None)


def _read_parts(folded: str, end: int, family: Family) -> _Parts:
    version: str | None = None
    names: list[str] = []
    for _ in range(_MAX_PARTS):
        part = _PART.match(folded, end)
        if part is None or (taken := _take_part(part, family)) is None:
            break
        if part["version"] and not names and version is None:
            version = taken
        elif taken and not (part["version"] and _has_size(names)):
            names.append(taken)
        end = part.end()
    return _Parts(version=version, names=tuple(names), end=end)


def _take_part(part: re.Match[str], family: Family) -> str | None:
    """The part in its short form, empty where it is dropped, ``None`` where the name has ended."""
    join = part["join"]
    if part["size"]:
        return part["size"].replace(" ", "")
    if part["version"]:
        plausible = join != "." and (join != " " or len(part["version"].rstrip("n")) == 1 or "." in part["version"])
        return part["version"].replace("_", ".") if plausible else None
    if part["date"]:
        return "" if join in ("-", "_") else None
    word = part["word"]
    if join and (join != " " or word not in HYPHENATED_VARIANTS) and re.fullmatch(family.variants, word):
        return word
    if join in ("-", "_", ":", ".") and (word in DROPPED_PARTS or re.fullmatch(r"v\d(?:\.\d)?", word)):
        return ""
    return "" if join and (word in SPACED_DROPS or re.fullmatch(r"v\d(?:\.\d)?", word)) else None


def _has_size(names: Sequence[str]) -> bool:
    return any(re.fullmatch(_SIZE, name) for name in names)


def _resolve(name: str, known_models: Sequence[str]) -> str:
    """The catalogue's spelling of ``name``: parts otherwise separated, or sizes that it leaves out."""
    squashed = re.sub(r"[^a-z0-9.]", "", name)
    for known in sorted(map(str.lower, known_models), key=len, reverse=True):
        if re.sub(r"[^a-z0-9.]", "", known) == squashed:
            return known
        if name.startswith(f"{known}-") and all(
            re.fullmatch(_SIZE, part) for part in name.removeprefix(f"{known}-").split("-")
        ):
            return known
    return name
