"""Scripted conversations: what a person says or presses, and what must hold after each turn, read from YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from graph.checkpoints import CheckpointKind

DIRECTORY = Path(__file__).parent


class Strict(BaseModel):
    """A part of a script; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One text or several."""

Expected = dict[str, JsonValue]
"""Dotted path to the value that must be there.

``null`` is no value; ``{at_least: 2, at_most: 9}``, ``{matches: REGEX}`` and ``{includes: VALUE}`` are understood.
"""


class Range(Strict):
    """A number of things."""

    at_least: int = 0
    at_most: int = 1_000_000

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, given: Any) -> Any:
        return {"at_least": given, "at_most": given} if isinstance(given, int) else given


class Pressed(Strict):
    """A button."""

    action: str
    value: JsonValue = None


class Then(Strict):
    """What must hold after a turn; what is not mentioned may be anything."""

    asks: CheckpointKind | Literal["nothing"] | None = None
    """The checkpoint that waits; ``nothing``: the conversation is at its end."""
    state: str | None = None
    """The node at which it rests."""
    turn: int | None = None
    """Inputs taken so far."""
    specification: Expected | Literal["none"] | None = None
    options: Range | None = None
    """How many there are to choose from."""
    first_option: Expected | None = None
    no_option: Expected | None = None
    """No option is like this."""
    near_misses: Range | None = None
    choice: Expected | Literal["none"] | None = None
    deployment: Expected | Literal["none"] | None = None
    says: Texts = ()
    """Regular expressions, each found in what was said in this turn."""
    does_not_say: Texts = ()
    says_something: bool | None = None
    shows: Texts = ()
    """Regular expressions, each found in what the checkpoint shows."""
    does_not_show: Texts = ()
    offers: Texts | None = None
    """Regular expressions, each found among the readings offered; an empty list: no reading is offered."""
    does_not_offer: Texts = ()
    offers_something: bool | None = None
    missing: tuple[str, ...] | None = None
    """What ``clarify`` asks for."""
    earlier_revisions: int | None = None
    files: Literal["nothing written", "written", "removed"] | None = None
    """Of this conversation, on disk."""
    audit: tuple[str, ...] | None = None
    """The lines of the audit log for this conversation, oldest first."""
    history: Range | None = None
    """How many messages the conversation keeps."""
    refused: str | None = None
    """A regular expression for the error that the turn ends in."""


_KINDS = ("say", "say_each", "press", "reopen", "go_back", "fork", "return_to_original")


class Step(Strict):
    """One turn: exactly one thing that happens, and what must hold then."""

    say: str | None = None
    say_each: tuple[str, ...] | None = None
    """Several texts, one turn each; what must hold must hold after every one."""
    press: Pressed | None = None
    reopen: Literal[True] | None = None
    """The program is started again over the same database, and the conversation is opened in it."""
    go_back: int | None = None
    """The conversation is brought back to the question after that turn."""
    fork: int | None = None
    """A copy is begun at the question after that turn; the script goes on in it."""
    return_to_original: Literal[True] | None = None
    """The script goes on in the conversation that was forked from."""
    as_if_from_another_window: int | None = None
    """With ``say`` or ``press``: the turn that the other window saw last."""
    while_nothing_can_be_written: Literal[True] | None = None
    """With ``say`` or ``press``: the disk refuses every file during that turn."""
    then: Then = Then()

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(_KINDS)}; given: {', '.join(given) or 'none'}")
        for beside in ("as_if_from_another_window", "while_nothing_can_be_written"):
            if getattr(self, beside) is not None and given[0] not in ("say", "press"):
                raise ValueError(f"{beside} goes with say or press")
        return self

    def described(self) -> str:
        """The turn in a few words."""
        kind = next(kind for kind in _KINDS if getattr(self, kind) is not None)
        given = getattr(self, kind)
        return f"{kind} {given.model_dump() if isinstance(given, BaseModel) else given!r}"[:160]


class Script(Strict):
    """One conversation."""

    title: str
    why: str
    """Why it exists."""
    turns: Annotated[tuple[Step, ...], Field(min_length=1)]


class ScriptError(Exception):
    """A script that cannot be read: file, line, turn and what is wrong."""


def read_script(path: Path) -> Script:
    """The conversation in ``path``.

    Raises:
        ScriptError: it is no YAML, a key is not known or given twice, or a value cannot be.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ScriptError(f"{path.name}: {error}") from None
    for key in _given_twice(root):
        raise ScriptError(f"{path.name}:{key.start_mark.line + 1}: {key.value!r} is given twice")
    try:
        return Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        problems = (f"{path.name}:{_line(root, e['loc'])}: {_place(e['loc'])}: {e['msg']}" for e in error.errors())
        raise ScriptError("\n".join(problems)) from None


def all_scripts() -> list[Path]:
    """Every script there is."""
    return sorted(DIRECTORY.glob("*.yaml"))


def _given_twice(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key
            seen.add(key.value)
            yield from _given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _given_twice(item)


def _place(loc: Sequence[int | str]) -> str:
    """``turn 3: then.asks``."""
    if len(loc) > 1 and loc[0] == "turns" and isinstance(loc[1], int):
        rest = ".".join(map(str, loc[2:]))
        return f"turn {loc[1] + 1}: {rest}" if rest else f"turn {loc[1] + 1}"
    return ".".join(map(str, loc)) or "the script"


def _line(node: yaml.Node | None, loc: Sequence[int | str]) -> int:
    """The line of what ``loc`` names, or of the nearest part around it that is in the file."""
    line = node.start_mark.line + 1 if node else 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
