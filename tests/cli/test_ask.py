"""``chat2anyllm ask`` as people run it: a process of its own, against a server on loopback, into a real history."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import Message, Session, SessionSettings, Status
from chat2anyllm_desktop.store.sqlite import SqliteStore
from tests.llm.misbehaving import DONE, FOREVER, STALL, Server, Step, answer, frame, refusal, serve, stream
from tests.store.making import make_message, make_role, make_session

ROOT = Path(__file__).parent.parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="signals and pseudo-terminals of POSIX")


def start(server: Server | None, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CHAT2ANYLLM_LOCAL_ENABLED": "no", "PYTHONPATH": str(ROOT), **more}
    if server is not None:
        environment |= {"LITELLM_BASE_URL": server.url, "LITELLM_API_KEY": "sk-test"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "chat2anyllm_desktop", "ask", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ask(server: Server | None, *arguments: str, piped: bytes = b"", **more: str) -> tuple[int, str, str]:
    """Run it to its end: exit status, standard output, standard error."""
    process = start(server, *arguments, **more)
    output, errors = process.communicate(piped, timeout=60)
    return process.returncode, output.decode(), errors.decode()


@contextlib.contextmanager
def history() -> Iterator[SqliteStore]:
    """The history of this test's home."""
    store = SqliteStore(paths.history_file())
    store.open()
    try:
        yield store
    finally:
        store.close()


def only_session() -> tuple[Session, list[Message]]:
    with history() as store:
        (session,) = store.list_sessions()
        return session, store.history(session.id)


# Asking ------------------------------------------------------------------------------------------------------------------
def test_the_answer_is_printed_and_saved() -> None:
    with serve(answer("Hello you")) as server:
        assert ask(server, "How are", "you?") == (0, "Hello you\n", "")
        assert server.chats[0].json["messages"] == [{"role": "user", "content": "How are you?"}]
    session, (user, got) = only_session()
    assert (session.title, session.settings.model) == ("How are you?", "m")
    assert (user.content, got.content, got.status) == ("How are you?", "Hello you", Status.COMPLETE)


@pytest.mark.parametrize(
    ("arguments", "piped", "sent"),
    [
        (["Explain"], b"line 1\nline 2\n", "Explain\n\nline 1\nline 2"),
        (["-"], b"Question\n", "Question"),
        ([], b"Question\n", "Question"),
        (["Explain"], b"", "Explain"),
        (["Explain"], b"\xef\xbb\xbf\xff caf\xc3\xa9", "Explain\n\n\ufffd café"),
        ([], b"x" * 1_000_000, "x" * 1_000_000),
    ],
)
def test_what_is_piped_in_is_asked(arguments: list[str], piped: bytes, sent: str) -> None:
    with serve(answer("Ok")) as server:
        assert ask(server, *arguments, piped=piped) == (0, "Ok\n", "")
        assert server.chats[0].json["messages"][-1]["content"] == sent


def test_an_open_pipe_is_read_to_its_end_and_that_is_said() -> None:
    with serve(answer("Ok")) as server:
        process = start(server, "Explain")
        assert process.stdin is not None
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        assert "Reading standard input to its end" in said
        assert "--no-stdin" in said
        assert server.chats == []
        output, errors = process.communicate(b"late", timeout=60)
        assert (process.returncode, output, errors) == (0, b"Ok\n", b"")
        assert server.chats[0].json["messages"][-1]["content"] == "Explain\n\nlate"


def test_an_open_pipe_can_be_left_alone() -> None:
    with serve(answer("Ok")) as server:
        process = start(server, "--no-stdin", "Explain")
        assert process.stdout is not None
        assert process.stdout.read() == b"Ok\n", "while standard input is still open"
        assert process.wait(60) == 0
        process.communicate()
        assert server.chats[0].json["messages"][-1]["content"] == "Explain"
        status, output, errors = ask(server, "-n", piped=b"Question")
        assert (status, output) == (2, "")
        assert "Nothing was asked" in errors


def test_a_role_by_name_and_a_model_by_part() -> None:
    with history() as store:
        role = store.save_role(make_role("Reviewer", "Find faults."))
    with serve(answer("Ok"), models=["gpt-5", "claude-sonnet"]) as server:
        assert ask(server, "-r", "review", "-m", "sonnet", "Hi") == (0, "Ok\n", "")
        sent = server.chats[0].json
    assert sent["model"] == "claude-sonnet"
    assert sent["messages"][0] == {"role": "system", "content": "Find faults."}
    session, _ = only_session()
    assert (session.settings.model, session.settings.role_id) == ("claude-sonnet", role.id)


