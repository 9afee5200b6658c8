"""The conversation behind Chainlit's callbacks: one turn at a time, each question answered once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import asyncpg
import chainlit as cl
import psycopg
from chainlit.context import context
from chainlit.session import WebsocketSession
from chainlit.types import ThreadDict
from pydantic import BaseModel, ValidationError

from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.conversation import MOVED_ON, Conversations, StepEvent, TurnReport
from neuralnav.chat import plain
from neuralnav.chat.buttons import Press, identity
from neuralnav.chat.cards.answers import TAKEN, Answer, tried
from neuralnav.chat.moments import GoBack, read_command
from neuralnav.chat.shown import (
    Progress,
    begin_step,
    end_step,
    seen_turn,
    show_buttons,
    show_error,
    show_question,
    show_report,
    show_said,
    unanswered,
    withdraw_buttons,
)
from neuralnav.chat.thread_store import ThreadStore
from neuralnav.chat.tool_calls import ToolCalls
from neuralnav.chat.travels import Travels
from neuralnav.errors import InvalidInputError, NeuralNavError, NotFoundError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.intent import MAX_TEXT_CHARACTERS

logger = logging.getLogger(__name__)

SAY_SO_AFTER_S = 0.3
"""When opening a conversation takes longer than this, a step says what is going on."""

HISTORY_WITHIN_S = 30.0
"""How long Chainlit may take to send a conversation's history."""

Pressed = TypeVar("Pressed", bound=BaseModel)

RUN = "on_message"
"""The name by which Chainlit's page knows a turn, which it does not show as a step."""


