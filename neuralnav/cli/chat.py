"""``neuralnav chat``: the conversation in the terminal, for people and, with ``--json``, for programs."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, TextIO, cast
from uuid import uuid4

from pydantic import ValidationError
from rich.console import Console
from rich.markdown import Markdown

from graph.application import open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import Conversations, TurnReport
from graph.wording import standing
from graph.wording.text import plain
from neuralnav.chat.moments import table
from neuralnav.cli.documents import MAX_LINE_CHARACTERS
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError
from neuralnav.models.intent import MAX_TEXT_CHARACTERS
from neuralnav.models.problems import problems_of
from neuralnav.settings import LOCAL_USER, get_settings

LEAVE = frozenset({"quit", "exit"})
_TURN = re.compile(r"[0-9]{1,9}")
TERMINATED = 128 + signal.SIGTERM


class Lines:
    """Lines of standard input, read by a thread that does not keep the program from ending."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
        threading.Thread(target=self._read, daemon=True).start()

    async def next(self) -> str:
        """The next line; empty at the end."""
        return await self._queue.get()

    def _read(self) -> None:
        while True:
            line = read_line(sys.stdin)
            try:
                asyncio.run_coroutine_threadsafe(self._queue.put(line), self._loop).result()
            except (RuntimeError, CancelledError):
                return
            if not line:
                return


def read_line(stream: TextIO) -> str:
    """The next line; of one that is too long, its beginning, which no reply is: the rest of it is passed over."""
    line = part = stream.readline(MAX_LINE_CHARACTERS)
    while part and not part.endswith("\n"):
        part = stream.readline(MAX_LINE_CHARACTERS)
    return line


@dataclass(frozen=True)
class Opening:
    """Which conversation is opened, and at which of its moments."""

    thread: str | None = None
    """``None``: a new one."""
    history: bool = False
    """Only list its moments."""
    back_to: int | None = None
    """Go back to the question after this turn."""
    fork: int | None = None
    """Begin a copy at the question after this turn."""


def run(thread: str | None, *, history: bool, back_to: str | None, fork: str | None, as_json: bool) -> int:
    """Hold the conversation until standard input ends, or list its moments.

    Raises:
        InvalidInputError: the thread's id or a turn cannot be one, or options do not go together.
        NotFoundError: the conversation has no such moment.
    """
    _check_thread(thread)
    _check_together(thread, {"--back-to": back_to, "--fork": fork, "--history": "" if history else None})
    opening = Opening(thread, history, _turn_number("--back-to", back_to), _turn_number("--fork", fork))
    try:
        return asyncio.run(_open(opening, as_json=as_json))
    except asyncio.CancelledError:
        return TERMINATED


def _check_together(thread: str | None, options: Mapping[str, str | None]) -> None:
    given = [option for option, value in options.items() if value is not None]
    if len(given) > 1:
        allowed = f"one of {', '.join(options)}"
        raise InvalidInputError(
            f"{' and '.join(given)} do not go together; allowed: {allowed}.",
            tuple(FieldProblem(option, options[option], allowed) for option in given),
        )
    if given and thread is None:
        raise InvalidInputError(
            f"{given[0]} needs a conversation: give its id with --thread.",
            (FieldProblem("--thread", None, "the id of a conversation"),),
        )


def _turn_number(option: str, given: str | None) -> int | None:
    if given is None or _TURN.fullmatch(given):
        return None if given is None else int(given)
    allowed = "the number of a turn, as --history lists them"
    raise InvalidInputError(
        f"{option} cannot be {given[:40]!r}; allowed: {allowed}.", (FieldProblem(option, given[:40], allowed),)
    )


def _check_thread(thread: str | None) -> None:
    allowed = "1 to 100 letters, digits, '.', '_' or '-'"
    if thread is not None and not (
        1 <= len(thread) <= 100 and all(c.isascii() and (c.isalnum() or c in "._-") for c in thread)
    ):
        raise InvalidInputError(
            f"--thread cannot be {thread[:80]!r}; allowed: {allowed}.",
            (FieldProblem("--thread", thread[:80], allowed),),
        )


async def _open(opening: Opening, *, as_json: bool) -> int:
    holding = asyncio.current_task()
    if holding is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, holding.cancel)
    async with open_application(get_settings()) as application:
        conversations = application.conversations
        if opening.history:
            await _list_moments(conversations, opening.thread or "", as_json=as_json)
        elif as_json:
            await _lines(conversations, opening)
        else:
            await _terminal(conversations, opening)
    return 0