def test_a_session_goes_on_with_its_own_model_and_role() -> None:
    with history() as store:
        role = store.save_role(make_role("Reviewer", "Find faults."))
        settings = SessionSettings(model="b", role_id=role.id)
        session = store.save_session(make_session("Old", settings=settings))
        store.save_message(make_message(session, "Before"))
    with serve(answer("Ok"), models=["a", "b"]) as server:
        assert ask(server, "--session", session.id, "And now?")[0] == 0
        sent = server.chats[0].json
    assert sent["model"] == "b"
    assert [each["content"] for each in sent["messages"]] == ["Find faults.", "Before", "And now?"]
    after, messages = only_session()
    assert (after.title, after.settings) == ("Old", settings)
    assert [each.content for each in messages] == ["Before", "And now?", "Ok"]


def test_plan_mode_prints_the_plan_aside() -> None:
    with serve(answer("1. Do"), answer("Done"), models=["a", "b"]) as server:
        assert ask(server, "--plan", "a", "b", "Build") == (0, "Done\n", "1. Do\n")
        assert [request.json["model"] for request in server.chats] == ["a", "b"]


def test_the_pieces_of_a_plan_are_one_text() -> None:
    plan = stream(
        frame(reasoning="H"), frame(reasoning="m."), frame("1. R"), frame("ead\n2"), frame(". Write"), DONE
    )
    with serve(plan, answer("Done"), models=["a", "b"]) as server:
        status, output, aside = ask(server, "--plan", "a", "b", "--show-reasoning", "Build")
    assert (status, output, aside) == (0, "Done\n", "Hm.\n1. Read\n2. Write\n")


def test_thoughts_and_facts_are_printed_on_wish() -> None:
    script = stream(
        frame(reasoning="Hm."),
        frame("Yes"),
        frame(finish="stop"),
        frame(usage={"prompt_tokens": 7, "completion_tokens": 2}),
        DONE,
    )
    with serve(script) as server:
        assert ask(server, "?") == (0, "Yes\n", "")
        status, output, errors = ask(server, "-v", "--show-reasoning", "?")
    assert (status, output) == (0, "Yes\n")
    assert errors.startswith("Hm.\nm - ")
    assert "7 + 2 tokens" in errors
    with history() as store:
        assert errors.rstrip().endswith(f"session {store.list_sessions()[0].id}")


def test_output_comes_as_it_is_streamed() -> None:
    with serve(stream(frame("Half"), STALL)) as server:
        process = running(server)
        process.kill()
        process.communicate()


