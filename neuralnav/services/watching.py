"""Looking after deployments: each one regularly, what it did kept, and what lasts told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime

from neuralnav.errors import NeuralNavError
from neuralnav.knowledge.deployment_watches import WatchedDeployment
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment, EngineMode
from neuralnav.observability.drift import read_window
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.hysteresis import DriftMemory, settle
from neuralnav.observability.observed import ObservedWindow, outcome_of
from neuralnav.services.observing import Observatory
from neuralnav.services.records import Records

logger = logging.getLogger(__name__)

RECORDED_BY = "neuralnav observe"
HOURS_A_MONTH = 730
"""As prices count them."""

LOOKS_A_WINDOW = 5
"""Looks from one window that is judged and kept to the next."""

LONGEST_WINDOW = timedelta(days=1)
"""Longer ones are of replicas that ran while nobody looked."""

MOST_TRIES = 3
"""Rounds in which somebody is told that a deployment can be checked, until its conversation has done it."""


class Memory(Frozen):
    """What is remembered of a deployment from look to look."""

    drifts: DriftMemory = DriftMemory()
    judged_until: AwareDatetime | None = None
    """The end of the last window that was judged."""
    told_ready: int = 0
    """How often it was told that it can be checked."""


@dataclass(frozen=True)
class Word:
    """Something that the conversation of a deployment should be told."""

    deployment: Deployment
    reason: str
    """For the log: ``ready``, or what began or ended."""


Tell = Callable[[Word], Awaitable[None]]


@dataclass(frozen=True)
class Watcher:
    """Looks at every deployment that runs."""

    records: Records
    observatory: Observatory
    every_s: float

    async def run(self, tell: Tell) -> None:
        """Look every ``every_s`` until cancelled. What fails is logged, and looked at again the next time."""
        spent_s = 0.0
        while True:
            await asyncio.sleep(max(self.every_s - spent_s, 0.0))
            began = asyncio.get_running_loop().time()
            try:
                for word in await self.look():
                    await tell(word)
            except NeuralNavError as error:
                logger.warning("deployments could not be looked at: %s", error.detail)
            spent_s = asyncio.get_running_loop().time() - began

    async def look(self) -> tuple[Word, ...]:
        """One look at every deployment, unless another process is looking; returns what is to be told."""
        async with self.records.only_watcher() as mine:
            if not mine:
                return ()
            watched = await self.records.watched()
            self.observatory.forget_all_but(frozenset(one.deployment.id for one in watched))
            words = []
            for one in watched:
                try:
                    words += await self._look_at(one)
                except NeuralNavError as error:
                    logger.warning("%s could not be looked at: %s", one.deployment.name, error.detail)
            return tuple(words)

    async def _look_at(self, watched: WatchedDeployment) -> list[Word]:
        memory = Memory.model_validate(watched.memory)
        if not watched.settled:
            return await self._when_ready(watched, memory)
        now = datetime.now(UTC)
        over = timedelta(seconds=LOOKS_A_WINDOW * self.every_s)
        window = await self.observatory.window(watched.deployment, over)
        if window is None or not _is_due(memory, window, now, over):
            return []
        outcome = outcome_of(
            window,
            deployment_id=watched.deployment.id,
            targets=watched.specification.slo_targets,
            recorded_by=RECORDED_BY,
            recorded_at=now,
            cost_usd=_cost_usd(watched.deployment, now),
        )
        if outcome is not None:
            await self.records.record_outcome(outcome)
        expected = Expectation.of(watched.deployment.choice, watched.specification)
        settled = settle(memory.drifts, read_window(window, watched.specification.slo_targets, expected))
        memory = memory.model_copy(update={"drifts": settled.memory, "judged_until": window.window_to})
        await self.records.remember(watched.deployment.id, memory.model_dump_json())
        changed = [drift.kind.value for drift in settled.began] + [f"{kind.value} over" for kind in settled.ended]
        return [Word(watched.deployment, ", ".join(changed))] if changed else []

    async def _when_ready(self, watched: WatchedDeployment, memory: Memory) -> list[Word]:
        """Its conversation checks it as soon as that makes sense."""
        state = await (await self.observatory.runtimes.of(watched.deployment.manifests)).state(
            watched.deployment.manifests
        )
        if memory.told_ready >= MOST_TRIES or not (state.is_ready or state.stuck):
            return []
        memory = memory.model_copy(update={"told_ready": memory.told_ready + 1})
        await self.records.remember(watched.deployment.id, memory.model_dump_json())
        return [Word(watched.deployment, "ready" if state.is_ready else "stuck")]


def _is_due(memory: Memory, window: ObservedWindow, now: datetime, over: timedelta) -> bool:
    """Windows that are judged and kept do not overlap, and are as long as they are to be."""
    if window.length > LONGEST_WINDOW:
        return False
    if memory.judged_until is not None and window.window_from < memory.judged_until:
        return False
    return now - (memory.judged_until or window.window_from) >= over * 0.75


def _cost_usd(deployment: Deployment, now: datetime) -> float | None:
    """What it cost since it was approved; ``None``: nobody knows, or nothing, as no GPU is used."""
    cost = deployment.choice.cost
    if cost is None or deployment.manifests.mode is EngineMode.SIMULATOR:
        return None
    hours = (now - datetime.fromisoformat(deployment.approval.at).astimezone(UTC)).total_seconds() / 3600
    return cost.per_month_usd / HOURS_A_MONTH * max(hours, 0.0)
