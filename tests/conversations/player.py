"""Plays a script in an application, as a face would, and checks each turn."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from graph.application import Application, open_application
from graph.checkpoints import CheckpointReply
from graph.conversation import TurnReport
from neuralnav.errors import NeuralNavError
from neuralnav.knowledge.connections import pooled
from tests.conversations.holding import Situation, objections
from tests.conversations.script import DIRECTORY, Script, Step, read_script


class PlayedWrongError(AssertionError):
    """A turn after which something does not hold."""


@dataclass
class Performance:
    """One conversation as it went."""

    script: Script
    application: Application
    threads: list[str] = field(default_factory=lambda: [str(uuid4())])
    """Its own id, and those of its copies."""
    owner: str = field(default_factory=lambda: f"person-{uuid4().hex[:8]}")
    reports: list[TurnReport] = field(default_factory=list)
    audit: tuple[str, ...] = ()
    at: int = 0
    """Which of ``threads`` the script is in."""

    @property
    def thread(self) -> str:
        """The conversation that the script is in."""
        return self.threads[self.at]


async def play(path: Path, application: Application) -> Performance:
    """The whole conversation in ``path``, in a thread and by an owner of its own.

    Raises:
        PlayedWrongError: after a turn something does not hold.
    """
    performance = Performance(read_script(path), application)
    async for _ in turns(path, performance):
        pass
    return performance


class PlayedByRules:
    """Conversations as they go with rules, each played once."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._done: dict[str, Performance] = {}

    async def of(self, name: str) -> Performance:
        """The conversation called ``name``."""
        if name not in self._done:
            self._done[name] = await play(DIRECTORY / f"{name}.yaml", self._application)
        return self._done[name]


async def turns(path: Path, performance: Performance) -> AsyncIterator[int]:
    """Play ``performance`` turn by turn; yields the number of each turn that is done and holds.

    Raises:
        PlayedWrongError: after a turn something does not hold.
    """
    async with AsyncExitStack() as opened:
        for number, step in enumerate(performance.script.turns, start=1):
            if step.reopen:
                settings = performance.application.settings
                performance.application = await opened.enter_async_context(open_application(settings))
            for single in _singles(step):
                wrong = await _wrong_after(single, performance)
                if wrong:
                    what = "\n  ".join(wrong)
                    raise PlayedWrongError(f"{path.name}, turn {number}, {single.described()}:\n  {what}")
            yield number


def _singles(step: Step) -> list[Step]:
    if step.say_each is None:
        return [step]
    return [step.model_copy(update={"say": text, "say_each": None}) for text in step.say_each]


async def _wrong_after(step: Step, performance: Performance) -> list[str]:
    try:
        report = await _take(step, performance)
    except NeuralNavError as error:
        if step.then.refused is None:
            return [f"refused with {error.detail!r}"]
        expected = step.then.model_copy(update={"refused": None})
        report = await performance.application.conversations.present(performance.thread, performance.owner)
        wrong = [] if re.search(step.then.refused, error.detail) else [f"refused: got {error.detail!r}"]
        return wrong + objections(expected, await _situation(report, performance))
    performance.reports.append(report)
    return objections(step.then, await _situation(report, performance))


async def _take(step: Step, performance: Performance) -> TurnReport:
    conversations, thread, owner = performance.application.conversations, performance.thread, performance.owner
    if step.go_back is not None:
        return await conversations.go_back(thread, owner, step.go_back)
    if step.fork is not None:
        report = await conversations.fork(thread, owner, step.fork)
        performance.threads.append(report.thread)
        performance.at = len(performance.threads) - 1
        return report
    if step.return_to_original:
        performance.at = 0
    if step.reopen or step.return_to_original:
        return await conversations.present(performance.thread, owner)
    directory = performance.application.settings.manifests_dir
    with _unwritable(directory) if step.while_nothing_can_be_written else nullcontext():
        return await conversations.send(thread, _reply(step), owner, step.as_if_from_another_window)


@contextmanager
def _unwritable(directory: Path) -> Iterator[None]:
    """Put a file where ``directory`` is, so that nothing can be written into it, whoever tries."""
    aside = directory.with_name(f"{directory.name}-aside")
    directory.mkdir(parents=True, exist_ok=True)
    directory.rename(aside)
    directory.touch()
    try:
        yield
    finally:
        directory.unlink()
        aside.rename(directory)


def _reply(step: Step) -> CheckpointReply:
    if step.press is not None:
        return CheckpointReply(action=step.press.action, value=step.press.value)
    return CheckpointReply(text=step.say)


async def _situation(report: TurnReport, performance: Performance) -> Situation:
    application, thread = performance.application, performance.thread
    told = await application.conversations.history(thread, performance.owner)
    async with pooled(application.database.pool) as connection:
        lines = await connection.fetch(
            "SELECT what, detail->>'thread' AS thread, detail->>'directory' AS directory FROM audit_log "
            "WHERE detail ? 'directory' OR detail->>'thread' = $1 ORDER BY id",
            thread,
        )
    own = [line for line in lines if line["thread"] == thread]
    performance.audit = tuple(line["what"] for line in own)
    directories = {line["directory"] for line in own}
    of_others = {line["directory"] for line in lines} - directories
    there = {str(found) for found in application.settings.manifests_dir.glob("*")} - of_others
    files = "written" if there else "removed" if any(directories) else "nothing written"
    return Situation(report, files, performance.audit, len(told))
