"""What the page of a deployment asks for besides the conversation: how it is now, and the answer to a test prompt."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from graph.application import Application
from neuralnav.chat.live import LATEST, LiveViews
from neuralnav.chat.rights import Visitor
from neuralnav.chat.trial import TrialEvent, TrialPrompt, answered, lines
from neuralnav.errors import InvalidInputError, NeuralNavError, NotFoundError, UnavailableError
from neuralnav.models.deployment import Deployment
from neuralnav.models.problems import problems_of
from neuralnav.services.observing import Observatory

MOST_BODY_BYTES = 64_000
MOST_AT_ONCE = 8
"""Test prompts that are answered at a time; of one person, one."""

STILL_ANSWERED = "A test prompt is still being answered; wait for its end."
TOO_MANY = "Other people's test prompts are being answered; try again in a moment."
NO_STORE = {"cache-control": "no-store"}


def add_live(web: FastAPI, application: Application) -> None:
    """Serve what pages ask of deployments that run, each to whoever approved it."""
    records, observatory = application.deploying.records, application.deploying.observatory
    if records is None or observatory is None:
        return
    own = Observatory(observatory.runtimes, observatory.prometheus, kept_for=2 * LATEST)
    routes = _Routes(LiveViews(records, own))
    web.add_api_route("/api/v1/deployments/{deployment_id}/live", routes.live, methods=["GET"], response_model=None)
    web.add_api_route("/api/v1/deployments/{deployment_id}/trial", routes.trial, methods=["POST"], response_model=None)
    web.add_exception_handler(NeuralNavError, _problem)


class _Routes:
    def __init__(self, views: LiveViews) -> None:
        self._views = views
        self._asking: set[str] = set()

    async def live(self, deployment_id: UUID, visitor: Visitor) -> Response:
        """How the deployment is now."""
        view = await self._views.view(deployment_id, _name(visitor))
        return Response(view.model_dump_json(), media_type="application/json", headers=NO_STORE)

    async def trial(self, deployment_id: UUID, visitor: Visitor, request: Request) -> Response:
        """The answer to a test prompt, one JSON object a line."""
        asked, owner = _prompt(await _body(request)), _name(visitor)
        deployment = await self._views.owned(deployment_id, owner)
        model = await self._served(deployment)
        if owner in self._asking or len(self._asking) >= MOST_AT_ONCE:
            raise UnavailableError(STILL_ANSWERED if owner in self._asking else TOO_MANY)
        events = self._answer(deployment, model, asked, owner)
        return StreamingResponse(lines(events), media_type="application/x-ndjson", headers=NO_STORE)

    async def _served(self, deployment: Deployment) -> str:
        """The name under which it serves.

        Raises:
            UnavailableError: no replica takes requests.
        """
        state = await (await self._views.runtime(deployment)).state(deployment.manifests)
        if not state.ready or state.endpoint is None:
            raise UnavailableError("No replica takes requests now, so nothing can be tried.")
        return state.endpoint.model

    async def _answer(
        self, deployment: Deployment, model: str, asked: TrialPrompt, owner: str
    ) -> AsyncGenerator[TrialEvent]:
        if owner in self._asking:
            yield TrialEvent(problem=STILL_ANSWERED)
            return
        self._asking.add(owner)
        try:
            runtime = await self._views.runtime(deployment)
            async with runtime.client(deployment.manifests) as client, aclosing(answered(client, model, asked)) as said:
                async for event in said:
                    yield event
        except NeuralNavError as error:
            yield TrialEvent(problem=error.detail)
        finally:
            self._asking.discard(owner)


def _name(visitor: Visitor) -> str:
    """Who asks.

    Raises:
        NotFoundError: nobody is signed in.
    """
    if visitor is None:
        raise NotFoundError("Nobody is signed in.")
    return visitor.identifier


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise InvalidInputError(f"The prompt has more than {MOST_BODY_BYTES:,} bytes.")
    return body


def _prompt(body: bytes) -> TrialPrompt:
    try:
        return TrialPrompt.model_validate_json(body)
    except ValidationError as error:
        problems = problems_of(error, "prompt")
        raise InvalidInputError(f"This cannot be asked: {'; '.join(map(str, problems))}.", problems) from None


async def _problem(_: Request, error: Exception) -> Response:
    """An error as RFC 9457 wants it."""
    if not isinstance(error, NeuralNavError):
        raise error
    return JSONResponse(error.as_problem(), error.status, NO_STORE, "application/problem+json")