async def _list_moments(conversations: Conversations, thread: str, *, as_json: bool) -> None:
    moments = await conversations.moments(thread, LOCAL_USER)
    if as_json:
        print_json({"thread": thread, "moments": [moment.model_dump(mode="json") for moment in moments]})
        return
    turn = (await conversations.present(thread, LOCAL_USER)).turn
    Console().print(Markdown(table(moments, turn) if moments else f"Nothing has been asked in `{thread}` yet."))


async def _opened(conversations: Conversations, opening: Opening) -> TurnReport:
    """Where the conversation stands that is to be held."""
    thread = opening.thread or str(uuid4())
    if opening.back_to is not None:
        return await conversations.go_back(thread, LOCAL_USER, opening.back_to)
    if opening.fork is not None:
        return await conversations.fork(thread, LOCAL_USER, opening.fork)
    return await conversations.present(thread, LOCAL_USER)


async def _lines(conversations: Conversations, opening: Opening) -> None:
    now = await _opened(conversations, opening)
    lines, turn = Lines(), now.turn
    if opening.thread is not None:
        print_json(now.model_dump(mode="json"))
    while line := await lines.next():
        try:
            report = await conversations.send(now.thread, reply_in(line), LOCAL_USER, turn)
            turn = report.turn
            print_json(report.model_dump(mode="json"))
        except NeuralNavError as error:
            print_json(error.as_problem())


def reply_in(line: str) -> CheckpointReply:
    """The reply that a line of the protocol holds: plain text, or an object with ``text`` or ``action``.

    Raises:
        InvalidInputError: the object is no reply, or the text is too long.
    """
    text = line.strip()
    try:
        document = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        document = None
    try:
        return CheckpointReply.model_validate(document if isinstance(document, dict) else {"text": text})
    except ValidationError as error:
        problems = problems_of(error, "reply")
        raise InvalidInputError(
            f"This is no reply: {'; '.join(map(str, problems))}. Give a text of at most "
            f"{MAX_TEXT_CHARACTERS:,} characters, or an action.",
            problems,
        ) from None


async def _terminal(conversations: Conversations, opening: Opening) -> None:
    console = Console(highlight=False)
    now = await _opened(conversations, opening)
    if opening.fork is not None:
        console.print(f"Conversation {now.thread}", markup=False, style="dim")
    _show(console, now)
    lines = Lines()
    while True:
        console.print("[bold]> [/bold]", end="")
        line = await lines.next()
        if not line or line.strip().lower() in LEAVE:
            break
        if not line.strip():
            continue
        try:
            now = await _turn(console, conversations, line, now)
        except NeuralNavError as error:
            console.print(f"{error.title}: {error.detail}", markup=False, style="red")
    console.print(f"To go on: neuralnav chat --thread {now.thread}", markup=False)


async def _turn(console: Console, conversations: Conversations, line: str, before: TurnReport) -> TurnReport:
    now, waiting = before, False
    said: list[str] = []
    async for event in conversations.stream(before.thread, reply_in(line), LOCAL_USER, before.turn):
        if isinstance(event, TurnReport):
            now = event
            _show(console, now, said, before)
        elif event.state == "saying":
            said.append(event.found)
            console.print(Markdown(event.found))
        elif event.state == "working" and not waiting:
            waiting = True
            console.print("  Simulating a load that nobody has asked for before; this takes a moment.", style="dim")
        elif event.state == "done" and event.found:
            console.print(f"  {plain(event.found)} ({event.took_ms / 1000:.2f} s)", markup=False, style="dim")
    return now


def _show(console: Console, report: TurnReport, said: Sequence[str] = (), before: TurnReport | None = None) -> None:
    """Print what a turn said, besides the sentences that were ``said`` while it ran, and its question.

    A question that was asked ``before`` in the same words is not printed in full again.
    """
    for message in _unsaid(report.messages, said):
        console.print(Markdown(message))
    asked = report.checkpoint
    if asked is None:
        return
    known = before.checkpoint if before else None
    again = known is not None and (known.kind, known.prompt) == (asked.kind, asked.prompt)
    console.print(Markdown(standing(asked.kind) if again else asked.prompt))
    if readings := asked.data.get("readings"):
        console.print(f"Did you mean: {' | '.join(map(str, cast(list[Any], readings)))}", markup=False, style="bold")
    console.print(f"[{' | '.join(asked.actions)}]", markup=False, style="dim")


def _unsaid(messages: Sequence[str], said: Sequence[str]) -> Iterator[str]:
    """``messages`` without the sentences, in their order, that they begin with and that were ``said`` already."""
    left = deque(said)
    for message in messages:
        rest = message
        while left and rest.startswith(left[0]):
            rest = rest.removeprefix(left.popleft()).lstrip()
        if rest:
            yield rest
