"""What can be pressed at a checkpoint: labels for people, replies for the conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graph.checkpoints import CheckpointKind, CheckpointReply
from graph.conversation import TurnReport
from graph.wording.text import field_value, plain
from neuralnav.models.deployment import ChangeKind
from neuralnav.models.labels import field_label, hardware_label
from neuralnav.models.options import NumberedOption
from neuralnav.models.plan import NearMiss

CALLBACK = "reply"
MAX_FIXES = 3
MAX_LABEL_CHARACTERS = 80


class Press(BaseModel):
    """What a pressed button carries: its reply, and the turn whose question it answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: Annotated[int, Field(ge=0)]
    label: Annotated[str, Field(max_length=200)]
    reply: CheckpointReply
    card: bool = False
    """Whether a card sent it, which shows by itself what cannot be taken."""

    @property
    def asks_how(self) -> bool:
        """Whether it only asks how a change is said."""
        return self.reply.action == "edit" and self.reply.value is None


class Button(BaseModel):
    """One button of a question."""

    model_config = ConfigDict(frozen=True)

    press: Press
    id: str
    icon: str | None = None
    tooltip: str = ""


def buttons(report: TurnReport) -> list[Button]:
    """The buttons of the question that ``report`` ends with; none at the very beginning, where words are needed."""
    if report.checkpoint is None or report.turn == 0:
        return []
    found = {
        CheckpointKind.CLARIFY: _clarify,
        CheckpointKind.REVIEW_SPECIFICATION: _review,
        CheckpointKind.PRESENT_OPTIONS: _options,
        CheckpointKind.APPROVE_DEPLOYMENT: _approve,
        CheckpointKind.FAILED: _failed,
        CheckpointKind.OPERATE: _operate,
    }[report.checkpoint.kind](report.checkpoint.data)
    return [
        Button(
            press=Press(turn=report.turn, label=label, reply=reply),
            id=identity(report.thread, report.turn, f"button {number}"),
            icon=icon,
            tooltip=tooltip,
        )
        for number, (label, reply, icon, tooltip) in enumerate((*_readings(report.checkpoint.data), *found), start=1)
    ]


def identity(thread: str, turn: int, what: str) -> str:
    """The id of something shown in a turn: the same whenever it is shown again, so that it replaces itself."""
    return str(uuid5(NAMESPACE_URL, f"urn:neuralnav:chat:{thread}:{turn}:{what}"))


def change_label(miss: NearMiss) -> str:
    """The change that would let ``miss`` pass: fields with their new values, as plain text."""
    return plain(", ".join(f"{field_label(field)} {field_value(field, value)}" for field, value in miss.change.items()))


Face = tuple[str, CheckpointReply, str | None, str]


def _does(action: str, label: str, icon: str | None = None, value: JsonValue = None, tooltip: str = "") -> Face:
    return label, CheckpointReply(action=action, value=value), icon, tooltip


def _readings(data: Mapping[str, Any]) -> Iterator[Face]:
    """What the last reply may have meant: pressing one says it."""
    for text in data.get("readings") or ():
        label = text if len(text) <= MAX_LABEL_CHARACTERS else f"{text[: MAX_LABEL_CHARACTERS - 1]}…"
        yield label, CheckpointReply(text=text), "message-circle-question", f"Say “{text}”"


def _leave() -> Iterator[Face]:
    yield _does("start_over", "Start over", "rotate-ccw", tooltip="Forget this plan and begin again")
    yield _does("cancel", "Cancel", "x", tooltip="Stop here; nothing is changed")


def _clarify(_: Mapping[str, Any]) -> Iterator[Face]:
    words = CheckpointReply(text="I don't know")
    yield "I don't know yet", words, "circle-help", "Go on with usual values; you can change them"
    yield from _leave()


def _review(_: Mapping[str, Any]) -> Iterator[Face]:
    yield _does("confirm", "Confirm", "check", tooltip="Plan for exactly this")
    yield _does("edit", "Edit", "pencil", tooltip="How to change a value")
    words = CheckpointReply(text="How did these figures come about?")
    yield "Why these figures?", words, "circle-help", "Formulas, defaults and your own words behind them"
    yield from _leave()


def _options(data: Mapping[str, Any]) -> Iterator[Face]:
    numbered = [NumberedOption.model_validate(option) for option in data.get("options") or []]
    if not data.get("readings"):
        yield from _choices(numbered)
        yield from _fixes(data)
    if numbered:
        yield _does("explain", "Why these?", "circle-help")
    yield _does("edit", "Edit", "pencil", tooltip="How to change what is planned for")
    yield _does("back", "Back", "arrow-left", tooltip="To the specification")
    yield from _leave()


def _choices(numbered: Sequence[NumberedOption]) -> Iterator[Face]:
    for option in numbered:
        name = plain(f"{option.option.display_name} on {hardware_label(option.option)}")
        yield _does("choose", f"Choose {option.number}", value=option.number, tooltip=name)
    if len(numbered) > 1:
        yield _does("compare", "Compare 1 and 2", "columns-2", [1, 2])


def _fixes(data: Mapping[str, Any]) -> Iterator[Face]:
    seen: list[dict[str, JsonValue]] = []
    for document in data.get("near_misses") or []:
        miss = NearMiss.model_validate(document)
        if miss.change and miss.change not in seen and len(seen) < MAX_FIXES:
            seen.append(miss.change)
            yield _does("edit", f"Plan with {change_label(miss)}", "wand", dict(miss.change), plain(miss.sentence))


def _approve(data: Mapping[str, Any]) -> Iterator[Face]:
    """What leads away from an approval; approving and rejecting are on its card."""
    if ChangeKind(data.get("change") or ChangeKind.DEPLOY) is ChangeKind.DEPLOY:
        yield _does("back", "Back", "arrow-left", tooltip="To the options")
        yield from _leave()
    else:
        yield _does("back", "Back", "arrow-left", tooltip="To what is in place")


def _operate(_: Mapping[str, Any]) -> Iterator[Face]:
    """What is asked again and again; changes are on the card."""
    yield _does("status", "Status", "activity", tooltip="Check what is in place against what was approved")
    yield _does("explain", "Why?", "circle-help", tooltip="Why this was chosen, and what was predicted of it")
    yield _does("edit", "What to change", "pencil", tooltip="How to change or scale what is in place")
    yield _does("start_over", "Start over", "rotate-ccw", tooltip="Leave this as it is and plan something else")


def _failed(_: Mapping[str, Any]) -> Iterator[Face]:
    yield _does("retry", "Retry", "rotate-cw")
    yield _does("edit", "Edit", "pencil", tooltip="How to change what is planned for")
    yield _does("back", "Back", "arrow-left", tooltip="To the specification")
    yield from _leave()
