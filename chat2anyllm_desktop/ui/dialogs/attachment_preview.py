"""A look at something attached: its text, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.attachments import Attachment
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.composer.editor import LONGEST_LINE, LONGEST_TEXT, is_heavy
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_XL, FontRole, Theme

_SIZE = (720, 560)


class AttachmentPreview(QDialog):
    """Made, opened and gone again when it is closed. Signals: ``remove_wanted``, ``inline_wanted`` (the text is to stand in
    the message field instead)."""

    remove_wanted = Signal()
    inline_wanted = Signal()

    def __init__(self, piece: Attachment, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(piece.name or tr("Long text"))
        fit(self, _SIZE, theme)
        shown = _beginning(piece.text)
        self.text = QPlainTextEdit()
        self.text.setProperty("look", "field")
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(FontRole.CODE))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.windowTitle())
        self.text.setPlainText(shown)
        self.told = PlainLabel(
            tr(
                "{lines}, {characters}.",
                lines=tr("{n} line(s)", n=piece.lines),
                characters=tr("{n} character(s)", n=len(piece.text)),
            )
            + ("" if shown == piece.text else " " + tr("Only the beginning is shown."))
        )
        self.told.setProperty("look", "muted")
        self.told.setWordWrap(True)
        self.inline = QPushButton(tr("Put into the message"))
        self.inline.setEnabled(not is_heavy(piece.text))
        if is_heavy(piece.text):
            self.inline.setToolTip(tr("It is too long to be edited there."))
        self.inline.clicked.connect(self.accept)
        self.inline.clicked.connect(self.inline_wanted)
        self.remove = QPushButton(tr("Remove"))
        self.remove.clicked.connect(self.accept)
        self.remove.clicked.connect(self.remove_wanted)
        close = QPushButton(tr("Close"))
        close.setProperty("look", "primary")
        close.setDefault(True)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(self.inline)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        column.setSpacing(SPACE_M)
        column.addWidget(self.text, 1)
        column.addWidget(self.told)
        column.addLayout(buttons)


def _beginning(text: str) -> str:
    """As much as is laid out in no time: long lines are cut as well."""
    lines = text[:LONGEST_TEXT].split("\n")
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…" for line in lines)