# What goes wrong ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Nothing was asked"),
        (["  "], "Nothing was asked"),
        (["-m", "nothing", "?"], "no model “nothing”"),
        (["-r", "nobody", "?"], "no role “nobody”"),
        (["-s", "00000000-0000-4000-8000-000000000000", "?"], "no session 0000"),
        (["-s", "no-id", "?"], "no session no-id"),
        (["--plan", "m"], "expected 2 arguments"),
        (["--nonsense"], "unrecognized"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    with serve(answer("Ok")) as server:
        status, output, errors = ask(server, *arguments)
        assert (status, output) == (2, "")
        assert words in errors
        assert "Traceback" not in errors
        assert server.chats == []
    with history() as store:
        assert store.list_sessions() == []


def test_a_failed_answer_is_one_sentence_and_status_1() -> None:
    with serve(stream(frame("Half"), b"data: nonsense\n\n")) as server:
        status, output, errors = ask(server, "?")
    assert (status, output) == (1, "Half\n")
    assert errors.count("\n") == 1
    _, (_, got) = only_session()
    assert (got.content, got.status, got.usage.error) == ("Half", Status.FAILED, errors.strip())


@pytest.mark.parametrize("arguments", [[], ["-m", "m"]])
def test_a_gateway_that_is_away_is_not_replaced_by_something_else(arguments: list[str]) -> None:
    with serve() as server:
        pass
    status, output, errors = ask(server, *arguments, "?")
    assert (status, output) == (1, "")
    assert str(server.port) in errors
    assert errors.count("\n") == 1


def test_a_model_file_that_is_not_there_is_told_and_keeps_nobody_from_the_gateway(tmp_path: Path) -> None:
    broken = {"CHAT2ANYLLM_LOCAL_ENABLED": "yes", "CHAT2ANYLLM_LOCAL_MODEL_PATH": str(tmp_path / "no.gguf")}
    status, output, errors = ask(None, "?", **broken)
    assert (status, output) == (1, "")
    assert "no.gguf does not exist" in errors or "engine is not installed" in errors
    assert errors.count("\n") == 1
    with serve(answer("Ok")) as server:
        assert ask(server, "?", **broken) == (0, "Ok\n", "")


@pytest.mark.parametrize("url", ["", "no address"])
def test_a_sample_is_no_answer_unless_it_is_asked_for(url: str) -> None:
    status, output, errors = ask(None, "?", LITELLM_BASE_URL=url)
    assert (status, output) == (1, "")
    assert "There is no model to ask: set LITELLM_BASE_URL" in errors
    with history() as store:
        assert store.list_sessions() == []
    status, output, _ = ask(None, "--model", "Offline demo", "?", LITELLM_BASE_URL=url)
    assert status == 0
    assert "No model has read your message" in output


def test_a_wrong_key() -> None:
    with serve(lambda _: refusal(401, "Invalid key")) as server:
        status, output, errors = ask(server, "?")
    assert (status, output) == (1, "")
    assert "key" in errors
    assert "sk-test" not in errors


def test_an_empty_answer_is_no_success() -> None:
    with serve(stream(frame(finish="stop"), DONE)) as server:
        status, output, errors = ask(server, "?")
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("m returned an empty answer.")
    with serve(stream(frame(reasoning="Hm."), frame(finish="stop"), DONE)) as server:
        assert ask(server, "?") == (1, "", "m thought about it and wrote no answer.\n")


def test_a_history_that_cannot_be_opened_stops_before_anything_is_sent() -> None:
    paths.history_file().parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(paths.history_file())) as other, other:
        other.execute("CREATE TABLE messages (theirs TEXT)")
    with serve(answer("Ok")) as server:
        status, output, errors = ask(server, "?")
        assert (status, output) == (1, "")
        assert errors
        assert "Traceback" not in errors
        assert server.chats == []


def test_a_home_that_cannot_be_written_stops_before_anything_is_sent(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with serve(answer("Ok")) as server:
        status, output, errors = ask(server, "?")
        assert (status, output) == (1, "")
        assert "history" in errors
        assert "Traceback" not in errors
        assert server.chats == []


def test_a_database_that_is_away_stops_before_anything_is_sent() -> None:
    with serve(answer("Ok")) as server:
        status, output, errors = ask(server, "?", DATABASE_URL="postgresql://ann:hunter22@127.0.0.1:9/x")
        assert (status, output, errors.count("\n")) == (1, "", 1)
        assert "127.0.0.1:9" in errors
        assert "hunter22" not in errors
        assert server.chats == []


def test_a_settings_file_that_is_damaged_is_told_and_does_not_matter(
    write_settings: Callable[[str], Path],
) -> None:
    file = write_settings("\x00{{{")
    with serve(answer("Ok")) as server:
        status, output, errors = ask(server, "?")
    assert (status, output) == (0, "Ok\n")
    assert str(file) in errors


def test_letters_that_the_terminal_lacks_are_no_fault() -> None:
    with serve(stream(frame("café 😀"), DONE)) as server:
        status, output, _ = ask(server, "?", PYTHONIOENCODING="ascii")
    assert (status, output) == (0, "caf? ?\n")


# Signals -----------------------------------------------------------------------------------------------------------------
def running(server: Server, *arguments: str) -> subprocess.Popen[bytes]:
    """In the middle of an answer."""
    process = start(server, *arguments, "?")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdin = None
    assert process.stdout.read(4) == b"Half"
    return process


@posix
@pytest.mark.parametrize(
    ("number", "status", "kept"),
    [
        (signal.SIGINT, 130, Status.STOPPED),
        (signal.SIGTERM, 143, Status.INTERRUPTED),
        (getattr(signal, "SIGHUP", signal.SIGTERM), 129, Status.INTERRUPTED),
    ],
)
def test_signals_keep_the_partial_answer(number: signal.Signals, status: int, kept: Status) -> None:
    with serve(stream(frame("Half"), STALL)) as server:
        process = running(server)
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output, errors) == (status, b"\n", b"")
        assert server.disconnected.wait(2)
    _, (_, got) = only_session()
    assert (got.content, got.status) == ("Half", kept)


