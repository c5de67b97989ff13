"""The sheet of keys shows the table and nothing but it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog
from chat2anyllm_desktop.ui.shortcuts import TABLE, words_of
from chat2anyllm_desktop.ui.theme import Theme


def test_every_key_of_the_table_is_on_the_sheet(qtbot: QtBot) -> None:
    sheet = ShortcutsDialog(Theme("light"))
    sheet.open()
    words = [label.text() for label in sheet.findChildren(QLabel)]
    for shortcut in TABLE:
        if shortcut.platform_keys:
            assert shortcut.text.removesuffix("…") in words
            assert words_of(shortcut.id) in words
    with qtbot.waitSignal(sheet.destroyed):
        sheet.close()


def test_no_dialog_is_larger_than_its_screen(qtbot: QtBot) -> None:
    sheet = ShortcutsDialog(Theme("light", 200))
    qtbot.addWidget(sheet)
    room = sheet.screen().availableSize()
    assert sheet.size() == QSize(1440, 1280).boundedTo(room)
