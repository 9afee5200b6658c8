"""A turn as the browser shows it: steps while they run, then what was said, then the question with its buttons."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import chainlit as cl
from chainlit.context import context
from chainlit.utils import utc_now

from graph.checkpoints import Checkpoint
from graph.conversation import StepEvent, TurnReport
from graph.wording import standing
from graph.wording.text import escaped
from neuralnav.chat import moments
from neuralnav.chat.buttons import CALLBACK, buttons, identity
from neuralnav.chat.cards import CARDS, Card, cards_of, decided_cards, lead_of
from neuralnav.chat.moments import GoBack
from neuralnav.chat.plain import done, percent_done, running
from neuralnav.chat.thread_store import NUMBER
from neuralnav.chat.tool_calls import ToolCalls
from neuralnav.errors import NeuralNavError

FIRST_CARD = "card 1"
"""What the first card of a question is called in its id."""

QUESTION = "neuralnavQuestion"
"""Under which the page is told which question is open."""

PROGRESS = "neuralnavProgress"
"""Under which the page is told what takes long, and how far it is."""

AS_TEXT = "text"
"""Chainlit shows a step's input as a block of code in this language."""

SEEN_TURN = "seen_turn"
CARD_TURN = "card_turn"
"""Under which a browser's session keeps the turn whose cards show the question that is open."""
OFFERED = "ways_back"
"""Under which a browser's session keeps the buttons of moments that it shows."""


class Progress:
    """The steps of one turn, and what is said while they run."""

    def __init__(self, calls: ToolCalls | None = None) -> None:
        self._calls = calls or ToolCalls()
        self._open: dict[str, cl.Step] = {}
        self._saying: cl.Message | None = None

    async def show(self, event: StepEvent) -> None:
        """Show a step that began, how far it is, what it says, or what it found."""
        if event.state == "began":
            await self._begin(event)
        elif event.state == "saying":
            await self._say(event.found)
        elif event.state == "working":
            await self._get_on(event)
        elif step := self._open.pop(event.step, None):
            step.input, step.output = self._calls.asked(event.step), self._calls.found(event.step)
            await end_step(step, done(event))

    async def _begin(self, event: StepEvent) -> None:
        """Show the step, or that one which is tried again runs anew."""
        if event.step in self._open:
            await self._get_on(event)
        else:
            self._open[event.step] = await begin_step(running(event))
            await _show_bar(event)

    async def _get_on(self, event: StepEvent) -> None:
        if step := self._open.get(event.step):
            step.name = running(event)
            await step.update()
            await _show_bar(event)

    async def _say(self, sentence: str) -> None:
        """Show one more sentence of an answer; it is stored only with the whole answer."""
        if self._saying is None:
            self._saying = cl.Message("")
            await self._saying.stream_token(sentence)
        else:
            await self._saying.stream_token(f" {sentence}")

    async def unsay(self) -> None:
        """Take back what was said on the way: the messages of the turn hold it."""
        if self._saying is not None:
            await context.emitter.delete_step(self._saying.to_dict())
            self._saying = None

    async def stop(self) -> None:
        """Mark what was not finished."""
        await self.unsay()
        await context.emitter.send_window_message({PROGRESS: None})
        for step in self._open.values():
            step.is_error = True
            await end_step(step, step.name)
        self._open.clear()


async def _show_bar(event: StepEvent) -> None:
    """Tell the page what is being worked on, and how far it is."""
    bar = {"label": running(event), "percent": percent_done(event.found)}
    await context.emitter.send_window_message({PROGRESS: bar})


async def begin_step(name: str) -> cl.Step:
    """Show a step that runs."""
    current = context.current_step
    step = cl.Step(name=name, type="tool", parent_id=current.id if current else None, show_input=AS_TEXT)
    step.start = utc_now()
    await step.send()
    return step


async def end_step(step: cl.Step, name: str) -> None:
    """Show that a step is over, under its final ``name``."""
    step.name, step.end = name, utc_now()
    await step.update()


async def show_error(error: NeuralNavError) -> None:
    """Say in words what could not be done."""
    await cl.Message(f"**{escaped(error.title)}.** {escaped(error.detail)}").send()


async def show_report(report: TurnReport, before: TurnReport) -> None:
    """Show what a turn said, and its question; one that was asked ``before`` is not shown in full again."""
    await show_said(report, report.messages)
    await _show_decided(before, report)
    await show_question(report, before=before)


def unanswered(history: Sequence[tuple[str, str]]) -> list[str]:
    """What was said since the person's last reply."""
    last = max((n for n, (kind, _) in enumerate(history) if kind == "human"), default=-1)
    return [text for _, text in history[last + 1 :]]


