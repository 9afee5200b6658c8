"""What a card is told of the reply that it sent: taken or, beside its fields, why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from graph.checkpoints import CheckpointReply
from graph.conversation import TurnReport
from graph.turns import read_button
from graph.wording.text import plain
from neuralnav.errors import FieldProblem, InvalidInputError, QuestionPendingError
from neuralnav.models.catalog import UseCaseTemplate
from neuralnav.models.reply import ActionKind
from neuralnav.models.specification import DeploymentSpecification
from neuralnav.planning.specification import edit_specification

_CHANGING = frozenset({ActionKind.EDIT, ActionKind.WHAT_IF})


class Refused(BaseModel):
    """Why one field was not taken."""

    model_config = ConfigDict(frozen=True)

    field: str
    allowed: str


class Answer(BaseModel):
    """Whether a reply was taken."""

    model_config = ConfigDict(frozen=True)

    taken: bool
    detail: str = ""
    """Why not, in a sentence or two."""
    problems: tuple[Refused, ...] = ()


TAKEN = Answer(taken=True)


def tried(reply: CheckpointReply, standing: TurnReport, use_cases: Sequence[UseCaseTemplate]) -> Answer:
    """Whether ``reply`` can be taken where the conversation stands; nothing is changed by asking."""
    if standing.checkpoint is None or reply.action is None:
        return TAKEN
    reading = read_button(reply, standing.checkpoint.kind)
    if reading.question:
        return Answer(taken=False, detail=plain(reading.question))
    changes = {
        field: value
        for action in reading.actions
        if action.action in _CHANGING
        for field, value in action.changes.items()
    }
    if not changes or standing.specification is None:
        return TAKEN
    specification = DeploymentSpecification.model_validate(standing.specification)
    try:
        edit_specification(specification, changes, use_cases, at=datetime.now(UTC).isoformat(timespec="seconds"))
    except (InvalidInputError, QuestionPendingError) as error:
        return Answer(taken=False, detail=error.detail, problems=tuple(map(_refused, error.problems)))
    return TAKEN


def _refused(problem: FieldProblem) -> Refused:
    return Refused(field=problem.field, allowed=problem.allowed)
