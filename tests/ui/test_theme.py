"""Colours can be read, fonts follow the text scale, and the system's choice is followed live."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from chat2anyllm_desktop.ui.theme import DARK, LIGHT, FontRole, Theme, Tokens, contrast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

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


@pytest.fixture(autouse=True)
def _system_scheme(qapp: QApplication) -> Iterator[None]:
    yield
    QGuiApplication.styleHints().unsetColorScheme()


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast_on_every_ground(tokens: Tokens) -> None:
    faults = []
    for ground in (*GROUNDS, "selection", "find_match", "find_current"):
        if contrast(tokens.text, getattr(tokens, ground)) < 4.5:
            faults.append(("text", ground))
    for name in ("text_muted", "accent", "success", "attention", "fault"):
        for ground in GROUNDS:
            if contrast(getattr(tokens, name), getattr(tokens, ground)) < 4.5:
                faults.append((name, ground))
    for field in fields(tokens):
        is_text = field.name.startswith("code_") and field.name != "code_background"
        if is_text and contrast(getattr(tokens, field.name), tokens.code_background) < 4.5:
            faults.append((field.name, "code_background"))
    if contrast(tokens.accent_text, tokens.accent) < 4.5:
        faults.append(("accent_text", "accent"))
    assert faults == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_outlines_of_controls_can_be_seen(tokens: Tokens) -> None:
    for ground in ("background", "surface", "surface_raised"):
        assert contrast(tokens.control, getattr(tokens, ground)) >= 3, ground


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
