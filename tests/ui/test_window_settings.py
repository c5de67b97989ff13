"""The settings dialog over the running program: what is tried out, what Save changes at once, where secrets go."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtWidgets import QLineEdit, QPushButton

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.setting_types import MASK
from chat2anyllm_desktop.ui.dialogs.connection_test import ConnectionTest
from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog
from chat2anyllm_desktop.ui.facts import Health
from tests.conftest import LoopRunner
from tests.llm.misbehaving import Request, Script, answer, model_list, refusal, reply, serve
from tests.real.postgres import OwnServer, Server
from tests.ui.disk import assert_nowhere, logged
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.sharing import OtherClient, contents, titles
from tests.ui.window_driver import WindowDriver, open_window

HARD = "p@ss/w:rd#? %41ä&="
KEY = "sk-entered-in-the-dialog"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")


class Dialog:
    """The settings dialog of a window, and what a user does in it."""

    def __init__(self, desk: WindowDriver, dialog: SettingsDialog) -> None:
        self.desk = desk
        self.dialog = dialog

    @classmethod
    async def open(cls, desk: WindowDriver) -> Dialog:
        """By its action in the menu."""
        desk.window.actions_by_id["settings"].trigger()

        def shown() -> list[SettingsDialog]:
            return [dialog for dialog in desk.window.findChildren(SettingsDialog) if dialog.isVisible()]

        await desk.until(shown, "the settings")
        return cls(desk, shown()[0])

    def type(self, name: str, text: str) -> None:
        """Type into a field of text."""
        editor = self.dialog.fields[name].findChild(QLineEdit)
        assert editor is not None
        assert not editor.isReadOnly()
        editor.setText(text)

    def choose(self, name: str, value: object) -> None:
        self.dialog.fields[name].set_value(value)

    def press(self, label: str) -> None:
        next(b for b in self.dialog.findChildren(QPushButton) if b.text() == label).click()

    async def save(self) -> None:
        """Press Save, and wait until the dialog is gone."""
        self.press("Save")
        await self.desk.until(lambda: not self.dialog.isVisible(), "the end of the dialog")

    async def tried(self, trial: ConnectionTest, within_s: float = 3.0) -> str:
        """Press "Test connection"; what came of it. The window lives on meanwhile."""
        trial.button.click()
        assert not trial.button.isEnabled()
        began = latest = time.monotonic()
        stall = 0.0
        while not trial.button.isEnabled():
            await asyncio.sleep(0.005)
            stall, latest = max(stall, time.monotonic() - latest), time.monotonic()
            assert latest - began < within_s
        assert stall < 0.5
        return trial.sentence


def test_it_opens_by_its_key_and_locks_what_the_environment_decides(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_SEND_KEY", "ctrl_enter")

    async def scenario() -> None:
        async with open_window() as desk:
            assert desk.window.actions_by_id["settings"].shortcut().toString() == "Ctrl+,"
            shown = await Dialog.open(desk)
            locked = {name for name, field in shown.dialog.fields.items() if field.locked}
            assert locked == {"gateway_url", "gateway_key", "send_key", "local_enabled"}
            key = shown.dialog.fields["gateway_key"].findChild(QLineEdit)
            assert key is not None
            assert key.text() == MASK
            shown.type("connect_timeout_s", "7")
            desk.wiring.preferences.open("database")  # Asked for again, it keeps what was typed.
            await asyncio.sleep(0.1)
            assert shown.dialog.fields["connect_timeout_s"].value() == 7

    with gateway(monkeypatch, answer("Yes"), key="sk-of-the-environment"):
        qt_loop.run(scenario())


@contextmanager
def silent_server() -> Iterator[int]:
    """Somebody who takes connections and never says a word; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def _wrong_key(request: Request) -> Script:
    return refusal(401, "Authentication Error, Invalid proxy server token", kind="auth_error")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (None, "No gateway can be reached"),
        (_wrong_key, "does not accept the API key"),
        (lambda _: reply(200, "<html><title>Sign in</title></html>"), "web page"),
        (lambda _: model_list("a", "b", "c"), "Connected: 3 models."),
    ],
    ids=["dead", "wrong key", "web page", "right"],
)
def test_try_a_gateway(
    qt_loop: LoopRunner, script: Callable[[Request], Script] | None, sentence: str
) -> None:
    async def scenario(url: str) -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            shown.type("gateway_url", url)
            shown.type("gateway_key", KEY)
            said = await shown.tried(shown.dialog.gateway_test, within_s=10)
            assert sentence in said
            assert KEY not in said
            assert not paths.settings_file().exists()

    with serve(script or answer("Yes")) as server:
        url = server.url
        if script is not None:
            qt_loop.run(scenario(url))
    if script is None:
        qt_loop.run(scenario(url))


