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
