"""Pictures of what a theme is made of: its colours, its fonts, and its controls in every state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import fields

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.filter_field import FilterField
from chat2anyllm_desktop.ui.high_contrast import HIGH_DARK, HIGH_LIGHT
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.theme import DARK, LIGHT, SPACE_L, SPACE_XL, FontRole, Theme
from chat2anyllm_desktop.ui.tick_box import TickBox
from chat2anyllm_desktop.ui.tokens import Tokens

SETS = (LIGHT, DARK, HIGH_LIGHT, HIGH_DARK)
COLOURS = tuple(f.name for f in fields(Tokens) if isinstance(getattr(LIGHT, f.name), QColor))
_ROW, _NAME, _SWATCH = 24, 150, 84
_NO_KEYS = Qt.KeyboardModifier.NoModifier
_STATES = ("At rest", "Pointed at", "Pressed", "With the keyboard", "Not now")


def colours(theme: Theme, ratio: float) -> QImage:
    """Every colour by its name, in the four sets; on the ground of each, as an area and as a letter."""
    half = (len(COLOURS) + 1) // 2
    width = _NAME + len(SETS) * _SWATCH
    image = _page(QSize(2 * width + SPACE_XL, half * _ROW), ratio, theme)
    painter = QPainter(image)
    painter.setFont(theme.font(FontRole.SMALL))
    for number, name in enumerate(COLOURS):
        left, top = (number // half) * (width + SPACE_XL), number % half * _ROW
        painter.setPen(theme.tokens.text)
        painter.drawText(QRect(left, top, _NAME, _ROW), Qt.AlignmentFlag.AlignVCenter, name)
        for at, tokens in enumerate(SETS):
            area = QRect(left + _NAME + at * _SWATCH, top, _SWATCH, _ROW)
            painter.fillRect(area, tokens.background)
            painter.fillRect(area.adjusted(4, 4, -_SWATCH // 2, -4), getattr(tokens, name))
            painter.setPen(getattr(tokens, name))
            painter.drawText(area.adjusted(_SWATCH // 2, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, "Aa")
    painter.end()
    return image


def fonts(theme: Theme, ratio: float) -> QImage:
    """Every role of text, with the scripts that have to go with it."""
    roles = [(role, theme.font(role)) for role in FontRole]
    heights = [QFontMetrics(font).height() + 8 for _, font in roles]
    image = _page(QSize(760, sum(heights)), ratio, theme)
    painter = QPainter(image)
    painter.setPen(theme.tokens.text)
    top = 0
    for (role, font), height in zip(roles, heights, strict=True):
        painter.setFont(font)
        words = f"{role.value}: a word, 中文 日本語, שלום, 👩‍💻 0123"
        painter.drawText(QRect(0, top, 760, height), Qt.AlignmentFlag.AlignVCenter, words)
        top += height
    painter.end()
    return image


def controls(theme: Theme) -> QWidget:
    """What is pressed and typed into, in every state; to be shown, and to be given back."""
    board = QWidget()
    board.setWindowTitle("Controls")
    grid = QGridLayout(board)
    grid.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
    grid.setSpacing(SPACE_L)
    for column, state in enumerate(_STATES):
        label = PlainLabel(state)
        label.setProperty("look", "muted")
        grid.addWidget(label, 0, column)
        for row, make in enumerate(_MAKERS, 1):
            control = make(theme)
            control.setObjectName(state)
            grid.addWidget(control, row, column, Qt.AlignmentFlag.AlignLeft)
    return board


async def picture_of(board: QWidget) -> QImage:
    """The board of :func:`controls` with each control in the state of its column. Only one of them can have the keyboard
    or the mouse at a time, so those are drawn one by one."""
    for control in board.findChildren(QWidget):
        if control.objectName() == "Pressed" and isinstance(control, QPushButton | IconButton | TickBox):
            control.setDown(True)
        elif control.objectName() == "Not now":
            control.setEnabled(False)
    board.setFocus()
    whole = board.grab()
    painter = QPainter(whole)
    for control in board.findChildren(QWidget):
        if control.objectName() == "With the keyboard":
            control.setFocus(Qt.FocusReason.TabFocusReason)
        elif control.objectName() == "Pointed at":
            control.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
            middle, none = QPointF(control.rect().center()), Qt.MouseButton.NoButton
            moved = QMouseEvent(
                QEvent.Type.MouseMove, middle, control.mapToGlobal(middle), none, none, _NO_KEYS
            )
            QApplication.sendEvent(control, moved)  # Buttons go by this, not by the attribute.
        else:
            continue
        await asyncio.sleep(0.02)
        around = control.geometry().adjusted(-6, -6, 6, 6)
        painter.drawPixmap(around.topLeft(), board.grab(around))
    painter.end()
    return whole.toImage().convertToFormat(QImage.Format.Format_RGB32)


def _push(look: str) -> Callable[[Theme], QWidget]:
    def make(theme: Theme) -> QWidget:
        button = QPushButton("Try again")
        if look:
            button.setProperty("look", look)
        return button

    return make


def _choice(theme: Theme) -> QWidget:
    box = QComboBox()
    box.addItems(["As the system", "Light"])
    return box


_MAKERS: tuple[Callable[[Theme], QWidget], ...] = (
    lambda theme: PrimaryButton("Send", theme),
    _push(""),
    _push("quiet"),
    lambda theme: IconButton("plus", "New session", theme),
    lambda theme: QLineEdit("localhost:4000"),
    lambda theme: FilterField(theme, "Filter sessions"),
    _choice,
    lambda theme: TickBox("Review plans", theme),
)


def _page(size: QSize, ratio: float, theme: Theme) -> QImage:
    image = QImage(size * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.tokens.background)
    return image
