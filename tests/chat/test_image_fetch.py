"""Loading an image from the web: from a server on loopback that does as it is told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from chat2anyllm_desktop.chat.image_fetch import WayOut, fetch_image
from chat2anyllm_desktop.core import images
from chat2anyllm_desktop.core.errors import ImageError
from tests.llm.misbehaving import CUT, FOREVER, STALL, Request, Script, chunk, reply, serve

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
DIRECT = WayOut(proxy="")

Answer = Callable[[Request], Script]


def fetched(
    *scripts: Script | Answer, path: str = "/a.png", time_limit_s: float = 20.0
) -> tuple[bytes, list[Request]]:
    def chosen(request: Request) -> Script:
        script = scripts[min(len(server.requests), len(scripts)) - 1]
        return script(request) if callable(script) else script

    with serve(chosen) as server:
        address = f"http://127.0.0.1:{server.port}{path}"
        return asyncio.run(fetch_image(address, DIRECT, time_limit_s=time_limit_s)), server.requests


def moved(place: str, status: int = 302) -> Script:
    return reply(status, b"", headers={"Location": place, "Set-Cookie": "session=secret; Path=/"})


def test_an_image_is_an_image_whatever_the_server_calls_it() -> None:
    data, requests = fetched(reply(200, PNG, content_type="text/plain"), path="/a%20b.png?x=1&y=2#part")
    assert data == PNG
    assert [request.path for request in requests] == ["/a%20b.png?x=1&y=2"]


def test_nothing_but_the_address_is_told() -> None:
    data, requests = fetched(
        moved("/second.png"), moved("third.png"), reply(200, PNG), path="/deep/first.png"
    )
    assert data == PNG
    assert [request.path for request in requests] == ["/deep/first.png", "/second.png", "/third.png"]
    for request in requests:
        assert set(request.headers) == {"host", "accept", "accept-encoding", "connection", "user-agent"}


def test_a_name_and_password_in_the_address_go_nowhere() -> None:
    with serve(lambda _: reply(200, PNG)) as server:
        address = f"http://user:secret@127.0.0.1:{server.port}/a.png"
        assert asyncio.run(fetch_image(address, DIRECT)) == PNG
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://x/a.png",
        "data:image/png;base64,AAAA",
        "//x/a.png",
        "http://",
        "http://[x/",
    ],
)
def test_only_the_web_is_asked(address: str) -> None:
    with pytest.raises(ImageError, match="its address is none of the web"):
        asyncio.run(fetch_image(address, DIRECT))


@pytest.mark.parametrize("place", ["file:///etc/passwd", "gopher://127.0.0.1/", "data:image/png;base64,AA"])
def test_only_the_web_is_followed_to(place: str) -> None:
    with pytest.raises(ImageError, match=r"its address is none of the web|cannot be reached"):
        fetched(moved(place))


def test_redirects_come_to_an_end() -> None:
    with pytest.raises(ImageError, match=r"127.0.0.1:\d+ sends from one address to the next"):
        fetched(moved("/again.png"))
    data, requests = fetched(*[moved(f"/{n}.png", 301 + n) for n in range(3)], reply(200, PNG))
    assert (data, len(requests)) == (PNG, 4)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (reply(404, "not here"), r"answers with status 404 \(Not Found\)\."),
        (reply(500, PNG), "status 500"),
        (reply(299, PNG), r"status 299\."),
        (reply(302, PNG), "status 302"),
        (reply(200, "<!doctype html><html>Sign in</html>"), "sent is no PNG or JPEG or GIF or WebP image"),
        (reply(200, "<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/png"), "is no PNG"),
        (reply(200, b"", content_type="image/png"), "is no PNG"),
        (reply(200, PNG[:7]), "is no PNG"),
        ([b"nonsense\r\n\r\n"], "cannot be reached"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", PNG, CUT], "cannot be reached"),
        ([CUT], "cannot be reached"),
    ],
)
def test_a_clear_sentence_for_what_is_no_image(script: Script, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        fetched(script)


def test_a_port_where_nobody_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ImageError, match=rf"127.0.0.1:{port} cannot be reached"):
        asyncio.run(fetch_image(f"http://127.0.0.1:{port}/a.png", DIRECT))


def test_no_more_is_read_than_an_image_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="it is larger than 20 MB"):
        fetched([b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", PNG, STALL])
    endless: Script = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        chunk(PNG),
        chunk(bytes(1 << 20)),
        FOREVER,
    ]
    with pytest.raises(ImageError, match="it is larger than 20 MB"):
        fetched(endless)
    assert images.MAX_BYTES == 20 << 20


def test_there_is_a_time_limit() -> None:
    slow: Script = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(PNG), STALL]
    with pytest.raises(ImageError, match=r"127.0.0.1:\d+ takes longer than 1 seconds"):
        fetched(slow, time_limit_s=1.0)


def test_cancelling_closes_the_connection() -> None:
    async def main(port: int) -> None:
        task = asyncio.create_task(fetch_image(f"http://127.0.0.1:{port}/a.png", DIRECT))
        assert await asyncio.to_thread(asked.wait, 5)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def begun(_: Request) -> Script:
        asked.set()
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", PNG, STALL]

    asked = threading.Event()
    with serve(begun) as server:
        asyncio.run(main(server.port))
        assert server.disconnected.wait(5)
