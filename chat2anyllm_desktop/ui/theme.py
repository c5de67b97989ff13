"""Every colour, size and font of the window, in one place.

Widgets read colours from :attr:`Theme.tokens`, fonts from :meth:`Theme.font` and sizes from the constants below, and
repaint on :attr:`Theme.changed`. Most need not even do that: :meth:`Theme.apply` gives the application a palette and a
small style sheet made of the same tokens.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

GRID = 4
"""All spacing is a multiple of this many pixels."""
SPACE_S, SPACE_M, SPACE_L, SPACE_XL = GRID, 2 * GRID, 4 * GRID, 6 * GRID
RADIUS = 6
"""Corner radius of buttons and fields in pixels; code boxes and popups use 8."""
RADIUS_LARGE = 8
LINE_HEIGHT = 1.5
"""Height of a line of body text, as a multiple of the font size."""
MEASURE = 76
"""Characters of body text on a line of the transcript, at most."""
TEXT_SCALE_RANGE = (80, 200)
"""Percent."""

PREFERENCES = ("system", "light", "dark")


class FontRole(StrEnum):
    """What a piece of text is, which decides its font."""

    BODY = "body"
    """What people read: messages and the composer."""
    UI = "ui"
    UI_STRONG = "ui_strong"
    SMALL = "small"
    """Meta lines, headings of groups, times."""
    SMALL_STRONG = "small_strong"
    TITLE = "title"
    HEADING_1 = "heading_1"
    HEADING_2 = "heading_2"
    HEADING_3 = "heading_3"
    CODE = "code"


_PIXELS = {
    FontRole.BODY: 15,
    FontRole.UI: 13,
    FontRole.UI_STRONG: 13,
    FontRole.SMALL: 12,
    FontRole.SMALL_STRONG: 12,
    FontRole.TITLE: 15,
    FontRole.HEADING_1: 22,
    FontRole.HEADING_2: 19,
    FontRole.HEADING_3: 16,
    FontRole.CODE: 13,
}
_STRONG = {
    FontRole.UI_STRONG,
    FontRole.SMALL_STRONG,
    FontRole.TITLE,
    FontRole.HEADING_1,
    FontRole.HEADING_2,
    FontRole.HEADING_3,
}


def _c(value: str) -> QColor:
    return QColor(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme. Text on any of its grounds has a contrast of at least 4.5:1 (a test computes it)."""

    dark: bool
    background: QColor
    """Transcript and composer."""
    surface: QColor
    """Docks, header of code boxes: one shade off the background."""
    surface_raised: QColor
    """Popups, menus, fields."""
    hover: QColor
    pressed: QColor
    hairline: QColor
    control: QColor
    """Outline of things that can be typed into or switched; 3:1 against its ground."""
    text: QColor
    text_muted: QColor
    accent: QColor
    """The one accent colour: links, focus, the primary button, what is chosen."""
    accent_text: QColor
    """Text upon the accent colour."""
    accent_soft: QColor
    """Ground of the current row."""
    selection: QColor
    find_match: QColor
    find_current: QColor
    user_bubble: QColor
    success: QColor
    attention: QColor
    fault: QColor
    code_background: QColor
    code_text: QColor
    code_keyword: QColor
    code_name: QColor
    code_function: QColor
    code_type: QColor
    code_builtin: QColor
    code_constant: QColor
    code_decorator: QColor
    code_attribute: QColor
    code_tag: QColor
    code_variable: QColor
    code_string: QColor
    code_escape: QColor
    code_number: QColor
    code_comment: QColor
    code_operator: QColor
    code_punctuation: QColor
    code_heading: QColor
    code_inserted: QColor
    code_deleted: QColor
    code_error: QColor

    def code(self, kind: str) -> QColor:
        """Colour of a highlight kind (``keyword``, ``string``, ...); unknown kinds look like plain code."""
        colour: QColor = getattr(self, f"code_{kind}", self.code_text)
        return colour


