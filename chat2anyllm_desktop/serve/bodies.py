"""Reading what is sent, no more of it than is allowed."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from chat2anyllm_desktop.serve.refusals import Refusal, refusal_of_body

BODY_LIMIT = 1024 * 1024
"""Bytes of a request's body."""
BODY_S = 60.0
"""Seconds in which it has to come: who sends a byte now and then is to hold nothing up."""

Shape = TypeVar("Shape", bound=BaseModel)


async def read_body(request: Request) -> bytes:
    """The body as it came. Raises Refusal where it is too large."""
    announced = request.headers.get("content-length", "")
    body = bytearray()
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > BODY_LIMIT:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_LIMIT:
                    raise _too_large()
    except TimeoutError:
        raise Refusal(400, f"The body did not come within {BODY_S:g} seconds.") from None
    except ClientDisconnect:
        raise Refusal(400, "The body broke off.") from None
    return bytes(body)


async def read_shape(request: Request, shape: type[Shape]) -> Shape:
    """The body as a shape. Raises Refusal that names the field."""
    body = await read_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        # Browsers send that to another origin only when it allows it: no web page can guess the password here.
        raise Refusal(400, "The body must be JSON: send it with Content-Type application/json.")
    try:
        # Not model_validate_json: what it says of JSON that is none is for programmers.
        document = json.loads(body, parse_constant=_no_number, parse_float=_finite) if body.strip() else {}
    except (ValueError, RecursionError):
        raise Refusal(
            400, "The body is no JSON document: send one with Content-Type application/json."
        ) from None
    if not isinstance(document, dict):
        raise Refusal(400, "The body must be a JSON object.")
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise refusal_of_body(error) from None


def _too_large() -> Refusal:
    return Refusal(413, f"The body is too large: at most {BODY_LIMIT // 1024 // 1024} MB are taken.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _no_number(name: str) -> object:
    raise ValueError(name)
