"""The one hierarchy of errors: each says what was wrong, with what, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldProblem:
    """One field that cannot be accepted: its name, the value as given, and what would be allowed."""

    field: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        return f"{self.field}: {self.value!r} (allowed: {self.allowed})"


class NeuralNavError(Exception):
    """Root of every error that NeuralNav raises on purpose.

    ``title`` names the kind of problem, ``detail`` says what happened and what to do, ``problems`` lists the fields.
    """

    title = "Something went wrong"
    status = 500
    exit_code = 1

    def __init__(self, detail: str, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems

    def as_problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 problem object."""
        return {
            "type": f"urn:neuralnav:problem:{type(self).__name__}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"field": p.field, "value": p.value, "allowed": p.allowed} for p in self.problems],
        }


class InvalidInputError(NeuralNavError):
    """What was given cannot be used: a field, a file or a setting is outside what is allowed."""

    title = "Invalid input"
    status = 422
    exit_code = 2


class QuestionPendingError(NeuralNavError):
    """Planning needs an answer first; ``detail`` is the question."""

    title = "A question must be answered first"
    status = 409
    exit_code = 2


class NothingFitsError(NeuralNavError):
    """The input is fine and the answer is no: no configuration meets every target and constraint."""

    title = "Nothing fits"
    status = 409
    exit_code = 1


class NotFoundError(NeuralNavError):
    """A named thing does not exist; ``detail`` offers close names."""

    title = "Not found"
    status = 404
    exit_code = 2


class UnavailableError(NeuralNavError):
    """An outside system (database, model, cluster) could not be reached.

    ``lasting``: it has been tried again and again already, or somebody has to do something first, so that trying once
    more in a moment is of no use.
    """

    title = "An outside system could not be reached"
    status = 503
    exit_code = 3

    def __init__(self, detail: str, problems: tuple[FieldProblem, ...] = (), *, lasting: bool = False) -> None:
        super().__init__(detail, problems)
        self.lasting = lasting
