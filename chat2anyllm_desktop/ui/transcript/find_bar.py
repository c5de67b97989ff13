"""The small bar for finding text in the conversation."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.icons import icon, icon_size
from chat2anyllm_desktop.ui.shortcuts import key_words
from chat2anyllm_desktop.ui.theme import GRID, RADIUS_LARGE, Theme


class FindBar(QFrame):
    """Signals are wishes: ``search_requested(text)`` while typing, ``step_requested(+1 or -1)``, ``closed``."""

    search_requested = Signal(str)
    step_requested = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("find_bar")
        self.setAccessibleName(tr("Find in this session"))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Find in this session"))
        self.field.setAccessibleName(tr("Find in this session"))
        self.field.textChanged.connect(self.search_requested)
        self.count = QLabel(self)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setProperty("look", "muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        self._buttons: list[tuple[QToolButton, str]] = []
        self._add(
            "chevron-up",
            f"{tr('Previous match')} ({key_words('Shift+Return')})",
            lambda: self.step_requested.emit(-1),
        )
        self._add(
            "chevron-down", f"{tr('Next match')} ({key_words('Return')})", lambda: self.step_requested.emit(1)
        )
        self._add("close", f"{tr('Close')} ({key_words('Esc')})", self.closed.emit)
        self._dress()
        theme.changed.connect(self._dress)
        self.hide()

    def open(self, text: str = "") -> None:
        """Show the bar, with ``text`` to look for when there is one."""
        if text:
            self.field.setText(text)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def set_count(self, number: int, count: int) -> None:
        """``number`` is the current match, counted from 1; 0 when there is none."""
        if not self.field.text():
            self.count.clear()
        else:
            self.count.setText(
                tr("{number:,} of {count:,}", number=number, count=count) if count else tr("None")
            )

    def _add(self, name: str, text: str, act: Callable[[], object]) -> None:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        self._row.addWidget(button)
        self._buttons.append((button, name))

    def _dress(self) -> None:
        tokens = self._theme.tokens
        words = QFontMetrics(self._theme.font()).horizontalAdvance(self.field.placeholderText())
        self.field.setMinimumWidth(max(self._theme.scaled(180), words + 6 * GRID))
        self.count.setMinimumWidth(self._theme.scaled(64))
        for button, name in self._buttons:
            button.setIconSize(icon_size(self._theme, 16))
            button.setIcon(icon(name, self._theme, size=16))
        self.setStyleSheet(
            f"#find_bar {{ background: {tokens.surface_raised.name()}; border-radius: {RADIUS_LARGE}px;"
            f" border: 1px solid {tokens.edge.name()}; }}"
        )
        self.adjustSize()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # Esc closes the bar before it stops an answer
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.step_requested.emit(-1 if back else 1)
        else:
            super().keyPressEvent(event)
