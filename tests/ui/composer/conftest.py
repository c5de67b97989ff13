"""The composer at the foot of a window that keeps the keys nobody wanted."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.theme import Theme


class Window(QMainWindow):
    """``unwanted`` are the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.unwanted: list[int] = []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.unwanted.append(event.key())


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    window = Window()
    centre = QWidget()
    column = QVBoxLayout(centre)
    column.addWidget(QWidget(), 1)
    column.addWidget(Composer(Theme("light")))
    window.setCentralWidget(centre)
    window.resize(700, 600)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    return window


@pytest.fixture
def composer(window: Window) -> Composer:
    found = window.findChild(Composer)
    assert isinstance(found, Composer)
    found.editor.setFocus()
    return found