def test_trying_a_gateway_that_never_answers_ends(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            with silent_server() as port:
                shown.type("gateway_url", f"http://127.0.0.1:{port}")
                shown.type("connect_timeout_s", "1")
                shown.type("stall_timeout_s", "1")
                said = await shown.tried(shown.dialog.gateway_test, within_s=20)
            assert said
            assert "Connected" not in said

    qt_loop.run(scenario(), 60)


@pytest.mark.parametrize("case", ["right", "empty", "refused", "password", "silent", "unreadable"])
def test_try_a_database(
    qt_loop: LoopRunner,
    postgres_server: OwnServer,
    web_edition_dsn: str,
    new_database: Callable[[Server], str],
    case: str,
) -> None:
    password = "pa•ss-in-the-field"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]

    async def scenario(silent: int) -> None:
        expected = {
            "right": (web_edition_dsn, "Its tables are the web edition's"),
            "empty": (new_database(postgres_server), "Its tables are made when it is used."),
            "refused": (f"postgresql://me:{password}@127.0.0.1:{dead}/chat", "No database answers"),
            "password": (
                postgres_server.dsn("postgres", password=password),
                "refuses the user name or password",
            ),
            "silent": (f"postgresql://me:{password}@127.0.0.1:{silent}/chat", "does not answer"),
            "unreadable": (f"postgresql://me:{password}/x@127.0.0.1/chat", "“Database” cannot be understood"),
        }
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            url, sentence = expected[case]
            shown.type("database_url", url)
            said = await shown.tried(shown.dialog.database_test, within_s=10)
            assert sentence in said
            assert password not in said
        if case == "right":
            columns = await OtherClient(web_edition_dsn).execute("SELECT * FROM sessions LIMIT 1")
            assert len(columns[0]) == 4  # Nothing was changed by looking.

    with silent_server() as silent:
        qt_loop.run(scenario(silent), 60)


