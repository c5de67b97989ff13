"""The ASGI application over the services."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chat2anyllm_desktop.chat.tasks import UnexpectedError
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.serve.endpoints import TABLE, Endpoint
from chat2anyllm_desktop.serve.openapi import document
from chat2anyllm_desktop.serve.refusals import Refusal, refusal_of
from chat2anyllm_desktop.serve.services import Services

DOCUMENT_PATH = "/api/openapi.json"

_log = logging.getLogger(__name__)


def build(services: Services, *, origins: Sequence[str] = ()) -> Starlette:
    """The application. Pages of ``origins`` may ask from a browser. It ends the services when it is shut down."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        yield
        await services.aclose()

    described = document()

    async def describe(request: Request) -> Response:
        try:
            services.access.check(request)
        except Refusal as refusal:
            return refusal.response()
        return JSONResponse(described)

    # One route for each path: what is asked in another way gets 405 with all that there are.
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in TABLE:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    routes = [Route(path, _route(services, of), methods=list(of)) for path, of in by_path.items()]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        max_age=600,
    )
    application = Starlette(
        routes=[*routes, Route(DOCUMENT_PATH, describe)],
        middleware=[cors] if origins else [],
        exception_handlers={HTTPException: _on_http_exception},
        lifespan=lifespan,
    )
    # Behind a proxy that speaks TLS it would send the token on to plain HTTP.
    application.router.redirect_slashes = False
    return application


def _route(services: Services, of: dict[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        endpoint = of["GET" if request.method == "HEAD" else request.method]
        try:
            if not endpoint.is_open:
                services.access.check(request)
            return await endpoint.handler(services, request)
        except Refusal as refusal:
            return refusal.response()
        except ChatError as error:
            return refusal_of(error).response()
        except Exception as fault:  # noqa: BLE001 - the boundary: reported in the log and to who asked.
            # The name of the endpoint and of the fault, and where: its words may hold what was sent.
            where = "".join(traceback.format_tb(fault.__traceback__))
            _log.error("%s failed: %s\n%s", endpoint.handler.__name__, type(fault).__name__, where)
            return Refusal(500, str(UnexpectedError(fault))).response()

    return answer


async def _on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = "There is nothing here." if error.status_code == 404 else f"{error.detail}."
    return Refusal(error.status_code, sentence, headers=dict(error.headers or {})).response()
