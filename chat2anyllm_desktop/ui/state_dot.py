"""The state of a connection: its icon with a dot, told apart by form as well as by colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.facts import ConnectionState, Health
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.shortcuts import with_key
from chat2anyllm_desktop.ui.theme import Theme


class StateDot(IconButton):
    """``what`` names the connection, as in "Gateway". Click it to have it diagnosed, as ``action`` does."""

    def __init__(
        self, icon_name: str, what: str, theme: Theme, parent: QWidget | None = None, *, action: str = ""
    ) -> None:
        self._what = what
        self.state = ConnectionState(Health.OFF, tr("not set up"))
        super().__init__(icon_name, what, theme, parent, action=action)
        self.set_state(self.state)

    def set_state(self, state: ConnectionState) -> None:
        self.state = state
        named = state.sentence.startswith(self._what)
        words = state.sentence if named else tr("{what}: {words}", what=self._what, words=state.sentence)
        self.set_text(words)
        self.update()

    def _show_key(self) -> None:
        key = with_key(tr("Click to look closer."), self._action)
        self.setToolTip(tooltip(f"{self._text}\n{key}"))
        self.setAccessibleDescription(key)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tokens = self._theme.tokens
        health = self.state.health
        edge = self._theme.scaled(7)
        corner = self._theme.scaled(self._size) / 2
        middle = QPointF(self.rect().center()) + QPointF(corner - edge / 4, corner - edge / 4)
        dot = QRectF(middle.x() - edge / 2, middle.y() - edge / 2, edge, edge)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            self.palette().color(self.backgroundRole()) if not self.underMouse() else tokens.hover
        )
        painter.drawEllipse(dot.adjusted(-2, -2, 2, 2))  # sets the dot off from the icon
        if health is Health.OK:
            painter.setBrush(tokens.success)
            painter.drawEllipse(dot)
        elif health is Health.ATTENTION:
            painter.setBrush(tokens.attention)
            from PySide6.QtGui import QPolygonF  # seldom needed

            painter.drawPolygon(
                QPolygonF([QPointF(middle.x(), dot.top() - 1), dot.bottomRight(), dot.bottomLeft()])
            )
        elif health is Health.FAULT:
            painter.setBrush(tokens.fault)
            painter.drawRect(dot)
        else:
            colour = tokens.text_muted if health is Health.OFF else tokens.accent
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawArc(dot, 0, 16 * (360 if health is Health.OFF else 270))
        painter.end()
