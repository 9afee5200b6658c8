"""What a person's free-text answer at a checkpoint asks for, as typed actions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from neuralnav.models.base import Frozen, WholeNumber
from neuralnav.models.intent import RejectedValue


class CheckpointKind(StrEnum):
    """Where the workflow waits for a person."""

    CLARIFY = "clarify"
    REVIEW_SPECIFICATION = "review_specification"
    PRESENT_OPTIONS = "present_options"
    APPROVE_DEPLOYMENT = "approve_deployment"
    FAILED = "failed"
    OPERATE = "operate"


class ActionKind(StrEnum):
    """One thing that a reply asks for."""

    CONFIRM = "confirm"
    EDIT = "edit"
    CHOOSE = "choose"
    WHAT_IF = "what_if"
    COMPARE = "compare"
    EXPLAIN = "explain"
    APPROVE = "approve"
    REJECT = "reject"
    BACK = "back"
    START_OVER = "start_over"
    STATUS = "status"
    CANCEL = "cancel"
    UNKNOWN_ANSWER = "unknown_answer"
    """The person does not know: a stated default is taken."""
    THANKS = "thanks"
    RETRY = "retry"
    """A button of the ``failed`` checkpoint; in words it is read as ``confirm``."""
    KEEP = "keep"
    """Keep the last what-if (or, without one, the present plan) as a named scenario."""
    SCALE = "scale"
    """Run the deployment with another number of replicas."""
    ROLL_BACK = "roll_back"
    """Return the deployment to what it was before its last change."""
    RETIRE = "retire"
    """End the deployment and take away what it put there."""
    FOLLOW = "follow"
    """Plan the change that was advised about the deployment."""


BINDING = frozenset({ActionKind.APPROVE, ActionKind.ROLL_BACK, ActionKind.RETIRE})
"""Actions that bind: taken only as a direct reply with nothing beside them, in plain words or by a button."""


MOST_ENTRIES = 99


def _entry_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(1, MOST_ENTRIES + 1):
        raise ValueError(f"the number of an entry, from 1 to {MOST_ENTRIES}")
    return int(value)


EntryNumber = Annotated[int, BeforeValidator(_entry_number), Field(ge=1, le=MOST_ENTRIES)]
"""The place of an option in the list shown, from 1."""

ScenarioWord = Annotated[str, Field(min_length=1, max_length=60)]

MAX_READINGS = 4
"""Likely readings offered for a reply that is not clear."""


class ReplyAction(Frozen):
    """One action with what it needs; what an action does not need is empty."""

    action: ActionKind
    changes: dict[str, Any] = Field(default_factory=dict)
    """For ``edit`` and ``what_if``: field of the intent to its new value in JSON types, ``None`` to clear it."""
    evidence: dict[str, str] = Field(default_factory=dict)
    """Field in ``changes`` to the person's words."""
    from_cluster: bool = False
    """For ``edit`` and ``what_if``: whether the GPUs are to be those that are free in the cluster, besides ``changes``;
    which these are is looked up when it is done."""
    choice: EntryNumber | Annotated[str, Field(min_length=1, max_length=120)] | None = None
    """For ``choose``: the entry's number, the :class:`View` whose first entry is meant, or an option's id."""
    entries: tuple[EntryNumber, ...] = ()
    """For ``compare`` and ``explain``: the entries that are meant; empty: those under discussion."""
    name: ScenarioWord | None = None
    """For ``keep``: what the scenario is called; ``None``: a name is made from what it changes."""
    names: tuple[ScenarioWord, ...] = ()
    """For ``compare``: the scenarios that are meant (``now`` is the present plan), or options by their ids."""
    replicas: Annotated[WholeNumber, Field(ge=1, le=10_000)] | None = None
    """For ``scale``: how many replicas there are to be."""
    replicas_by: Annotated[WholeNumber, Field(ge=-10_000, le=10_000)] | None = None
    """For ``scale``: how many more (or, below 0, fewer) there are to be, where no number was named."""
    reason: str | None = Field(default=None, max_length=500)
    """For ``reject``: why, in the person's words."""
    words: str | None = Field(default=None, max_length=500)
    """For ``explain``: the question, in the person's words."""
    back_to: CheckpointKind | None = None
    """For ``back``: where to; ``None``: one step."""


class ReplyReading(Frozen):
    """The actions of one reply in the order said; a question where it cannot be acted on as it stands."""

    actions: tuple[ReplyAction, ...] = ()
    question: str | None = None
    readings: tuple[str, ...] = Field(default=(), max_length=MAX_READINGS)
    """With a question: what may have been meant, each in words that are clear at the same checkpoint."""
    rejected: tuple[RejectedValue, ...] = ()
    """Values that were said and cannot be."""
