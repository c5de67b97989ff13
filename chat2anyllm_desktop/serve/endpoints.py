"""The endpoints, as one table: the routes and the OpenAPI document are made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from chat2anyllm_desktop.serve import entrance, gateway, roles, sessions, shapes, turns
from chat2anyllm_desktop.serve.passing import EVENTS
from chat2anyllm_desktop.serve.services import Services

Handler = Callable[[Services, Request], Awaitable[Response]]

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row."""

    method: str
    path: str
    handler: Handler
    summary: str
    takes: object = None
    """The shape of the body; None for none."""
    takes_as: str = JSON
    may_be_empty: bool = False
    """The body may be left out."""
    gives: Mapping[int, object] = field(default_factory=dict)
    """What comes with each status that is no refusal; None for nothing."""
    gives_as: str = JSON
    refuses: tuple[int, ...] = ()
    """Statuses of refusals, beside those that follow from the other columns."""
    is_open: bool = False
    """Needs no token."""

    @property
    def refusals(self) -> tuple[int, ...]:
        """All statuses that come with an :class:`~.shapes.ErrorResponse`."""
        found = {*self.refuses}
        if self.takes is not None:
            found |= {400, 413}
        if not self.is_open:
            found.add(401)
        return tuple(sorted(found - set(self.gives)))


TABLE = (
    Endpoint(
        method="GET",
        path="/api/health",
        handler=entrance.health,
        summary="Whether requests are answered and the history can be reached",
        gives={200: shapes.HealthResponse, 503: shapes.HealthResponse},
        is_open=True,
    ),
    Endpoint(
        method="POST",
        path="/api/login",
        handler=entrance.login,
        summary="A token for the password",
        takes=shapes.LoginRequest,
        gives={200: shapes.LoginResponse},
        refuses=(401, 429),
        is_open=True,
    ),
    Endpoint(
        method="GET",
        path="/api/models",
        handler=gateway.list_models,
        summary="The models of the gateway: its /v1/model/info",
        gives={200: shapes.Passed},
        refuses=(400, 429, 502, 504),
    ),
    Endpoint(
        method="POST",
        path="/api/chat/completions",
        handler=gateway.complete,
        summary="One answer of the gateway in one piece; nothing is kept",
        takes=shapes.CompletionRequest,
        gives={200: shapes.Passed},
        refuses=(429, 502, 504),
    ),
    Endpoint(
        method="POST",
        path="/api/chat/completions/stream",
        handler=gateway.stream_completion,
        summary="One answer of the gateway as it comes; nothing is kept",
        takes=shapes.CompletionRequest,
        gives={200: str},
        gives_as=EVENTS,
        refuses=(429, 502, 504),
    ),
    Endpoint(
        method="GET",
        path="/api/sessions",
        handler=sessions.list_sessions,
        summary="The sessions, the latest first",
        gives={200: list[shapes.SessionResponse]},
        refuses=(503,),
    ),
    Endpoint(
        method="POST",
        path="/api/sessions",
        handler=sessions.create_session,
        summary="A new session",
        takes=shapes.SessionRequest,
        may_be_empty=True,
        gives={201: shapes.SessionResponse},
        refuses=(503,),
    ),
    Endpoint(
        method="DELETE",
        path="/api/sessions/{id}",
        handler=sessions.delete_session,
        summary="Delete a session with its messages",
        gives={204: None},
        refuses=(404, 503),
    ),
    Endpoint(
        method="GET",
        path="/api/sessions/{id}/messages",
        handler=sessions.list_messages,
        summary="The messages of a session, in order",
        gives={200: list[shapes.MessageResponse]},
        refuses=(404, 503),
    ),
    Endpoint(
        method="POST",
        path="/api/sessions/{id}/chat/stream",
        handler=turns.stream_turn,
        summary="Say something in a session; the answer as it comes, and kept",
        takes=shapes.TurnRequest,
        gives={200: str},
        gives_as=EVENTS,
        refuses=(404, 429, 502, 503, 504),
    ),
    Endpoint(
        method="GET",
        path="/api/roles",
        handler=roles.list_roles,
        summary="The roles by name",
        gives={200: list[shapes.RoleResponse]},
        refuses=(503,),
    ),
    Endpoint(
        method="POST",
        path="/api/roles",
        handler=roles.create_role,
        summary="A new role",
        takes=shapes.RoleRequest,
        gives={201: shapes.RoleResponse},
        refuses=(409, 503),
    ),
    Endpoint(
        method="PUT",
        path="/api/roles/{id}",
        handler=roles.change_role,
        summary="Change a role",
        takes=shapes.RoleChange,
        gives={200: shapes.RoleResponse},
        refuses=(404, 409, 503),
    ),
    Endpoint(
        method="DELETE",
        path="/api/roles/{id}",
        handler=roles.delete_role,
        summary="Delete a role",
        gives={204: None},
        refuses=(404, 503),
    ),
    Endpoint(
        method="POST",
        path="/slack/command",
        handler=entrance.slack_command,
        summary="Slack's slash commands /roles and /role, signed by Slack",
        takes=dict[str, str],
        takes_as=FORM,
        gives={200: shapes.SlackResponse},
        refuses=(401, 404, 503),
        is_open=True,
    ),
)
