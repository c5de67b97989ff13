"""Colours can be read, fonts follow the text scale, and the system's choice is followed live."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from chat2anyllm_desktop.ui.high_contrast import HIGH_DARK, HIGH_LIGHT
from chat2anyllm_desktop.ui.stylesheet import accent_under_the_mouse
from chat2anyllm_desktop.ui.theme import DARK, LIGHT, FontRole, Theme, Tokens, contrast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

TOKENS = [LIGHT, DARK, HIGH_LIGHT, HIGH_DARK]
NAMES = ["light", "dark", "high-light", "high-dark"]
GROUNDS = (
    "background",
    "surface",
    "surface_raised",
    "hover",
    "pressed",
    "accent_soft",
    "user_bubble",
    "code_background",
)
"""Whatever stands in the window stands on one of these."""
MARKS = ("selection", "find_match", "find_current")
"""Grounds of text in the conversation; those of fields know the selection alone."""
CODE = tuple(f.name for f in fields(Tokens) if f.name.startswith("code_") and f.name != "code_background")
CODE_GROUNDS = ("code_background", "hover", *MARKS)
"""Boxes of code, code among words, and both where something is marked in them."""


@pytest.fixture(autouse=True)
def _system_scheme(qapp: QApplication) -> Iterator[None]:
    yield
    QGuiApplication.styleHints().unsetColorScheme()


def _too_faint(tokens: Tokens, least: float, names: Iterable[str], grounds: Iterable[str]) -> list[str]:
    """The pairs whose contrast is below ``least``, with their own."""
    pairs = [(name, ground) for name in names for ground in grounds]
    found = {pair: contrast(getattr(tokens, pair[0]), getattr(tokens, pair[1])) for pair in pairs}
    return [f"{name} on {ground}: {ratio:.2f}" for (name, ground), ratio in found.items() if ratio < least]


@pytest.mark.parametrize("tokens", TOKENS, ids=NAMES)
def test_text_can_be_read_on_every_ground(tokens: Tokens) -> None:
    least = 7.0 if tokens.high_contrast else 4.5
    assert _too_faint(tokens, least, ("text", "text_muted", "accent"), (*GROUNDS, *MARKS)) == []
    assert _too_faint(tokens, least, ("success", "attention", "fault"), GROUNDS) == []
    assert _too_faint(tokens, least, CODE, CODE_GROUNDS) == []


@pytest.mark.parametrize("tokens", TOKENS, ids=NAMES)
def test_text_can_be_read_on_the_accent_colour(tokens: Tokens) -> None:
    least = 7.0 if tokens.high_contrast else 4.5
    assert contrast(tokens.accent_text, tokens.accent) >= least
    assert contrast(tokens.accent_text, accent_under_the_mouse(tokens)) >= least


@pytest.mark.parametrize("tokens", TOKENS, ids=NAMES)
def test_controls_icons_and_the_focus_can_be_seen(tokens: Tokens) -> None:
    """Outlines and scroll bars are ``control``, icons ``text_muted``, ``text`` or ``accent``, the ring of the focus
    ``accent`` (``accent_text`` within the accent colour), the line below the current match ``attention``."""
    least = 4.5 if tokens.high_contrast else 3.0
    icons = ("control", "text_muted", "text", "accent", "success", "attention", "fault")
    assert _too_faint(tokens, least, icons, GROUNDS) == []
    assert _too_faint(tokens, least, ("attention", "accent"), MARKS) == []
    assert contrast(tokens.accent_text, tokens.accent) >= least


@pytest.mark.parametrize("tokens", [HIGH_LIGHT, HIGH_DARK], ids=NAMES[2:])
def test_in_high_contrast_lines_tell_apart_what_grounds_do_not(tokens: Tokens) -> None:
    assert _too_faint(tokens, 3.0, ("hairline",), GROUNDS) == []
    assert tokens.ring > LIGHT.ring


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


def test_an_explicit_choice_wins_and_is_announced(qtbot: QtBot) -> None:
    theme = Theme("light")
    assert (theme.name, theme.preference) == ("light", "light")
    with qtbot.waitSignal(theme.changed):
        theme.set_preference("dark")
    assert theme.name == "dark"
    assert theme.tokens is DARK


def test_system_preference_follows_the_system(qtbot: QtBot) -> None:
    theme = Theme("system")
    with qtbot.waitSignal(theme.changed):
        QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.name == "dark"


def test_an_explicit_choice_stays_when_the_system_changes(qtbot: QtBot) -> None:
    theme = Theme("light")
    with qtbot.assertNotEmitted(theme.changed):
        QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.name == "light"


def test_high_contrast_follows_the_system_and_a_choice(qtbot: QtBot) -> None:
    style = QGuiApplication.styleHints()  # Its wrapper takes that of the other hints with it.
    hints = style.accessibility()
    theme = Theme("dark")
    with qtbot.waitSignal(theme.changed):
        hints.contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    assert theme.tokens is HIGH_DARK
    theme.set_preference("light")
    assert theme.tokens is HIGH_LIGHT
    with qtbot.waitSignal(theme.changed):
        theme.set_contrast("normal")
    assert theme.tokens is LIGHT
    theme.set_contrast("high")
    with qtbot.assertNotEmitted(theme.changed):
        hints.contrastPreferenceChanged.emit(Qt.ContrastPreference.NoPreference)
    assert (theme.contrast, theme.tokens) == ("high", HIGH_LIGHT)
    theme.set_contrast("system")
    assert theme.tokens is LIGHT
    assert Theme("light", contrast="loud").contrast == "system"


def test_an_unknown_preference_counts_as_system() -> None:
    assert Theme("sepia").preference == "system"


def test_fonts_follow_the_text_scale(qtbot: QtBot) -> None:
    theme = Theme("light")
    assert theme.font(FontRole.BODY).pixelSize() == 15
    with qtbot.waitSignal(theme.changed):
        theme.set_text_scale(200)
    assert theme.font(FontRole.BODY).pixelSize() == 30
    theme.set_text_scale(1000)
    assert theme.text_scale_percent == 200
    theme.set_text_scale(1)
    assert theme.text_scale_percent == 80
    assert theme.font(FontRole.CODE).fixedPitch()


def test_the_application_wears_the_theme_and_a_change_of_it(qapp: QApplication) -> None:
    before = (qapp.palette(), qapp.font(), qapp.styleSheet())
    try:
        theme = Theme("light")
        theme.apply(qapp)
        assert qapp.palette().window().color() == LIGHT.background
        theme.set_preference("dark")
        assert qapp.palette().window().color() == DARK.background
        assert DARK.hairline.name() in qapp.styleSheet()
    finally:
        qapp.setStyleSheet(before[2])
        qapp.setFont(before[1])
        qapp.setPalette(before[0])


FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><match><test name="family"><string>monospace</string></test>
<edit name="family" mode="assign" binding="strong"><string>DejaVu Sans</string></edit></match></fontconfig>"""
WIDTHS = """
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from chat2anyllm_desktop.ui.theme import FontRole, Theme

app = QApplication([])
metrics = QFontMetrics(Theme().font(FontRole.CODE))
print(metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("MMMM"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="fontconfig names the fonts of Linux")
@pytest.mark.skipif(
    not Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf").exists(),
    reason="the fonts that docs/install.md asks for are not there",
)
def test_code_has_letters_of_one_width_where_the_system_names_another_font(tmp_path: Path) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(FONTS, encoding="utf-8")
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", WIDTHS], env=environment, text=True, capture_output=True, check=True
    )
    assert done.stdout == "True\n"
