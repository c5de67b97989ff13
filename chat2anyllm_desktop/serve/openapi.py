"""The OpenAPI document, made of the table of endpoints and the shapes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from pydantic import TypeAdapter

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.serve.endpoints import FORM, JSON, TABLE, Endpoint
from chat2anyllm_desktop.serve.shapes import ErrorResponse

_AT = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    """The document (OpenAPI 3.1), as JSON takes it."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in TABLE:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chat2AnyLLM Desktop",
            "version": __version__,
            "description": "Sessions, roles, models and turns over the history of the desktop program.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, shape in endpoint.gives.items():
        responses[str(status)] = _response(status, shape, endpoint.gives_as, schemas)
    for status in endpoint.refusals:
        responses[str(status)] = _response(status, ErrorResponse, JSON, schemas)
    found: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": endpoint.summary,
        "responses": responses,
    }
    if "{id}" in endpoint.path:
        found["parameters"] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        ]
    if endpoint.takes is not None:
        schema = _schema(endpoint.takes, schemas) if endpoint.takes_as == JSON else _FORM_SCHEMA
        found["requestBody"] = {
            "required": not endpoint.may_be_empty,
            "content": {endpoint.takes_as: {"schema": schema}},
        }
    if not endpoint.is_open:
        found["security"] = [{"token": []}]
    if endpoint.takes_as == FORM:
        found["parameters"] = [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("X-Slack-Request-Timestamp", "X-Slack-Signature")
        ]
    return found


_FORM_SCHEMA = {
    "type": "object",
    "properties": {"command": {"type": "string"}, "text": {"type": "string"}},
    "required": ["command"],
}


def _response(status: int, shape: object, kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if shape is not None:
        found["content"] = {kind: {"schema": _schema(shape, schemas)}}
    return found


def _schema(shape: object, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of a shape; what it is made of goes into ``schemas``."""
    adapter: TypeAdapter[Any] = TypeAdapter(cast("type", shape))
    made = adapter.json_schema(ref_template=_AT)
    schemas.update(made.pop("$defs", {}))
    title = made.get("title")
    if made.get("type") == "object" and title:
        schemas[title] = made
        return {"$ref": _AT.format(model=title)}
    return made