def test_what_cannot_be_used_is_said_in_the_dialog(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            shown.type("text_scale_percent", "12")
            shown.press("Save")
            await desk.until(
                lambda: "“Text size” must be a whole number from 80 to 200" in shown.dialog.error,
                "what is wrong",
            )
            assert shown.dialog.isVisible()
            assert not paths.settings_file().exists()
            shown.type("text_scale_percent", "120")
            await shown.save()
            assert desk.shell.theme.text_scale_percent == 120

    qt_loop.run(scenario())


def test_save_changes_the_window_at_once(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            shown.choose("theme", "dark")
            shown.choose("send_key", "ctrl_enter")
            shown.choose("review_plans", True)
            shown.type("text_scale_percent", "150")
            await shown.save()
            await desk.until(lambda: desk.shell.theme.text_scale_percent == 150, "the larger text")
            assert desk.shell.theme.preference == "dark"
            assert not desk.composer.editor.send_on_enter
            assert desk.wiring.controller.selection.review_plans
        async with open_window() as again:
            assert again.shell.theme.preference == "dark"
            assert again.shell.theme.text_scale_percent == 150
            assert not again.composer.editor.send_on_enter

    qt_loop.run(scenario())


def test_many_changes_in_a_row_all_stay(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.header.theme_requested.emit("dark")
            for _ in range(3):
                desk.window.actions_by_id["text_larger"].trigger()
            desk.wiring.controller.set_review_plans(True)
            written = paths.settings_file()
            await desk.until(lambda: written.exists() and "review_plans" in written.read_text(), "the file")
            lines = set(written.read_text().splitlines())
            assert lines == {'theme = "dark"', "text_scale_percent = 130", "review_plans = true"}
            assert desk.shell.theme.preference == "dark"

    qt_loop.run(scenario())


def test_another_gateway(qt_loop: LoopRunner) -> None:
    """Its models appear, an answer of the old one goes on, and the key is nowhere on the disk."""
    script, (second, end) = in_steps("One ", "two")

    async def scenario(old_url: str, new_url: str) -> None:
        async with open_window() as desk:
            await desk.ready()
            for url, name in ((old_url, "old"), (new_url, "new")):
                shown = await Dialog.open(desk)
                shown.type("gateway_url", url)
                shown.type("gateway_key", f"{KEY}-{name}")
                await shown.save()
                await desk.until(
                    lambda name=name: [m.name for m in desk.wiring.controller.connections.listed] == [name],  # type: ignore[misc]
                    f"the models of the {name} gateway",
                )
                if name == "old":
                    await desk.hears("Secrets are kept until the program ends")
                    await desk.send("Slowly")
                    await desk.shows("One ")
            second.set()
            end.set()
            ended = await desk.answered()
            assert (ended.content, ended.status) == ("One two", Status.COMPLETE)
            desk.wiring.controller.new_session()
            desk.wiring.controller.selection.select_model("new")
            await desk.send("And you?")
            await desk.until(lambda: contents(desk, Author.ASSISTANT) == ["From the new"], "its answer")
        assert old.chats[0].headers["authorization"] == f"Bearer {KEY}-old"
        assert new.chats[0].headers["authorization"] == f"Bearer {KEY}-new"

    with (
        logged(),
        serve(by_question({"Slowly": script}, ["old"])) as old,
        serve(by_question({"And": answer("From the new")}, ["new"])) as new,
    ):
        qt_loop.run(scenario(old.url, new.url), 60)
    assert_nowhere(KEY)


@pytest.fixture
def hard_user(postgres_server: OwnServer, postgres_dsn: str) -> Iterator[tuple[str, str]]:
    """A user with a password full of signs, who owns the database: the address without it, and the user's name."""
    name = f"user_{secrets.token_hex(4)}"
    web = OtherClient(postgres_dsn)
    database = postgres_dsn.rpartition("/")[2]
    literal = HARD.replace("'", "''").replace("%", "%%")
    asyncio.run(web.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{literal}'"))
    asyncio.run(web.execute(f'ALTER DATABASE "{database}" OWNER TO {name}'))
    asyncio.run(web.execute(f"ALTER SCHEMA public OWNER TO {name}"))
    place = postgres_dsn.rpartition("@")[2]
    yield f"postgresql://{name}@{place}", name
    asyncio.run(web.execute(f"REASSIGN OWNED BY {name} TO postgres"))
    asyncio.run(web.execute(f"DROP OWNED BY {name}"))
    asyncio.run(web.execute(f"DROP ROLE {name}"))


def test_another_history_and_back(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, hard_user: tuple[str, str], postgres_dsn: str
) -> None:
    url, _ = hard_user

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Kept here")
            await desk.answered()
            shown = await Dialog.open(desk)
            shown.type("database_url", url)
            shown.dialog.database_password.set_value(HARD)
            assert "Connected" in await shown.tried(shown.dialog.database_test)
            await shown.save()
            connections = desk.wiring.controller.connections
            await desk.until(lambda: "127.0.0.1" in connections.database_state.sentence, "the shared history")
            await desk.until(lambda: desk.messages() == [] and titles(desk) == [], "its sessions")
            assert connections.database_state.health is Health.OK
            await desk.send("Kept there")
            await desk.answered()
            web = OtherClient(postgres_dsn)
            assert await web.count("messages") == 2
            await web.insert_session("Made elsewhere")
            await desk.until(lambda: titles(desk) == ["Made elsewhere", "Kept there"], "it is followed")
            shown = await Dialog.open(desk)
            field = shown.dialog.database_password.findChild(QLineEdit)
            assert field is not None
            assert field.text() == MASK
            shown.type("database_url", "")
            await shown.save()
            await desk.until(lambda: titles(desk) == ["Kept here"], "the history of this computer")
            await desk.until(lambda: desk.messages() == [], "a new session")
            await web.insert_session("Not for us any more")
            await desk.open(desk.wiring.controller.library.sessions[0].id)
            await desk.send("And here again")
            await desk.answered(2)
            assert contents(desk)[0::2] == ["Kept here", "And here again"]
            assert titles(desk) == ["Kept here"]

    with logged(), gateway(monkeypatch, answer("Yes"), key=KEY):
        qt_loop.run(scenario(), 60)
    assert_nowhere(HARD, KEY)


def test_the_password_is_kept_for_the_run_and_asked_for_after_it(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, hard_user: tuple[str, str]
) -> None:
    url, name = hard_user

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            shown.type("database_url", url)
            shown.dialog.database_password.set_value(HARD)
            await shown.save()
            notice = await desk.hears("Secrets are kept until the program ends")
            assert "CHAT2ANYLLM_KEYRING" in notice.sentence
        assert f'"{url}"' in paths.settings_file().read_text()
        async with open_window() as again:
            notice = await again.hears("refuses the user name or password")
            assert name in notice.sentence
            assert "Settings" in [action.label for action in notice.actions]

    with logged(), gateway(monkeypatch, answer("Yes"), key=KEY):
        qt_loop.run(scenario(), 60)
    assert_nowhere(HARD, KEY)


class MemoryKeychain(KeyringBackend):
    """In place of the system's own."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring does not annotate it
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(0.3)  # As if the user had to unlock it.
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeychain]:
    monkeypatch.delenv("CHAT2ANYLLM_KEYRING")
    before = keyring.get_keyring()
    backend = MemoryKeychain()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_key_that_is_pressed_often_takes_no_step_back(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            theme = desk.shell.theme
            seen: list[int] = []
            theme.changed.connect(lambda: seen.append(theme.text_scale_percent))
            for _ in range(5):
                desk.window.actions_by_id["text_larger"].trigger()
            await desk.wiring.controller.tasks.join("settings:save")
            assert seen == [110, 120, 130, 140, 150]
            assert desk.wiring.controller.connections.settings.text_scale_percent == 150
            desk.wiring.preferences.save({"text_scale_percent": 90})
            desk.wiring.preferences.save({"text_scale_percent": 90})
            desk.wiring.preferences.save({"text_scale_percent": 1000}, refused=lambda _: None)
            await desk.wiring.controller.tasks.join("settings:save")
            assert theme.text_scale_percent == 90

    qt_loop.run(scenario(), 60)


def test_the_settings_open_while_the_keychain_waits_to_be_unlocked(
    qt_loop: LoopRunner, keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = threading.Event()

    def wait(_service: str, _username: str) -> None:
        unlocked.wait(30)

    monkeypatch.setattr(keychain, "get_password", wait)
    monkeypatch.setenv("CHAT2ANYLLM_GATEWAY_URL", "http://127.0.0.1:9")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.until(lambda: desk.shell.wiring is not None, "the window")
            try:
                shown = await Dialog.open(desk)
                assert shown.dialog._keychain[0].text() == ""
            finally:
                unlocked.set()
            await desk.until(shown.dialog._keychain[0].text, "where secrets are kept")

    qt_loop.run(scenario(), 60)


def test_what_the_keychain_keeps_is_there_after_a_restart(
    qt_loop: LoopRunner, hard_user: tuple[str, str], keychain: MemoryKeychain
) -> None:
    url, _ = hard_user

    async def scenario(gateway_url: str) -> None:
        async with open_window() as desk:
            await desk.ready()
            shown = await Dialog.open(desk)
            shown.type("gateway_url", gateway_url)
            shown.type("gateway_key", KEY)
            shown.type("database_url", url)
            shown.dialog.database_password.set_value(HARD)
            await shown.save()
            await desk.until(lambda: "127.0.0.1" in history(desk), "the shared history")
            assert sorted(keychain.entries.values()) == sorted([HARD, KEY])
            assert desk.notices == []
        async with open_window() as again:
            await again.ready()
            assert "127.0.0.1" in history(again)
            await again.send("Do you know me?")
            await again.answered()
            assert server.chats[0].headers["authorization"] == f"Bearer {KEY}"
            assert again.notices == []
            shown = await Dialog.open(again)
            shown.type("gateway_key", "")
            shown.type("database_url", "")
            await shown.save()
            await again.until(lambda: history(again) == "History: This computer.", "the own history")
            assert keychain.entries == {}

    with logged(), serve(answer("Yes")) as server:
        qt_loop.run(scenario(server.url), 60)
    assert_nowhere(HARD, KEY)


def history(desk: WindowDriver) -> str:
    """What the dot of the history says."""
    return desk.window.header.database_dot.state.sentence


@pytest.mark.expects_warnings
def test_settings_hold_also_where_they_cannot_be_written(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "a file"
    place.write_text("in the way")
    monkeypatch.setenv("CHAT2ANYLLM_HOME", str(place))

    async def scenario(url: str) -> None:
        async with open_window() as desk:
            await desk.until(lambda: desk.wiring.controller.connections.listed, "models")
            shown = await Dialog.open(desk)
            shown.type("gateway_url", url)
            shown.type("gateway_key", KEY)
            shown.choose("theme", "dark")
            await shown.save()
            await desk.hears("They hold until the program ends")
            await desk.until(
                lambda: [m.name for m in desk.wiring.controller.connections.listed] == ["m"], "the gateway"
            )
            assert desk.shell.theme.preference == "dark"
            await desk.send("Do they?")
            await desk.answered()
            assert server.chats[0].headers["authorization"] == f"Bearer {KEY}"

    with serve(answer("They do")) as server:
        qt_loop.run(scenario(server.url), 60)
