"""What the chat says by itself."""

from __future__ import annotations

import re

from graph.checkpoints import CheckpointKind
from graph.conversation import StepEvent
from graph.wording.text import plain
from neuralnav.models.figures import duration
from neuralnav.models.intent import MAX_TEXT_CHARACTERS

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\ufeff\u202a-\u202e\u2066-\u2069]")
_COUNTED = re.compile(r"([\d,]{1,12}) of ([\d,]{1,12})")
ALREADY_ANSWERED = "That question was already answered; this was not taken."
NOTHING_SAID = "I see no words in that. Say what you need, what to change, or press a button."
NOT_A_BUTTON = "That button does not belong to this conversation; nothing was changed."
DATABASE_SILENT = "The database does not answer. Nothing is lost: try again in a moment."
NOT_TAKEN = "That could not be taken now; nothing was changed."
UNEXPECTED = "Something went wrong here that should not have. Open the conversation again to see where it stands."
STOPPED = "Stopped; nothing was changed. Say what you need, what to change, or press a button."
STOPPING = "Stopping"
CONTINUING = "Finishing what was interrupted"

GOING_BACK = (
    "`/history` lists the questions so far, to go back to one of them or to begin a copy of this conversation there."
)

STEPS = {
    "generate_specification": ("Specification", "working out load and targets"),
    "map_traffic_profile": ("Traffic", "mapping it"),
    "recommend_models": ("Models", "finding those that can do the task"),
    "plan_capacity": ("Capacity", "evaluating every configuration"),
    "explore": ("Questions", "looking into it"),
    "finalize_configuration": ("Manifests", "building and checking them"),
    "execute_deployment": ("Change", "making what was approved"),
    "validate_deployment": ("Check", "waiting for it and trying it"),
    "undo_deployment": ("Undo", "returning to what was there before"),
    "set_up_monitoring": ("Monitoring", "settling what it is held to"),
    "record_outcome": ("Decision", "keeping it"),
}
"""Node to its name as people read it, and to what it is doing while it runs."""

_EXAMPLES = {
    CheckpointKind.REVIEW_SPECIFICATION: (
        "TTFT 200 ms",
        "2,000 users, answers of 400 tokens",
        "only H100 and L40S, at most $6,000 a month",
        "cost matters most",
    ),
    CheckpointKind.PRESENT_OPTIONS: ("relax TTFT to 300 ms", "at most $5,000 a month", "what if we took A100s?"),
    CheckpointKind.APPROVE_DEPLOYMENT: ("take option 2 instead", "relax TTFT to 300 ms"),
    CheckpointKind.FAILED: ("2,000 users", "relax TTFT to 300 ms"),
    CheckpointKind.OPERATE: (
        "scale to 3",
        "2,000 users now, at most $9,000 a month",
        "what if we had twice the users?",
    ),
}


def legible(text: str) -> str:
    """``text`` without control characters, marks that reorder it, and broken code points; line breaks and tabs stay."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def running(event: StepEvent) -> str:
    """A step that began or got on, in a line."""
    name, doing = _step(event.step)
    return f"{name} · {plain(event.found) or doing} …"


def percent_done(found: str) -> int | None:
    """How far a step is that says "120 of 400 ..."; ``None``: it does not say."""
    counted = _COUNTED.search(found)
    if counted is None:
        return None
    made, of = (int(figure.replace(",", "")) for figure in counted.groups())
    return min(100, round(100 * made / of)) if of else None


def done(event: StepEvent) -> str:
    """A step that is done: what it found and how long it took, in a line."""
    name, _ = _step(event.step)
    found = plain(event.found).rstrip(".")
    return " · ".join(part for part in (name, found, duration(max(event.took_ms, 1))) if part)


def _step(node: str) -> tuple[str, str]:
    return STEPS.get(node, (node.replace("_", " ").capitalize(), "working"))


def how_to_edit(kind: CheckpointKind) -> str:
    """How a change is said at a checkpoint."""
    examples = "\n".join(f"- `{example}`" for example in _EXAMPLES.get(kind, ()))
    return f"Say what to change, in your own words. For example\n\n{examples}\n\n{GOING_BACK}"


def too_long(characters: int) -> str:
    """Why a text was not read."""
    return (
        f"That is {characters:,} characters; I read at most {MAX_TEXT_CHARACTERS:,} at once. Nothing was changed. "
        "Say it in fewer words."
    )
