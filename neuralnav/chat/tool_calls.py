"""What the agents asked their tools while a step ran, and what those found: as text, bounded, without secrets."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.tracers.context import register_configure_hook
from pydantic import BaseModel

from neuralnav.chat.plain import legible

MAX_LINES = 60
MAX_LINES_INSIDE = (30, 8)
"""Of what is inside an argument or an answer, and of what is inside of that, so many lines are shown."""
MAX_VALUE_CHARACTERS = 160
MAX_ITEMS = 3
"""Of a list, so many are shown, and how many there are."""
MAX_DEPTH = 6
MAX_CALLS = 20
"""Of one step; later ones are not shown."""

HIDDEN = "(not shown)"
_SECRET = re.compile(r"secret|token$|password|passwd|credential|api_?key|authorization|kubeconfig", re.IGNORECASE)

_watcher: ContextVar[ToolCalls | None] = ContextVar("tool_calls", default=None)
register_configure_hook(_watcher, inheritable=True)


class ToolCalls(AsyncCallbackHandler):
    """Notes the calls of tools by the step that made them."""

    def __init__(self) -> None:
        self._asked: dict[str, list[str]] = defaultdict(list)
        self._found: dict[str, list[str]] = defaultdict(list)
        self._open: dict[UUID, tuple[str, str]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what is called inside."""
        token = _watcher.set(self)
        try:
            yield
        finally:
            _watcher.reset(token)

    async def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,  # noqa: ARG002 - given as text too
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """A tool is asked."""
        step, name = str((metadata or {}).get("langgraph_node", "")), str((serialized or {}).get("name", "tool"))
        if len(self._asked[step]) < MAX_CALLS:
            self._open[run_id] = (step, name)
            self._asked[step].append(f"{name}\n{outlined(inputs or {})}")

    async def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """A tool answered."""
        self._close(run_id, lambda: outlined(output))

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """A tool could not answer."""
        self._close(run_id, lambda: f"  could not: {type(error).__name__}")

    def _close(self, run_id: UUID, told: Any) -> None:
        if run_id in self._open:
            step, name = self._open.pop(run_id)
            self._found[step].append(f"{name}\n{told()}")

    def asked(self, step: str) -> str:
        """What the tools of ``step`` were given."""
        return "\n\n".join(self._asked.pop(step, ()))

    def found(self, step: str) -> str:
        """What they answered, as a block of code: nothing in it is read as Markdown or HTML."""
        text = "\n\n".join(self._found.pop(step, ()))
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        return f"{fence}text\n{text}\n{fence}" if text else ""


def outlined(value: Any) -> str:
    """``value`` as indented lines of names and values, single values first, cut where it gets long.

    What is unset is left out.
    """
    lines = list(islice(_lines(_plain(value), "  ", 0), MAX_LINES + 1))
    return "\n".join([*lines[:MAX_LINES], "  …"] if len(lines) > MAX_LINES else lines) or "  nothing"


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_none=True) if isinstance(value, BaseModel) else value


def _lines(value: Any, indent: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        items = [(key, _plain(item)) for key, item in value.items()]
        for key, item in sorted(items, key=lambda entry: _holds_more(entry[1])):
            yield from _entry(legible(str(key)), item, indent, depth)
    elif _holds_more(value):
        for item in islice(value, MAX_ITEMS):
            yield from _entry("", _plain(item), indent, depth)
        if len(value) > MAX_ITEMS:
            yield f"{indent}… {len(value):,} in all"
    else:
        yield f"{indent}{_word(value)}"


def _holds_more(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, (str, bytes)))


def _entry(key: str, item: Any, indent: str, depth: int) -> Iterator[str]:
    label = f"{key}:" if key else "-"
    if item is None or item == [] or item == {}:
        return
    if _SECRET.search(key):
        yield f"{indent}{label} {HIDDEN}"
    elif _holds_more(item):
        if depth >= MAX_DEPTH:
            yield f"{indent}{label} …"
        else:
            yield f"{indent}{label}"
            most = MAX_LINES_INSIDE[min(depth, len(MAX_LINES_INSIDE) - 1)]
            inside = list(islice(_lines(item, f"{indent}  ", depth + 1), most + 1))
            yield from inside[:most]
            if len(inside) > most:
                yield f"{indent}  …"
    else:
        yield f"{indent}{label} {_word(item)}"


def _word(value: Any) -> str:
    word = value if isinstance(value, str) else json.dumps(value, default=lambda one: type(one).__name__)
    line = " ".join(legible(word[: 10 * MAX_VALUE_CHARACTERS]).split())
    return line if len(line) <= MAX_VALUE_CHARACTERS else f"{line[: MAX_VALUE_CHARACTERS - 1]}…"
