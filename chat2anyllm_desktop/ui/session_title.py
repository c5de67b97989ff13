"""The title of the open session, renamed in place by a double click or F2."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget
from shiboken6 import isValid

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import ElidedLabel, set_tip
from chat2anyllm_desktop.ui.theme import GRID, FontRole, Theme

ROOM = 3 * GRID
"""Pixels at the left of the title, for the outline of the field."""
LONGEST = 200
"""Characters of a title."""


class SessionTitle(QWidget):
    """Signals: ``rename_requested(title)`` when a new, non-empty title was entered. Esc keeps the old one."""

    rename_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._editor: QLineEdit | None = None
        self._had_focus: QWidget | None = None
        self._label = ElidedLabel()
        self.setAccessibleName(tr("Title of the session"))
        row = QHBoxLayout(self)
        row.setContentsMargins(ROOM, 0, 0, 0)
        row.addWidget(self._label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def text(self) -> str:
        return self._label.text()

    def set_text(self, title: str) -> None:
        self._label.setText(title)
        set_tip(self._label, title)

    def edit(self) -> None:
        """Open the field in the title's place."""
        if self._editor is not None:
            return
        self._had_focus = self.window().focusWidget()
        editor = QLineEdit(self._label.text(), self)
        editor.setAccessibleName(self.accessibleName())
        editor.setFont(self._label.font())
        editor.setMaxLength(LONGEST)
        # What is typed stands where the title stood, as far as there is room for the outline.
        inset = 1 + 2 * self._theme.scaled(GRID)
        editor.setGeometry(self.rect().adjusted(max(0, ROOM - inset), 0, 0, 0))
        editor.editingFinished.connect(self._on_finished)
        editor.selectAll()
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._editor = editor

    def _on_finished(self) -> None:
        editor = self._close()
        title = " ".join(editor.text().split()) if editor else ""
        if title and title != self._label.text():
            self.rename_requested.emit(title)

    def _close(self) -> QLineEdit | None:
        editor, self._editor = self._editor, None
        had_focus, self._had_focus = self._had_focus, None
        if editor is not None:
            if editor.hasFocus() and had_focus is not None and isValid(had_focus):
                # Qt would go to the next in the order of Tab.
                had_focus.setFocus(Qt.FocusReason.OtherFocusReason)
            editor.hide()
            editor.deleteLater()
        return editor

    def _dress(self) -> None:
        self._label.setFont(self._theme.font(FontRole.TITLE))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.scaled(72), super().minimumSizeHint().height())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._editor is not None:
            self._close()
        else:
            super().keyPressEvent(event)
