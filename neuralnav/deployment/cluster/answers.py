"""What the cluster's API says no with, as errors that tell a person what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neuralnav.errors import FieldProblem, InvalidInputError, NeuralNavError, UnavailableError
from neuralnav.models.running import FieldConflict

LONGEST_MESSAGE = 500
MOST_CAUSES = 50
MOST_NAMED = 5
_MANAGER_CONFLICT = "FieldManagerConflict"
_NOT_TYPED = "failed to create typed patch object"
_NOT_IN_SCHEMA = "field not declared in schema"


class NotAllowedError(InvalidInputError):
    """The account that NeuralNav uses lacks a right in the cluster."""

    title = "Not allowed in the cluster"
    status = 403


class ConflictsError(InvalidInputError):
    """Fields would be taken from other tools, which was not approved."""

    title = "Fields belong to another tool"
    status = 409

    def __init__(self, detail: str, conflicts: tuple[FieldConflict, ...]) -> None:
        allowed = "to be left to that tool, or taken over with an approval"
        super().__init__(detail, tuple(FieldProblem(c.field, c.manager, allowed) for c in conflicts))
        self.conflicts = conflicts


def unapproved(title: str, conflicts: tuple[FieldConflict, ...]) -> ConflictsError:
    """That applying the object ``title`` would take fields which nobody has approved."""
    fields = "; ".join(f"{conflict.field} ({conflict.manager})" for conflict in conflicts[:MOST_NAMED])
    detail = f"Other tools have set fields of {title} that would change, and nobody approved it: {fields}."
    return ConflictsError(f"{detail} Nothing was changed; look at it and approve again.", conflicts)


@dataclass(frozen=True)
class Answer:
    """A response of the API, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            UnavailableError: it is none, as when a proxy on the way answers in the API's place.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnavailableError(
                "What answers in the cluster's place is no Kubernetes API. Check the server's address.", lasting=True
            )
        return found

    @property
    def retry_after_s(self) -> float | None:
        """For how long the API asks to be left alone, if it does."""
        said = self.headers.get("Retry-After", "")
        return float(said) if said.isdecimal() else None


def refusal(answer: Answer, doing: str) -> NeuralNavError:
    """``answer``, which is no success, as an error; ``doing``: what was tried, as ``read pods``."""
    status = _status(answer)
    message = " ".join(str(status.get("message") or f"HTTP {answer.status}").split())[:LONGEST_MESSAGE]
    if answer.status == 401:
        return UnavailableError(
            "The cluster does not know the account that its configuration names, or its sign-in has expired. "
            "Sign in again, or set KUBECONFIG and the context to an account that is known.",
            lasting=True,
        )
    if answer.status == 403:
        return NotAllowedError(
            f"The cluster does not allow to {doing}: {message}. Ask its administrator for the right."
        )
    if answer.status == 409 and (conflicts := _conflicts(status)):
        fields = "; ".join(f"{conflict.field} ({conflict.manager})" for conflict in conflicts[:MOST_NAMED])
        return ConflictsError(f"Other tools have set fields that would change: {fields}.", conflicts)
    if is_untyped(answer) or answer.status in (400, 404, 405, 409, 413, 415, 422):
        return InvalidInputError(f"The cluster refuses to {doing}: {message}", _causes(status))
    return UnavailableError(f"The cluster could not {doing}: {message}. Try again.", lasting=True)


def is_untyped(answer: Answer) -> bool:
    """Whether an applied object has a field that its kind does not have, for which the API answers 500."""
    said = _status(answer).get("message") or ""
    return answer.status == 500 and (_NOT_TYPED in said or _NOT_IN_SCHEMA in said)


def _status(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}


def _listed_causes(status: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (status.get("details") or {}).get("causes") or []
    return [cause for cause in found if isinstance(cause, dict)][:MOST_CAUSES]


def _conflicts(status: Mapping[str, Any]) -> tuple[FieldConflict, ...]:
    return tuple(
        FieldConflict(field=str(cause.get("field", "")).removeprefix("."), manager=_manager(str(cause.get("message"))))
        for cause in _listed_causes(status)
        if cause.get("reason") == _MANAGER_CONFLICT
    )


def _manager(message: str) -> str:
    """The name out of ``conflict with "argocd" using apps/v1``."""
    _, _, rest = message.partition('"')
    return rest.partition('"')[0] or "another tool"


def _causes(status: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    return tuple(
        FieldProblem(str(cause.get("field") or "object"), None, str(cause.get("message"))[:LONGEST_MESSAGE])
        for cause in _listed_causes(status)
    )
