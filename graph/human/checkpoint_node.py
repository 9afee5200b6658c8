"""What every human checkpoint does: ask, read the reply, do what it asks for in order, and go on.

Everything before the question is done again when a run resumes, so it only reads the state. What a reply asks for
beyond the node that took it stays ``pending`` and is done where the conversation goes, so that several intentions in
one message are all done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command

from agents.team import Agents
from graph import wording
from graph.checkpoints import NODES, STOPS, Checkpoint, CheckpointKind, CheckpointReply
from graph.live import live_revision, restored
from graph.state import CLEARED, SCHEMA_VERSION, ConversationState, dump
from graph.turns import Turn, ask, bounded, pending, put_off, read_button, refusals
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import ChangeKind
from neuralnav.models.intent import DeploymentIntent, IntentReading
from neuralnav.models.reply import BINDING, ActionKind, ReplyAction, ReplyReading
from neuralnav.models.specification import DeploymentSpecification

Handler = Callable[[ReplyAction, Turn], Awaitable[None]]

_NEEDS = {kind: stop.needs for kind, stop in STOPS.items() if stop.needs}
"""What has to be in the state for a checkpoint to be gone back to."""


AFTER_THE_CHANGE = frozenset(
    {"validate_deployment", "undo_deployment", "set_up_monitoring", "report_success", "record_outcome"}
)
"""Nodes after which, where they fail, a change is in place."""


class CheckpointNode(ABC):
    """A node that stops for a person."""

    kind: ClassVar[CheckpointKind]
    leads_to: tuple[str, ...]
    """The nodes that a reply can lead to, besides itself."""
    otherwise: ClassVar[str]
    """What is said when something is asked for that this checkpoint cannot do."""

    def __init__(self, agents: Agents) -> None:
        self.agents = agents

    @property
    def name(self) -> str:
        """The node's name in the graph."""
        return NODES[self.kind]

    @abstractmethod
    def question(self, state: ConversationState) -> Checkpoint:
        """What is asked; only reads the state.

        Raises:
            InvalidInputError: the state lacks what is to be shown.
        """

    @abstractmethod
    def handlers(self) -> Mapping[ActionKind, Handler]:
        """What this checkpoint does for each action, besides what all do."""

    def intent_now(self, state: ConversationState) -> DeploymentIntent | None:
        """The intent that relative changes (``double the users``) start from."""
        found = state.get("specification")
        return None if found is None else DeploymentSpecification.model_validate(found).intent

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """Ask and take the reply, or do what is left of the last one."""
        turn = Turn(state, self.name, str(config.get("configurable", {}).get("thread_id", "")))
        actions: Sequence[ReplyAction] = pending(state)
        if actions:
            turn.update["pending"] = None
            await self._do(actions, turn, direct=False)
            return turn.command()
        reply = ask(self.with_readings(self.question(state), state))
        turn.heard, turn.pressed = reply.in_words(), reply.text is None
        reading = bounded(await self._read(reply, turn))
        refused = refusals(reading)
        for text in refused:
            turn.say(text)
        await self._do(reading.actions, turn, direct=True)
        if reading.question and not (turn.said and (reading.actions or refused)):
            turn.say(wording.escaped(reading.question))
            turn.update["readings"] = self.possible(reading.readings, state) or None
        return turn.command()

    def possible(self, readings: Sequence[str], _: ConversationState) -> list[str]:
        """What of ``readings`` can be done as things stand."""
        return list(readings)

    @staticmethod
    def with_readings(checkpoint: Checkpoint, state: ConversationState) -> Checkpoint:
        """``checkpoint`` with what the last reply may have meant."""
        offered = state.get("readings")
        return (
            checkpoint.model_copy(update={"data": checkpoint.data | {"readings": offered}}) if offered else checkpoint
        )

    async def _read(self, reply: CheckpointReply, turn: Turn) -> ReplyReading:
        if reply.text is None:
            return read_button(reply, self.kind)
        known = self.intent_now(turn.state)
        kept = turn.state.get("scenarios", [])
        heard = await self.agents.intent.hear_reply(reply.text, self.kind.value, known, kept)
        reading = heard.reading
        if heard.absent:
            turn.say_once("model absent", wording.model_absent(heard.absent))
        asked = [
            action.model_copy(update={"words": reply.text[:500]}) if action.action is ActionKind.EXPLAIN else action
            for action in reading.actions
        ]
        return reading.model_copy(update={"actions": tuple(asked)})

    async def _do(self, actions: Sequence[ReplyAction], turn: Turn, *, direct: bool) -> None:
        """Do each action in order; what cannot be done is said, what belongs elsewhere goes along."""
        handlers = {**self._everywhere(), **self.handlers()}
        for index, action in enumerate(actions):
            handler = handlers.get(action.action)
            if handler is None or (action.action in BINDING and not (direct and len(actions) == 1)):
                turn.say(self.otherwise if handler is None else wording.to_be_said_alone(action.action))
                continue
            try:
                await handler(action, turn)
            except NeuralNavError as error:
                turn.say(wording.escaped(error.detail))
            if turn.stopped:
                return
            if turn.goto != self.name:
                rest = [*turn.first, *actions[index + 1 :]]
                turn.update["pending"] = None if turn.goto == END else put_off(rest)
                return

    def _everywhere(self) -> dict[ActionKind, Handler]:
        return {
            ActionKind.BACK: self._back,
            ActionKind.START_OVER: self._start_over,
            ActionKind.CANCEL: self._cancel,
            ActionKind.STATUS: self._status,
            ActionKind.THANKS: self._thanks,
            ActionKind.ROLL_BACK: self._not_beside_a_change,
            ActionKind.RETIRE: self._not_beside_a_change,
        }

    def before(self, state: ConversationState) -> str:
        """The checkpoint before this one."""
        order = list(_NEEDS)
        earlier = order[: order.index(self.kind)] if self.kind in order else order[:-1]
        there = [kind for kind in earlier if state.get(_NEEDS[kind])]
        deploys = (state.get("change") or ChangeKind.DEPLOY) == ChangeKind.DEPLOY
        done = (state.get("failure") or {}).get("node") in AFTER_THE_CHANGE
        if live_revision(state) is not None and (done or not (there and deploys)):
            return "operate"
        return NODES[there[-1]] if there else "collect_context"

    async def _back(self, action: ReplyAction, turn: Turn) -> None:
        target = self.before(turn.state)
        if action.back_to in _NEEDS and turn.state.get(_NEEDS[action.back_to]):
            target = NODES[action.back_to]
        elif action.back_to is CheckpointKind.CLARIFY:
            target = "collect_context"
        live = live_revision(turn.state)
        if target == "collect_context":
            await self._start_over(action, turn)
        elif target == "operate" and live is not None:
            turn.leave(target, **restored(live))
        else:
            turn.leave(target)

    async def _start_over(self, _: ReplyAction, turn: Turn) -> None:
        if (live := live_revision(turn.state)) is not None:
            if not (turn.pressed or turn.state.get("asked_to_let_go") == turn.state.get("turn")):
                turn.say(wording.let_it_go(live.deployment))
                turn.stop_here(asked_to_let_go=turn.state.get("turn", 0) + 1)
                return
            turn.say(wording.let_go(live.deployment))
        afresh = {"schema_version": SCHEMA_VERSION, "reading": dump(IntentReading(question=wording.WHAT_DO_YOU_NEED))}
        nothing: dict[str, Any] = {"revisions": [], "before_change": None}
        gone = nothing | dict.fromkeys(("deployment", "validation", "watch"))
        turn.leave("collect_context", **(CLEARED | afresh | gone))

    async def _cancel(self, _: ReplyAction, turn: Turn) -> None:
        live = live_revision(turn.state)
        turn.say(wording.cancelled(live.deployment if live else None))
        if live is None:
            turn.leave(END)
        else:
            turn.leave("operate", **restored(live))

    async def _status(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.standing(self.kind))

    async def _not_beside_a_change(self, action: ReplyAction, turn: Turn) -> None:
        live = live_revision(turn.state)
        turn.say(wording.not_beside_a_change(action.action, live.deployment if live else None))

    async def _thanks(self, _: ReplyAction, turn: Turn) -> None:
        turn.say("You are welcome.")
