"""``neuralnav chat``: the conversation in the terminal, for people and, with ``--json``, for programs."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from concurrent.futures import CancelledError
from typing import TextIO
from uuid import uuid4

from pydantic import ValidationError
from rich.console import Console
from rich.markdown import Markdown

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import Conversations, TurnReport
from neuralnav.cli.documents import MAX_LINE_CHARACTERS
from neuralnav.cli.output import print_json
from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError
from neuralnav.models.intent import MAX_TEXT_CHARACTERS
from neuralnav.settings import LOCAL_USER, get_settings

LEAVE = frozenset({"quit", "exit"})
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


def run(thread: str | None, *, as_json: bool) -> int:
    """Hold the conversation until standard input ends."""
    try:
        return asyncio.run(_open(_checked(thread), as_json=as_json))
    except asyncio.CancelledError:
        return TERMINATED


def _checked(thread: str | None) -> str | None:
    allowed = "1 to 100 letters, digits, '.', '_' or '-'"
    if thread is not None and not (
        1 <= len(thread) <= 100 and all(c.isascii() and (c.isalnum() or c in "._-") for c in thread)
    ):
        raise InvalidInputError(
            f"--thread cannot be {thread[:80]!r}; allowed: {allowed}.",
            (FieldProblem("--thread", thread[:80], allowed),),
        )
    return thread


async def _open(thread: str | None, *, as_json: bool) -> int:
    holding = asyncio.current_task()
    if holding is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, holding.cancel)
    async with open_application(get_settings()) as application:
        if as_json:
            await _lines(application.conversations, thread)
        else:
            await _terminal(application, thread)
    return 0


async def _lines(conversations: Conversations, thread: str | None) -> None:
    known = thread or str(uuid4())
    lines, turn = Lines(), 0
    if thread is not None:
        standing = await conversations.present(known, LOCAL_USER)
        turn = standing.turn
        print_json(standing.model_dump(mode="json"))
    while line := await lines.next():
        try:
            report = await conversations.send(known, reply_in(line), LOCAL_USER, turn)
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
        problems = tuple(
            FieldProblem(".".join(map(str, e["loc"])) or "reply", str(e.get("input"))[:80], e["msg"])
            for e in error.errors()
        )
        raise InvalidInputError(
            f"This is no reply: {'; '.join(p.allowed for p in problems)}. Give a text of at most "
            f"{MAX_TEXT_CHARACTERS:,} characters, or an action.",
            problems,
        ) from None


async def _terminal(application: Application, thread: str | None) -> None:
    console = Console()
    known = thread or str(uuid4())
    conversations = application.conversations
    standing = await conversations.present(known, LOCAL_USER)
    _show(console, standing)
    lines, turn = Lines(), standing.turn
    while True:
        console.print("[bold]> [/bold]", end="")
        line = await lines.next()
        if not line or line.strip().lower() in LEAVE:
            break
        if not line.strip():
            continue
        try:
            turn = await _turn(console, conversations, known, line, turn)
        except NeuralNavError as error:
            console.print(f"{error.title}: {error.detail}", markup=False, style="red")
    console.print(f"To go on: neuralnav chat --thread {known}", markup=False)


async def _turn(console: Console, conversations: Conversations, thread: str, line: str, turn: int) -> int:
    waiting = False
    async for event in conversations.stream(thread, reply_in(line), LOCAL_USER, turn):
        if isinstance(event, TurnReport):
            _show(console, event)
            turn = event.turn
        elif event.state == "working" and not waiting:
            waiting = True
            console.print("  Simulating a load that nobody has asked for before; this takes a moment.", style="dim")
        elif event.state == "done" and event.found:
            console.print(f"  {event.found} ({event.took_ms / 1000:.2f} s)", markup=False, style="dim")
    return turn


def _show(console: Console, report: TurnReport) -> None:
    for message in report.messages:
        console.print(Markdown(message))
    if report.checkpoint:
        console.print(Markdown(report.checkpoint.prompt))
        console.print(f"[{' | '.join(report.checkpoint.actions)}]", markup=False, style="dim")
