"""Every size and font of the window, and which of the colours of ``tokens`` are worn.

Widgets read colours from :attr:`Theme.tokens`, fonts from :meth:`Theme.font` and sizes from the constants below, and
repaint on :attr:`Theme.changed`. Most need not even do that: :meth:`Theme.apply` gives the application a palette and a
small style sheet made of the same tokens.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import cached_property

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.ui.tokens import DARK, LIGHT, Tokens, contrast

__all__ = [
    "BAR_HEIGHT",
    "DARK",
    "GRID",
    "LIGHT",
    "LINE_HEIGHT",
    "MEASURE",
    "RADIUS",
    "RADIUS_LARGE",
    "RADIUS_SMALL",
    "ROW_HEIGHT",
    "SPACE_L",
    "SPACE_M",
    "SPACE_S",
    "SPACE_XL",
    "FontRole",
    "Theme",
    "Tokens",
    "contrast",
    "palette",
]

GRID = 4
"""All spacing is a multiple of this many pixels."""
SPACE_S, SPACE_M, SPACE_L, SPACE_XL = GRID, 2 * GRID, 4 * GRID, 6 * GRID
RADIUS_SMALL, RADIUS, RADIUS_LARGE = 4, 6, 8
"""Corner radius in pixels: of what stands inside something else; of buttons, fields and rows; of boxes and popups."""
ROW_HEIGHT = 32
"""Of a row of a list, in pixels at 100 % text."""
BAR_HEIGHT = 44
"""Of the header and the titles of panels, which stand side by side, in pixels at 100 % text."""
LINE_HEIGHT = 1.5
"""Height of a line of body text, as a multiple of the font size."""
MEASURE = 76
"""Characters of body text on a line of the transcript, at most."""
TEXT_SCALE_RANGE = (80, 200)
"""Percent."""

PREFERENCES = ("system", "light", "dark")
CONTRASTS = ("system", "normal", "high")


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


_MONOSPACE = {
    "darwin": ("SF Mono", "Menlo", "Monaco"),
    "win32": ("Cascadia Mono", "Cascadia Code", "Consolas"),
}
_EVEN = ("Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Ubuntu Mono", "FreeMono")
_EAST_ASIAN = {
    "win32": {
        "zh": ("Microsoft YaHei UI", "Yu Gothic UI", "Malgun Gothic"),
        "ja": ("Yu Gothic UI", "Microsoft YaHei UI", "Malgun Gothic"),
        "ko": ("Malgun Gothic", "Microsoft YaHei UI", "Yu Gothic UI"),
    }
}
"""By the language in use, which decides how a character looks that several of them share. Windows goes by the script
alone, and finds old fonts first; other systems go by the language themselves. Emoji, also those of several characters, Qt
finds everywhere."""


def _fallbacks() -> list[str]:
    by_language = _EAST_ASIAN.get(sys.platform, {})
    language = QLocale().name().partition("_")[0]
    wanted = by_language.get(language, by_language.get("zh", ()))
    return [family for family in wanted if QFontDatabase.hasFamily(family)]


def _even(family: str) -> bool:
    """Whether its letters are of one width: what it says of itself, and what Qt says of it, need not be so."""
    metrics = QFontMetrics(QFont(family))
    return metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("MMMM")


_BOLD = QFont.Weight.DemiBold if sys.platform in ("darwin", "win32") else QFont.Weight.Bold
"""The fonts of these systems have a semi-bold weight for every script; elsewhere Chinese would stay thin."""


class Theme(QObject):
    """The look in force. Follows the system live while a preference is ``system``.

    Signals: ``changed`` after colours, fonts, the text scale or what was asked for have changed and the application wears
    them. Make it after the QApplication; call :meth:`apply` once before the first window is shown.
    """

    changed = Signal()

    def __init__(
        self,
        preference: str = "system",
        text_scale_percent: int = 100,
        parent: QObject | None = None,
        *,
        contrast: str = "system",
    ) -> None:
        super().__init__(parent)
        self._preference = preference if preference in PREFERENCES else "system"
        self._contrast = contrast if contrast in CONTRASTS else "system"
        self._scale = _clamped(text_scale_percent)
        self._fonts: dict[FontRole, QFont] = {}
        self._app: QApplication | None = None
        self._tell_system()
        hints = QGuiApplication.styleHints()
        self._system_scheme = hints.colorScheme()
        self._system_contrast = hints.accessibility().contrastPreference()
        self.tokens = self._resolve()
        hints.colorSchemeChanged.connect(self._on_scheme_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._on_contrast_changed)

    @property
    def name(self) -> str:
        """``light`` or ``dark``: what is on screen."""
        return "dark" if self.tokens.dark else "light"

    @property
    def preference(self) -> str:
        """``system``, ``light`` or ``dark``: what the user asked for."""
        return self._preference

    @property
    def contrast(self) -> str:
        """``system``, ``normal`` or ``high``: what the user asked for."""
        return self._contrast

    @property
    def text_scale_percent(self) -> int:
        return self._scale

    @cached_property
    def code_family(self) -> str:
        """The best monospaced family that the platform offers."""
        for family in _MONOSPACE.get(sys.platform, ()):
            if QFontDatabase.hasFamily(family):
                return family
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        if not _even(family):
            # In a Chinese Linux "monospace" may be a font that is even in its Chinese characters alone.
            family = next((each for each in _EVEN if QFontDatabase.hasFamily(each)), family)
        return family

    def font(self, role: FontRole = FontRole.UI) -> QFont:
        """The font of a role at the current text scale, with what follows it for other scripts."""
        if role not in self._fonts:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
            if role is FontRole.CODE:
                font.setFamily(self.code_family)
                font.setStyleHint(QFont.StyleHint.Monospace)
                font.setFixedPitch(True)
            if fallbacks := _fallbacks():
                font.setFamilies([*font.families(), *fallbacks])
            font.setPixelSize(self.scaled(_PIXELS[role]))
            font.setWeight(_BOLD if role in _STRONG else QFont.Weight.Normal)
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
            self._refresh(force=True)  # The choice itself is shown, also where no colour is another.

    def set_contrast(self, contrast: str) -> None:
        """``system``, ``normal`` or ``high``; anything else counts as ``system``."""
        self._contrast = contrast if contrast in CONTRASTS else "system"
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
        of_system = "dark" if self._system_scheme == Qt.ColorScheme.Dark else "light"
        dark = (of_system if self._preference == "system" else self._preference) == "dark"
        high = self._system_contrast == Qt.ContrastPreference.HighContrast
        if self._contrast == "high" or (high and self._contrast == "system"):
            from chat2anyllm_desktop.ui.high_contrast import HIGH_DARK, HIGH_LIGHT

            return HIGH_DARK if dark else HIGH_LIGHT
        return DARK if dark else LIGHT

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

    def _on_contrast_changed(self, contrast: Qt.ContrastPreference) -> None:
        self._system_contrast = contrast
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


def _clamped(percent: int) -> int:
    low, high = TEXT_SCALE_RANGE
    return max(low, min(high, percent))