@posix
def test_a_reader_that_goes_away_stops_it_quietly() -> None:
    with serve(stream(frame("Half"), 0.05, frame("line\n"), FOREVER)) as server:
        process = running(server)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr.read() == b""
        process.stderr.close()
    _, (_, got) = only_session()
    assert got.status is Status.STOPPED
    assert got.content.startswith("Halfline")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full, a disk that is always full")
def test_a_full_disk_is_told_and_the_answer_kept() -> None:
    with serve(answer("Hello you")) as server, open("/dev/full", "wb") as full:
        environment = {**os.environ, "LITELLM_BASE_URL": server.url, "CHAT2ANYLLM_LOCAL_ENABLED": "no"}
        done = subprocess.run(
            [sys.executable, "-m", "chat2anyllm_desktop", "ask", "Hi"],
            env={**environment, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b"The answer cannot be written out: No space left on device.\n"
    _, (_, got) = only_session()
    assert got.status is Status.INTERRUPTED
    assert got.content


def test_killed_in_the_middle_it_comes_back_interrupted() -> None:
    """All but the last 250 ms of the text survive; the next start marks the answer interrupted."""
    count = 400
    words: list[Step] = [frame("Half")]
    for number in range(count):
        words += [frame(f" {number}"), 0.005]
    with serve(stream(*words, STALL)) as server:
        process = running(server)
        assert process.stdout is not None
        printed = b"Half"
        os.set_blocking(process.stdout.fileno(), False)
        seen: list[tuple[float, int]] = []
        until = time.monotonic() + 1.2
        while time.monotonic() < until:
            printed += process.stdout.read() or b""
            seen.append((time.monotonic(), len(printed)))
            time.sleep(0.005)
        process.kill()
        killed_at = time.monotonic()
        process.communicate()
    # A quarter of a second is promised; a tenth more for the way through the pipe on a busy machine.
    promised = max(length for at, length in seen if at < killed_at - 0.35)
    assert promised > 100
    _, (_, got) = only_session()
    assert got.status is Status.STREAMING
    with serve(answer("Ok")) as server:
        assert ask(server, "Next")[0] == 0
    with history() as store:
        (got,) = store.get_messages([got.id])
    assert got.status is Status.INTERRUPTED
    assert len(got.content) >= promised
    whole = "Half" + "".join(f" {number}" for number in range(count))
    assert whole.startswith(got.content)


# The house ---------------------------------------------------------------------------------------------------------------
def test_no_qt_and_nothing_of_the_other_backend_is_loaded() -> None:
    program = (
        "import sys; from chat2anyllm_desktop.__main__ import main; status = main(['ask', 'Hi']);"
        "heavy = {'PySide6', 'qasync', 'psycopg', 'markdown', 'ziamath'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(status)"
    )
    with serve(answer("Ok")) as server:
        environment = {**os.environ, "LITELLM_BASE_URL": server.url, "CHAT2ANYLLM_LOCAL_ENABLED": "no"}
        done = subprocess.run(
            [sys.executable, "-c", program], env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "Ok\n[]\n", "")


@posix
def test_model_text_can_do_nothing_to_a_terminal() -> None:
    import pty

    master, slave = pty.openpty()
    with serve(stream(frame("a\x1b]0;title\x07\x1b[2Jb\r\nc\x9b31m\n"), DONE)) as server:
        environment = {**os.environ, "LITELLM_BASE_URL": server.url, "CHAT2ANYLLM_LOCAL_ENABLED": "no"}
        done = subprocess.run(
            [sys.executable, "-m", "chat2anyllm_desktop", "ask", "Hi"],
            env={**environment, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, timeout=60, check=False,
        )  # fmt: skip
    os.close(slave)
    shown = os.read(master, 4096)
    os.close(master)
    assert done.returncode == 0
    assert shown.decode() == "a␛]0;title␇␛[2Jb\r\nc\ufffd31m\r\n"
