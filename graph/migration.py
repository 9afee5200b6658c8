"""Brings conversations that an older version stored up to the present schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graph.state import CLEARED, SCHEMA_VERSION, dump
from neuralnav.errors import InvalidInputError
from neuralnav.models.deployment import Deployment
from neuralnav.models.specification import DeploymentSpecification

State = dict[str, Any]


def is_old(state: Mapping[str, Any]) -> bool:
    """Whether ``state`` was stored by an older version."""
    return bool(state) and state.get("schema_version", SCHEMA_VERSION) < SCHEMA_VERSION


def migrated(state: Mapping[str, Any], rests_at: str | None) -> State:
    """``state`` under the present schema, to be entered at the node that it names under ``entry``.

    ``rests_at`` is the node that the conversation waited or was interrupted at; ``None``: it had ended.

    Raises:
        InvalidInputError: the version is none that there was.
    """
    moved, node = dict(state), rests_at
    while (version := moved.get("schema_version")) != SCHEMA_VERSION:
        if version not in _STEPS:
            raise InvalidInputError(
                f"This conversation was stored under schema version {version!r}; this program reads up to "
                f"{SCHEMA_VERSION}. Use the version that stored it."
            )
        moved, node = _STEPS[version](moved, node)
    return moved | {"entry": node}


def _from_1(state: State, node: str | None) -> tuple[State, str | None]:
    """Version 1 ended with the files written; what it had in place is looked after from here on."""
    moved = {key: value for key, value in state.items() if key != "exploration"}
    moved = {key: CLEARED[key] for key in CLEARED} | moved  # type: ignore[literal-required]
    moved |= {"schema_version": 2, "notes_given": [], "last_revision": 0, "revisions": [], "validation": None}
    if moved.get("deployment"):
        deployment = dump(Deployment.model_validate(moved["deployment"]))
        specification = dump(DeploymentSpecification.model_validate(moved["specification"]))
        moved |= {
            "deployment": deployment,
            "last_revision": 1,
            "revisions": [{"deployment": deployment, "specification": specification}],
            "watch": None,
            "plan": None,
            "manifests": None,
            "approval": None,
        }
        node = "operate"
    return moved, "present_options" if node == "explore" else node


_STEPS: dict[Any, Callable[[State, str | None], tuple[State, str | None]]] = {1: _from_1}
"""From each version to the next."""
