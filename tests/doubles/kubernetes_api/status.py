"""How the API says no: a ``Status`` object, in the words of a real API server.

https://kubernetes.io/docs/reference/using-api/api-concepts/ and the constructors of
``k8s.io/apimachinery/pkg/api/errors``, whose texts clients show to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Causes = Sequence[dict[str, str]]


class StatusError(Exception):
    """A request that is refused."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        said = {name: value for name, value in (details or {}).items() if value}
        self.body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            **({"reason": reason} if reason else {}),
            **({"details": said} if said else {}),
            "code": code,
        }


def not_found(plural: str, name: str) -> StatusError:
    return StatusError(404, "NotFound", f'{plural} "{name}" not found', details={"name": name, "kind": plural})


def no_such_resource() -> StatusError:
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def already_exists(plural: str, name: str) -> StatusError:
    return StatusError(
        409, "AlreadyExists", f'{plural} "{name}" already exists', details={"name": name, "kind": plural}
    )


def conflict(plural: str, name: str, why: str) -> StatusError:
    message = f'Operation cannot be fulfilled on {plural} "{name}": {why}'
    return StatusError(409, "Conflict", message, details={"name": name, "kind": plural})


def stale(plural: str, name: str) -> StatusError:
    return conflict(
        plural, name, "the object has been modified; please apply your changes to the latest version and try again"
    )


def apply_conflicts(conflicts: Sequence[tuple[str, Sequence[str]]]) -> StatusError:
    """``conflicts``: each other manager with its version, as a phrase, and the fields that it owns."""
    count = sum(len(fields) for _, fields in conflicts)
    many = "s" if count > 1 else ""
    lines = []
    for manager, fields in conflicts:
        if len(fields) == 1:
            lines.append(f"conflict with {manager}: {fields[0]}")
        else:
            lines.append("\n".join([f"conflicts with {manager}:", *(f"- {field}" for field in fields)]))
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": field}
        for manager, fields in conflicts
        for field in fields
    ]
    text = f"Apply failed with {count} conflict{many}: " + "\n".join(lines)
    return StatusError(409, "Conflict", text, details={"causes": causes})


def invalid(kind: str, group: str, name: str, causes: Causes) -> StatusError:
    """A value that the schema forbids; ``kind`` is qualified by its group, as in ``Deployment.apps``."""
    qualified = f"{kind}.{group}" if group else kind
    texts = [f"{cause['field']}: {cause['message']}" for cause in causes]
    listed = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    details = {"name": name, "group": group, "kind": kind, "causes": list(causes)}
    return StatusError(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details=details)


def bad_request(message: str) -> StatusError:
    return StatusError(400, "BadRequest", message)


def untyped(described: str, problem: str) -> StatusError:
    """What an applied object with an undeclared field gets: an error without a reason, code 500."""
    return StatusError(500, "", f"failed to create typed patch object ({described}): {problem}")


def unauthorized() -> StatusError:
    return StatusError(401, "Unauthorized", "Unauthorized")


def expired(oldest: int) -> StatusError:
    return StatusError(410, "Expired", f"too old resource version: 1 ({oldest})")


def too_many_requests(seconds: int) -> StatusError:
    message = "the server has received too many requests and has asked us to try again later"
    return StatusError(429, "TooManyRequests", message, details={"retryAfterSeconds": seconds}, retry_after=seconds)
