"""What is open to everybody: health, login, and Slack with its signature."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat2anyllm_desktop.serve.access import TOKEN_S
from chat2anyllm_desktop.serve.bodies import read_body, read_shape
from chat2anyllm_desktop.serve.refusals import Refusal
from chat2anyllm_desktop.serve.services import Services
from chat2anyllm_desktop.serve.shapes import (
    HealthResponse,
    LoginRequest,
    LoginResponse,
    SlackResponse,
    dumped,
)
from chat2anyllm_desktop.serve.slack import command_of, reply
from chat2anyllm_desktop.store.api import Store


async def health(services: Services, request: Request) -> Response:
    """``GET /api/health``: 200 while requests are answered at all, 503 while the history is away."""
    if not await services.is_well():
        return JSONResponse(dumped(HealthResponse(status="degraded", database="unavailable")), 503)
    return JSONResponse(dumped(HealthResponse(status="ok", database="ok")))


async def login(services: Services, request: Request) -> Response:
    """``POST /api/login``."""
    wanted = await read_shape(request, LoginRequest)
    address = request.client.host if request.client is not None else ""
    token = services.access.login(address, wanted.username, wanted.password)
    answer = LoginResponse(token=token, expires_in=TOKEN_S)
    return JSONResponse(dumped(answer), headers={"Cache-Control": "no-store"})


async def slack_command(services: Services, request: Request) -> Response:
    """``POST /slack/command``: /roles and /role. 404 where no signing secret is set."""
    if services.slack is None:
        raise Refusal(404, "There is nothing here.")
    body = await read_body(request)
    services.slack.check(request.headers, body)
    command, text = command_of(body)
    roles = await services.call(Store.list_roles)
    return JSONResponse(dumped(SlackResponse(text=reply(command, text, roles))))
