"""The human checkpoints: each asks, takes a reply, and says where the conversation goes next.

Everything before ``ask`` is done again when a run resumes, so it only reads the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from langchain_core.messages import AIMessage
from langgraph.graph import END
from langgraph.types import Command

from agents.team import Agents
from graph import wording
from graph.checkpoints import ACTIONS, Checkpoint, CheckpointKind
from graph.failing import to_failed
from graph.state import CLEARED, SCHEMA_VERSION, ConversationState, dump, load
from graph.turns import Handler, Turn, ask, read, take
from neuralnav.errors import NeuralNavError
from neuralnav.models.deployment import Approval, ManifestSet
from neuralnav.models.intent import IntentReading
from neuralnav.models.options import find_option, number_options
from neuralnav.models.plan import Plan
from neuralnav.models.reply import ReplyAction
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.models.vocabulary import UseCase

WHAT_DO_YOU_NEED = "What should the model do, and for how many people?"
DEFAULT_USERS = 100
DEFAULT_USE_CASE = UseCase.CHATBOT

AfterCollecting = Literal["failed", "collect_context", "generate_specification", "review_specification", "__end__"]
AfterReview = Literal["failed", "review_specification", "map_traffic_profile", "collect_context", "__end__"]
AfterOptions = Literal[
    "failed",
    "present_options",
    "explore",
    "finalize_configuration",
    "review_specification",
    "collect_context",
    "__end__",
]
AfterApproval = Literal[
    "failed",
    "approve_deployment",
    "execute_deployment",
    "explore",
    "present_options",
    "finalize_configuration",
    "collect_context",
    "__end__",
]
AfterFailure = Literal[
    "failed",
    "collect_context",
    "review_specification",
    "generate_specification",
    "map_traffic_profile",
    "recommend_models",
    "plan_capacity",
    "explore",
    "finalize_configuration",
    "execute_deployment",
    "report_success",
    "__end__",
]


@dataclass(frozen=True)
class Dialogue:
    """The nodes that stop for a person."""

    agents: Agents

    @to_failed
    async def collect_context(self, state: ConversationState) -> Command[AfterCollecting]:
        """Read the need; ask one question when planning could not start without the answer."""
        if state.get("reading") is None:
            return await self._read_first_words(state)
        reading = load(state, "reading", IntentReading)
        if reading.question is None:
            return Command(goto="generate_specification")
        checkpoint = Checkpoint(
            kind=CheckpointKind.CLARIFY,
            prompt=wording.escaped(reading.question),
            actions=ACTIONS[CheckpointKind.CLARIFY],
            data={"missing": list(reading.missing)},
        )
        reply = ask(checkpoint)
        turn = Turn[AfterCollecting](goto="collect_context")
        heard = await read(reply, CheckpointKind.CLARIFY, self.agents.intent, reading.intent)
        current = reading

        async def edit(action: ReplyAction, turn: Turn[AfterCollecting]) -> None:
            nonlocal current
            current = self.agents.intent.add(current, action.changes, action.evidence)

        async def default(action: ReplyAction, turn: Turn[AfterCollecting]) -> None:
            nonlocal current
            changes = {
                "use_case": current.intent.use_case or DEFAULT_USE_CASE,
                **({} if current.intent.has_load else {"user_count": DEFAULT_USERS}),
            }
            current = self.agents.intent.add(current, changes, {})
            turn.say(wording.defaults_taken(changes))

        await take(
            turn,
            heard,
            self._everywhere(CheckpointKind.CLARIFY) | {"edit": edit, "unknown_answer": default},
            otherwise=f"We are not there yet. {reading.question}",
        )
        turn.update.setdefault("reading", dump(current))
        return Command(goto=turn.goto, update=turn.command_update(state, reply.in_words()))

    async def _read_first_words(self, state: ConversationState) -> Command[AfterCollecting]:
        messages = state.get("messages", [])
        text = messages[-1].text if messages else ""
        version = {"schema_version": SCHEMA_VERSION, "turn": state.get("turn", 0) + 1}
        reading = await self.agents.intent.read_request(text)
        if state.get("specification") and reading.intent.use_case is None:
            intent = load(state, "specification", DeploymentSpecification).intent
            reply = await self.agents.intent.read_reply(text, "operate", intent)
            edits = [action for action in reply.actions if action.changes]
            if edits:
                return await self._edit_again(state, edits, version)
        goto: AfterCollecting = "collect_context" if reading.question else "generate_specification"
        absent = self.agents.intent.stood_in_for(reading)
        notes = [AIMessage(wording.model_absent(absent))] if absent else []
        return Command(goto=goto, update=version | CLEARED | {"reading": dump(reading), "messages": notes})

    async def _edit_again(
        self, state: ConversationState, edits: Sequence[ReplyAction], version: dict[str, int]
    ) -> Command[AfterCollecting]:
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
        return Command(goto="review_specification", update=version | update)

    @to_failed
    async def review_specification(self, state: ConversationState) -> Command[AfterReview]:
        """Show the need as understood; take edits until it is confirmed."""
        specification = load(state, "specification", DeploymentSpecification)
        checkpoint = Checkpoint(
            kind=CheckpointKind.REVIEW_SPECIFICATION,
            prompt=wording.specification(specification),
            actions=ACTIONS[CheckpointKind.REVIEW_SPECIFICATION],
            data={"specification": dump(specification)},
        )
        reply = ask(checkpoint)
        turn = Turn[AfterReview](goto="review_specification")
        heard = await read(reply, CheckpointKind.REVIEW_SPECIFICATION, self.agents.intent, specification.intent)
        current = specification

        async def edit(action: ReplyAction, turn: Turn[AfterReview]) -> None:
            nonlocal current
            before, current = current, await self.agents.traffic.edit(current, action)
            turn.update["specification"] = dump(current)
            turn.say(wording.changed(before, current))

        async def confirm(action: ReplyAction, turn: Turn[AfterReview]) -> None:
            turn.goto = "map_traffic_profile"

        async def explain(action: ReplyAction, turn: Turn[AfterReview]) -> None:
            turn.say(wording.derivations(current))

        async def reassure(action: ReplyAction, turn: Turn[AfterReview]) -> None:
            turn.say("What you did not say is assumed, and can be changed later. Confirm to go on with it.")

        await take(
            turn,
            heard,
            self._everywhere(CheckpointKind.REVIEW_SPECIFICATION)
            | {
                "edit": edit,
                "what_if": edit,
                "confirm": confirm,
                "explain": explain,
                "unknown_answer": reassure,
            },
            otherwise="There are no options yet. Confirm the specification, or say what to change.",
        )
        return Command(goto=turn.goto, update=turn.command_update(state, reply.in_words()))

    @to_failed
    async def present_options(self, state: ConversationState) -> Command[AfterOptions]:
        """Show the ranked options; take a choice, a question or a change."""
        plan = load(state, "plan", Plan)
        numbered = number_options(plan)
        checkpoint = Checkpoint(
            kind=CheckpointKind.PRESENT_OPTIONS,
            prompt=wording.options_prompt(plan),
            actions=ACTIONS[CheckpointKind.PRESENT_OPTIONS],
            data={
                "options": [option.model_dump(mode="json") for option in numbered],
                "near_misses": [miss.model_dump(mode="json") for miss in plan.near_misses],
                "evaluated": plan.evaluated,
                "compliant": plan.compliant,
                "warnings": list(plan.warnings),
            },
        )
        reply = ask(checkpoint)
        turn = Turn[AfterOptions](goto="present_options")
        heard = await read(reply, CheckpointKind.PRESENT_OPTIONS, self.agents.intent, plan.specification.intent)
        queue: list[ReplyAction] = []

        async def explore(action: ReplyAction, turn: Turn[AfterOptions]) -> None:
            queue.append(action)

        async def choose(action: ReplyAction, turn: Turn[AfterOptions]) -> None:
            if action.choice is None:
                turn.say(f"Which one? {wording.option_names(numbered)}")
                return
            choice = find_option(plan, action.choice)
            turn.update["choice"] = dump(choice)
            turn.goto = "finalize_configuration"

        await take(
            turn,
            heard,
            self._everywhere(CheckpointKind.PRESENT_OPTIONS)
            | {"edit": explore, "what_if": explore, "compare": explore, "explain": explore, "choose": choose},
            otherwise=f"Nothing is chosen yet. {wording.option_names(numbered)}",
        )
        if queue and turn.goto == "present_options":
            turn.goto = "explore"
            turn.update["exploration"] = [dump(action) for action in queue]
        return Command(goto=turn.goto, update=turn.command_update(state, reply.in_words()))

    @to_failed
    async def approve_deployment(self, state: ConversationState) -> Command[AfterApproval]:
        """Show exactly what will be done; go on only when that is approved."""
        plan = load(state, "plan", Plan)
        manifests = load(state, "manifests", ManifestSet)
        choice = find_option(plan, (state.get("choice") or {}).get("id", ""))
        checkpoint = Checkpoint(
            kind=CheckpointKind.APPROVE_DEPLOYMENT,
            prompt=wording.approval(choice, manifests),
            actions=ACTIONS[CheckpointKind.APPROVE_DEPLOYMENT],
            data={
                "manifests": dump(manifests),
                "manifests_sha256": manifests.sha256,
                "choice": dump(choice),
            },
        )
        reply = ask(checkpoint)
        turn = Turn[AfterApproval](goto="approve_deployment")
        heard = await read(reply, CheckpointKind.APPROVE_DEPLOYMENT, self.agents.intent, plan.specification.intent)
        alone = len(heard.actions) == 1

        async def approve(action: ReplyAction, turn: Turn[AfterApproval]) -> None:
            if not alone:
                turn.say("An approval has to stand alone. Approve when nothing else is to be changed.")
                return
            approval = Approval(
                by=state.get("owner", "local"),
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                manifests_sha256=manifests.sha256,
                price_table=plan.price_table,
                calibration=plan.calibration,
            )
            turn.update["approval"] = dump(approval)
            turn.goto = "execute_deployment"

        async def reject(action: ReplyAction, turn: Turn[AfterApproval]) -> None:
            why = f" I noted why, {wording.quoted(action.reason)}." if action.reason else ""
            turn.say(f"Rejected, nothing was written.{why} Here are the options again.")
            turn.goto = "present_options"

        async def edit(action: ReplyAction, turn: Turn[AfterApproval]) -> None:
            turn.update["exploration"] = [*turn.update.get("exploration", []), dump(action)]
            turn.goto = "explore"

        async def choose(action: ReplyAction, turn: Turn[AfterApproval]) -> None:
            turn.update["choice"] = dump(find_option(plan, action.choice or ""))
            turn.goto = "finalize_configuration"

        await take(
            turn,
            heard,
            self._everywhere(CheckpointKind.APPROVE_DEPLOYMENT)
            | {
                "approve": approve,
                "reject": reject,
                "edit": edit,
                "what_if": edit,
                "explain": edit,
                "compare": edit,
                "choose": choose,
            },
            otherwise="This needs a clear answer: approve, reject, or say what to change.",
        )
        return Command(goto=turn.goto, update=turn.command_update(state, reply.in_words()))

    async def failed(self, state: ConversationState) -> Command[AfterFailure]:
        """Say what failed and what can be done about it."""
        failure = state.get("failure") or {}
        checkpoint = Checkpoint(
            kind=CheckpointKind.FAILED,
            prompt=wording.failure(failure),
            actions=ACTIONS[CheckpointKind.FAILED],
            data={"problem": failure.get("problem"), "node": failure.get("node")},
        )
        reply = ask(checkpoint)
        turn = Turn[AfterFailure](goto="failed")
        heard = await read(reply, CheckpointKind.FAILED, self.agents.intent)

        async def retry(action: ReplyAction, turn: Turn[AfterFailure]) -> None:
            nodes: tuple[AfterFailure, ...] = get_args(AfterFailure)
            turn.goto = next((node for node in nodes if node == failure.get("node")), "collect_context")
            turn.update["failure"] = None

        async def edit(action: ReplyAction, turn: Turn[AfterFailure]) -> None:
            specification = load(state, "specification", DeploymentSpecification)
            turn.update["specification"] = dump(await self.agents.traffic.edit(specification, action))
            turn.goto = "review_specification"

        await take(
            turn,
            heard,
            self._everywhere(CheckpointKind.FAILED) | {"retry": retry, "confirm": retry, "edit": edit},
            otherwise="Say `retry`, what to change, or `cancel`.",
        )
        return Command(goto=turn.goto, update=turn.command_update(state, reply.in_words()))

    def _everywhere(self, kind: CheckpointKind) -> dict[str, Handler]:
        """What every checkpoint understands besides its own actions."""
        before = {
            CheckpointKind.CLARIFY: "collect_context",
            CheckpointKind.REVIEW_SPECIFICATION: "collect_context",
            CheckpointKind.PRESENT_OPTIONS: "review_specification",
            CheckpointKind.APPROVE_DEPLOYMENT: "present_options",
            CheckpointKind.FAILED: "review_specification",
        }
        afresh = CLEARED | {
            "schema_version": SCHEMA_VERSION,
            "reading": dump(IntentReading(question=WHAT_DO_YOU_NEED)),
        }
        nodes = {CheckpointKind.CLARIFY: "collect_context"} | {k: k.value for k in list(before)[1:]}

        async def back(action: ReplyAction, turn: Turn[Any]) -> None:
            order = list(before)
            asked_for = order.index(action.back_to) if action.back_to in order else len(order)
            turn.goto = nodes[order[asked_for]] if asked_for < order.index(kind) else before[kind]
            if turn.goto == "collect_context":
                turn.update |= afresh

        async def start_over(action: ReplyAction, turn: Turn[Any]) -> None:
            turn.goto = "collect_context"
            turn.update |= afresh

        async def cancel(action: ReplyAction, turn: Turn[Any]) -> None:
            turn.goto = END
            turn.say("Cancelled. Nothing was written or changed. Say what you need to begin again.")

        async def status(action: ReplyAction, turn: Turn[Any]) -> None:
            turn.say(wording.standing(kind))

        async def thanks(action: ReplyAction, turn: Turn[Any]) -> None:
            turn.say("You are welcome.")

        return {"back": back, "start_over": start_over, "cancel": cancel, "status": status, "thanks": thanks}
