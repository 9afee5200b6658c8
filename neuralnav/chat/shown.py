"""A turn as the browser shows it: steps while they run, then what was said, then the question with its buttons."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from typing import Any

import chainlit as cl
from chainlit.context import context
from chainlit.utils import utc_now

from graph.checkpoints import Checkpoint, CheckpointKind
from graph.conversation import StepEvent, TurnReport
from graph.wording import standing
from graph.wording.text import escaped
from neuralnav.chat import moments
from neuralnav.chat.buttons import CALLBACK, buttons, identity
from neuralnav.chat.moments import GoBack
from neuralnav.chat.plain import done, running
from neuralnav.deployment.output import zip_manifests
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Deployment, ManifestFile, ManifestSet

FILES_ELEMENT = "ManifestFiles"
"""The file under ``public/elements`` that shows manifests."""

SEEN_TURN = "seen_turn"
OFFERED = "ways_back"
"""Under which a browser's session keeps the buttons of moments that it shows."""


class Progress:
    """The steps of one turn, and what is said while they run."""

    def __init__(self) -> None:
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
            await end_step(step, done(event))

    async def _begin(self, event: StepEvent) -> None:
        """Show the step, or that one which is tried again runs anew."""
        if event.step in self._open:
            await self._get_on(event)
        else:
            self._open[event.step] = await begin_step(running(event))

    async def _get_on(self, event: StepEvent) -> None:
        if step := self._open.get(event.step):
            step.name = running(event)
            await step.update()

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
        for step in self._open.values():
            step.is_error = True
            await end_step(step, step.name)
        self._open.clear()


async def begin_step(name: str) -> cl.Step:
    """Show a step that runs."""
    current = context.current_step
    step = cl.Step(name=name, type="tool", parent_id=current.id if current else None, show_input=False)
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
        await cl.Message(
            standing(checkpoint.kind) if stands else checkpoint.prompt,
            id=question,
            elements=[] if stands else _files(report, checkpoint),
        ).send()
    await show_buttons(report)
    cl.user_session.set(SEEN_TURN, report.turn)


def seen_turn() -> int | None:
    """The turn whose question this browser showed last."""
    turn = cl.user_session.get(SEEN_TURN)
    return turn if isinstance(turn, int) else None


async def show_buttons(report: TurnReport) -> None:
    """Give the question that ``report`` ends with its buttons, each once."""
    await withdraw_buttons(report)
    for action in _actions(report):
        await action.send(for_id=identity(report.thread, report.turn, "question"))


def _asks_the_same(before: Checkpoint | None, now: Checkpoint) -> bool:
    return before is not None and (before.kind, before.prompt) == (now.kind, now.prompt)


async def withdraw_buttons(report: TurnReport) -> None:
    """Take the buttons of the question away, and those of the moments that were listed."""
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


def _files(report: TurnReport, checkpoint: Checkpoint) -> list[cl.CustomElement]:
    """The files that the question is about: those to approve, or those in place, which can be downloaded."""
    if checkpoint.kind is CheckpointKind.APPROVE_DEPLOYMENT:
        return [_element(report, ManifestSet.model_validate(checkpoint.data["manifests"]))]
    if checkpoint.kind is CheckpointKind.OPERATE:
        deployment = Deployment.model_validate(checkpoint.data["deployment"])
        return [_element(report, deployment.manifests, directory=deployment.directory)]
    return []


def _element(report: TurnReport, manifests: ManifestSet, directory: str | None = None) -> cl.CustomElement:
    props: dict[str, Any] = {
        "name": manifests.name,
        "files": [file.model_dump(mode="json") for file in sorted(manifests.files, key=_reading_order)],
    }
    if directory:
        props |= {"directory": directory, "zip": base64.b64encode(zip_manifests(manifests)).decode()}
    return cl.CustomElement(
        name=FILES_ELEMENT, props=props, display="inline", id=identity(report.thread, report.turn, "files")
    )


def _reading_order(file: ManifestFile) -> tuple[bool, str]:
    return file.path == "README.md", file.path
