"""Sessions and their messages."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat2anyllm_desktop.core.branches import active_path
from chat2anyllm_desktop.core.errors import NotFoundError
from chat2anyllm_desktop.core.models import DEFAULT_TITLE, Session, new_id, utc_now
from chat2anyllm_desktop.serve.bodies import read_shape
from chat2anyllm_desktop.serve.services import Services, not_found
from chat2anyllm_desktop.serve.shapes import MessageResponse, SessionRequest, SessionResponse, dumped
from chat2anyllm_desktop.store.api import Store


async def list_sessions(services: Services, request: Request) -> Response:
    """``GET /api/sessions``: those that are not archived, the latest first."""
    sessions = await services.call(Store.list_sessions)
    return JSONResponse(dumped([SessionResponse.of(session) for session in sessions]))


async def create_session(services: Services, request: Request) -> Response:
    """``POST /api/sessions``."""
    wanted = await read_shape(request, SessionRequest)
    now = utc_now()
    title = (wanted.title or "").strip() or DEFAULT_TITLE
    fresh = Session(id=new_id(), title=title, created_at=now, updated_at=now)
    session = await services.call(Store.save_session, fresh)
    return JSONResponse(dumped(SessionResponse.of(session)), 201)


async def delete_session(services: Services, request: Request) -> Response:
    """``DELETE /api/sessions/{id}``."""
    session = await session_of(services, request)
    await services.call(Store.delete_session, session.id)
    return Response(status_code=204)


async def list_messages(services: Services, request: Request) -> Response:
    """``GET /api/sessions/{id}/messages``: those of the branch that is open in the window, in order."""
    session = await session_of(services, request)
    history = await services.call(Store.history, session.id)
    path = active_path(history, leaf=session.settings.branch)
    return JSONResponse(dumped([MessageResponse.of(message) for message in path]))


async def session_of(services: Services, request: Request) -> Session:
    """The session that the path names. Raises Refusal (404)."""
    try:
        return await services.call(Store.get_session, id_of(request, "session"))
    except NotFoundError:
        raise not_found("session") from None


def id_of(request: Request, noun: str) -> str:
    """The id in the path. Raises Refusal (404) for what can be none."""
    try:
        return str(uuid.UUID(request.path_params["id"]))
    except ValueError:
        raise not_found(noun) from None
