"""The notice bar: one at a time, none lost, nothing taken for HTML."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.facts import Notice, NoticeAction, Tone
from chat2anyllm_desktop.ui.notices import NoticeBar
from chat2anyllm_desktop.ui.theme import Theme

UNDO = Notice("undo", Tone.INFO, "The session was deleted.", (NoticeAction("undo", "Undo"),))
DOWN = Notice(
    "gateway",
    Tone.FAULT,
    "The gateway cannot be reached.",
    (NoticeAction("retry", "Try again"), NoticeAction("settings", "Settings")),
    "ConnectError: refused",
)


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    bar = NoticeBar(Theme("light"))
    qtbot.addWidget(bar)
    bar.resize(900, 60)
    return bar


def button(bar: NoticeBar, text: str) -> QAbstractButton:
    return next(
        b
        for b in bar.findChildren(QAbstractButton)
        if text in (b.text(), b.accessibleName()) and b.isVisible()
    )


def visible_words(bar: NoticeBar) -> list[str]:
    return [b.text() for b in bar.findChildren(QPushButton) if b.isVisible()]


def test_it_is_seen_only_while_there_is_something_to_say(bar: NoticeBar) -> None:
    assert not bar.isVisible()
    bar.post(UNDO)
    assert bar.isVisible()
    assert bar.accessibleName() == UNDO.sentence
    bar.withdraw("undo")
    assert not bar.isVisible()
    bar.withdraw("undo")


def test_actions_come_back_with_their_key(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post(DOWN)
    with qtbot.waitSignal(bar.action_requested) as asked:
        qtbot.mouseClick(button(bar, "Settings"), Qt.MouseButton.LeftButton)
    assert asked.args == ["gateway", "settings"]


def test_the_newest_is_shown_and_the_others_wait(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post(DOWN)
    bar.post(UNDO)
    assert bar.notice == UNDO
    assert "1 more" in visible_words(bar)
    qtbot.mouseClick(button(bar, "1 more"), Qt.MouseButton.LeftButton)
    assert bar.notice == DOWN
    with qtbot.waitSignal(bar.closed) as closed:
        qtbot.mouseClick(button(bar, "Close this notice"), Qt.MouseButton.LeftButton)
    assert closed.args == ["gateway"]
    assert bar.notice == UNDO
    assert "1 more" not in visible_words(bar)


def test_the_same_key_replaces(bar: NoticeBar) -> None:
    bar.post(DOWN)
    again = Notice("gateway", Tone.INFO, "The gateway is back.")
    bar.post(again)
    assert bar.notice == again
    assert visible_words(bar) == []
    bar.withdraw("gateway")
    assert not bar.isVisible()


def test_it_goes_away_by_itself(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post(Notice("short", Tone.INFO, "Copied.", seconds=0.05))
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_a_replaced_clock_does_not_end_its_successor(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post(Notice("k", Tone.INFO, "Soon gone.", seconds=0.02))
    bar.post(Notice("k", Tone.INFO, "Stays."))
    qtbot.wait(80)
    assert bar.isVisible()


def test_details_unfold_as_plain_text(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.post(DOWN)
    qtbot.mouseClick(button(bar, "Details"), Qt.MouseButton.LeftButton)
    detail = bar.findChild(QPlainTextEdit)
    assert detail is not None
    assert detail.isVisible()
    assert detail.isReadOnly()
    assert detail.toPlainText() == DOWN.detail
    bar.post(UNDO)
    assert not detail.isVisible()
    assert "Details" not in visible_words(bar)


def test_a_sentence_with_markup_is_shown_as_written(bar: NoticeBar) -> None:
    sentence = '<img src="file:///etc/passwd"><b>bold</b>'
    bar.post(Notice("k", Tone.INFO, sentence))
    from PySide6.QtWidgets import QLabel

    label = next(label for label in bar.findChildren(QLabel) if label.text())
    assert label.text() == sentence
    assert label.textFormat() == Qt.TextFormat.PlainText
