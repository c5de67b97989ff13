"""The palette over a window, used by keyboard and mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QSettings, Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.palette.offers import Offer, Source, Stock
from chat2anyllm_desktop.ui.palette.palette import Palette
from chat2anyllm_desktop.ui.palette.recent import MOST, Recent
from chat2anyllm_desktop.ui.theme import Theme

ACTIONS = ("New session", "Rename", "Answer again", "Stop answering", "Quit")
ROLES = ("Architect", "Reviewer", "翻译")
SESSIONS = tuple(f"Notes of day {number}" for number in range(300))


class Desk:
    """A window with a palette; ``done`` are the keys of what was chosen."""

    def __init__(self, memory: Path) -> None:
        self.done: list[str] = []
        self.window = QWidget()
        self.window.resize(900, 640)
        self.field = QLineEdit(self.window)
        QVBoxLayout(self.window).addWidget(self.field)
        sources = (
            Source(">", "Actions", "Action", lambda: self._stock("action", ACTIONS), first=100),
            Source("@", "Roles", "Role", lambda: self._stock("role", ROLES)),
            Source(":", "Models", "Model", lambda: Stock.of([])),
            Source("#", "Sessions", "Session", lambda: self._stock("session", SESSIONS), first=3),
        )
        settings = QSettings(str(memory), QSettings.Format.IniFormat)
        recent = Recent(settings)
        search = lambda text: self.done.append(f"search:{text}")  # noqa: E731
        self.palette = Palette(Theme("light"), self.window, sources, recent, search, lambda: "Ctrl+Shift+F")
        self.window.show()
        self.window.activateWindow()
        self.field.setFocus()

    def _stock(self, kind: str, texts: tuple[str, ...]) -> Stock:
        return Stock.of(
            [
                Offer(
                    key=f"{kind}:{text}",
                    text=text,
                    choose=lambda key=f"{kind}:{text}": self.done.append(key),
                    detail="File" if kind == "action" else "",
                    also="Rufen" if text == "Answer again" else "",
                    keys="Ctrl+N" if text == "New session" else "",
                    enabled=text != "Stop answering",
                )
                for text in texts
            ]
        )

    @property
    def shown(self) -> list[str]:
        return [row.text for row in self.palette.rows]

    @property
    def current(self) -> str:
        index = self.palette.panel.list.currentIndex()
        return index.data() if index.isValid() else ""

    def type(self, text: str) -> None:
        self.palette.panel.field.clear()
        for character in text:
            if character.isascii():
                QTest.keyClicks(self.palette.panel.field, character)
            else:
                self.palette.panel.field.insert(character)

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.palette.panel.field, key)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "window.ini")
    qtbot.addWidget(desk.window)
    qtbot.waitExposed(desk.window)
    desk.palette.toggle()
    return desk


def test_before_anything_is_typed_what_comes_to_mind_and_how_to_ask_for_less(desk: Desk) -> None:
    assert desk.shown == [
        "Sessions",
        *SESSIONS[:3],
        "Actions",
        *(text for text in ACTIONS if text != "Stop answering"),
    ]
    assert desk.current == SESSIONS[0]
    for prefix in (">", "@", ":", "#"):
        assert prefix in desk.palette.panel.note.text()


def test_enter_takes_the_best_and_the_keyboard_goes_back(desk: Desk) -> None:
    assert desk.palette.panel.field.hasFocus()
    desk.type("ns")
    assert desk.current == "New session"
    desk.press(Qt.Key.Key_Return)
    assert desk.done == ["action:New session"]
    assert not desk.palette.panel.isVisible()
    assert desk.field.hasFocus()


def test_all_kinds_are_ranked_together_and_say_what_they_are(desk: Desk) -> None:
    desk.type("re")
    rows = {row.text: row for row in desk.palette.rows}
    assert desk.shown[:2] == ["Rename", "Reviewer"]
    assert (rows["Rename"].label, rows["Reviewer"].label) == ("Action", "Role")
    assert rows["Rename"].positions == (0, 1)
    assert rows["Rename"].words == "Rename, File, Action"
    desk.type("new")
    assert desk.palette.rows[0].words == "New session, File, Action, Ctrl+N"


def test_words_that_are_not_shown_find_too(desk: Desk) -> None:
    desk.type("rufen")
    assert desk.shown[0] == "Answer again"
    assert desk.palette.rows[0].positions == ()


def test_a_prefix_asks_for_one_kind(desk: Desk) -> None:
    desk.type("@")
    assert desk.shown == list(ROLES)
    assert [row.label for row in desk.palette.rows] == ["", "", ""]
    desk.type("@译")
    assert desk.shown == ["翻译"]
    desk.type("#")
    assert desk.shown == list(SESSIONS[:200])
    desk.type("# day 299")
    assert desk.shown == ["Notes of day 299"]
    desk.type("@nobody")
    assert desk.shown == []
    assert desk.palette.panel.note.text() == "Nothing is called “nobody”."
    desk.press(Qt.Key.Key_Return)
    assert desk.palette.panel.isVisible()
    desk.type(":")
    assert desk.palette.panel.note.text() == "There is nothing of this kind yet."


def test_what_is_called_nothing_can_be_looked_for_in_messages(desk: Desk) -> None:
    desk.type("zebra")
    assert desk.shown == ["Look for “zebra” in all messages"]
    desk.press(Qt.Key.Key_Return)
    assert desk.done == ["search:zebra"]


def test_keys_move_pass_over_what_cannot_be_chosen_and_stop_at_the_ends(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert desk.current == SESSIONS[2]
    desk.press(Qt.Key.Key_Down)  # Over the heading.
    assert desk.current == "New session"
    desk.press(Qt.Key.Key_PageDown)
    assert desk.current == "Quit"
    desk.press(Qt.Key.Key_Down)
    assert desk.current == "Quit"
    desk.press(Qt.Key.Key_PageUp)
    assert desk.current == SESSIONS[0]
    desk.press(Qt.Key.Key_End)
    assert desk.current == "Quit"
    desk.press(Qt.Key.Key_Home, Qt.Key.Key_Up)
    assert desk.current == SESSIONS[0]
    desk.type("answer")
    assert desk.shown[:2] == ["Answer again", "Stop answering"]
    desk.press(Qt.Key.Key_Down)
    assert desk.current == "Look for “answer” in all messages"
    desk.press(Qt.Key.Key_Home)  # First to the beginning of what is typed, then of the list.
    assert desk.current == "Look for “answer” in all messages"
    desk.press(Qt.Key.Key_Home)
    assert desk.current == "Answer again"


def test_esc_closes_at_once_and_so_does_the_key_again_or_a_click_beside(desk: Desk) -> None:
    panel = desk.palette.panel
    desk.type("abc")
    desk.press(Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert desk.field.hasFocus()
    desk.palette.toggle()
    assert panel.field.text() == ""
    desk.palette.toggle()
    assert not panel.isVisible()
    desk.palette.toggle()
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not panel.isVisible()
    assert desk.field.hasFocus()
    desk.palette.toggle()
    desk.field.setFocus(Qt.FocusReason.ShortcutFocusReason)  # Somebody went elsewhere by a key.
    assert not panel.isVisible()


def test_what_the_program_gives_the_keyboard_to_meanwhile_has_it_afterwards(desk: Desk) -> None:
    other = QLineEdit(desk.window)
    other.show()
    desk.press(Qt.Key.Key_A)
    other.setFocus(Qt.FocusReason.OtherFocusReason)  # As a session does that has been read only now.
    assert desk.palette.panel.field.hasFocus()
    desk.press(Qt.Key.Key_B)
    assert desk.palette.panel.field.text() == "ab"
    assert not other.text()
    desk.press(Qt.Key.Key_Escape)
    assert other.hasFocus()
    assert desk.done == []


def test_the_mouse_chooses(desk: Desk) -> None:
    panel = desk.palette.panel
    index = panel.model.index(desk.shown.index("Quit"))
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualRect(index).center()
    )
    assert desk.done == ["action:Quit"]
    desk.palette.toggle()
    heading = panel.model.index(desk.shown.index("Sessions"))
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualRect(heading).center()
    )
    assert panel.isVisible()


def test_what_was_chosen_lately_comes_first_also_after_a_restart(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    for text in ("Reviewer", "day 42", "quit"):
        desk.type(text)
        desk.press(Qt.Key.Key_Return)
        desk.palette.toggle()
    later = Desk(tmp_path / "window.ini")
    qtbot.addWidget(later.window)
    later.palette.toggle()
    assert later.shown[:5] == ["Chosen lately", "Quit", "Notes of day 42", "Reviewer", "Sessions"]
    assert "Quit" not in later.shown[5:]
    assert [row.label for row in later.palette.rows[1:4]] == ["Action", "Session", "Role"]
    later.type("day")
    assert later.shown[0] == "Notes of day 42"
    later.type("#")
    assert later.shown[0] == "Notes of day 42"


def test_only_ids_are_kept_and_not_too_many(tmp_path: Path) -> None:
    memory = QSettings(str(tmp_path / "m.ini"), QSettings.Format.IniFormat)
    recent = Recent(memory)
    recent.add("action:quit")
    assert Recent(memory).keys == ["action:quit"]
    for number in range(MOST + 5):
        recent.add(f"session:{number}")
    recent.add("session:20")
    assert len(recent.keys) == MOST
    assert Recent(memory).keys[:2] == ["session:20", f"session:{MOST + 4}"]


def test_tab_stays_in_the_palette(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Tab)
    assert desk.palette.panel.field.hasFocus()


def test_keys_belong_to_the_input_method_while_a_word_is_built(desk: Desk) -> None:
    field = desk.palette.panel.field
    for end in ("commit", "give up"):
        QCoreApplication.sendEvent(field, QInputMethodEvent("fan", []))
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_End):
            desk.press(key)
        assert desk.palette.panel.isVisible()
        assert not desk.done
        if end == "commit":
            chosen = QInputMethodEvent()
            chosen.setCommitString("翻译")
            QCoreApplication.sendEvent(field, chosen)
        else:
            desk.press(Qt.Key.Key_Escape)  # Ends the word, not the palette.
            assert desk.palette.panel.isVisible()
    assert field.text() == "翻译"
    desk.press(Qt.Key.Key_Return)
    assert desk.done == ["role:翻译"]


def test_a_narrow_low_window_still_shows_it_whole(desk: Desk) -> None:
    desk.window.resize(320, 260)
    panel = desk.palette.panel
    assert panel.rect().contains(panel.frame.geometry())
    assert panel.list.height() >= 32


@pytest.fixture
def screen_reader() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.mark.usefixtures("screen_reader")
def test_a_screen_reader_is_told_of_the_current_row(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("chat2anyllm_desktop.ui.telling.say", lambda text, _: said.append(text))
    desk.press(Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: bool(said))
    desk.type("@nobody")
    qtbot.waitUntil(lambda: len(said) == 2)
    desk.type("quit")
    qtbot.waitUntil(lambda: len(said) == 3)
    assert said == [
        "Notes of day 1, Session, 2 of 7",
        "Nothing is called “nobody”.",
        "Quit, File, Action, 1 of 2",
    ]
    field = QAccessible.queryAccessibleInterface(desk.palette.panel.field)
    assert field.text(QAccessible.Text.Name) == "Go to anything"
    rows = QAccessible.queryAccessibleInterface(desk.palette.panel.list)
    assert rows.child(0).text(QAccessible.Text.Name) == "Quit, File, Action"
