"""In a narrow window the panels fold away; with the room they come back, unless somebody decided otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.folding import NARROW
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.theme import Theme


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(Theme("light"), QWidget(), QPlainTextEdit())
    qtbot.addWidget(made)
    made.resize(NARROW + 200, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def _shown(window: MainWindow) -> list[bool]:
    return [not dock.isHidden() for dock in (window.sessions_dock, window.roles_dock)]


def test_a_narrow_window_belongs_to_the_conversation(window: MainWindow, qtbot: QtBot) -> None:
    assert _shown(window) == [True, True]
    window.resize(600, 600)
    assert _shown(window) == [False, False]
    qtbot.waitUntil(lambda: window.centralWidget().width() == 600)
    window.resize(NARROW + 200, 600)
    assert _shown(window) == [True, True]
    qtbot.waitUntil(lambda: window.sessions_dock.width() == 264)


def test_what_was_closed_stays_closed_and_what_was_opened_stays_open(window: MainWindow) -> None:
    window.roles_dock.hide()
    window.resize(600, 600)
    window.resize(900, 600)
    assert _shown(window) == [True, False]
    window.resize(600, 600)
    window.sessions_dock.show()  # Ctrl+B
    window.resize(500, 600)
    assert _shown(window) == [True, False]
    window.sessions_dock.hide()
    window.resize(900, 600)
    assert _shown(window) == [False, False]


def test_a_floating_panel_needs_no_room(window: MainWindow) -> None:
    window.sessions_dock.setFloating(True)
    window.resize(600, 600)
    assert _shown(window) == [True, False]


def test_larger_text_needs_more_room(window: MainWindow) -> None:
    theme = window._theme
    theme.set_text_scale(200)
    assert _shown(window) == [False, False]
    theme.set_text_scale(100)
    assert _shown(window) == [True, True]


def test_the_layout_is_kept_as_it_is_where_there_is_room(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.resize(600, 600)
    assert window.save_state(tmp_path / "window.ini")
    assert _shown(window) == [False, False]
    again = MainWindow(Theme("light"), QWidget(), QPlainTextEdit())
    qtbot.addWidget(again)
    again.restore_state(tmp_path / "window.ini")
    again.show()
    qtbot.waitExposed(again)
    assert _shown(again) == [False, False]
    again.resize(900, 600)
    assert _shown(again) == [True, True]
