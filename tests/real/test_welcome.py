"""The three ways on, on a real screen with an empty home: keys alone, from the very first start to a streamed answer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.real.gateway import HELLO, Gateway
from tests.real.postgres import execute
from tests.real.screen import Program, Screen, wait_until
from tests.real.test_first_run import answered, answers, needs_engine, pictures

SETTLED_S = 1.5
"""For what was typed to be tried out, and told; the pictures show it."""


def settings_of(home: Path) -> str:
    """What was saved so far."""
    file = home / "c2a" / "config" / "settings.toml"
    return file.read_text("utf-8") if file.exists() else ""


def go_to(screen: Screen, tabs: int) -> None:
    """From the message field to a button of the welcome: its first, and so many further on."""
    screen.key("ctrl+shift+t", *["Tab"] * tabs)


def until_pressed(screen: Screen, program: Program, done: Callable[[], object], what: str) -> None:
    """Press Enter until it is done: before that, what was typed is still being tried out."""

    def pressed() -> object:
        if not done():
            screen.key("Return")
            time.sleep(1)
        return done()

    wait_until(pressed, what, alive=program.process)


@needs_engine
def test_the_model_of_this_computer(screen: Screen, tmp_path: Path) -> None:
    program = Program(screen, tmp_path / "user", {})
    try:
        program.start()
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome.png")
        go_to(screen, 0)
        screen.key("space")
        program.ask("Say yes.", lambda: answers(program.home))
        answered(program)
        screen.key("ctrl+n")
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-over.png")
        program.quit()
    finally:
        program.kill()


def test_a_gateway(screen: Screen, tmp_path: Path, litellm_gateway: Gateway) -> None:
    """A real LiteLLM: without a key, with a wrong one, with the right one."""
    program = Program(screen, tmp_path / "user", {"CHAT2ANYLLM_LOCAL_ENABLED": "off"})
    asked = litellm_gateway.log_path.read_text().count("GET /v1/model")
    try:
        program.start()
        time.sleep(SETTLED_S)
        go_to(screen, 2)
        screen.key("space")
        screen.type(litellm_gateway.base_url)
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-no-key.png")
        screen.key("Tab")
        screen.type("sk-of-somebody-else")
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-wrong-key.png")
        screen.key("Return")
        assert settings_of(program.home) == "", "what does not work is not saved"
        screen.key("ctrl+a")
        screen.type(litellm_gateway.key)
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-gateway.png")
        assert litellm_gateway.log_path.read_text().count("GET /v1/model") > asked
        until_pressed(
            screen, program, lambda: litellm_gateway.base_url in settings_of(program.home), "the settings"
        )
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-connected.png")
        screen.type("/model hello")
        screen.key("Escape", "Return")
        program.ask("Good morning", lambda: answers(program.home))
        wait_until(lambda: answers(program.home) == [("complete", HELLO)], "the answer of LiteLLM")
        program.quit()
    finally:
        program.kill()
    for path in (tmp_path / "user").rglob("*"):
        if path.is_file():
            assert litellm_gateway.key.encode() not in path.read_bytes(), f"the key is in {path}"


@needs_engine
def test_a_shared_database(screen: Screen, tmp_path: Path, web_edition_dsn: str) -> None:
    """That of the web edition, in its parts, after something was written on this computer."""
    program = Program(screen, tmp_path / "user", {})
    address = urlsplit(web_edition_dsn)
    login, _, place = address.netloc.rpartition("@")
    user, _, password = login.partition(":")
    try:
        program.start()
        program.ask("Kept here", lambda: answers(program.home))
        answered(program)
        screen.key("alt+h")
        screen.key("Down", "Return")
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-again.png")
        screen.key("Tab", "Tab", "Tab", "space")
        screen.type(f"postgresql://{user}@{place}{address.path}")
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-no-password.png")
        screen.key("Tab", "Tab")
        screen.type(unquote(password))
        time.sleep(SETTLED_S)
        screen.grab(pictures(tmp_path) / "welcome-database.png")
        until_pressed(screen, program, lambda: place in settings_of(program.home), "the settings")
        wait_until(
            lambda: execute(web_edition_dsn, "SELECT to_regclass('chat2anyllm_schema')")[0][0], "the schema"
        )
        time.sleep(SETTLED_S)
        program.ask(
            "Kept there",
            lambda: execute(web_edition_dsn, "SELECT 1 FROM messages WHERE content = 'Kept there'"),
        )
        wait_until(
            lambda: execute(
                web_edition_dsn,
                "SELECT 1 FROM messages WHERE role = 'assistant' AND content <> '' AND model LIKE 'smol%'",
            ),
            "the answer in Postgres",
            alive=program.process,
        )
        screen.grab(pictures(tmp_path) / "welcome-moved.png")
        program.quit()
    finally:
        program.kill()
    file = tmp_path / "user" / "c2a" / "data" / "history.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT content FROM messages WHERE role = 'user'").fetchall() == [
            ("Kept here",)
        ]