async def show_said(report: TurnReport, texts: Sequence[str], *, already: Collection[str] = ()) -> None:
    """Show messages of the turn that ``report`` is about."""
    for text in texts:
        message_id = identity(report.thread, report.turn, text)
        if message_id not in already:
            await cl.Message(text, id=message_id).send()


async def show_question(report: TurnReport, *, before: TurnReport | None = None, already: Collection[str] = ()) -> None:
    """Show the question that ``report`` ends with and its buttons, once, however often this is called."""
    checkpoint = report.checkpoint
    if checkpoint is None or report.turn == 0:
        return
    question = identity(report.thread, report.turn, "question")
    if question not in already:
        stands = before is not None and _asks_the_same(before.checkpoint, checkpoint)
        await cl.Message(standing(checkpoint.kind) if stands else lead_of(checkpoint), id=question).send()
        if not stands:
            await _show_cards(report.thread, report.turn, cards_of(checkpoint))
            cl.user_session.set(CARD_TURN, report.turn)
    else:
        cl.user_session.set(CARD_TURN, _turn_of_cards(report, already))
    await show_buttons(report)
    cl.user_session.set(SEEN_TURN, report.turn)


async def _show_decided(answered: TurnReport, report: TurnReport) -> None:
    """Show on the cards of the question that was answered what was decided."""
    shown_at = cl.user_session.get(CARD_TURN)
    if answered.checkpoint is None or report.checkpoint is None or not isinstance(shown_at, int):
        return
    await _show_cards(report.thread, shown_at, decided_cards(answered.checkpoint, report.checkpoint))


def seen_turn() -> int | None:
    """The turn whose question this browser showed last."""
    turn = cl.user_session.get(SEEN_TURN)
    return turn if isinstance(turn, int) else None


async def show_buttons(report: TurnReport) -> None:
    """Give the question that ``report`` ends with its buttons, each once, and open its cards."""
    await withdraw_buttons(report)
    for action in _actions(report):
        await action.send(for_id=identity(report.thread, report.turn, "question"))
    await _open_cards(report, report.turn)


def _asks_the_same(before: Checkpoint | None, now: Checkpoint) -> bool:
    if before is None or (before.kind, before.prompt) != (now.kind, now.prompt):
        return False
    return before.data | {"readings": None} == now.data | {"readings": None}


async def withdraw_buttons(report: TurnReport) -> None:
    """Take the buttons of the question away, and those of the moments that were listed; its cards only show now."""
    await _open_cards(report, None)
    for action in _actions(report):
        await action.remove()
    for document in cl.user_session.get(OFFERED) or ():
        await context.emitter.emit("remove_action", document)
    cl.user_session.set(OFFERED, [])


async def show_moments(text: str, ways_back: Sequence[GoBack]) -> None:
    """Show the listed moments, with a button for each way back."""
    actions = [
        cl.Action(name=moments.CALLBACK, payload=way.model_dump(mode="json"), label=way.label, icon="history")
        for way in ways_back
    ]
    await cl.Message(text, actions=actions).send()
    offered = [*(cl.user_session.get(OFFERED) or ()), *(action.to_dict() for action in actions)]
    cl.user_session.set(OFFERED, offered)


def _actions(report: TurnReport) -> list[cl.Action]:
    return [
        cl.Action(
            name=CALLBACK,
            payload=button.press.model_dump(mode="json"),
            label=button.press.label,
            tooltip=button.tooltip,
            icon=button.icon,
            id=button.id,
        )
        for button in buttons(report)
    ]


async def _show_cards(thread: str, turn: int, cards: Sequence[Card]) -> None:
    """Show a question's cards, or show them anew, one after another: the page keeps the order in which they come.

    Each knows where it was shown, so that the page can tell whether it is still open, and its number.
    """
    for number, card in enumerate(cards, start=1):
        element = cl.CustomElement(
            name=card.element,
            props={"thread": thread, "turn": turn, NUMBER: number, **card.props},
            display="inline",
            id=identity(thread, turn, f"card {number}"),
        )
        await element.send(for_id=identity(thread, turn, "question"))


async def _open_cards(report: TurnReport, turn: int | None) -> None:
    """Tell the page which cards take a reply, and after which ``turn`` it is given; ``None``: none for now."""
    has_cards = report.checkpoint is not None and report.checkpoint.kind in CARDS
    shown_at = cl.user_session.get(CARD_TURN) if has_cards else None
    await context.emitter.send_window_message({QUESTION: {"thread": report.thread, "turn": turn, "cards": shown_at}})


def _turn_of_cards(report: TurnReport, already: Collection[str]) -> int | None:
    """The turn whose cards show the question of ``report``, from the ids of what the page holds."""
    turns = range(report.turn, 0, -1)
    return next((turn for turn in turns if identity(report.thread, turn, FIRST_CARD) in already), None)
