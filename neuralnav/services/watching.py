"""Looking after deployments: each one regularly, what it did kept, and what lasts told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import uuid5

from pydantic import AwareDatetime, ValidationError

from neuralnav.errors import InvalidInputError, NeuralNavError
from neuralnav.knowledge.deployment_watches import WatchedDeployment
from neuralnav.models.base import Frozen
from neuralnav.models.deployment import Deployment, EngineMode, ProposedChange
from neuralnav.models.running import RunningState
from neuralnav.observability import news
from neuralnav.observability.drift import DriftKind, read_window
from neuralnav.observability.expectation import Expectation
from neuralnav.observability.hysteresis import DriftMemory, settle
from neuralnav.observability.observed import ObservedWindow, outcome_of
from neuralnav.services.advising import advice_for
from neuralnav.services.observing import Observatory
from neuralnav.services.records import Records

logger = logging.getLogger(__name__)

RECORDED_BY = "neuralnav observe"
HOURS_A_MONTH = 730
"""As prices count them."""

LOOKS_A_WINDOW = 5
"""Looks from one window that is judged and kept to the next."""

LEAST_WINDOW = timedelta(minutes=4)
"""Four times the interval at which Prometheus scrapes where nobody sets another: growth needs two of its samples."""

LEAST_REACH = timedelta(hours=1)
"""How far windows may reach back at least: longer than one look at all deployments takes, whatever hangs."""

FULL = 0.9
"""The share of its length from which a window is judged: looks come now and then a little early."""

MOST_AT_ONCE = 16
"""Deployments that are looked at, at a time."""

LOOK_TIMEOUT_S = 30.0
"""The longest that the look at one deployment may take."""

MOST_TOLD_AT_ONCE = 4
"""Conversations that are told something at a time; each turn is bounded by itself."""

LONGEST_PAUSE = timedelta(hours=1)
"""Between two times that a conversation is told that its deployment can be checked; they double from one look on."""


def reach_of(every_s: float) -> timedelta:
    """How far back a window may reach where deployments are looked at every ``every_s``."""
    return max(4 * LOOKS_A_WINDOW * timedelta(seconds=every_s), LEAST_REACH)


class Memory(Frozen):
    """What is remembered of a deployment from look to look."""

    drifts: DriftMemory = DriftMemory()
    told: frozenset[DriftKind] = frozenset()
    """Departures that its conversation knows of; those that last and these differ by what is still to be told."""
    judged_until: AwareDatetime | None = None
    """The end of the last window that was judged or, before the first, when it was first looked at."""
    times_told_ready: int = 0
    """How often its conversation was told that it can be checked, and did not come to the end of that."""
    told_ready_at: AwareDatetime | None = None
    words_told: int = 0
    """How often its conversation was told anything."""

    @classmethod
    def read(cls, watched: WatchedDeployment) -> Self:
        """What is kept of ``watched``; where that cannot be read, nothing is remembered."""
        try:
            return cls.model_validate(watched.memory)
        except ValidationError as error:
            name = watched.deployment.name
            logger.warning("what was remembered of %s cannot be read and is forgotten: %s", name, error)
            return cls()

    @property
    def news(self) -> str:
        """What began or ended to last and was not told yet; empty: nothing."""
        lasting = self.drifts.lasting
        began = sorted(kind.value for kind in lasting - self.told)
        return ", ".join([*began, *sorted(f"{kind.value} over" for kind in self.told - lasting)])

    @property
    def sentences(self) -> str:
        """The news as people are told them: what began, longest lasting first, then what ended."""
        lasting, until = self.drifts.lasting, self.judged_until
        began = [(kind, self.drifts.records[kind]) for kind in lasting - self.told] if until else []
        began.sort(key=lambda one: (one[1].since or until, one[0]))
        said = [news.lasting(kind, record, until) for kind, record in began] if until else []
        return " ".join([*said, *(news.over(kind) for kind in sorted(self.told - lasting))])

    def may_tell_ready(self, now: datetime, every_s: float) -> bool:
        """Whether it is time to tell, perhaps once more, that the deployment can be checked."""
        if self.told_ready_at is None:
            return True
        pause_s = min(every_s * 2.0 ** min(self.times_told_ready, 20), LONGEST_PAUSE.total_seconds())
        return (now - self.told_ready_at).total_seconds() >= pause_s

    def after(self, **changes: Any) -> Self:
        """The same with ``changes``."""
        return self.model_copy(update=changes)


@dataclass(frozen=True)
class Word:
    """Something that the conversation of a deployment should be told."""

    deployment: Deployment
    reason: str
    """For the log: ``ready``, ``stuck``, or what began or ended."""
    sentence: str
    """What there is to tell, for people."""
    once_told: Memory
    """What is to be remembered then."""
    advice: ProposedChange | None = None
    """What it speaks for."""
    to_be_checked: bool = False
    """Whether it is time for the checks that its conversation makes."""

    @property
    def key(self) -> str:
        """The same whenever this is told again because nobody knows whether it was: it is said once."""
        return str(uuid5(self.deployment.id, f"{self.once_told.words_told}: {self.reason}"))


Tell = Callable[[Word], Awaitable[bool]]
"""Whether the conversation was told; where not, the next look gives the same word."""


@dataclass(frozen=True)
class Watcher:
    """Looks at every deployment that runs."""

    records: Records
    observatory: Observatory
    every_s: float
    least_window: timedelta = LEAST_WINDOW

    @property
    def window(self) -> timedelta:
        """How long the windows are that are judged and kept; they are longer where looks take longer."""
        return max(timedelta(seconds=LOOKS_A_WINDOW * self.every_s), self.least_window)

    async def run(self, tell: Tell) -> None:
        """Look every ``every_s`` until cancelled, unless another process does; takes over when that ends.

        What fails is logged, and looked at again the next time.
        """
        spent_s = 0.0
        while True:
            mine = False
            try:
                async with self.records.only_watcher() as mine:
                    if mine:
                        await asyncio.sleep(max(self.every_s - spent_s, 0.0))
                        began = asyncio.get_running_loop().time()
                        await self._round(tell)
                        spent_s = asyncio.get_running_loop().time() - began
            except Exception as error:  # noqa: BLE001 - it is logged, and one failure must not end all watching
                spent_s = 0.0
                _log(error, "deployments could not be looked at")
                _go_no_further_if_cancelled()
            if not mine:
                await asyncio.sleep(self.every_s)

    async def _round(self, tell: Tell) -> None:
        words = await self.look()
        places = asyncio.Semaphore(MOST_TOLD_AT_ONCE)
        await asyncio.gather(*(self._tell(word, tell, places) for word in words))

    async def _tell(self, word: Word, tell: Tell, places: asyncio.Semaphore) -> None:
        """Have ``word`` told, and remember it if it was."""
        async with places:
            try:
                if await tell(word):
                    await self.records.remember(word.deployment.id, word.once_told.model_dump_json())
            except Exception as error:  # noqa: BLE001 - it is logged, and the others are to be told
                _log(error, f"{word.deployment.name} could not be told ({word.reason})")

    async def look(self) -> tuple[Word, ...]:
        """One look at every deployment; returns what is to be told.

        Only one process is to do this at a time, as :meth:`run` sees to.

        Raises:
            UnavailableError: the database does not answer.
        """
        watched = await self.records.watched()
        self.observatory.forget_all_but(frozenset(one.deployment.id for one in watched))
        places = asyncio.Semaphore(MOST_AT_ONCE)
        found = await asyncio.gather(*(self._looked_at(one, places) for one in watched))
        return tuple(word for word in found if word is not None)

    async def _looked_at(self, watched: WatchedDeployment, places: asyncio.Semaphore) -> Word | None:
        """What is to be told of one deployment; whatever is wrong with it is logged and holds up no other."""
        async with places:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    return await self._look_at(watched)
            except Exception as error:  # noqa: BLE001 - it is logged, and the others are to be looked at
                _log(error, f"{watched.deployment.name} could not be looked at")
                return None

    async def _look_at(self, watched: WatchedDeployment) -> Word | None:
        memory = Memory.read(watched)
        if not watched.settled:
            return await self._when_ready(watched, memory)
        memory = await self._judged(watched, memory)
        if not memory.news:
            return None
        deployment, lasting = watched.deployment, memory.drifts.lasting
        told = memory.after(told=lasting, words_told=memory.words_told + 1)
        advice = await advice_for(deployment, watched.specification, memory.drifts, self.records)
        return Word(deployment, memory.news, memory.sentences, told, advice)

    async def _when_ready(self, watched: WatchedDeployment, memory: Memory) -> Word | None:
        """Its conversation checks it as soon as that makes sense."""
        manifests, now = watched.deployment.manifests, datetime.now(UTC)
        if not memory.may_tell_ready(now, self.every_s):
            return None
        state = await (await self.observatory.runtimes.of(manifests)).state(manifests)
        if not (state.is_ready or state.stuck):
            return None
        told = memory.after(
            times_told_ready=memory.times_told_ready + 1, told_ready_at=now, words_told=memory.words_told + 1
        )
        reason = "ready" if state.is_ready else "stuck"
        return Word(watched.deployment, reason, _progress(state), told, to_be_checked=True)

    async def _judged(self, watched: WatchedDeployment, memory: Memory) -> Memory:
        """``memory`` with what happened since the last window, if that is long enough; kept."""
        deployment, now = watched.deployment, datetime.now(UTC)
        since = max(memory.judged_until or now, now - reach_of(self.every_s))
        window = await self.observatory.window(deployment, min(since, now - timedelta(seconds=self.every_s)))
        if memory.judged_until is None:
            memory = memory.after(judged_until=now)
        elif window is None or window.window_from < memory.judged_until or window.length < FULL * self.window:
            return memory
        else:
            await self._keep(watched, window)
            wanted = await self.observatory.wanted(deployment)
            expected = Expectation.of(deployment.choice, watched.specification, wanted)
            reading = read_window(window, watched.specification.slo_targets, expected)
            memory = memory.after(drifts=settle(memory.drifts, reading), judged_until=window.window_to)
        await self.records.remember(deployment.id, memory.model_dump_json())
        return memory

    async def _keep(self, watched: WatchedDeployment, window: ObservedWindow) -> None:
        """Keep ``window`` as an outcome; one that cannot be kept is judged all the same."""
        now = datetime.now(UTC)
        try:
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
        except (InvalidInputError, ValidationError) as error:
            _log(error, f"what {watched.deployment.name} did could not be kept")


def _progress(state: RunningState) -> str:
    """How a deployment that waits for its checks has come on."""
    if state.stuck:
        return f"It does not become ready: {state.stuck}"
    return "All its replicas are ready." if state.wanted > 1 else "It is ready."


def _go_no_further_if_cancelled() -> None:
    """What fails while a cancelled task cleans up takes the place of its cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _log(error: Exception, what: str) -> None:
    """Errors that are foreseen in a line, others with all that is known of them."""
    if isinstance(error, NeuralNavError):
        logger.warning("%s: %s", what, error.detail)
    elif isinstance(error, TimeoutError):
        logger.warning("%s: it took longer than it may", what)
    else:
        logger.error("%s", what, exc_info=error)


def _cost_usd(deployment: Deployment, now: datetime) -> float | None:
    """What it cost since it was approved; ``None``: nobody knows, or nothing, as no GPU is used."""
    cost = deployment.choice.cost
    if cost is None or deployment.manifests.mode is EngineMode.SIMULATOR:
        return None
    hours = (now - datetime.fromisoformat(deployment.approval.at).astimezone(UTC)).total_seconds() / 3600
    return cost.per_month_usd / HOURS_A_MONTH * max(hours, 0.0)
