"""What two runs of one conversation came to, made comparable: whatever differs from run to run is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from graph import wording
from graph.conversation import TurnReport
from tests.conversations.player import Performance

OF_ONE_RUN = frozenset({"at", "by", "thread", "thread_id", "deployment_id", "idempotency_key", "manifests_sha256"})
"""Keys of times, owners, ids and digests; a digest covers the deployment's name, which every run has of its own."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r"\b[0-9a-f]{12}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{64}\b")


def require_same_outcome(rules: Performance, other: Performance) -> None:
    """The ``other`` run came to what the one by ``rules`` came to, turn by turn.

    What may differ is one note about the language model, and sentences of its own before an explanation.

    Raises:
        AssertionError: anything else differs.
    """
    note = _note(other)
    notes = sum(report.messages.count(note) for report in other.reports)
    assert notes <= 1, f"the note about the language model was given {notes} times"
    assert len(other.reports) == len(rules.reports)
    renamed = _renamed(rules, other)
    for turn, (expected, got) in enumerate(zip(rules.reports, other.reports, strict=True), start=1):
        difference = _first_difference(_comparable(expected, {}), _comparable(got, renamed))
        assert difference is None, f"report {turn}: {difference}"
        said = [_text(message, renamed) for message in got.messages if message != note]
        _require_same_words(turn, [_text(message, {}) for message in expected.messages], said)
    assert other.audit == rules.audit


def model_was_missed(performance: Performance) -> bool:
    """Whether the person was told that the language model did not answer."""
    return any(_note(performance) in report.messages for report in performance.reports)


def _note(performance: Performance) -> str:
    return wording.model_absent(performance.application.settings.llm or "")


def _require_same_words(turn: int, expected: Sequence[str], said: Sequence[str]) -> None:
    assert len(said) == len(expected), f"report {turn}: said {said}, expected {expected}"
    for by_rules, words in zip(expected, said, strict=True):
        same = words == by_rules or words.endswith(f"\n\n{by_rules}")
        assert same, f"report {turn}: said {words!r}, expected {by_rules!r}"


def _renamed(rules: Performance, other: Performance) -> dict[str, str]:
    """Names of deployments in the ``other`` run and what they are called in the one by ``rules``."""
    pairs = {
        theirs: ours
        for expected, got in zip(rules.reports, other.reports, strict=True)
        for ours, theirs in zip(_names(expected), _names(got), strict=False)
        if ours != theirs
    }
    return dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def _names(report: TurnReport) -> list[str]:
    shown = report.checkpoint.data if report.checkpoint else {}
    sets = [(report.deployment or {}).get("manifests"), shown.get("manifests"), shown.get("replaces")]
    return [str(found["name"]) if isinstance(found, dict) else "" for found in sets]


def _comparable(report: TurnReport, renamed: dict[str, str]) -> Any:
    document = report.model_dump(mode="json", exclude={"messages"})
    return _stripped(document, renamed)


def _stripped(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _stripped(inner, renamed) for key, inner in value.items() if key not in OF_ONE_RUN}
    if isinstance(value, list):
        return [_stripped(inner, renamed) for inner in value]
    return _text(value, renamed) if isinstance(value, str) else value


def _text(text: str, renamed: dict[str, str]) -> str:
    for theirs, ours in renamed.items():
        text = text.replace(theirs, ours)
    return _DIGEST.sub("DIGEST", _ID.sub("ID", text))


def _first_difference(expected: Any, got: Any, path: str = "") -> str | None:
    if isinstance(expected, dict) and isinstance(got, dict) and expected.keys() == got.keys():
        inner = (_first_difference(expected[key], got[key], f"{path}.{key}") for key in expected)
        return next((found for found in inner if found), None)
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        inner = (_first_difference(ours, theirs, f"{path}.{at}") for at, (ours, theirs) in pairs)
        return next((found for found in inner if found), None)
    if expected == got:
        return None
    return f"{path.lstrip('.')}: expected {json.dumps(expected)[:300]}, got {json.dumps(got)[:300]}"
