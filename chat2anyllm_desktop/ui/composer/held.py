"""A long paste, held beside the editor: shown as one line, sent with the message."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from chat2anyllm_desktop.ui.plain_text import ElidedLabel
from chat2anyllm_desktop.ui.theme import SPACE_M, SPACE_S, Theme


class HeldText(QFrame):
    """Visible while it holds something. Signal: ``dropped`` (the user took it out)."""

    dropped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "popup")
        self.text = ""
        self._label = ElidedLabel("", self)
        self._drop = QToolButton(self)
        self._drop.setText("Remove")
        self._drop.setAccessibleName("Remove the pasted text")
        self._drop.clicked.connect(self._on_drop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._drop)
        self.hide()

    def set_text(self, text: str) -> None:
        """Hold this instead; empty hides the line."""
        self.text = text
        beginning = " ".join(text[:200].split())[:60]
        lines = text.count("\n") + 1
        self._label.setText(
            f"Pasted text, {len(text):,} characters in {lines:,} {'line' if lines == 1 else 'lines'}: {beginning}…"
        )
        self.setVisible(bool(text))

    def _on_drop(self) -> None:
        self.set_text("")
        self.dropped.emit()
