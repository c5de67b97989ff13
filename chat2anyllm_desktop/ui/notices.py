"""One calm bar for what has happened and what can be done about it, instead of dialogs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.facts import Notice, Tone
from chat2anyllm_desktop.ui.icons import icon_size
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.symbol import Symbol
from chat2anyllm_desktop.ui.tab_order import insert_in_order
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, FontRole, Theme

DETAIL_HEIGHT = 128
NARROWEST = 360
"""Pixels at 100 % text that the sentence must have to share its line with buttons."""


class NoticeBar(QWidget):
    """Shows the newest of the notices that stand; the others come up as it is closed, answered or withdrawn.

    Signals: ``action_requested(key, action_id)``, ``closed(key)`` when the user put one away, ``left`` when the
    bar goes while it has the keyboard.
    """

    action_requested = Signal(str, str)
    closed = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._standing: dict[str, Notice] = {}
        self._clocks: dict[str, QTimer] = {}
        self._shown: Notice | None = None
        self._answers: list[QPushButton] = []
        self._icon = Symbol(theme, 20)
        self._sentence = PlainLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._others = QPushButton()
        self._others.setProperty("look", "quiet")
        self._others.clicked.connect(self._on_others)
        self._details = QPushButton(tr("Details"))
        self._details.setProperty("look", "quiet")
        self._details.setCheckable(True)
        self._details.toggled.connect(self._on_details)
        self._close = IconButton("close", tr("Close this notice"), theme, action="close_notice")
        self._close.clicked.connect(self.close_shown)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(SPACE_S)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_S)
        self._buttons.addLayout(self._actions)
        self._buttons.addWidget(self._details)
        self._buttons.addWidget(self._others)
        self._buttons.addStretch(1)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(SPACE_S)
        self._body.addWidget(self._sentence, 1)
        self._body.addLayout(self._buttons)
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE_M)
        self._row.addWidget(self._icon)
        self._row.addLayout(self._body, 1)
        self._row.addWidget(self._close)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_L, SPACE_M, SPACE_M, SPACE_M)
        self._column.setSpacing(SPACE_S)
        self._column.addLayout(self._row)
        self.setTabOrder(self._details, self._others)
        self.setTabOrder(self._others, self._close)
        self._detail: QPlainTextEdit | None = None
        self.setVisible(False)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def notice(self) -> Notice | None:
        """The notice on show."""
        return self._shown

    @property
    def standing(self) -> Sequence[Notice]:
        """All that stand, the one on show last."""
        return list(self._standing.values())

    def entry(self) -> QWidget:
        """What the keyboard comes to first."""
        stops: tuple[QWidget, ...] = (*self._answers, self._details)
        return next((stop for stop in stops if stop.isVisibleTo(self)), self._close)

    def post(self, notice: Notice) -> None:
        """Show a notice; it replaces the one of the same key. A screen reader says it, the same words only once."""
        before = self._standing.get(notice.key)
        self._forget(notice.key)
        self._standing[notice.key] = notice
        if notice.seconds is not None:
            clock = QTimer(self, singleShot=True, interval=int(notice.seconds * 1000))
            clock.timeout.connect(lambda: self.withdraw(notice.key))
            clock.start()
            self._clocks[notice.key] = clock
        self._show_newest()
        if before is None or before.sentence != notice.sentence:
            self._announce(notice)

    def _announce(self, notice: Notice) -> None:
        from PySide6.QtGui import (
            QAccessible,
            QAccessibleAnnouncementEvent,
        )  # not needed before the first notice

        event = QAccessibleAnnouncementEvent(self, notice.sentence)
        if notice.tone is Tone.FAULT:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def withdraw(self, key: str) -> None:
        """Take a notice away; no such notice is fine."""
        if key in self._standing:
            self._forget(key)
            self._show_newest()

    def _forget(self, key: str) -> None:
        self._standing.pop(key, None)
        clock = self._clocks.pop(key, None)
        if clock is not None:
            clock.stop()
            clock.deleteLater()

    def _show_newest(self) -> None:
        notice = next(reversed(self._standing.values()), None)
        self._others.setVisible(len(self._standing) > 1)
        self._others.setText(tr("{count} more", count=len(self._standing) - 1))
        if notice == self._shown:
            return
        if notice is None and any(child.hasFocus() for child in self.findChildren(QWidget)):
            self.left.emit()  # Qt would give the keyboard to whatever comes next.
        self._shown = notice
        self.setVisible(notice is not None)
        if notice is None:
            return
        _clear(self._actions)
        self._answers = []
        for action in notice.actions:
            button = QPushButton(action.label.replace("&", "&&"), self)
            button.setProperty("look", "quiet")
            button.clicked.connect(
                lambda _=False, key=notice.key, wish=action.id: self.action_requested.emit(key, wish)
            )
            self._actions.addWidget(button)
            self._answers.append(button)
            button.show()  # now, not when the layout gets to it: its width decides where the buttons stand
        insert_in_order(self._sentence, self._answers)
        self._sentence.setText(notice.sentence)
        self.setAccessibleName(notice.sentence)
        self._details.setChecked(False)
        self._details.setVisible(bool(notice.detail))
        self._show_tone()
        self._arrange()

    def _arrange(self) -> None:
        """The buttons stand behind the sentence, or below it where it would become a column of single words."""
        room = self.width() - self._buttons.sizeHint().width()
        wide = room >= self._theme.scaled(NARROWEST)
        self._body.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        for part in (self._icon, self._close):
            self._row.setAlignment(part, Qt.AlignmentFlag.AlignVCenter if wide else Qt.AlignmentFlag.AlignTop)

    def _on_details(self, opened: bool) -> None:
        if opened and self._detail is None:
            self._detail = QPlainTextEdit(self)
            self._detail.setReadOnly(True)
            self._detail.setAccessibleName(tr("Details"))
            self._detail.setFrameShape(QFrame.Shape.NoFrame)
            self._detail.viewport().setAutoFillBackground(False)  # The bar's own ground is seen.
            self._column.addWidget(self._detail)
            self.setTabOrder(self._close, self._detail)
            self._dress()
        if self._detail is not None:
            self._detail.setPlainText(self._shown.detail if self._shown and opened else "")
            self._fit_detail(self._detail)
            self._detail.setVisible(opened)

    def _fit_detail(self, detail: QPlainTextEdit) -> None:
        height = (detail.blockCount() + 1) * detail.fontMetrics().lineSpacing()
        detail.setFixedHeight(min(self._theme.scaled(DETAIL_HEIGHT), height))

    def _on_others(self) -> None:
        """Put the one on show behind the others."""
        if self._shown is not None:
            self._standing = {self._shown.key: self._standing.pop(self._shown.key), **self._standing}
            self._show_newest()

    def close_shown(self) -> None:
        """Put away the one on show; the next one comes up."""
        if self._shown is not None:
            key = self._shown.key
            self.withdraw(key)
            self.closed.emit(key)

    def _show_tone(self) -> None:
        if self._shown is None:
            return
        tokens = self._theme.tokens
        colour = {Tone.INFO: tokens.text_muted, Tone.ATTENTION: tokens.attention, Tone.FAULT: tokens.fault}
        tone = self._shown.tone
        self._icon.set_icon(tone.value, colour[tone])

    def _dress(self) -> None:
        tokens = self._theme.tokens
        ground = self.palette()
        ground.setColor(QPalette.ColorRole.Window, tokens.surface)
        self.setPalette(ground)
        self.setAutoFillBackground(True)
        if self._detail is not None:
            self._detail.setFont(self._theme.font(FontRole.CODE))
            self._detail.setViewportMargins(icon_size(self._theme, 20).width() + SPACE_S, 0, 0, 0)
            self._fit_detail(self._detail)
        self._show_tone()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self._theme.tokens.hairline)
        painter.end()


def _clear(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
