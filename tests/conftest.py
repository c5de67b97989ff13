"""What every test gets: a home of its own, a clean environment, no real keychain, and no unexpected warnings."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import hypothesis
import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it puts into the background deaf to Ctrl+C, and every program that a test starts inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")

pytest_plugins = [
    "tests.real.postgres",
    "tests.real.gateway",
    "tests.real.screen",
    "tests.real.accessibility",
    "tests.real.desktop_bus",
]

T = TypeVar("T")

_LOGGER = "chat2anyllm"
_OURS = ("CHAT2ANYLLM_", "LITELLM_", "DATABASE_URL", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "PG", "DBUS_SESSION_")
_FOR_THE_TESTS = "CHAT2ANYLLM_TEST_"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the program for this test alone; nothing of the user's environment reaches it."""
    for name in os.environ:
        ours = name.startswith(_OURS) and not name.startswith(_FOR_THE_TESTS)
        if ours or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CHAT2ANYLLM_HOME", str(folder))
    monkeypatch.setenv("CHAT2ANYLLM_KEYRING", "off")
    monkeypatch.setenv("NO_PROXY", "*")
    return folder


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_LOGGER):
            self.records.append(record)


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """A WARNING of our own loggers fails the test that did not announce it with ``expects_warnings``."""
    handler = _Warnings()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.records and request.node.get_closest_marker("expects_warnings") is None:
        lines = [f"{record.name}: {record.getMessage()}" for record in handler.records]
        pytest.fail("unexpected warnings in the log:\n" + "\n".join(lines), pytrace=False)


class LoopRunner(Protocol):
    """The Qt event loop as asyncio loop, and a way to run a coroutine on it to its end."""

    loop: QEventLoop

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        """The coroutine's result; raises TimeoutError after ``timeout`` seconds."""


class _LoopRunner:
    def __init__(self, loop: QEventLoop) -> None:
        self.loop = loop

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        async def bounded() -> T:
            return await asyncio.wait_for(coroutine, timeout)

        result: T = self.loop.run_until_complete(bounded())
        return result


@pytest.fixture
def qt_loop(qapp: QApplication) -> Iterator[LoopRunner]:
    """A qasync loop on pytest-qt's application. At the end all tasks are cancelled and awaited, and what windows have
    left is collected on this thread: Qt objects that another one collects take the process with them."""
    from qasync import QEventLoop

    gc.disable()
    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield _LoopRunner(loop)
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    asyncio.set_event_loop(None)
    loop.close()
    gc.collect()
    gc.enable()


@pytest.fixture
def write_settings(home: Path) -> Callable[[str], Path]:
    """Write the settings file of this test's home."""

    def write(text: str) -> Path:
        file = home / "config" / "settings.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write
