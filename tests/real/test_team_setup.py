"""A team on a real screen: LiteLLM with Redis, a Postgres that the web edition made, three environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.gateway import HELLO, Gateway, Redis
from tests.real.postgres import execute
from tests.real.screen import Program, Screen, wait_until
from tests.real.test_first_run import pictures


@pytest.fixture
def team(litellm_gateway: Gateway, web_edition_dsn: str) -> dict[str, str]:
    """All that has to be set."""
    return {
        "LITELLM_BASE_URL": litellm_gateway.base_url,
        "LITELLM_API_KEY": litellm_gateway.key,
        "DATABASE_URL": web_edition_dsn,
    }


def test_ask_through_litellm_and_keep_it_in_postgres(
    screen: Screen, tmp_path: Path, team: dict[str, str], redis_server: Redis, litellm_gateway: Gateway
) -> None:
    dsn = team["DATABASE_URL"]
    asked = litellm_gateway.log_path.read_text().count("GET /v1/models")
    before = redis_server.keys()
    program = Program(screen, tmp_path / "user", team)
    try:
        program.start()
        wait_until(lambda: execute(dsn, "SELECT to_regclass('chat2anyllm_schema')")[0][0], "the schema")
        wait_until(
            lambda: litellm_gateway.log_path.read_text().count("GET /v1/models") > asked, "the model list"
        )
        screen.type("/model hello")
        screen.key("Escape", "Return")
        screen.type("Good morning to you")
        screen.key("Return")
        wait_until(
            lambda: execute(
                dsn,
                "SELECT 1 FROM messages WHERE role = 'assistant' AND status = 'complete' AND model = 'hello'",
            ),
            "the answer in Postgres",
            alive=program.process,
        )
        answer = execute(dsn, "SELECT content, usage->>'prompt_tokens' FROM messages WHERE model = 'hello'")[
            0
        ]
        assert answer[0] == HELLO
        assert int(str(answer[1])) > 0
        assert execute(dsn, "SELECT title FROM sessions ORDER BY updated_at DESC LIMIT 1") == [
            ("Good morning to you",)
        ]
        assert redis_server.keys() > before, "the answer is in the gateway's cache"
        screen.grab(pictures(tmp_path) / "team.png")
        program.quit()
    finally:
        program.kill()
    file = tmp_path / "user" / "c2a" / "data" / "history.sqlite3"
    assert not file.exists(), "nothing was written into the embedded history"
    for path in (tmp_path / "user").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert team["LITELLM_API_KEY"].encode() not in content, f"the key is in {path}"
