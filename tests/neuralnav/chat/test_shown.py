"""A step that is tried again is one step to the person who watches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from graph.reports import StepEvent
from neuralnav.chat import shown


class ShownStep(SimpleNamespace):
    """A step as the browser has it, with the names that it was shown under."""

    async def update(self) -> None:
        self.names.append(self.name)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[ShownStep]:
    """The steps that a browser was sent."""
    sent: list[ShownStep] = []

    async def begin(name: str) -> Any:
        sent.append(ShownStep(name=name, names=[name], end=None, is_error=False))
        return sent[-1]

    monkeypatch.setattr(shown, "begin_step", begin)
    return sent


@pytest.fixture(autouse=True)
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the page was told of how far things are."""
    told: list[Any] = []

    async def send_window_message(data: dict[str, Any]) -> None:
        told.append(data[shown.PROGRESS])

    monkeypatch.setattr(
        shown, "context", SimpleNamespace(emitter=SimpleNamespace(send_window_message=send_window_message))
    )
    return told


async def test_a_step_that_is_tried_again_is_shown_once_and_ends(steps: list[ShownStep]) -> None:
    progress = shown.Progress()
    for state in ("began", "began", "working", "done"):
        await progress.show(StepEvent(step="plan_capacity", state=state, found="planned"))
    (step,) = steps
    assert step.end is not None
    assert not step.is_error


async def test_a_step_that_was_given_up_is_marked(steps: list[ShownStep]) -> None:
    progress = shown.Progress()
    for _ in range(3):
        await progress.show(StepEvent(step="plan_capacity", state="began"))
    await progress.stop()
    (step,) = steps
    assert step.end is not None
    assert step.is_error


@pytest.mark.usefixtures("steps")
async def test_the_page_is_told_how_far_it_is_and_when_it_is_over(bars: list[Any]) -> None:
    progress = shown.Progress()
    for state, found in (("began", ""), ("working", "1,200 of 4,800 configurations simulated")):
        await progress.show(StepEvent(step="plan_capacity", state=state, found=found))
    await progress.stop()
    assert [bar and bar["percent"] for bar in bars] == [None, 25, None]
    assert bars[-1] is None
