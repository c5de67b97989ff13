"""Roles."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat2anyllm_desktop.core.models import Role, new_id, utc_now
from chat2anyllm_desktop.serve.bodies import read_shape
from chat2anyllm_desktop.serve.refusals import Refusal
from chat2anyllm_desktop.serve.services import Services, not_found
from chat2anyllm_desktop.serve.sessions import id_of
from chat2anyllm_desktop.serve.shapes import RoleChange, RoleRequest, RoleResponse, dumped
from chat2anyllm_desktop.store.api import Store


async def list_roles(services: Services, request: Request) -> Response:
    """``GET /api/roles``."""
    roles = await services.call(Store.list_roles)
    return JSONResponse(dumped([RoleResponse.of(role) for role in roles]))


async def create_role(services: Services, request: Request) -> Response:
    """``POST /api/roles``; 409 for a name that exists."""
    wanted = await read_shape(request, RoleRequest)
    now = utc_now()
    fresh = Role(
        id=new_id(), name=wanted.name, instructions=wanted.instructions, created_at=now, updated_at=now
    )
    role = await services.call(Store.save_role, fresh)
    return JSONResponse(dumped(RoleResponse.of(role)), 201)


async def change_role(services: Services, request: Request) -> Response:
    """``PUT /api/roles/{id}``."""
    role = await _role_of(services, request)
    wanted = await read_shape(request, RoleChange)
    changes = wanted.model_dump(exclude_none=True)
    if not changes:
        raise Refusal(400, "Neither “name” nor “instructions” is given.", field="name")
    changed = await services.call(Store.save_role, replace(role, **changes))
    return JSONResponse(dumped(RoleResponse.of(changed)))


async def delete_role(services: Services, request: Request) -> Response:
    """``DELETE /api/roles/{id}``."""
    role = await _role_of(services, request)
    await services.call(Store.delete_role, role.id)
    return Response(status_code=204)


async def _role_of(services: Services, request: Request) -> Role:
    wanted = id_of(request, "role")
    for role in await services.call(Store.list_roles):
        if role.id == wanted:
            return role
    raise not_found("role")
