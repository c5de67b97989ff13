"""The ways on, taken by keyboard: what is typed is tried out, said in one sentence, saved, and used without a restart."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from PySide6.QtCore import Qt

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.llm.local import EmbeddedEngine
from chat2anyllm_desktop.llm.model_file import PACKAGED_MODEL
from chat2anyllm_desktop.ui import connection_trials
from chat2anyllm_desktop.ui.dialogs.connection_fields import DatabaseField
from chat2anyllm_desktop.ui.facts import Health
from chat2anyllm_desktop.ui.welcome.way import Way
from tests.conftest import LoopRunner
from tests.llm.misbehaving import Request, Script, answer, model_list, refusal, reply, serve
from tests.real.postgres import OwnServer, execute, least_privileged
from tests.ui.disk import assert_nowhere, logged
from tests.ui.sharing import contents, titles
from tests.ui.welcome.newcomer import Newcomer
from tests.ui.window_driver import open_window

KEY = "sk-typed-in-the-welcome"
PASSWORD = "p@ss/w:rd in the welcome"


@pytest.fixture
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")


def with_key(script: Script) -> Callable[[Request], Script]:
    """A gateway that wants the key."""

    def choose(request: Request) -> Script:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "Authentication Error, Invalid proxy server token", kind="auth_error")
        return model_list("alpha", "beta") if request.method == "GET" else script

    return choose


# The gateway ---------------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_no_engine")
def test_a_gateway_from_the_first_start_to_an_answer(qt_loop: LoopRunner) -> None:
    async def scenario(port: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            assert someone.focused is way.fields["gateway_url"].focusProxy()
            await someone.type(f"127.0.0.1:{port}")  # Nobody has to know about http://.
            await someone.hears(way, "wants an API key")
            await someone.tab_to(way.fields["gateway_key"].focusProxy())
            await someone.type("sk-of-somebody-else")
            await someone.hears(way, "does not accept the API key")
            assert not paths.settings_file().exists(), "only what was tried and wanted is saved"
            await someone.type(KEY)
            await someone.hears(way, "Connected: 2 models.")
            assert desk.wiring.controller.connections.settings.gateway_url == ""
            someone.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: someone.focused is desk.composer.editor, "the message field")
            await someone.hears(way, f"Connected to http://127.0.0.1:{port}: 2 models.")
            assert someone.ways.later.text() == "Done"
            await desk.send("Hello")
            ended = await desk.answered()
            assert (ended.content, ended.model) == ("From alpha", "alpha")
            assert someone.page is None
        assert f'gateway_url = "http://127.0.0.1:{port}"' in paths.settings_file().read_text()

    with logged(), serve(with_key(answer("From alpha"))) as server:
        qt_loop.run(scenario(server.url.rpartition(":")[2].partition("/")[0]), 60)
    assert_nowhere(KEY)


@pytest.mark.usefixtures("_no_engine")
def test_enter_before_the_trial_has_ended_waits_for_it(qt_loop: LoopRunner) -> None:
    async def scenario(url: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            await someone.type(url)
            someone.press(Qt.Key.Key_Return, "\r")
            await someone.hears(way, "wants an API key")
            assert not paths.settings_file().exists()
            await someone.tab_to(way.fields["gateway_key"].focusProxy())
            await someone.type(KEY)
            someone.press(Qt.Key.Key_Return, "\r")
            await someone.hears(way, "Connected to")
            assert desk.wiring.controller.connections.gateway_state.health is Health.OK

    with serve(with_key(answer("Yes"))) as server:
        qt_loop.run(scenario(server.url), 60)


def _web_page(_: Request) -> Script:
    return reply(200, "<html><title>Sign in</title></html>")


def _no_models(_: Request) -> Script:
    return model_list()


@pytest.mark.usefixtures("_no_engine")
@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("nobody", "No gateway can be reached at 127.0.0.1"),
        ("silent", "Something listens at this address, and it may be no gateway"),
        ("web page", "web page"),
        ("empty", "lists no models"),
        ("unknown host", "cannot be found"),
        ("nonsense", "“Address” must be an address that begins with http:// or https://"),
    ],
)
def test_what_is_wrong_with_a_gateway_is_one_clear_sentence(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, case: str, sentence: str
) -> None:
    monkeypatch.setattr(connection_trials, "TRIAL_S", 1.0)

    async def scenario(address: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            await someone.type(address)
            await someone.hears(way, sentence)
            assert way.fields["gateway_url"].value() == address, "what was typed stays"
            assert desk.notices == []

    with ExitStack() as stack:
        if case in ("web page", "empty"):
            address = stack.enter_context(serve(_web_page if case == "web page" else _no_models)).url
        elif case == "unknown host":
            address = "http://gateway.invalid"
        elif case == "nonsense":
            address = "ftp://gateway"
        else:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            if case == "nobody":
                listener.close()
        qt_loop.run(scenario(address), 60)


@pytest.mark.usefixtures("_no_engine")
def test_only_what_was_typed_last_is_told(qt_loop: LoopRunner) -> None:
    """A trial that is overtaken says nothing any more, and half of ``https://`` is not tried at all."""

    async def scenario(slow: int, quick: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            tried: list[dict[str, object]] = []
            way.trial_wanted.connect(lambda: tried.append(way.values()))
            await someone.type("http:/")
            await asyncio.sleep(1)
            assert tried == []
            assert way.verdict.isHidden()
            await someone.type(f"http://127.0.0.1:{slow}")
            await desk.until(lambda: len(tried) == 1, "the first trial")
            await someone.type(quick)
            assert way.verdict.ok is None
            await someone.hears(way, "Connected: 1 model.")
            assert [values["gateway_url"] for values in tried] == [f"http://127.0.0.1:{slow}", quick]

    with socket.create_server(("127.0.0.1", 0)) as listener, serve(answer("Yes"), models=("m",)) as server:
        qt_loop.run(scenario(listener.getsockname()[1], server.url), 60)


@pytest.mark.usefixtures("_no_engine")
def test_a_key_goes_to_no_host_that_is_still_being_typed(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pauses in typing an address name hosts that nobody meant."""
    monkeypatch.setenv("CHAT2ANYLLM_GATEWAY_KEY", KEY)
    asked: list[Request] = []

    def choose(request: Request) -> Script:
        asked.append(request)
        return with_key(answer("Yes"))(request)

    async def scenario(url: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            await someone.type(url)
            await desk.until(lambda: "Press Enter" in way.verdict.sentence, "what it takes to try it out")
            await asyncio.sleep(0.2)
            assert asked == []
            someone.press(Qt.Key.Key_Return, "\r")
            await someone.hears(way, "Connected to")
            assert desk.wiring.controller.connections.gateway_state.health is Health.OK
        assert asked

    with serve(choose) as server:
        qt_loop.run(scenario(server.url), 60)


@pytest.mark.usefixtures("_no_engine")
def test_a_key_that_was_typed_beside_an_address_goes_to_no_other_by_itself(qt_loop: LoopRunner) -> None:
    async def scenario(right: str, wrong: str) -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.gateway
            await someone.open(way)
            await someone.type(right)
            await someone.tab_to(way.fields["gateway_key"].focusProxy())
            await someone.type(KEY)
            await someone.hears(way, "Connected: 2 models.")
            way.fields["gateway_url"].setFocus()
            await someone.type(wrong)
            await desk.until(lambda: "Press Enter" in way.verdict.sentence, "what it takes to try it out")
            await someone.type(f"{right}/v1")  # The same place: the key was meant for it.
            await someone.hears(way, "Connected: 2 models.")
        assert elsewhere == []

    elsewhere: list[Request] = []

    def other(request: Request) -> Script:
        elsewhere.append(request)
        return model_list("gamma")

    with serve(with_key(answer("Yes"))) as server, serve(other) as another:
        qt_loop.run(scenario(server.url.removesuffix("/v1"), another.url), 60)


# The engine ----------------------------------------------------------------------------------------------------------------
@pytest.mark.skipif(
    not EmbeddedEngine.installed(), reason="the embedded engine (extra local) is not installed"
)
def test_the_model_of_this_computer_from_the_first_start_to_an_answer(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            await desk.ready()
            said = await someone.hears(someone.ways.engine, "Ready")
            assert PACKAGED_MODEL in said
            assert ".gguf" in said
            desk.window.actions_by_id["focus_transcript"].trigger()
            assert someone.focused is someone.ways.look
            someone.press(Qt.Key.Key_Space, " ")
            await desk.until(lambda: someone.focused is desk.composer.editor, "the message field")
            assert not someone.is_welcomed
            await desk.send("Say yes.")
            ended = await desk.answered()
            assert ended.model == PACKAGED_MODEL
            assert ended.content.strip()

    qt_loop.run(scenario(), 120)


def test_without_the_engine_it_is_said_how_it_comes(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat2anyllm_desktop.llm.model_file.engine_installed", lambda: False)
    monkeypatch.setattr("chat2anyllm_desktop.llm.local.engine_installed", lambda: False)

    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            await someone.hears(someone.ways.engine, "pip install 'chat2anyllm-desktop[local]'")
            assert someone.ways.look.text() == "Look again"

    qt_loop.run(scenario(), 60)


def test_a_file_that_is_no_model_is_refused_in_words(qt_loop: LoopRunner) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.engine
            await someone.hears(way, "")
            await someone.open(way)
            await someone.type(__file__)
            await desk.until(lambda: way.verdict.ok is False, "the refusal")
            assert "test_ways.py" in way.verdict.sentence or "not installed" in way.verdict.sentence
            someone.press(Qt.Key.Key_Return, "\r")
            await asyncio.sleep(0.5)
            assert not paths.settings_file().exists()

    qt_loop.run(scenario(), 60)


# The database --------------------------------------------------------------------------------------------------------------
def database_field(way: Way) -> DatabaseField:
    field = way.fields["database_url"]
    assert isinstance(field, DatabaseField)
    return field


@pytest.mark.usefixtures("_no_engine")
def test_a_database_in_its_parts_and_back_with_nothing_lost(
    qt_loop: LoopRunner, postgres_server: OwnServer, postgres_dsn: str
) -> None:
    name = postgres_dsn.rpartition("/")[2]
    place = postgres_dsn.rpartition("@")[2].partition("/")[0]
    user = f"user_{name[-12:]}"
    execute(postgres_dsn, f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
    execute(postgres_dsn, f'GRANT ALL ON DATABASE "{name}" TO {user}; GRANT ALL ON SCHEMA public TO {user}')

    async def scenario() -> None:
        async with open_window() as desk:
            someone = Newcomer(desk)
            await desk.ready()
            await desk.send("Kept here")
            await desk.answered()
            desk.window.actions_by_id["welcome"].trigger()
            way = someone.ways.database
            field = database_field(way)
            await someone.open(way)
            await someone.tab_to(field._toggle)
            someone.press(Qt.Key.Key_Space, " ")
            await desk.until(lambda: field.parts.isVisible(), "the parts")
            for editor, words in (
                (field.parts.host, place),
                (field.parts.database, name),
                (field.parts.user, user),
            ):
                while someone.focused is not editor:
                    desk.press(
                        Qt.Key.Key_Backtab,
                        modifiers=Qt.KeyboardModifier.ShiftModifier,
                        target=someone.focused,
                    )
                    await asyncio.sleep(0.02)
                await someone.type(words)
                if editor is not field.parts.user:
                    someone.press(Qt.Key.Key_Tab, "\t")
                    await asyncio.sleep(0.02)
            await someone.hears(way, "refuses the user name or password")
            await someone.tab_to(field.password.focusProxy())
            await someone.type(PASSWORD)
            said = await someone.hears(way, "Its tables are made when it is used")
            assert f"{place}/{name}" in said
            assert "on this computer" in said
            assert PASSWORD not in said
            someone.press(Qt.Key.Key_Return, "\r")
            await someone.hears(way, f"History: {place}/{name}.")
            await desk.until(lambda: titles(desk) == [], "its sessions")
            assert someone.focused is desk.composer.editor
            await desk.send("Kept there")
            await desk.answered()
            assert execute(postgres_dsn, "SELECT title FROM sessions") == [("Kept there",)]
            desk.window.actions_by_id["welcome"].trigger()
            await someone.open(way)
            field.show_parts(False)
            field.setFocus()
            await someone.type("")
            someone.press(Qt.Key.Key_Delete)
            await someone.hears(way, "the history stays on this computer")
            someone.press(Qt.Key.Key_Return, "\r")
            await desk.until(lambda: titles(desk) == ["Kept here"], "the history of this computer")
            await desk.until(lambda: not desk.conversation.is_stored, "a new session")
            await desk.open(desk.wiring.controller.library.sessions[0].id)
            assert contents(desk, Author.USER) == ["Kept here"]

    try:
        with logged():
            qt_loop.run(scenario(), 60)
        assert_nowhere(PASSWORD)
    finally:
        execute(postgres_dsn, f"REASSIGN OWNED BY {user} TO postgres; DROP OWNED BY {user}; DROP ROLE {user}")


CASES = (
    "web edition",
    "foreign",
    "password",
    "nobody",
    "silent",
    "no tables allowed",
    "web edition, not ours",
    "no such",
)


@pytest.mark.usefixtures("_no_engine")
@pytest.mark.parametrize("case", CASES)
def test_what_is_found_in_a_database_is_one_clear_sentence(
    qt_loop: LoopRunner,
    postgres_server: OwnServer,
    web_edition_dsn: str,
    new_database: Callable[[OwnServer], str],
    case: str,
) -> None:
    empty = new_database(postgres_server)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]

    async def scenario(silent: int) -> None:
        urls = {
            "web edition": (web_edition_dsn, True, "1 session. Its tables are the web edition's"),
            "foreign": (empty, False, "is another program's: its table “sessions”"),
            "password": (
                postgres_server.dsn("postgres", password="wrong"),
                False,
                "refuses the user name or password",
            ),
            "nobody": (
                f"postgresql://me:x@127.0.0.1:{nobody}/chat",
                False,
                "No database answers at 127.0.0.1",
            ),
            "silent": (
                f"postgresql://me:x@127.0.0.1:{silent}/chat",
                False,
                "does not answer. Check the network",
            ),
            "no tables allowed": (as_guest, False, "this user may not make them"),
            "web edition, not ours": (as_guest, False, "must be extended once, which this user may not do"),
            "no such": (postgres_server.dsn("nowhere"), False, "There is no database"),
        }
        url, well, sentence = urls[case]
        async with open_window() as desk:
            someone = Newcomer(desk)
            await someone.welcomed()
            way = someone.ways.database
            await someone.open(way)
            await someone.type(url)
            await someone.hears(way, sentence)
            assert way.verdict.ok is well
            assert desk.notices == []

    as_guest = ""
    if case == "foreign":
        execute(empty, "CREATE TABLE sessions (id serial PRIMARY KEY, cookie text)")
    elif case == "web edition, not ours":
        as_guest = least_privileged(web_edition_dsn, postgres_server)
    elif case == "no tables allowed":
        least_privileged(web_edition_dsn, postgres_server)
        as_guest = postgres_server.dsn(empty.rpartition("/")[2], user="chat_app", password="for tests")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        qt_loop.run(scenario(listener.getsockname()[1]), 60)


def test_the_way_to_a_database_is_said() -> None:
    found = connection_trials.Findings("db/chat", "PostgreSQL 16.1", 2, 2, local=False)
    assert "not encrypted" in connection_trials._in_words(found)
    found = connection_trials.Findings("db/chat", "PostgreSQL 16.1", 2, 2, local=False, encrypted=True)
    assert "16.1, encrypted)" in connection_trials._in_words(found)
