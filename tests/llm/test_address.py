from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.llm.address import parse_address


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("http://localhost:4000", "http://localhost:4000/v1"),
        (" http://localhost:4000/ ", "http://localhost:4000/v1"),
        ("http://localhost:4000/v1", "http://localhost:4000/v1"),
        ("http://localhost:4000/v1/", "http://localhost:4000/v1"),
        ("HTTPS://Gateway.Example.com/V1", "https://gateway.example.com/V1"),
        ("localhost:4000", "http://localhost:4000/v1"),
        ("127.0.0.1:4000/v1", "http://127.0.0.1:4000/v1"),
        ("192.168.1.5", "http://192.168.1.5/v1"),
        ("[::1]:4000", "http://[::1]:4000/v1"),
        ("litellm:4000", "http://litellm:4000/v1"),
        ("gateway.lan", "http://gateway.lan/v1"),
        ("gateway.example.com", "https://gateway.example.com/v1"),
        ("8.8.8.8", "https://8.8.8.8/v1"),
        ("https://host/litellm", "https://host/litellm/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://host/v1beta/openai/", "https://host/v1beta/openai"),
        ("http://localhost:4000/ui/?page=models#x", "http://localhost:4000/v1"),
        ("http://localhost:4000/v1/chat/completions", "http://localhost:4000/v1"),
        ("https://user:p%40ss@host", "https://host/v1"),
    ],
)
def test_what_people_type(typed: str, root: str) -> None:
    assert parse_address(typed).root == root


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://",
        "https:///v1",
        "ftp://host",
        "postgresql://host/db",
        "http://host:port",
        "http://host:99999",
        "my gateway",
        "http://ho st",
        "file:///etc/passwd",
        "http://a\nb",
        "sk-1234 http://x",
        "http://[::1",
    ],
)
def test_nonsense_is_named(typed: str) -> None:
    with pytest.raises(SettingsError, match="base URL"):
        parse_address(typed)


def test_credentials_are_kept_out_of_everything_shown() -> None:
    address = parse_address("https://user:pa55@gateway.example.com")
    assert "pa55" not in repr(address) + address.root + address.host
    assert address.basic_auth == "Basic dXNlcjpwYTU1"
    with pytest.raises(SettingsError) as caught:
        parse_address("https://user:pa55@gateway.example.com:nonsense")
    assert "pa55" not in str(caught.value)


def test_this_machine_is_known() -> None:
    assert parse_address("localhost").loopback
    assert parse_address("http://127.0.0.2:1").loopback
    assert parse_address("http://[::1]").loopback
    assert not parse_address("http://192.168.0.1").loopback
