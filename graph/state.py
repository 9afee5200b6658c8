"""What a conversation remembers: plain data under a versioned schema, validated whenever it is read.

One thread is one deployment conversation. Every value below is JSON, so that a stored thread can be read by any
later version; :func:`load` checks the version and the types, and :mod:`graph.migration` brings old threads up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict, TypeVar

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from pydantic import BaseModel, ValidationError

from neuralnav.errors import InvalidInputError
from neuralnav.models.problems import problems_of

SCHEMA_VERSION = 2
MAX_MESSAGES = 200
"""Older messages are dropped; the specification and the decisions stay."""
MAX_REVISIONS = 5
"""Revisions of a deployment that can be returned to, the present one among them."""
MAX_PENDING = 12
"""Actions of one reply that are done; what is beyond is said to be too much."""

Value = TypeVar("Value", bound=BaseModel)


class ConversationState(TypedDict, total=False):
    """The keys of the workflow's state."""

    schema_version: int
    owner: str
    """Who started the conversation; nobody else may continue it."""
    turn: int
    """Inputs taken so far."""
    began_at: str
    """When the present need or change was first said, UTC in ISO 8601."""
    began_turn: int
    """Inputs taken before it."""
    entry: str | None
    """The node that a run begins at when a conversation is put somewhere; ``None``: at its first words."""
    messages: Annotated[list[AnyMessage], add_messages]
    notes_given: list[str]
    """Names of notes that are said once in a conversation."""
    pending: list[dict[str, Any]] | None
    """What of the last reply is still to be done, in order: :class:`ReplyAction` each."""
    readings: list[str] | None
    """What the last reply may have meant, to be offered beside the next question."""
    return_to: str | None
    """The checkpoint that ``explore`` answers for."""
    last_version: int
    """Version of the specification that was confirmed last; versions go on when a conversation starts over."""
    reading: dict[str, Any] | None
    """An :class:`IntentReading`."""
    specification: dict[str, Any] | None
    """A :class:`DeploymentSpecification`."""
    plan: dict[str, Any] | None
    """A :class:`Plan`."""
    supposed: dict[str, Any] | None
    """The changes of the last what-if."""
    explored: dict[str, Any] | None
    """An :class:`Explored`: what was supposed or compared last at the options."""
    scenarios: list[str]
    """Names of the scenarios that this conversation keeps."""
    choice: dict[str, Any] | None
    """A :class:`Recommendation`."""
    change: str
    """The :class:`ChangeKind` that approval is asked for."""
    scaling: bool
    """Whether the change is only another number of replicas, which the specification pins for it."""
    shared_files: bool
    """Whether the files to remove are another conversation's too, and so are left."""
    manifests: dict[str, Any] | None
    """A :class:`ManifestSet`."""
    proposal: dict[str, Any] | None
    """A :class:`Proposal`: what approving ``manifests`` would do."""
    approval: dict[str, Any] | None
    """An :class:`Approval`."""
    deployment: dict[str, Any] | None
    """The :class:`Deployment` that was made last."""
    validation: dict[str, Any] | None
    """A :class:`Validation` of it."""
    watch: dict[str, Any] | None
    """A :class:`Watch` of it."""
    advice: dict[str, Any] | None
    """A :class:`GivenAdvice`, the last one."""
    last_revision: int
    """Changes of deployments approved so far; they go on when a conversation starts over."""
    before_change: list[dict[str, Any]] | None
    """The revisions before the change that is being made, to return to where it fails its checks."""
    revisions: list[dict[str, Any]]
    """What is in place and what was before, oldest first: ``deployment`` and its ``specification``."""
    asked_to_let_go: int
    """The turn after which it was asked whether to let go of what is in place."""
    undoing: dict[str, Any] | None
    """Why the ``deployment`` is to be undone, if it is: a problem object, and the node that it happened in."""
    failure: dict[str, Any] | None
    """A problem object, the node that it happened in, and the node to try again at."""


CLEARED: ConversationState = {
    "entry": None,
    "pending": None,
    "readings": None,
    "return_to": None,
    "reading": None,
    "specification": None,
    "plan": None,
    "supposed": None,
    "explored": None,
    "choice": None,
    "change": "deploy",
    "scaling": False,
    "shared_files": False,
    "manifests": None,
    "proposal": None,
    "approval": None,
    "undoing": None,
    "failure": None,
}
"""A conversation that starts over: what was said and done stays, what was worked out goes."""

OUTDATED = {
    "plan": None,
    "choice": None,
    "manifests": None,
    "proposal": None,
    "supposed": None,
    "explored": None,
    "scaling": False,
}
"""What no longer holds once the specification has changed."""


def load(state: Mapping[str, Any], key: str, kind: type[Value]) -> Value:
    """The value under ``key``, validated.

    Raises:
        InvalidInputError: it is missing, or was stored by a version that this one cannot read.
    """
    version = state.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise InvalidInputError(
            f"This conversation was stored under schema version {version}; this program reads {SCHEMA_VERSION}. "
            "Start over, or use the version that stored it."
        )
    value = state.get(key)
    if value is None:
        raise InvalidInputError(f"There is no {key.replace('_', ' ')} in this conversation at this point.")
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = problems_of(error, key)[0]
        raise InvalidInputError(
            f"The stored {key} of this conversation cannot be read ({first}). Start over to continue."
        ) from None


def dump(value: BaseModel) -> dict[str, Any]:
    """``value`` as the state holds it."""
    return value.model_dump(mode="json")
