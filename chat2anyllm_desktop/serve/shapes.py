"""What goes over the wire: the requests and responses of the web edition, checked and documented by one definition."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from chat2anyllm_desktop.core.models import Message, Role, Session

MESSAGE_LIMIT = 200_000
"""Characters of one message."""
TITLE_LIMIT = 500
"""Characters of a session's title."""
ROLE_NAME_LIMIT = 100
"""Characters of a role's name, as the store has it."""

Name = Annotated[str, Field(min_length=1, max_length=ROLE_NAME_LIMIT, pattern=r"\S")]
Text = Annotated[str, Field(min_length=1, max_length=MESSAGE_LIMIT, pattern=r"\S")]


class Wire(BaseModel):
    """A shape. Types are taken as they are: the text ``"3"`` is no number. What is not known is ignored, as the web
    edition does."""

    model_config = ConfigDict(strict=True, extra="ignore")


class LoginRequest(Wire):
    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)]


class LoginResponse(Wire):
    token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int
    """Seconds."""


class HealthResponse(Wire):
    status: Literal["ok", "degraded"]
    database: Literal["ok", "unavailable"]


class ErrorResponse(Wire):
    """``field`` names what of the request is wrong."""

    error: str
    field: str | None = None


class SessionRequest(Wire):
    title: Annotated[str, Field(max_length=TITLE_LIMIT)] | None = None


class SessionResponse(Wire):
    id: str
    title: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, session: Session) -> SessionResponse:
        return cls(
            id=session.id,
            title=session.title,
            created_at=session.created_at,
            updated_at=session.updated_at,
        )


class MessageResponse(Wire):
    id: str
    role: Literal["user", "assistant"]
    content: str
    timestamp: datetime

    @classmethod
    def of(cls, message: Message) -> MessageResponse:
        return cls(
            id=message.id,
            role="user" if message.author.value == "user" else "assistant",
            content=message.content,
            timestamp=message.created_at,
        )


class TurnRequest(Wire):
    model: Annotated[str, Field(min_length=1, max_length=500)]
    message: Text


class CompletionMessage(BaseModel):
    """A message as the gateway takes it; what is in it is the gateway's affair."""

    model_config = ConfigDict(extra="allow")
    role: str


class CompletionRequest(BaseModel):
    """A request as the gateway takes it: everything in it goes on to the gateway, ``stream`` apart."""

    model_config = ConfigDict(extra="allow")
    model: Annotated[str, Field(min_length=1, max_length=500)]
    messages: Annotated[list[CompletionMessage], Field(min_length=1)]


class RoleRequest(Wire):
    name: Name
    instructions: Text


class RoleChange(Wire):
    """What is left out stays as it is."""

    name: Name | None = None
    instructions: Text | None = None


class RoleResponse(Wire):
    id: str
    name: str
    instructions: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, role: Role) -> RoleResponse:
        return cls(
            id=role.id,
            name=role.name,
            instructions=role.instructions,
            created_at=role.created_at,
            updated_at=role.updated_at,
        )


class SlackResponse(Wire):
    """Seen by who asked alone."""

    response_type: Literal["ephemeral"] = "ephemeral"
    text: str


Passed = JsonValue
"""A document of the gateway, passed on whatever it is."""


def dumped(value: object) -> Any:
    """A shape, or a list of shapes, as JSON takes it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, list):
        return [dumped(item) for item in value]
    return value