LIGHT = Tokens(
    dark=False,
    background=_c("#ffffff"),
    surface=_c("#f7f7f8"),
    surface_raised=_c("#ffffff"),
    hover=_c("#eeeef1"),
    pressed=_c("#e4e4e9"),
    hairline=_c("#e3e3e8"),
    control=_c("#8a8a94"),
    text=_c("#1b1b1f"),
    text_muted=_c("#62626c"),
    accent=_c("#3454d1"),
    accent_text=_c("#ffffff"),
    accent_soft=_c("#e5eafb"),
    selection=_c("#c9d6ff"),
    find_match=_c("#fdeeb5"),
    find_current=_c("#ffd25e"),
    user_bubble=_c("#f2f3f6"),
    success=_c("#14693a"),
    attention=_c("#8a5000"),
    fault=_c("#c1272d"),
    code_background=_c("#f7f7f9"),
    code_text=_c("#24242a"),
    code_keyword=_c("#8530a8"),
    code_name=_c("#24242a"),
    code_function=_c("#2a52c6"),
    code_type=_c("#8a5200"),
    code_builtin=_c("#0b6e83"),
    code_constant=_c("#a8421a"),
    code_decorator=_c("#8a5200"),
    code_attribute=_c("#8a5200"),
    code_tag=_c("#b3263a"),
    code_variable=_c("#3d3d4a"),
    code_string=_c("#28752f"),
    code_escape=_c("#0b6e83"),
    code_number=_c("#a8421a"),
    code_comment=_c("#686872"),
    code_operator=_c("#54545e"),
    code_punctuation=_c("#54545e"),
    code_heading=_c("#2a52c6"),
    code_inserted=_c("#28752f"),
    code_deleted=_c("#b3263a"),
    code_error=_c("#c1272d"),
)

DARK = Tokens(
    dark=True,
    background=_c("#1a1b1e"),
    surface=_c("#151619"),
    surface_raised=_c("#25262b"),
    hover=_c("#26272c"),
    pressed=_c("#303137"),
    hairline=_c("#2d2e34"),
    control=_c("#70727e"),
    text=_c("#e7e7ea"),
    text_muted=_c("#a0a1ab"),
    accent=_c("#8fa6ff"),
    accent_text=_c("#10131f"),
    accent_soft=_c("#272d45"),
    selection=_c("#34457f"),
    find_match=_c("#55491b"),
    find_current=_c("#735b14"),
    user_bubble=_c("#26272c"),
    success=_c("#5cc489"),
    attention=_c("#e5a84b"),
    fault=_c("#ff8582"),
    code_background=_c("#212226"),
    code_text=_c("#dfe0e5"),
    code_keyword=_c("#cf9bf0"),
    code_name=_c("#dfe0e5"),
    code_function=_c("#8fb2ff"),
    code_type=_c("#e6c07b"),
    code_builtin=_c("#6fc7d6"),
    code_constant=_c("#eda57a"),
    code_decorator=_c("#e6c07b"),
    code_attribute=_c("#e6c07b"),
    code_tag=_c("#f28b92"),
    code_variable=_c("#c9cad3"),
    code_string=_c("#98c98a"),
    code_escape=_c("#6fc7d6"),
    code_number=_c("#eda57a"),
    code_comment=_c("#9697a2"),
    code_operator=_c("#b4b5c0"),
    code_punctuation=_c("#b4b5c0"),
    code_heading=_c("#8fb2ff"),
    code_inserted=_c("#98c98a"),
    code_deleted=_c("#f28b92"),
    code_error=_c("#ff8582"),
)

_MONOSPACE = {
    "darwin": ("SF Mono", "Menlo", "Monaco"),
    "win32": ("Cascadia Mono", "Cascadia Code", "Consolas"),
}


