"""The list of models, from LiteLLM and from servers that have less to say."""

from __future__ import annotations

from typing import Any

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.llm.client import GatewayClient
from tests.llm.hearing import KEY, run
from tests.llm.misbehaving import (
    STALL,
    Script,
    Server,
    refusal,
    reply,
    serve,
)


def names(*scripts: Any) -> tuple[list[str], Server]:
    async def ask(url: str) -> list[str]:
        client = GatewayClient(url, KEY)
        try:
            return [model.name for model in await client.list_models()]
        finally:
            await client.aclose()

    with serve(*scripts) as server:
        return run(ask(server.url)), server


def listing(info: Script, plain: Script) -> Any:
    return lambda request: info if request.path == "/v1/model/info" else plain


PLAIN = reply(200, {"data": [{"id": "a"}, {"id": "b"}]})


@pytest.mark.parametrize(
    "info",
    [
        refusal(404, "no"),
        refusal(405, "no"),
        refusal(403, "no"),
        refusal(400, "no"),
        reply(200, "<html>an app</html>"),
        reply(200, "not json"),
        reply(200, {"object": "list"}),
        reply(200, {"data": []}),
    ],
)
def test_servers_without_litellms_list(info: Script) -> None:
    found, server = names(listing(info, PLAIN))
    assert found == ["a", "b"]
    assert [request.path for request in server.requests] == ["/v1/model/info", "/v1/models"]


def test_wildcards_are_looked_up() -> None:
    info = reply(200, {"data": [{"model_name": "b", "model_info": {"mode": "chat"}}, {"model_name": "x/*"}]})
    assert names(listing(info, PLAIN))[0] == ["b", "a"]
    assert names(listing(info, refusal(500, "no")))[0] == ["b"]


@pytest.mark.parametrize(
    ("info", "plain", "expected"),
    [
        (refusal(401, "no"), PLAIN, errors.AuthenticationError),
        (refusal(500, "no"), PLAIN, errors.GatewayFaultError),
        (
            refusal(400, "No connected db.", kind="no_db_connection"),
            refusal(400, "No", kind="no_db_connection"),
            None,
        ),
        (reply(200, "<html>"), reply(200, "<html>"), errors.ProtocolError),
        (refusal(404, "no"), reply(200, "oops"), errors.ProtocolError),
        (refusal(404, "no"), reply(200, {"x": 1}), errors.ProtocolError),
    ],
)
def test_no_list_at_all(info: Script, plain: Script, expected: type[errors.GatewayError] | None) -> None:
    with pytest.raises(expected or errors.AuthenticationError):
        names(listing(info, plain))


def test_a_list_that_stalls() -> None:
    async def ask(url: str) -> None:
        client = GatewayClient(url, KEY, stall_timeout_s=0.2)
        try:
            await client.list_models()
        finally:
            await client.aclose()

    with serve(lambda _request: [STALL]) as server, pytest.raises(errors.StallError):
        run(ask(server.url))
