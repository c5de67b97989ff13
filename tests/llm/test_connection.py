"""Proxies and certificates, with a real TLS server and a real (tiny) proxy on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.llm.address import parse_address
from chat2anyllm_desktop.llm.client import GatewayClient
from chat2anyllm_desktop.llm.connection import proxy_for
from tests.conftest import LoopRunner
from tests.llm.misbehaving import Server, model_list, serve

KEY = "sk-test-1234567890"


def names(url: str, *, proxy: str | None = None, ca_file: str | None = None) -> list[str]:
    async def ask() -> list[str]:
        client = GatewayClient(url, KEY, proxy=proxy, ca_file=ca_file, connect_timeout_s=1.0)
        try:
            return [model.name for model in await client.list_models()]
        finally:
            await client.aclose()

    return asyncio.run(ask())


# Certificates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Authority:
    """A throwaway authority and a certificate of its for 127.0.0.1 and gateway.test; plain ones, as companies make them
    by hand: without key identifiers, which Python from 3.13 on would insist on."""

    ca_file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("ca")
    now = datetime.datetime.now(datetime.UTC)

    def certificate(
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        *,
        ca: bool,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            hosts = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("gateway.test")]
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return builder.sign(signer, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(certificate("Test CA", ca_key, "Test CA", ca_key, ca=True).public_bytes(pem))
    chain.write_bytes(
        certificate("gateway.test", key, "Test CA", ca_key, ca=False).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Authority(ca_file, context)


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[Server]:
    with serve(lambda _request: model_list("secure"), tls=authority.context) as server:
        yield server


def test_a_ca_file_from_the_settings(authority: Authority, tls_server: Server) -> None:
    assert names(tls_server.url, ca_file=str(authority.ca_file)) == ["secure"]


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_ca_file_from_the_environment(
    authority: Authority, tls_server: Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(authority.ca_file))
    assert names(tls_server.url) == ["secure"]


def test_tls_under_qts_loop(authority: Authority, tls_server: Server, qt_loop: LoopRunner) -> None:
    async def ask() -> list[str]:
        client = GatewayClient(tls_server.url, KEY, ca_file=str(authority.ca_file))
        try:
            return [model.name for model in await client.list_models()]
        finally:
            await client.aclose()

    assert qt_loop.run(ask()) == ["secure"]


def test_an_unknown_authority_is_refused_before_the_key_is_sent(tls_server: Server) -> None:
    with pytest.raises(errors.GatewayUnreachableError, match="is not trusted") as caught:
        names(tls_server.url)
    assert "CA file" in str(caught.value)
    assert tls_server.requests == []


def test_a_certificate_for_another_name_is_refused(authority: Authority, tls_server: Server) -> None:
    with pytest.raises(errors.GatewayUnreachableError, match="is not trusted"):
        names(f"https://localhost:{tls_server.port}", ca_file=str(authority.ca_file))
    assert tls_server.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_is_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(errors.SettingsError, match=r"CA file .*ca\.pem"):
        names("https://127.0.0.1:1", ca_file=str(file))


def test_http_where_tls_was_expected_and_the_other_way_round(tls_server: Server) -> None:
    with serve() as plain, pytest.raises(errors.GatewayUnreachableError, match="does not speak TLS"):
        names(plain.url.replace("http:", "https:"))
    with pytest.raises(errors.GatewayError):
        names(tls_server.url.replace("https:", "http:"))


# Proxies -----------------------------------------------------------------------------------------------------------


@dataclass
class Proxy:
    """Forwards every host name to 127.0.0.1: plain requests in absolute form, TLS through CONNECT, SOCKS 5."""

    url: str = ""
    lines: list[str] = field(default_factory=list)
    """The first line of each request, and its Proxy-Authorization if there was one."""
    refuse: bool = False


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    found = Proxy()
    listener = socket.create_server(("127.0.0.1", 0))
    found.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            if first == b"\x05":
                there, back = await asyncio.open_connection("127.0.0.1", await socks(reader, writer))
                await asyncio.gather(pipe(reader, back), pipe(there, writer))
                return
            head = first + await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            found.lines.append(lines[0])
            found.lines += [line for line in lines if line.lower().startswith("proxy-authorization")]
            method, target, _ = lines[0].split(" ")
            if found.refuse:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            authority = target if method == "CONNECT" else target.split("/")[2]
            there, back = await asyncio.open_connection("127.0.0.1", int(authority.rsplit(":", 1)[1]))
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                back.write(head.replace(target.encode(), path.encode(), 1))
            await asyncio.gather(pipe(reader, back), pipe(there, writer))
        writer.close()

    async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        """RFC 1928 as far as a client with a host name needs it; gives the port that is asked for."""
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x00")
        kind, length = (await reader.readexactly(5))[3:]
        assert kind == 3, "a host name"
        name = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        found.lines.append(f"SOCKS {name}:{port}")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return port

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def main() -> None:
        server = await asyncio.start_server(accept, sock=listener)
        await stopping.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def run() -> None:
        loop.run_until_complete(main())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield found
    loop.call_soon_threadsafe(stopping.set)
    thread.join(5)
    assert not thread.is_alive()


def test_plain_http_through_a_proxy(proxy: Proxy) -> None:
    with serve(lambda _request: model_list("through")) as server:
        assert names(f"http://gateway.test:{server.port}", proxy=proxy.url) == ["through"]
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert proxy.lines == [f"GET http://gateway.test:{server.port}/v1/model/info HTTP/1.1"]


def test_tls_through_a_proxy(proxy: Proxy, authority: Authority, tls_server: Server) -> None:
    url = f"https://gateway.test:{tls_server.port}"
    assert names(url, proxy=proxy.url.removeprefix("http://"), ca_file=str(authority.ca_file)) == ["secure"]
    assert proxy.lines == [f"CONNECT gateway.test:{tls_server.port} HTTP/1.1"]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy(proxy: Proxy, authority: Authority, tls_server: Server, scheme: str) -> None:
    url = proxy.url.replace("http:", f"{scheme}:")
    with serve(lambda _request: model_list("through")) as server:
        assert names(f"http://gateway.test:{server.port}", proxy=url) == ["through"]
        assert proxy.lines == [f"SOCKS gateway.test:{server.port}"]
    secure = f"https://gateway.test:{tls_server.port}"
    assert names(secure, proxy=url, ca_file=str(authority.ca_file)) == ["secure"]


def test_a_proxy_that_wants_a_password(proxy: Proxy) -> None:
    with serve(lambda _request: model_list("through")) as server:
        with_password = proxy.url.replace("//", "//me:pa55@")
        assert names(f"http://gateway.test:{server.port}", proxy=with_password) == ["through"]
    assert proxy.lines[1].lower().startswith("proxy-authorization: basic")


def test_a_proxy_from_the_environment(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with serve(lambda _request: model_list("through")) as server:
        assert names(f"http://gateway.test:{server.port}") == ["through"]
        assert len(proxy.lines) == 1
        assert names(server.url) == ["through"], "this machine itself is never asked through a proxy"
        assert len(proxy.lines) == 1


def test_a_proxy_that_refuses(proxy: Proxy, tls_server: Server) -> None:
    proxy.refuse = True
    with pytest.raises(errors.GatewayUnreachableError, match="proxy") as caught:
        names("https://gateway.test:443", proxy=proxy.url.replace("//", "//me:pa55@"))
    assert "pa55" not in str(caught.value) + caught.value.detail


def test_a_dead_proxy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.GatewayUnreachableError, match=r"The proxy 127\.0\.0\.1"):
        names("http://gateway.test:80", proxy=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["socks4://me:pa55@127.0.0.1:1080", "nonsense://x", "http://", "http://a b"])
def test_proxies_that_cannot_be_used(url: str) -> None:
    with pytest.raises(errors.SettingsError, match="proxy") as caught:
        names("http://gateway.test", proxy=url)
    assert "pa55" not in str(caught.value)


def test_which_proxy_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(url: str, setting: str | None = None) -> str:
        return proxy_for(parse_address(url), setting)

    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("HTTP_PROXY", "plain:2")
    monkeypatch.setenv("NO_PROXY", "internal.example.com,.corp")
    assert chosen("https://gateway.example.com") == "http://secure:1"
    assert chosen("http://gateway.example.com") == "http://plain:2"
    assert chosen("https://internal.example.com") == ""
    assert chosen("https://llm.corp:8443") == ""
    assert chosen("http://localhost:4000") == ""
    assert chosen("https://gateway.example.com", "") == ""
    assert chosen("https://gateway.example.com", "other:3") == "http://other:3"
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("ALL_PROXY", "http://all:4")
    assert chosen("https://gateway.example.com") == "http://all:4"


# What is left undone until it is needed -----------------------------------------------------------------------------


def test_importing_the_client_does_not_import_httpx(run_python: Callable[[str], str]) -> None:
    loaded = run_python(
        "import sys, chat2anyllm_desktop.llm.client, chat2anyllm_desktop.llm.router, chat2anyllm_desktop.llm.demo\n"
        "print([name for name in ('httpx', 'httpcore', 'anyio', 'certifi', 'PySide6') if name in sys.modules])"
    )
    assert loaded == "[]"


@pytest.fixture
def run_python() -> Callable[[str], str]:
    import subprocess
    import sys

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    return run
