"""Errors in vLLM's shape, which is OpenAI's: ``{"error": {"message", "type", "param", "code"}}``.

Words, types and codes are those of vLLM 0.31 (``vllm/entrypoints``), so that a client which reads them can be tested.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from neuralnav.errors import NeuralNavError

BAD_REQUEST = "BadRequestError"
NOT_FOUND = "NotFoundError"
MOST_SHOWN = 200
"""Characters of a refused value that an error repeats."""


class ApiError(NeuralNavError):
    """A request that is refused, or that failed."""

    title = "Request refused"

    def __init__(self, message: str, kind: str = BAD_REQUEST, status: int = 400, param: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.param = param

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        message = self.detail.encode("utf-8", "replace").decode("utf-8")
        return {"error": {"message": message, "type": self.kind, "param": self.param, "code": self.status}}


def invalid(message: str, parameter: str, value: object = None) -> ApiError:
    """A value that is refused, in the form of vLLM's validation errors."""
    shown = f" (parameter={parameter}" + (")" if value is None else f", value={shortened(value)})")
    return ApiError(message + shown, param=parameter)


def unknown_model(name: str) -> ApiError:
    """A model that is not served here."""
    return ApiError(f"The model `{shortened(name)}` does not exist.", NOT_FOUND, HTTPStatus.NOT_FOUND, "model")


def overloaded(most: int) -> ApiError:
    """The queue is full; vLLM's has no end, a test's memory has."""
    return ApiError(f"{most} requests are waiting already.", "ServiceUnavailableError", HTTPStatus.SERVICE_UNAVAILABLE)


def shortened(value: object) -> str:
    """``value`` as text that an error can repeat."""
    text = str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
