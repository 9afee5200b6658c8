"""How a reply changes lists: what is ruled out stays so, what is let in again leaves the list that ruled it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from neuralnav.models.intent import DeploymentIntent
from neuralnav.understanding.reading.utterance import Utterance
from neuralnav.understanding.words.changes import ADDS, NAMES_EXCLUDED, ONLY, READMITS


@dataclass(frozen=True)
class _Lists:
    """A list of what is wanted beside the list of what is ruled out."""

    wanted: str
    excluded: str
    closed: bool
    """Whether nothing but what is wanted may be used."""


_PAIRS = (
    _Lists("available_gpus", "excluded_gpus", closed=True),
    _Lists("preferred_models", "excluded_models", closed=False),
)


def with_lists(part: Utterance, changed: dict[str, Any], current: DeploymentIntent | None) -> dict[str, Any]:
    """``changed``, as ``part`` said it, with its lists as they come to be after what ``current`` holds."""
    for pair in _PAIRS:
        changed = _as_meant(part, changed, pair)
        if current is not None:
            changed = _after(part, changed, current, pair)
    return changed


def open_list(part: Utterance, changed: dict[str, Any], current: DeploymentIntent | None) -> str | None:
    """What to ask where GPUs are added to others that are not known, or let in where none was kept out."""
    if "available_gpus" not in changed or not part.first(ADDS) or part.first(ONLY):
        return None
    if current is None:
        return "Which GPUs may be used in all? Please name every one of them."
    any_may_be = current.available_gpus is None and not {*changed["available_gpus"]} <= _held(current, "excluded_gpus")
    if any_may_be and part.first(READMITS):
        return f"Any GPU may be used as it is: is it to be only {', '.join(changed['available_gpus'])}?"
    return None


def _as_meant(part: Utterance, changed: dict[str, Any], pair: _Lists) -> dict[str, Any]:
    """``set the excluded GPUs to H100`` names what is excluded, not what is wanted."""
    if pair.wanted not in changed or pair.excluded in changed or not part.first(NAMES_EXCLUDED[pair.excluded]):
        return changed
    return {pair.excluded if name == pair.wanted else name: value for name, value in changed.items()}


def _after(part: Utterance, changed: dict[str, Any], current: DeploymentIntent, pair: _Lists) -> dict[str, Any]:
    wanted, excluded = {*(changed.get(pair.wanted) or ())}, {*(changed.get(pair.excluded) or ())}
    was_wanted, was_excluded = _held(current, pair.wanted), _held(current, pair.excluded)
    only = part.first(ONLY) is not None
    after = dict(changed)
    if excluded:
        whole = only or part.first(NAMES_EXCLUDED[pair.excluded]) is not None
        after[pair.excluded] = _listed(excluded if whole else excluded | was_excluded)
        if not wanted and was_wanted & excluded:
            after[pair.wanted] = _listed(was_wanted - excluded)
    if not wanted:
        return after
    if wanted & was_excluded:
        after[pair.excluded] = _listed(({*(after.get(pair.excluded) or ())} or was_excluded) - wanted)
    readmitted = wanted <= was_excluded and not only and part.first(READMITS) is not None
    joins = not only and (readmitted or part.first(ADDS) is not None)
    if readmitted and not (pair.closed and was_wanted):
        del after[pair.wanted]
    elif joins:
        after[pair.wanted] = _listed(wanted | was_wanted)
    return after


def _held(current: DeploymentIntent, name: str) -> set[str]:
    return {str(value) for value in getattr(current, name) or ()}


def _listed(names: Iterable[str]) -> list[str] | None:
    return sorted(names) or None
