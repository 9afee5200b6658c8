"""What does not hold of what a script expects, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.conversation import TurnReport
from tests.conversations.script import Expected, Range, Then

ABSENT = object()


@dataclass(frozen=True)
class Situation:
    """All that can be seen of a conversation after a turn."""

    report: TurnReport
    files: str
    audit: tuple[str, ...]
    history: int

    @property
    def shown(self) -> str:
        """What the checkpoint shows."""
        return self.report.checkpoint.prompt if self.report.checkpoint else ""

    @property
    def data(self) -> Mapping[str, Any]:
        """What the checkpoint carries besides."""
        return self.report.checkpoint.data if self.report.checkpoint else {}


def objections(then: Then, seen: Situation) -> list[str]:
    """Each thing in ``then`` that does not hold."""
    return [objection for check in _CHECKS for objection in check(then, seen)]


def _place(then: Then, seen: Situation) -> Iterator[str]:
    report = seen.report
    asked = report.checkpoint.kind.value if report.checkpoint else "nothing"
    for name, expected, got in (
        ("asks", then.asks, asked),
        ("state", then.state, report.state),
        ("turn", then.turn, report.turn),
        ("earlier_revisions", then.earlier_revisions, seen.data.get("earlier_revisions")),
        ("files", then.files, seen.files),
        ("audit", then.audit, seen.audit),
        ("missing", then.missing, tuple(seen.data.get("missing") or ())),
    ):
        if expected is not None and got != expected:
            yield f"{name}: expected {_short(expected)}, got {_short(got)}"


def _values(then: Then, seen: Situation) -> Iterator[str]:
    report = seen.report
    for name, expected, document in (
        ("specification", then.specification, report.specification),
        ("choice", then.choice, report.choice),
        ("deployment", then.deployment, report.deployment),
    ):
        if expected == "none":
            if document is not None:
                yield f"{name}: expected none, got {_short(document)}"
        elif isinstance(expected, dict):
            yield from _differences(name, expected, document)


def _options(then: Then, seen: Situation) -> Iterator[str]:
    options = seen.report.options
    yield from _counted("options", then.options, len(options))
    yield from _counted("near_misses", then.near_misses, len(seen.data.get("near_misses") or ()))
    yield from _counted("history", then.history, seen.history)
    if then.first_option is not None:
        yield from _differences("first_option", then.first_option, options[0] if options else None)
    if then.no_option is not None:
        for number, option in enumerate(options, start=1):
            if not list(_differences("", then.no_option, option)):
                yield f"no_option: option {number} is like {_short(then.no_option)}"


def _words(then: Then, seen: Situation) -> Iterator[str]:
    said = "\n\n".join(seen.report.messages)
    yield from _found("says", then.says, said)
    yield from _found("shows", then.shows, seen.shown)
    yield from _not_found("does_not_say", then.does_not_say, said)
    yield from _not_found("does_not_show", then.does_not_show, seen.shown)
    if then.says_something is not None and bool(said) != then.says_something:
        yield f"says_something: expected {then.says_something}, said {_short(said)}"


def _readings(then: Then, seen: Situation) -> Iterator[str]:
    offered = "\n".join(map(str, seen.data.get("readings") or ()))
    if then.offers_something is not None and bool(offered) != then.offers_something:
        yield f"offers_something: expected {then.offers_something}, got {_short(offered)}"
    if then.offers == () and offered:
        yield f"offers: expected no readings, got {_short(offered)}"
    yield from _found("offers", then.offers or (), offered)
    yield from _not_found("does_not_offer", then.does_not_offer, offered)


def _refused(then: Then, seen: Situation) -> Iterator[str]:
    del seen
    if then.refused is not None:
        yield f"refused: expected an error like {then.refused!r}, got none"


_CHECKS: tuple[Callable[[Then, Situation], Iterator[str]], ...] = (
    _place,
    _values,
    _options,
    _words,
    _readings,
    _refused,
)


def value_at(document: Any, path: str) -> Any:
    """The value at the dotted ``path``, whose parts may hold dots themselves; ``ABSENT`` where there is none."""
    if not path:
        return document
    if isinstance(document, Mapping):
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            key = ".".join(parts[:length])
            if key in document:
                return value_at(document[key], ".".join(parts[length:]))
    if isinstance(document, Sequence) and not isinstance(document, str):
        head, _, rest = path.partition(".")
        if head.isdigit() and int(head) < len(document):
            return value_at(document[int(head)], rest)
    return ABSENT


def _differences(name: str, expected: Expected, document: Any) -> Iterator[str]:
    for path, value in expected.items():
        got = value_at(document, path)
        if not _is_like(value, got):
            shown = "nothing there" if got is ABSENT else _short(got)
            yield f"{name}.{path}: expected {_short(value)}, got {shown}"


def _is_like(expected: Any, got: Any) -> bool:
    if isinstance(expected, dict) and expected and expected.keys() <= {"at_least", "at_most"}:
        number = isinstance(got, int | float)
        return number and expected.get("at_least", got) <= got <= expected.get("at_most", got)
    if isinstance(expected, dict) and expected.keys() == {"matches"}:
        return isinstance(got, str) and re.search(expected["matches"], got) is not None
    if isinstance(expected, dict) and expected.keys() == {"includes"}:
        return isinstance(got, list) and expected["includes"] in got
    if isinstance(expected, float) and isinstance(got, int | float):
        return abs(expected - got) <= 1e-6 * abs(expected)
    return bool(expected == got)


def _counted(name: str, expected: Range | None, got: int) -> Iterator[str]:
    if expected is not None and not expected.at_least <= got <= expected.at_most:
        yield f"{name}: expected {expected.at_least} to {expected.at_most}, got {got}"


def _found(name: str, patterns: Sequence[str], text: str) -> Iterator[str]:
    for pattern in patterns:
        if not re.search(pattern, text):
            yield f"{name}: expected {pattern!r}, got {_short(text)}"


def _not_found(name: str, patterns: Sequence[str], text: str) -> Iterator[str]:
    for pattern in patterns:
        if (found := re.search(pattern, text)) is not None:
            yield f"{name}: {pattern!r} must not be there, got {_short(text[max(0, found.start() - 40) :])}"


def _short(value: Any, limit: int = 500) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