class ChatFace:
    """What happens when somebody writes, presses a button, or opens a conversation again."""

    def __init__(self, conversations: Conversations, store: ThreadStore, use_cases: Sequence[UseCaseTemplate]) -> None:
        self._conversations = conversations
        self._use_cases = use_cases
        self._travels = Travels(conversations, store)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._answering: set[tuple[str, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def on_message(self, message: cl.Message) -> None:
        """Take words."""
        _resume_on_reconnect()
        await context.emitter.send_window_message({"neuralnavThread": _thread()})
        text = plain.legible(message.content)
        if len(text) > MAX_TEXT_CHARACTERS:
            await cl.Message(plain.too_long(len(text))).send()
        elif not text.strip():
            await cl.Message(plain.NOTHING_SAID).send()
        else:
            await self._start(self._said(text))

    async def on_press(self, action: cl.Action) -> dict[str, Any]:
        """Take what a button or a card sends; what follows comes by itself, not as this request's.

        Returned is an :class:`~neuralnav.chat.cards.answers.Answer`: a card shows beside its fields why it was refused.
        """
        press = await _payload(action, Press)
        if press is None:
            return Answer(taken=False, detail=plain.NOT_A_BUTTON).model_dump()
        if press.card and (refused := await self._refused(press)):
            return refused.model_dump()
        self._press(press.turn, partial(self._answer, press))
        return TAKEN.model_dump()

    async def on_way_back(self, action: cl.Action) -> None:
        """Take the button of an earlier moment."""
        if way := await _payload(action, GoBack):
            self._press(way.turn, partial(self._return, way))

    async def on_resume(self, thread: ThreadDict) -> None:
        """Bring a conversation that is opened again to where it stands, after its history was shown."""
        self._start(self._continue(thread, _history_sent()))

    async def on_stop(self) -> None:
        """Leave the turn that was stopped; what was approved is finished instead."""
        self._start(self._leave())

    async def close(self, grace_s: float) -> None:
        """Let running turns end; stop those that do not."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a turn of the chat failed", exc_info=error)

    def _turn(self, thread: str) -> asyncio.Lock:
        return self._turns.setdefault(thread, asyncio.Lock())

    async def _standing(self) -> TurnReport:
        return await self._conversations.present(_thread(), _owner())

    async def _caught_up(self) -> TurnReport:
        """Where the conversation stands; what was said while an interrupted turn was finished is shown."""
        standing = await self._standing()
        await show_said(standing, standing.messages)
        return standing

    async def _said(self, text: str) -> None:
        async with _explained(), self._turn(_thread()):
            command = read_command(text)
            standing = await self._caught_up()
            if command:
                await self._travels.do(command, standing, _owner())
            elif standing.turn and standing.checkpoint and standing.turn != seen_turn():
                await cl.Message(MOVED_ON).send()
                await show_question(standing)
            else:
                await self._take(standing, CheckpointReply(text=text))

    async def _refused(self, press: Press) -> Answer | None:
        """Why what a card sent cannot be taken; ``None``: it can, or the question is no longer open."""
        if self._turn(_thread()).locked():
            return None
        async with _explained():
            standing = await self._standing()
            answer = tried(press.reply, standing, self._use_cases) if standing.turn == press.turn else TAKEN
            return None if answer.taken else answer
        return Answer(taken=False, detail=plain.NOT_TAKEN)

    def _press(self, turn: int, answer: Callable[[TurnReport], Awaitable[None]]) -> None:
        _resume_on_reconnect()
        _session().current_task = self._start(self._pressed(turn, answer))

    async def _pressed(self, turn: int, answer: Callable[[TurnReport], Awaitable[None]]) -> None:
        question = (_thread(), turn)
        if question in self._answering:
            await context.emitter.send_toast(plain.ALREADY_ANSWERED, "info")
            return
        self._answering.add(question)
        try:
            async with _explained(), self._turn(_thread()):
                standing = await self._caught_up()
                if standing.turn == turn:
                    await answer(standing)
                else:
                    await context.emitter.send_toast(plain.ALREADY_ANSWERED, "info")
                    await show_question(standing)
        finally:
            self._answering.discard(question)

    async def _answer(self, press: Press, standing: TurnReport) -> None:
        if press.asks_how and standing.checkpoint:
            await _show_how(standing, standing.checkpoint.kind)
            return
        async with _said_by_button(press.label):
            await self._take(standing, press.reply)

    async def _return(self, way: GoBack, standing: TurnReport) -> None:
        async with _said_by_button(way.label):
            await self._travels.go_back(standing, way.to, _owner())

    async def _take(self, standing: TurnReport, reply: CheckpointReply) -> None:
        await withdraw_buttons(standing)
        calls = ToolCalls()
        progress = Progress(calls)
        try:
            with calls.watching():
                async for event in self._conversations.stream(standing.thread, reply, _owner(), standing.turn):
                    if isinstance(event, StepEvent):
                        await progress.show(event)
                    else:
                        await progress.unsay()
                        await show_report(event, standing)
        except InvalidInputError as error:
            await show_error(error)
            await show_buttons(standing)
        finally:
            await progress.stop()

    async def _leave(self) -> None:
        async with _explained(), _notice(plain.STOPPING) as end_notice, self._turn(_thread()):
            report = await self._conversations.leave(_thread(), _owner())
            await end_notice()
            await show_said(report, report.messages or [plain.STOPPED])
            await show_question(report)

    async def _continue(self, thread: ThreadDict, history_sent: asyncio.Event) -> None:
        async with asyncio.timeout(HISTORY_WITHIN_S):
            await history_sent.wait()
        async with _explained(), _notice(plain.CONTINUING) as end_notice, self._turn(_thread()):
            report = await self._standing()
            await end_notice()
            history = await self._conversations.history(report.thread, _owner())
            already = {part["id"] for part in (*thread["steps"], *(thread["elements"] or ()))}
            if identity(report.thread, report.turn, "question") not in already:
                await show_said(report, unanswered(history), already=already)
            else:
                await show_said(report, report.messages, already=already)
            await show_question(report, already=already)


def _session() -> WebsocketSession:
    session = context.session
    if not isinstance(session, WebsocketSession):
        raise NotFoundError("This conversation is not open in a browser.")
    return session


def _thread() -> str:
    return _session().thread_id


def _owner() -> str:
    user = _session().user
    if user is None:
        raise NotFoundError("Nobody is signed in.")
    return user.identifier


async def _payload(action: cl.Action, kind: type[Pressed]) -> Pressed | None:
    """What a button carries; ``None``, and said so: it is none of ours."""
    try:
        return kind.model_validate(action.payload)
    except ValidationError:
        await context.emitter.send_toast(plain.NOT_A_BUTTON, "warning")
        return None


@asynccontextmanager
async def _said_by_button(label: str) -> AsyncIterator[None]:
    """A turn that a button begins, shown as if its label had been said."""
    await context.emitter.task_start()
    try:
        said = await cl.Message(label, type="user_message", author=_owner()).send()
        async with cl.Step(name=RUN, type="run", parent_id=said.id):
            yield
    finally:
        await context.emitter.task_end()


async def _show_how(standing: TurnReport, kind: CheckpointKind) -> None:
    hint = identity(standing.thread, standing.turn, "how to edit")
    await cl.Message(plain.how_to_edit(kind), id=hint).send()


def _resume_on_reconnect() -> None:
    """Let Chainlit send the whole conversation again after a broken connection, with what was said meanwhile."""
    session = _session()
    session.thread_id_to_resume = session.thread_id


def _history_sent() -> asyncio.Event:
    """Set once Chainlit has sent the history of the conversation: what is sent earlier, it overwrites."""
    session, sent = _session(), asyncio.Event()
    emit: Callable[[str, Any], Any] = session.emit

    async def watched(event: str, data: Any) -> None:
        await emit(event, data)
        if event == "resume_thread":
            session.emit = emit
            sent.set()

    session.emit = watched  # type: ignore[assignment]
    return sent


@asynccontextmanager
async def _notice(what: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Show a step that says ``what`` when what follows takes long, until what is yielded is called."""
    over = asyncio.Event()

    async def say() -> None:
        try:
            async with asyncio.timeout(SAY_SO_AFTER_S):
                await over.wait()
        except TimeoutError:
            step = await begin_step(f"{what} …")
            await over.wait()
            await end_step(step, what)

    saying = asyncio.create_task(say())

    async def end() -> None:
        over.set()
        await saying

    try:
        yield end
    finally:
        await end()


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Say in words what stopped the work inside; what nobody foresaw is logged by whoever called."""
    foreseen = False
    try:
        yield
        foreseen = True
    except asyncio.CancelledError:
        foreseen = True
        raise
    except NeuralNavError as error:
        foreseen = True
        await show_error(error)
    except (psycopg.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        foreseen = True
        logger.exception("the database did not answer")
        await cl.Message(plain.DATABASE_SILENT).send()
    finally:
        if not foreseen:
            await cl.Message(plain.UNEXPECTED).send()
