"""The application: vLLM's paths over one simulated engine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import JSONResponse, Response

from neuralnav.performance.engine import Engine
from simulator.api.answers import Document, new_id
from simulator.api.chat import create_chat_completion
from simulator.api.completions import create_completion
from simulator.api.error_responses import install_error_handlers
from simulator.api.errors import ApiError, invalid
from simulator.api.json_pieces import json_pieces
from simulator.api.metrics import Metrics
from simulator.api.middleware import Authentication, BoundedBodies
from simulator.api.options import ServerOptions
from simulator.api.protocol import ChatRequest, CompletionRequest, DetokenizeRequest, EmbeddingRequest, TokenizeRequest
from simulator.api.served_model import ServedModel
from simulator.api.service import MOST_WAITING, Service
from simulator.api.whole import WholeDocument
from simulator.engine.loop import RealTimeEngine
from simulator.tokens.tokenizer import load_tokenizer

VLLM_VERSION = "0.31.0"
"""The release whose interface this is."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text}
    for status, text in {400: "Refused", 401: "No or a wrong key", 404: "Unknown model", 413: "Too large"}.items()
}


def create_app(engine: Engine, model: ServedModel, options: ServerOptions, *, prefix_caching: bool = True) -> FastAPI:
    """The application, whose engine runs from its start to its end, or until ``app.state.stop_engine`` is awaited."""
    metrics = Metrics(options.served_model_names[0], model.max_model_len, model.cache_config, options.time_scale)
    running = RealTimeEngine(
        engine,
        time_scale=options.time_scale / options.faults.slow_tokens,
        max_waiting=MOST_WAITING,
        prefix_caching=prefix_caching,
    )
    metrics.watch(running.stats)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as engine:
            await engine.enter_async_context(running)
            app.state.stop_engine = engine.aclose
            yield

    app = FastAPI(title="vLLM, simulated by NeuralNav", version=VLLM_VERSION, lifespan=lifespan)
    app.state.service = Service(model, options, running, engine.clients, load_tokenizer(), metrics)
    install_error_handlers(app)
    _add_answering_routes(app)
    _add_watching_routes(app)
    app.add_middleware(BoundedBodies)
    if options.api_keys:
        app.add_middleware(Authentication, keys=options.api_keys)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return app


async def _service(http: Request) -> Service:  # a coroutine, or FastAPI would take a thread for it
    service: Service = http.app.state.service
    return service


async def _only_json(http: Request) -> None:
    """vLLM refuses other types, which keeps pages of other origins from posting without being asked."""
    content_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise RequestValidationError(
            [{"loc": ("header", "content-type"), "msg": "Unsupported Media Type: Only 'application/json' is allowed"}]
        )


Shared = Annotated[Service, Depends(_service)]
_JSON = [Depends(_only_json)]


def _add_answering_routes(app: FastAPI) -> None:
    @app.post("/v1/completions", dependencies=_JSON, responses=_ERRORS)
    async def completions(body: CompletionRequest, http: Request, service: Shared) -> Response:
        return await create_completion(service, body, http)

    @app.post("/v1/chat/completions", dependencies=_JSON, responses=_ERRORS)
    async def chat_completions(body: ChatRequest, http: Request, service: Shared) -> Response:
        return await create_chat_completion(service, body, http)

    @app.post("/v1/embeddings", dependencies=_JSON, responses=_ERRORS)
    async def embeddings(body: EmbeddingRequest, service: Shared) -> Response:
        service.check_model(body.model)
        raise ApiError("The model does not support Embeddings API")

    @app.post("/tokenize", dependencies=_JSON, responses=_ERRORS)
    async def tokenize(body: TokenizeRequest, http: Request, service: Shared) -> Response:
        return WholeDocument(json_pieces(await _tokenized(service, body, len(await http.body()))))

    @app.post("/detokenize", dependencies=_JSON, responses=_ERRORS)
    async def detokenize(body: DetokenizeRequest, service: Shared) -> Response:
        service.check_model(body.model)
        text = await service.apart(len(body.tokens), lambda: service.tokenizer.decode(body.tokens))
        return JSONResponse({"prompt": text})


async def _tokenized(service: Service, body: TokenizeRequest, length: int) -> Document:
    """The answer, whose arrays are lazy."""
    service.check_model(body.model)
    if body.messages is not None:
        tokens = await service.rendered(body.messages, body.tools, opening=body.add_generation_prompt, length=length)
    elif body.prompt is not None:
        (tokens,) = await service.tokenised([body.prompt])
    else:
        raise invalid("Either prompt or messages must be provided.", "prompt")
    spelled = (service.decoded((token,)) for token in tokens) if body.return_token_strs else None
    count = {"count": len(tokens), "max_model_len": service.model.max_model_len}
    return count | {"tokens": iter(tokens), "token_strs": spelled}


def _add_watching_routes(app: FastAPI) -> None:
    started = int(time.time())

    @app.get("/v1/models")
    async def models(service: Shared) -> Response:
        cards = [_model_card(name, service.model, started) for name in service.options.served_model_names]
        return JSONResponse({"object": "list", "data": cards})

    @app.get("/health")
    async def health() -> Response:
        return Response()

    @app.get("/ping")
    @app.post("/ping")
    async def ping() -> Response:
        return Response()

    @app.get("/version")
    async def version() -> Response:
        return JSONResponse({"version": VLLM_VERSION})

    @app.get("/metrics")
    async def metrics(service: Shared) -> Response:
        return Response(service.metrics.exposition(), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


def _model_card(name: str, model: ServedModel, created: int) -> Document:
    permission = {
        "id": new_id("modelperm"),
        "object": "model_permission",
        "created": created,
        "allow_create_engine": False,
        "allow_sampling": True,
        "allow_logprobs": True,
        "allow_search_indices": False,
        "allow_view": True,
        "allow_fine_tuning": False,
        "organization": "*",
        "group": None,
        "is_blocking": False,
    }
    card = {"id": name, "object": "model", "created": created, "owned_by": "vllm", "root": model.model_id}
    return card | {"parent": None, "max_model_len": model.max_model_len, "permission": [permission]}
