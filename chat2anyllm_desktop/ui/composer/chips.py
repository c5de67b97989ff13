"""What is attached to a message, above the field: one chip for each piece."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QWidget

from chat2anyllm_desktop.core.attachments import Attachment
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.icons import icon, icon_size
from chat2anyllm_desktop.ui.plain_text import ElidedLabel, PlainLabel, set_tip
from chat2anyllm_desktop.ui.tab_order import insert_in_order
from chat2anyllm_desktop.ui.theme import GRID, RADIUS, SPACE_M, SPACE_S, FontRole, Theme

ROWS_SHOWN = 3
"""Rows of chips; more are scrolled to."""
_HEIGHT = 28
_WIDEST = 280
"""Pixels at 100 % text."""
_PREVIEW_LINES = 8


class FileChip(QFrame):
    """Name, size and a cross. Signals: ``opened`` (click, Enter or Space), ``removed`` (cross, Delete or Backspace),
    ``moved`` (Left -1, Right 1, Down 0: back to the field), ``focused``."""

    opened = Signal()
    removed = Signal()
    moved = Signal(int)
    focused = Signal()

    def __init__(self, piece: Attachment, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name = piece.name or tr("Long text")
        size = _size(piece)
        self.setAccessibleName(tr("{name}, attached, {size}", name=name, size=size))
        set_tip(self, f"{name}\n\n" + "\n".join(piece.text[:2_000].split("\n")[:_PREVIEW_LINES]))
        self._icon = QLabel()
        self._name = ElidedLabel(name)
        self._size = PlainLabel(size)
        self._size.setProperty("look", "muted")
        self._cross = IconButton("close", tr("Remove {name}", name=name), theme, size=14)
        self._cross.setProperty("look", "tight")
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # The chip has the keyboard, and Delete.
        self._cross.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_M, 0, 2, 0)
        row.setSpacing(GRID + 2)
        for part in (self._icon, self._name, self._size, self._cross):
            row.addWidget(part)
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self._name.setFont(self._theme.font(FontRole.SMALL_STRONG))
        self.setFixedHeight(self._theme.scaled(_HEIGHT))
        size = icon_size(self._theme, 14)
        self._icon.setPixmap(icon("file", self._theme, size=14).pixmap(size))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), self._theme.scaled(_WIDEST)), self._theme.scaled(_HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if not event.isAutoRepeat():  # Held down it would take one after the other.
                self.removed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        elif key in _STEPS:
            self.moved.emit(_STEPS[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.tokens.accent, 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)


class Chips(QScrollArea):
    """Hidden while nothing is attached; the rows wrap. Signals: ``changed`` (by the user), ``left`` (the keyboard goes back
    to the field), ``inline_wanted`` (a piece that is to stand in the field instead; it is taken out)."""

    changed = Signal()
    left = Signal()
    inline_wanted = Signal(Attachment)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.attachments: tuple[Attachment, ...] = ()
        self._chips: list[FileChip] = []
        self._inner = QWidget()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._inner)
        self.viewport().setAutoFillBackground(False)
        self._inner.setAutoFillBackground(False)
        self._inner.setAccessibleName(tr("Attached"))
        theme.changed.connect(self._place)
        self.hide()

    @property
    def length(self) -> int:
        """Characters of all that is attached."""
        return sum(len(piece.text) for piece in self.attachments)

    def show_all(self, attachments: Sequence[Attachment]) -> None:
        """Show these instead."""
        if tuple(attachments) == self.attachments:
            return
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self.attachments = tuple(attachments)
        self._chips = [FileChip(piece, self._theme, self._inner) for piece in attachments]
        for piece, chip in zip(attachments, self._chips, strict=True):
            chip.opened.connect(lambda piece=piece, chip=chip: self._open(piece, chip))
            chip.removed.connect(lambda chip=chip: self._remove(chip))
            chip.moved.connect(lambda by, chip=chip: self._move(chip, by))
            chip.focused.connect(lambda chip=chip: self.ensureWidgetVisible(chip, 0, 0))
            chip.show()
        insert_in_order(self, self._chips)
        self._place()
        self.setVisible(bool(attachments))
        if self._chips:
            self.ensureWidgetVisible(self._chips[-1], 0, 0)  # What has just come.

    def focus_last(self) -> bool:
        """Give the last chip the keyboard; False when there is none."""
        if self._chips:
            self._chips[-1].setFocus(Qt.FocusReason.OtherFocusReason)
        return bool(self._chips)

    def _remove(self, chip: FileChip) -> None:
        index, had_focus = self._chips.index(chip), chip.hasFocus()
        self.show_all(self.attachments[:index] + self.attachments[index + 1 :])
        if had_focus and self._chips:
            self._chips[min(index, len(self._chips) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.left.emit()
        self.changed.emit()

    def _move(self, chip: FileChip, by: int) -> None:
        index = self._chips.index(chip) + by
        if by and 0 <= index < len(self._chips):
            self._chips[index].setFocus(Qt.FocusReason.OtherFocusReason)
        elif by >= 0:
            self.left.emit()

    def _open(self, piece: Attachment, chip: FileChip) -> None:
        from chat2anyllm_desktop.ui.dialogs.attachment_preview import AttachmentPreview

        preview = AttachmentPreview(piece, self._theme, self.window())
        preview.remove_wanted.connect(lambda: self._act(chip, inline=False))
        preview.inline_wanted.connect(lambda: self._act(chip, inline=True))
        preview.open()

    def _act(self, chip: FileChip, *, inline: bool) -> None:
        """What was chosen in the preview; meanwhile another session may be on show."""
        if chip not in self._chips:
            return
        piece = self.attachments[self._chips.index(chip)]
        self._remove(chip)
        if inline:
            self.inline_wanted.emit(piece)

    def _place(self) -> None:
        """From left to right, in as many rows as they need."""
        width, at = self.viewport().width(), QPoint(0, 0)
        height = self._theme.scaled(_HEIGHT)
        for chip in self._chips:
            wanted = min(chip.sizeHint().width(), width)
            if at.x() and at.x() + wanted > width:
                at = QPoint(0, at.y() + height + SPACE_S)
            chip.setGeometry(at.x(), at.y(), wanted, height)
            at.setX(at.x() + wanted + SPACE_M)
        self._inner.resize(width, at.y() + height)
        self.setFixedHeight(min(at.y() + height, ROWS_SHOWN * (height + SPACE_S) - SPACE_S))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


def _size(piece: Attachment) -> str:
    """Lines say more about text than bytes do."""
    if piece.lines > 1:
        return tr("{n} line(s)", n=piece.lines)
    return tr("{n} character(s)", n=len(piece.text))


_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 0}
