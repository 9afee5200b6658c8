"""How the application answers errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from simulator.api.errors import ApiError, shortened
from simulator.engine.errors import EngineStoppedError

MOST_PROBLEMS = 5
"""Fields of one request that an error lists."""


def error_response(error: ApiError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that is refused before it is begun."""
    return JSONResponse(error.body(), error.status, headers=dict(headers or {}))


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error of ``app`` in vLLM's shape."""
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(EngineStoppedError, _answer_failure)
    app.add_exception_handler(Exception, _answer_failure)


def _answer_api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - what the handler is registered for
    return error_response(error)


def _answer_validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    lines = [f"  {_problem(problem)}" for problem in found[:MOST_PROBLEMS]]
    count = f"{len(found)} validation error{'' if len(found) == 1 else 's'}:"
    param = _parameter(found[0]["loc"]) if found else None
    return error_response(ApiError("\n".join([count, *lines]), HTTPStatus.BAD_REQUEST.phrase, param=param))


def _answer_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kind = HTTPStatus(error.status_code).phrase
    return error_response(ApiError(error.detail, kind, error.status_code), error.headers)


def _answer_failure(_: Request, error: Exception) -> Response:
    """It is the server's fault; what was not foreseen is logged too."""
    return error_response(ApiError(str(error), "InternalServerError", HTTPStatus.INTERNAL_SERVER_ERROR))


def _problem(problem: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}, got {shortened(repr(problem.get('input')))}"


def _parameter(location: Sequence[Any]) -> str | None:
    """The field of the body; places inside a document that is no JSON are numbers."""
    return location[1] if len(location) > 1 and isinstance(location[1], str) else None
