"""What came of trying a connection out, and the button that does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.symbol import Symbol
from chat2anyllm_desktop.ui.theme import SPACE_M, Theme


class Verdict(QWidget):
    """A sentence with a mark in front of it; said aloud when it comes. ``ok`` None: there is none, or not yet."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.ok: bool | None = None
        self._icon = Symbol(theme, 18)
        self._sentence = PlainLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_M)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def show_trying(self) -> None:
        """It is being tried out."""
        self.clear()
        self._sentence.setText(tr("Trying…"))

    def show_hint(self, sentence: str) -> None:
        """Say what it takes to try it out."""
        self.clear()
        self._sentence.setText(sentence)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def show_result(self, ok: bool, sentence: str) -> None:
        """Say what came of it."""
        self.ok = ok
        self._sentence.setText(sentence)
        self._dress()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def clear(self) -> None:
        """What was found out holds no longer."""
        self.ok = None
        self._sentence.clear()
        self._dress()

    def _dress(self) -> None:
        self._icon.setHidden(self.ok is None)
        if self.ok is not None:
            tokens = self._theme.tokens
            name, colour = ("check", tokens.success) if self.ok else ("fault", tokens.fault)
            self._icon.set_icon(name, colour)


class ConnectionTest(QWidget):
    """Signals: ``requested`` when the button is pressed; it stays disabled until :meth:`show_result` or :meth:`clear`."""

    requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._trying = False
        self._focus_left_for: QWidget | None = None
        self.button = QPushButton(tr("Test connection"))
        self.button.clicked.connect(self._on_clicked)
        self._verdict = Verdict(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_M)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._verdict, 1, Qt.AlignmentFlag.AlignVCenter)

    @property
    def sentence(self) -> str:
        return self._verdict.sentence

    def show_result(self, ok: bool, sentence: str) -> None:
        """Say what came of it, unless the fields have been changed since."""
        if not self._trying:
            return
        self._trying = False
        self._verdict.show_result(ok, sentence)
        self.button.setEnabled(True)
        if self._focus_left_for is not None and self._focus_left_for is self.window().focusWidget():
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """What was found out holds no longer."""
        self._trying = False
        self._verdict.clear()
        self.button.setEnabled(True)

    def _on_clicked(self) -> None:
        self._trying = True
        self._verdict.show_trying()
        had_focus = self.button.hasFocus()
        self.button.setEnabled(False)
        # Qt hands the keyboard of a disabled button to the next field; it comes back unless the user went on.
        self._focus_left_for = self.window().focusWidget() if had_focus else None
        self.requested.emit()
