"""The foot of the sheet of keys: what can be done with the keys of one action, the field that takes a new one, questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.dialogs.key_recorder import KeyRecorder
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.shortcuts import KEYS, Shortcut, key_words, title_of
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, FontRole, Theme
from chat2anyllm_desktop.ui.transcript.announcements import say

_BUTTONS, _FIELD, _ANSWERS = range(3)
"""The pages."""


class KeyPanel(QWidget):
    """Signals are wishes about the row on show: ``change_asked``, ``add_asked``, ``none_asked``, ``reset_asked``, and
    ``reset_all_asked``; and the fact ``ended``: what was recorded or asked is over, the keyboard belongs elsewhere.

    A label of at most two lines stands above either the buttons, the field, or the answers to a question.
    """

    change_asked = Signal()
    add_asked = Signal()
    none_asked = Signal()
    reset_asked = Signal()
    reset_all_asked = Signal()
    ended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._row: Shortcut | None = None
        self._records = False
        self.title = PlainLabel()
        self.title.setFont(theme.font(FontRole.UI_STRONG))
        self.note = PlainLabel()
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.recorder = KeyRecorder()
        self.recorder.dismissed.connect(lambda: self.end(""))
        self.recorder.lost.connect(self._on_lost)
        self.buttons: dict[str, QPushButton] = {}
        self._answers = QHBoxLayout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._actions())
        self._pages.addWidget(self.recorder)
        self._pages.addWidget(_line(self._answers))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_L)
        column.setSpacing(SPACE_S)
        column.addWidget(self.title)
        column.addWidget(self.note)
        column.addSpacing(SPACE_S)
        column.addWidget(self._pages)

    def _actions(self) -> QWidget:
        row = QHBoxLayout()
        for name, text, asked in (
            ("change", tr("Change"), self.change_asked),
            ("add", tr("Add a key"), self.add_asked),
            ("none", tr("No key"), self.none_asked),
            ("reset", tr("Reset"), self.reset_asked),
            ("reset_all", tr("Reset all"), self.reset_all_asked),
        ):
            if name == "reset_all":
                row.addStretch(1)
            button = QPushButton(text)
            button.clicked.connect(asked)
            row.addWidget(button)
            self.buttons[name] = button
        return _line(row)

    # What is on show ---------------------------------------------------------------------------------------------------
    @property
    def is_asking(self) -> bool:
        """A key is recorded, or a question waits for its answer."""
        return self._pages.currentIndex() != _BUTTONS

    def show_row(self, row: Shortcut, said: str = "") -> None:
        """A row that may be changed, with what was done to it last."""
        self._row = row
        own = tr("Its first key is {keys}.", keys=_listed(row.platform_keys)) if row.platform_keys else ""
        fixed = tr("This key belongs to the field itself and cannot be changed.")
        first = (own or tr("At first it has no key.")) if KEYS.is_own(row.id) else ""
        self._say(title_of(row), said or (first if row.in_menu else fixed))
        self.buttons["change"].setEnabled(row.in_menu)
        self.buttons["add"].setEnabled(row.in_menu and bool(KEYS.of(row.id)))
        self.buttons["none"].setEnabled(row.in_menu and bool(KEYS.of(row.id)))
        self.buttons["reset"].setEnabled(row.in_menu and KEYS.of(row.id) != row.platform_keys)
        self.buttons["reset_all"].setEnabled(KEYS.own != KEYS.unchanged())
        self._show_page(_BUTTONS)

    def show_nothing(self, why: str) -> None:
        """There is no row."""
        self._row = None
        self._say("", why)
        for button in self.buttons.values():
            button.setEnabled(False)
        self._show_page(_BUTTONS)

    def record(self, row: Shortcut) -> None:
        """Give the keyboard to the field; the next key is recorded."""
        self._row = row
        keys = _listed(KEYS.of(row.id))
        keeps = tr("Esc keeps {keys}.", keys=keys) if keys else tr("Esc leaves it without a key.")
        self._say(title_of(row), keeps)
        self._show_page(_FIELD)
        self.recorder.setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, why: str) -> None:
        """The key that was pressed cannot be had; another may be."""
        self._say(self.title.text(), tr("{why} Press another key, or Esc.", why=why), look="fault")
        say(why, self.recorder)

    def ask(self, question: str, answers: Mapping[str, Callable[[], object]]) -> None:
        """Offer these answers; the first one has the keyboard, and Esc is none of them."""
        while (item := self._answers.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._say(self.title.text(), question)
        buttons = [QPushButton(text) for text in answers]
        for button, act in zip(buttons, answers.values(), strict=True):
            button.setAutoDefault(False)
            button.setAccessibleDescription(question)
            button.clicked.connect(act)
            self._answers.addWidget(button)
        self._answers.addStretch(1)
        self._show_page(_ANSWERS)
        buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)
        say(question, buttons[0])

    def end(self, said: str) -> None:
        """Back to the row on show."""
        if self._row is None:
            return
        self.show_row(self._row, said)
        self.ended.emit()
        say(said)

    def _on_lost(self) -> None:
        if self._records and self._row is not None:
            self.show_row(self._row)

    def _show_page(self, page: int) -> None:
        self._records = page == _FIELD  # Before the field is hidden, which takes the keyboard from it.
        self._pages.setCurrentIndex(page)

    def _say(self, title: str, note: str, look: str = "") -> None:
        self.title.setText(title)
        self.note.setText(note)
        if self.note.property("look") != look:
            self.note.setProperty("look", look)
            self.note.style().polish(self.note)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._theme.tokens.hairline)
        painter.end()


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(map(key_words, keys))


def _line(row: QHBoxLayout) -> QWidget:
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE_M)
    line = QWidget()
    line.setLayout(row)
    return line
