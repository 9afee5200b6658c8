"""Going back and forking by words: ``/history``, ``/back 3``, ``/fork 3``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from graph.checkpoints import CheckpointKind
from graph.time_travel import Moment
from graph.wording.text import escaped
from neuralnav.errors import FieldProblem, InvalidInputError

CALLBACK = "go_back"
MAX_LISTED = 20
MAX_BUTTONS = 8
MAX_TITLE_CHARACTERS = 70

KINDS = {
    CheckpointKind.CLARIFY: "Question",
    CheckpointKind.REVIEW_SPECIFICATION: "Specification",
    CheckpointKind.PRESENT_OPTIONS: "Options",
    CheckpointKind.APPROVE_DEPLOYMENT: "Approval",
    CheckpointKind.OPERATE: "In place",
}

_COMMAND = re.compile(r"/(history|back|fork)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_LEAD = re.compile(r"^(?:Understood|In place|Why \d+)\s+")
"""Words that a question begins with and that the name of its kind says already."""
_TURN = re.compile(r"[0-9]{1,9}")

TurnNumber = Annotated[int, Field(ge=0, le=999_999_999)]


class Travel(StrEnum):
    """What can be done with the moments of a conversation."""

    HISTORY = "history"
    BACK = "back"
    FORK = "fork"


class Command(BaseModel):
    """What a person asks for with a slash; ``turn`` is the moment's, where one is named."""

    model_config = ConfigDict(frozen=True)

    travel: Travel
    turn: TurnNumber | None = None


class GoBack(BaseModel):
    """What the button of a moment carries: the turn to go back to, and the turn at which it was offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: TurnNumber
    to: TurnNumber

    @property
    def label(self) -> str:
        """What the button says."""
        return f"Back to turn {self.to}"


def read_command(text: str) -> Command | None:
    """The command that ``text`` is; ``None``: it is for the conversation.

    Raises:
        InvalidInputError: it is a command, but what follows is no number of a turn.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    travel, rest = Travel(found[1].lower()), (found[2] or "").strip()
    if not rest and travel is not Travel.BACK:
        return Command(travel=travel)
    if travel is Travel.HISTORY or not _TURN.fullmatch(rest):
        allowed = "nothing" if travel is Travel.HISTORY else "the number of a turn, as /history lists them"
        raise InvalidInputError(
            f"/{travel.value} takes {allowed}, not {rest[:40]!r}." if rest else f"/{travel.value} needs {allowed}.",
            (FieldProblem(f"/{travel.value}", rest[:40], allowed),),
        )
    return Command(travel=travel, turn=int(rest))


def listing(moments: Sequence[Moment], turn: int) -> str:
    """The moments as a table, and how to return to one."""
    if not moments:
        return "Nothing has been asked here yet. Say what you need."
    how = "`/back N` returns to the question after turn N; `/fork N` begins a copy of this conversation there."
    return f"{table(moments, turn)}\n\n{how}"


def table(moments: Sequence[Moment], turn: int) -> str:
    """The latest moments as a table, newest last; the one of the present ``turn`` is marked."""
    shown = moments[-MAX_LISTED:]
    rows = [f"| {moment.turn} | {_asked(moment)} | {_when(moment, turn)} |" for moment in shown]
    earlier = [f"{len(moments) - len(shown)} earlier ones are not listed.", ""] if len(moments) > len(shown) else []
    return "\n".join([*earlier, "| Turn | Asked | When (UTC) |", "| --- | --- | --- |", *rows])


def ways_back(moments: Sequence[Moment], turn: int) -> list[GoBack]:
    """A button for each of the latest moments besides the present one."""
    return [GoBack(turn=turn, to=moment.turn) for moment in moments if moment.turn != turn][-MAX_BUTTONS:]


def copied(turn: int, address: str) -> str:
    """That a copy of the conversation begins at ``address``."""
    return f"A copy of this conversation begins after turn {turn}, with nothing in place: [open it]({address})."


def _asked(moment: Moment) -> str:
    title = _LEAD.sub("", moment.title)
    short = title if len(title) <= MAX_TITLE_CHARACTERS else f"{title[: MAX_TITLE_CHARACTERS - 1].rstrip()}…"
    return f"**{KINDS.get(moment.kind, moment.kind.value)}** {escaped(short)}"


def _when(moment: Moment, turn: int) -> str:
    return "now" if moment.turn == turn else f"{moment.at:%d %b %H:%M}"