class Theme(QObject):
    """The look in force. Follows the system live while the preference is ``system``.

    Signals: ``changed`` after colours, fonts or the text scale have changed and the application wears them. Make it
    after the QApplication; call :meth:`apply` once before the first window is shown.
    """

    changed = Signal()

    def __init__(
        self, preference: str = "system", text_scale_percent: int = 100, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._preference = preference if preference in PREFERENCES else "system"
        self._scale = _clamped(text_scale_percent)
        self._fonts: dict[FontRole, QFont] = {}
        self._app: QApplication | None = None
        self._tell_system()
        self._system_scheme = QGuiApplication.styleHints().colorScheme()
        self.tokens = self._resolve()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def name(self) -> str:
        """``light`` or ``dark``: what is on screen."""
        return "dark" if self.tokens.dark else "light"

    @property
    def preference(self) -> str:
        """``system``, ``light`` or ``dark``: what the user asked for."""
        return self._preference

    @property
    def text_scale_percent(self) -> int:
        return self._scale

    @cached_property
    def code_family(self) -> str:
        """The best monospaced family that the platform offers."""
        for family in _MONOSPACE.get(sys.platform, ()):
            if QFontDatabase.hasFamily(family):
                return family
        return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()

    def font(self, role: FontRole = FontRole.UI) -> QFont:
        """The font of a role at the current text scale. The platform adds its own fallbacks for CJK and emoji."""
        if role not in self._fonts:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
            if role is FontRole.CODE:
                font.setFamily(self.code_family)
                font.setStyleHint(QFont.StyleHint.Monospace)
                font.setFixedPitch(True)
            font.setPixelSize(self.scaled(_PIXELS[role]))
            font.setWeight(QFont.Weight.DemiBold if role in _STRONG else QFont.Weight.Normal)
            self._fonts[role] = font
        return QFont(self._fonts[role])

    def scaled(self, pixels: float) -> int:
        """A size that goes with the text, at the current text scale. Pixels, never 0."""
        return max(1, round(pixels * self._scale / 100))

    def set_preference(self, preference: str) -> None:
        """``system``, ``light`` or ``dark``; anything else counts as ``system``."""
        preference = preference if preference in PREFERENCES else "system"
        if preference != self._preference:
            self._preference = preference
            self._tell_system()
            if preference == "system":
                self._system_scheme = QGuiApplication.styleHints().colorScheme()
            self._refresh(force=False)

    def set_text_scale(self, percent: int) -> None:
        """Percent of the normal size of all text, held within :data:`TEXT_SCALE_RANGE`."""
        percent = _clamped(percent)
        if percent != self._scale:
            self._scale = percent
            self._fonts.clear()
            self._refresh(force=True)

    def apply(self, app: QApplication) -> None:
        """Dress the application: Fusion, palette, font, style sheet. Later changes follow by themselves."""
        from chat2anyllm_desktop.ui.stylesheet import style_sheet

        if self._app is None:
            app.setStyle("Fusion")
        self._app = app
        app.setFont(self.font(FontRole.UI))
        app.setPalette(palette(self.tokens))
        app.setStyleSheet(style_sheet(self))

    def _tell_system(self) -> None:
        """Native title bars and file dialogs follow an explicit choice too."""
        hints = QGuiApplication.styleHints()
        if self._preference == "system":
            hints.unsetColorScheme()
        else:
            dark = self._preference == "dark"
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)

    def _resolve(self) -> Tokens:
        if self._preference == "system":
            return DARK if self._system_scheme == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._preference == "dark" else LIGHT

    def _refresh(self, *, force: bool) -> None:
        tokens = self._resolve()
        if tokens is self.tokens and not force:
            return
        self.tokens = tokens
        if self._app is not None:
            self.apply(self._app)
        self.changed.emit()

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._preference == "system":  # otherwise it is the echo of our own choice
            self._system_scheme = scheme
            self._refresh(force=False)


def palette(tokens: Tokens) -> QPalette:
    """The tokens as Qt's own roles, for everything that paints itself through the style."""
    result = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, tokens.background),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface_raised),
        (role.AlternateBase, tokens.surface),
        (role.Text, tokens.text),
        (role.PlaceholderText, tokens.text_muted),
        (role.Button, tokens.surface_raised),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.fault),
        (role.Highlight, tokens.selection),
        (role.HighlightedText, tokens.text),
        (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent),
        (role.ToolTipBase, tokens.surface_raised),
        (role.ToolTipText, tokens.text),
        (role.Accent, tokens.accent),
        (role.Light, tokens.surface_raised),
        (role.Midlight, tokens.hairline),
        (role.Mid, tokens.hairline),
        (role.Dark, tokens.control),
        (role.Shadow, tokens.hairline),
    ):
        result.setColor(where, colour)
    for where in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, where, tokens.control)
    return result


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio after WCAG 2.2: 1 (none) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def _clamped(percent: int) -> int:
    low, high = TEXT_SCALE_RANGE
    return max(low, min(high, percent))
