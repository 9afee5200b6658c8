"""``collect_context``: reads the need, and asks one question where planning could not start without the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command

from graph import wording
from graph.checkpoints import Checkpoint, CheckpointKind, question
from graph.human.checkpoint_node import CheckpointNode, Handler
from graph.payloads import ClarifyPayload
from graph.state import CLEARED, SCHEMA_VERSION, ConversationState, dump, load
from graph.turns import Turn, begins_now, pending
from neuralnav.errors import NeuralNavError
from neuralnav.models.intent import DeploymentIntent, IntentReading
from neuralnav.models.reply import ActionKind, ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase

DEFAULT_USERS = 100
DEFAULT_USE_CASE = UseCase.CHATBOT


class CollectContext(CheckpointNode):
    """Reads the first words; asks for what is missing."""

    kind = CheckpointKind.CLARIFY
    leads_to = ("generate_specification", "review_specification", "operate", END)
    otherwise = "We are not there yet; this comes first."

    def question(self, state: ConversationState) -> Checkpoint:
        """The one question for all that is missing."""
        reading = load(state, "reading", IntentReading)
        shown = ClarifyPayload(missing=reading.missing)
        return question(self.kind, wording.escaped(reading.question or ""), shown)

    def handlers(self) -> Mapping[ActionKind, Handler]:
        """Answers, and not knowing one."""
        return {
            ActionKind.EDIT: self._edit,
            ActionKind.UNKNOWN_ANSWER: self._default,
            ActionKind.EXPLAIN: self._explain,
        }

    def intent_now(self, state: ConversationState) -> DeploymentIntent | None:
        """What was said so far."""
        return load(state, "reading", IntentReading).intent

    async def run(self, state: ConversationState, config: RunnableConfig) -> Command[Any]:
        """Read first words, or take the answer to the question."""
        if state.get("reading") is None:
            return await self._read_first_words(state)
        if load(state, "reading", IntentReading).question is None and not pending(state):
            return Command(goto="generate_specification")
        return await super().run(state, config)

    async def _edit(self, action: ReplyAction, turn: Turn) -> None:
        reading = turn.load("reading", IntentReading)
        action = await self.agents.traffic.resolved(action, reading.intent)
        self._add(turn, reading, action.changes, action.evidence)

    async def _default(self, _: ReplyAction, turn: Turn) -> None:
        reading = turn.load("reading", IntentReading)
        changes = {
            "use_case": reading.intent.use_case or DEFAULT_USE_CASE,
            **({} if reading.intent.has_load else {"user_count": DEFAULT_USERS}),
        }
        turn.say(wording.defaults_taken(changes))
        self._add(turn, reading, changes, {})

    async def _explain(self, _: ReplyAction, turn: Turn) -> None:
        turn.say(wording.why_asked())

    def _add(self, turn: Turn, reading: IntentReading, changes: Mapping[str, Any], evidence: Mapping[str, str]) -> None:
        current = self.agents.intent.add(reading, changes, evidence)
        turn.keep("reading", current)
        if current.question is None:
            turn.leave("generate_specification")

    async def _read_first_words(self, state: ConversationState) -> Command[Any]:
        messages = state.get("messages", [])
        text = messages[-1].text if messages else ""
        counted = {"schema_version": SCHEMA_VERSION, "turn": state.get("turn", 0) + 1}
        reading = await self.agents.intent.read_request(text)
        if state.get("specification") and reading.intent.use_case is None:
            intent = load(state, "specification", DeploymentSpecification).intent
            heard = await self.agents.intent.hear_reply(text, CheckpointKind.REVIEW_SPECIFICATION.value, intent)
            edits = [action for action in heard.reading.actions if action.changes or action.from_cluster]
            if edits:
                return await self._edit_again(state, edits, counted)
        began = begins_now(state) | ({} if state.get("revisions") else {"deployment": None})
        turn = Turn(state, self.name)
        if absent := self.agents.intent.stood_in_for(reading):
            turn.say_once("model absent", wording.model_absent(absent))
        if reading.from_cluster:
            reading = await self._with_cluster(reading, turn)
        told = {"messages": [AIMessage(text) for text in turn.said]}
        goto = "collect_context" if reading.question else "generate_specification"
        update = counted | CLEARED | began | turn.update | told | {"reading": dump(reading)}
        return Command(goto=goto, update=update)

    async def _with_cluster(self, reading: IntentReading, turn: Turn) -> IntentReading:
        """``reading`` with what is free in the cluster; without it where that cannot be seen, and said so.

        What the first words name themselves counts more.
        """
        named = reading.intent.model_dump(include={"available_gpus", "max_gpus", "max_tensor_parallel"})
        said = {field: value for field, value in named.items() if value is not None}
        wish = ReplyAction(action=ActionKind.EDIT, changes=said, evidence=reading.evidence, from_cluster=True)
        try:
            action = await self.agents.traffic.resolved(wish, reading.intent)
        except NeuralNavError as error:
            turn.say(wording.without_the_cluster(error))
            return reading
        with_it = self.agents.intent.add(reading, action.changes, action.evidence)
        return with_it.model_copy(update={"question": reading.question, "rejected": reading.rejected})

    async def _edit_again(
        self, state: ConversationState, edits: Sequence[ReplyAction], counted: dict[str, int]
    ) -> Command[Any]:
        """A change said after the end: back to the specification, with the change made."""
        before = current = load(state, "specification", DeploymentSpecification)
        said: list[str] = []
        for action in edits:
            try:
                current = await self.agents.traffic.edit(current, action)
            except NeuralNavError as error:
                said.append(wording.escaped(error.detail))
        said.append(wording.changed(before, current))
        update = CLEARED | {"specification": dump(current), "messages": [AIMessage(text) for text in said]}
        return Command(goto="review_specification", update=counted | update)
