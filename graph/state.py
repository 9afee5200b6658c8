"""What a conversation remembers: plain data under a versioned schema, validated whenever it is read.

One thread is one deployment conversation. Every value below is JSON, so that a stored thread can be read by any
later version; :func:`load` checks the version and the types.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict, TypeVar

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from pydantic import BaseModel, ValidationError

from neuralnav.errors import InvalidInputError

SCHEMA_VERSION = 1
MAX_MESSAGES = 200
"""Older messages are dropped; the specification and the decisions stay."""

Value = TypeVar("Value", bound=BaseModel)


class ConversationState(TypedDict, total=False):
    """The keys of the workflow's state."""

    schema_version: int
    owner: str
    """Who started the conversation; nobody else may continue it."""
    turn: int
    """Inputs taken so far."""
    messages: Annotated[list[AnyMessage], add_messages]
    last_version: int
    """Version of the specification that was confirmed last; versions go on when a conversation starts over."""
    reading: dict[str, Any] | None
    """An :class:`IntentReading`."""
    specification: dict[str, Any] | None
    """A :class:`DeploymentSpecification`."""
    plan: dict[str, Any] | None
    """A :class:`Plan`."""
    exploration: list[dict[str, Any]] | None
    """What ``explore`` has to do, in order: :class:`ReplyAction` each."""
    choice: dict[str, Any] | None
    """A :class:`Recommendation`."""
    manifests: dict[str, Any] | None
    """A :class:`ManifestSet`."""
    approval: dict[str, Any] | None
    """An :class:`Approval`."""
    deployment: dict[str, Any] | None
    """A :class:`Deployment`."""
    failure: dict[str, Any] | None
    """A problem object and the node that it happened in."""


CLEARED: ConversationState = {
    "reading": None,
    "specification": None,
    "plan": None,
    "exploration": None,
    "choice": None,
    "manifests": None,
    "approval": None,
    "deployment": None,
    "failure": None,
}
"""A conversation that starts over: what was said stays, what was worked out goes."""


def load(state: ConversationState, key: str, kind: type[Value]) -> Value:
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
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"The stored {key} of this conversation cannot be read ({where}: {first['msg']}). Start over to continue."
        ) from None


def dump(value: BaseModel) -> dict[str, Any]:
    """``value`` as the state holds it."""
    return value.model_dump(mode="json")
