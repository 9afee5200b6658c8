"""Going back in a conversation and forking from it: which moments there are, and the state that each comes back as.

What was decided comes back; what was done does not: deployments, their revisions and approvals are facts of the
conversation that they happened in, so nothing that was approved once can be done again by going back or forking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import StateSnapshot
from pydantic import AwareDatetime, BaseModel, ConfigDict

from graph.checkpoints import STOPS, CheckpointKind
from graph.live import is_half_made
from graph.migration import is_old, migrated
from graph.state import CLEARED, MAX_MESSAGES, SCHEMA_VERSION, ConversationState, dump
from graph.turns import forget_old
from graph.wording.text import plain
from neuralnav.errors import FieldProblem, InvalidInputError, NotFoundError
from neuralnav.models.deployment import ChangeKind
from neuralnav.models.plan import Plan, Recommendation

_RETURNED = ("reading", "specification", "plan", "supposed", "explored", "choice", "began_at")
"""What of a moment comes back."""
_SAME_CONVERSATION = ("turn", "notes_given", "last_version", "last_revision", "scenarios")
"""What belongs to the conversation as a whole."""
_DONE = ("deployment", "validation", "watch", "revisions", "before_change")
"""What has happened and stays as it is."""
_MADE_BY = {stop.node: stop.made_by for stop in STOPS.values() if stop.made_by}
"""From the node of a checkpoint to the one that makes anew what it shows."""


class Moment(BaseModel):
    """A question that a conversation stopped at, after the turn of that number."""

    model_config = ConfigDict(frozen=True)

    turn: int
    kind: CheckpointKind
    at: AwareDatetime
    title: str
    """The beginning of what was asked."""


def moment_of(turn: int, at: str, asked: Mapping[str, Any]) -> Moment | None:
    """The moment after ``turn`` at which ``asked`` was asked; ``None``: a failure, which is not gone back to."""
    if asked["kind"] == CheckpointKind.FAILED:
        return None
    title = plain(str(asked["prompt"]).splitlines()[0])[:120]
    return Moment.model_validate({"turn": turn, "kind": asked["kind"], "at": at, "title": title})


def no_such_moment(turn: int, known: Sequence[int]) -> NotFoundError:
    """That a conversation has nothing to go back to at ``turn``, but after the ``known`` turns, in their order."""
    allowed = in_ranges(known) or "none"
    return NotFoundError(
        f"This conversation has no checkpoint after turn {turn} to go back to; it has: {allowed}.",
        (FieldProblem("turn", turn, allowed),),
    )


def in_ranges(numbers: Sequence[int]) -> str:
    """``numbers``, in their order, with three and more that follow each other as one range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def gone_back(then: StateSnapshot, now: Mapping[str, Any]) -> ConversationState:
    """The input that brings the conversation ``now`` back to the moment ``then``.

    Raises:
        InvalidInputError: a change that was approved is half made.
    """
    require_nothing_half_made(now)
    note = f"Back to where we were after turn {then.values.get('turn', 0)}. What was done since stays as it is."
    values = _values(then)
    kept = {key: now[key] for key in (*_SAME_CONVERSATION, *_DONE) if key in now}
    said = [HumanMessage(f"[back to turn {then.values.get('turn', 0)}]"), AIMessage(note)]
    fresh = {
        "turn": now.get("turn", 0) + 1,
        "schema_version": SCHEMA_VERSION,
        "entry": _entry(values, in_place=bool(now.get("revisions"))),
        "messages": [*forget_old(cast(ConversationState, now), len(said)), *said],
    }
    return cast(ConversationState, _returned(values) | kept | fresh)


def require_nothing_half_made(values: Mapping[str, Any]) -> None:
    """Refuse to lose sight of a change that may have begun.

    Raises:
        InvalidInputError: one may have.
    """
    if is_half_made(values):
        raise InvalidInputError(
            "A change that was approved failed half-way. Retry it first, or say “cancel” to have it undone.",
            (FieldProblem("conversation", "a change that is half made", "one in which nothing is under way"),),
        )


def forked(then: StateSnapshot) -> ConversationState:
    """The input that begins a conversation of its own at the moment ``then``, with nothing in place."""
    note = f"This conversation begins as a copy of another one, after its turn {then.values.get('turn', 0)}."
    values = _values(then)
    own = {
        "schema_version": SCHEMA_VERSION,
        "owner": values["owner"],
        "messages": [*values.get("messages", []), AIMessage(note)][-MAX_MESSAGES:],
        "notes_given": values.get("notes_given", []),
        "turn": values.get("turn", 0),
        "last_version": values.get("last_version", 0),
        "last_revision": 0,
        "revisions": [],
        "before_change": None,
        "deployment": None,
        "validation": None,
        "watch": None,
        "entry": _entry(values, in_place=False),
    }
    return cast(ConversationState, _returned(values) | own)


def to_be_approved(plan: Plan, choice: Recommendation, owner: str, at: str) -> ConversationState:
    """The input that begins a conversation of ``owner`` with an option of ``plan`` on its way to approval."""
    note = "This conversation begins with a plan that was made before."
    own = {
        "schema_version": SCHEMA_VERSION,
        "owner": owner,
        "messages": [AIMessage(note)],
        "turn": 1,
        "began_at": at,
        "specification": dump(plan.specification),
        "last_version": plan.specification.version,
        "plan": dump(plan),
        "choice": dump(choice),
        "entry": "finalize_configuration",
    }
    return cast(ConversationState, {**CLEARED, **own})


def _returned(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a moment's ``values`` comes back."""
    return {**CLEARED, **{key: values[key] for key in _RETURNED if values.get(key) is not None}}


def _values(then: StateSnapshot) -> dict[str, Any]:
    """The values of a moment under the present schema, with the node it rests at under ``entry``."""
    values = dict(then.values) | {"entry": then.next[0] if then.next else None}
    return migrated(values, values["entry"]) if is_old(values) else values


def _entry(values: Mapping[str, Any], *, in_place: bool) -> str:
    """Where the conversation comes back to: what was to be approved is built and shown anew."""
    node = str(values["entry"])
    deploys = (values.get("change") or ChangeKind.DEPLOY) == ChangeKind.DEPLOY
    if deploys and node in _MADE_BY:
        return _MADE_BY[node]
    if node in ("operate", "approve_deployment"):
        return "operate" if in_place else "review_specification"
    return node
