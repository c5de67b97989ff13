"""Less motion: as the user or the desktop wants it, live."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.ui.desktop.bus import SessionBus
from chat2anyllm_desktop.ui.desktop.motion import Motion
from tests.conftest import LoopRunner
from tests.real.desktop_bus import DesktopBus

_FADE = Qt.UIEffect.UI_FadeMenu


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    flash, fades = qapp.cursorFlashTime(), QApplication.isEffectEnabled(_FADE)
    effects = QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
    QApplication.setEffectEnabled(_FADE, True)
    QApplication.setEffectEnabled(Qt.UIEffect.UI_General, True)
    qapp.setCursorFlashTime(1000)
    yield
    QApplication.setEffectEnabled(_FADE, fades)
    QApplication.setEffectEnabled(Qt.UIEffect.UI_General, effects)
    qapp.setCursorFlashTime(flash)


def test_the_text_cursor_stands_still_and_nothing_fades(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    motion = Motion("reduced")
    assert motion.reduced
    assert QGuiApplication.styleHints().cursorFlashTime() == 0
    assert not QApplication.isEffectEnabled(_FADE)
    motion.set_preference("full")
    assert not motion.reduced
    assert QGuiApplication.styleHints().cursorFlashTime() == 1000
    assert QApplication.isEffectEnabled(_FADE)


@pytest.mark.parametrize(
    ("space", "key", "kind", "less", "full"),
    [
        ("org.freedesktop.appearance", "reduced-motion", "u", 1, 0),
        ("org.gnome.desktop.interface", "enable-animations", "b", False, True),
        ("org.kde.kdeglobals.KDE", "AnimationDurationFactor", "s", "0", "1.0"),
    ],
)
def test_as_the_desktop_says_from_the_start_and_later(
    qt_loop: LoopRunner,
    qtbot: QtBot,
    desktop_bus: DesktopBus,
    monkeypatch: pytest.MonkeyPatch,
    space: str,
    key: str,
    kind: str,
    less: object,
    full: object,
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_bus.address)
    portal = desktop_bus.portal({space: {key: (kind, less), "something-else": ("s", "x")}})
    tasks = Tasks(lambda name, error: pytest.fail(f"{name}: {error}"))

    async def scenario() -> None:
        motion = Motion("system")
        assert not motion.reduced
        await motion.follow(SessionBus(tasks))
        assert motion.reduced
        for value, expected in ((full, False), (less, True)):
            portal.change(space, key, kind, value)
            for _ in range(1000):
                await asyncio.sleep(0.01)
                if motion.reduced is expected:
                    break
            assert motion.reduced is expected
        motion.set_preference("full")
        assert not motion.reduced
        motion.set_preference("system")
        assert motion.reduced
        await tasks.aclose()

    qt_loop.run(scenario())


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere", "tcp:host=127.0.0.1,port=1", "nonsense"])
def test_without_a_bus_nothing_is_reduced_and_nothing_said(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    tasks = Tasks(lambda name, error: pytest.fail(f"{name}: {error}"))

    async def scenario() -> None:
        motion = Motion("system")
        await motion.follow(SessionBus(tasks))
        assert not motion.reduced
        await tasks.aclose()

    qt_loop.run(scenario())


def test_a_bus_without_a_portal(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, desktop_bus: DesktopBus
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_bus.address)
    tasks = Tasks(lambda name, error: pytest.fail(f"{name}: {error}"))

    async def scenario() -> None:
        motion = Motion("system")
        await motion.follow(SessionBus(tasks))
        assert not motion.reduced
        await tasks.aclose()

    qt_loop.run(scenario())
