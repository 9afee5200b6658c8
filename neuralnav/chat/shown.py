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
from neuralnav.chat.buttons import CALLBACK, buttons, identity
from neuralnav.chat.plain import done, running
from neuralnav.deployment.output import zip_manifests
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Deployment, ManifestFile, ManifestSet

FILES_ELEMENT = "ManifestFiles"
"""The file under ``public/elements`` that shows manifests."""

SEEN_TURN = "seen_turn"


class Progress:
    """The steps of one turn."""

    def __init__(self) -> None:
        self._open: dict[str, cl.Step] = {}

    async def show(self, event: StepEvent) -> None:
        """Show a step that began, how far it is, or what it found."""
        if event.state == "began":
            self._open[event.step] = await begin_step(running(event))
        elif event.state == "working":
            await self._get_on(event)
        elif step := self._open.pop(event.step, None):
            await end_step(step, done(event))

    async def _get_on(self, event: StepEvent) -> None:
        if step := self._open.get(event.step):
            step.name = running(event)
            await step.update()

    async def stop(self) -> None:
        """Mark what was not finished."""
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


async def show_said(report: TurnReport, texts: Sequence[str], *, already: Collection[str] = ()) -> None:
    """Show messages of the turn that ``report`` is about; the last of a finished deployment carries its files."""
    deployment = _finished(report)
    for number, text in enumerate(texts, start=1):
        message_id = identity(report.thread, report.turn, text)
        if message_id in already:
            continue
        elements = []
        if deployment and number == len(texts):
            elements = [_files(report, deployment.manifests, directory=deployment.directory)]
        await cl.Message(text, id=message_id, elements=elements).send()


async def show_question(report: TurnReport, *, before: TurnReport | None = None, already: Collection[str] = ()) -> None:
    """Show the question that ``report`` ends with and its buttons, once, however often this is called."""
    checkpoint = report.checkpoint
    if checkpoint is None or report.turn == 0:
        return
    question = identity(report.thread, report.turn, "question")
    if question not in already:
        stands = before is not None and _asks_the_same(before.checkpoint, checkpoint)
        manifests = None if stands else _proposed(checkpoint)
        await cl.Message(
            standing(checkpoint.kind) if stands else checkpoint.prompt,
            id=question,
            elements=[_files(report, manifests)] if manifests else [],
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
    """Take the buttons of the question away."""
    for action in _actions(report):
        await action.remove()


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


def _proposed(checkpoint: Checkpoint) -> ManifestSet | None:
    if checkpoint.kind is not CheckpointKind.APPROVE_DEPLOYMENT:
        return None
    return ManifestSet.model_validate(checkpoint.data["manifests"])


def _finished(report: TurnReport) -> Deployment | None:
    if report.checkpoint or report.deployment is None:
        return None
    return Deployment.model_validate(report.deployment)


def _files(report: TurnReport, manifests: ManifestSet, directory: str | None = None) -> cl.CustomElement:
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
