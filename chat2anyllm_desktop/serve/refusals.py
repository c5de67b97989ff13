"""What an error of the program means to who asked over HTTP: a status and one sentence."""

from __future__ import annotations

import math

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from chat2anyllm_desktop.core.errors import (
    BadRequestError,
    ChatError,
    ContentRefusedError,
    ContextTooLongError,
    DuplicateNameError,
    GatewayError,
    InputError,
    NotFoundError,
    RateLimitError,
    StallError,
    StoreError,
    UnknownModelError,
)


class EndingError(ChatError):
    """The program ends while something is asked of it."""


class Refusal(Exception):
    """Ends a request with this status. ``field`` names what of the request is wrong."""

    def __init__(
        self, status: int, sentence: str, *, field: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.field = field
        self.headers = headers or {}

    def response(self) -> Response:
        body = {"error": str(self)}
        if self.field:
            body["field"] = self.field
        return JSONResponse(body, self.status, headers=self.headers)


def refusal_of(error: ChatError) -> Refusal:
    """The refusal that an error of the core is."""
    match error:
        case DuplicateNameError():
            return Refusal(409, str(error), field="name")
        case InputError():
            return Refusal(400, str(error))
        case NotFoundError():
            return Refusal(404, str(error))
        case UnknownModelError():
            return Refusal(400, str(error), field="model")
        case BadRequestError() | ContextTooLongError() | ContentRefusedError():
            return Refusal(400, str(error))
        case RateLimitError():
            wait = "" if error.retry_after is None else str(math.ceil(error.retry_after))
            return Refusal(429, str(error), headers={"Retry-After": wait} if wait else {})
        case StallError():
            return Refusal(504, str(error))
        case GatewayError():
            return Refusal(504 if error.status == 504 else 502, str(error))
        case StoreError() | EndingError():
            return Refusal(503, str(error), headers={"Retry-After": "5"})
    return Refusal(500, str(error))


def refusal_of_body(error: ValidationError) -> Refusal:
    """The first thing that is wrong with a body."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    where = f"“{field}”" if field else "The body"
    return Refusal(400, f"{where} cannot be used: {first['msg'].lower()}.", field=field)
