"""The window with everything in it, in both themes and at every text size: painted in the tokens, nothing clipped.

The pictures are kept in ``build/pictures`` to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Model, PlanModels, Role, Session
from chat2anyllm_desktop.ui.facts import ConnectionState, Health, Notice, NoticeAction, Tone
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.plain_text import ElidedLabel
from chat2anyllm_desktop.ui.theme import Theme

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
PICTURES = Path(__file__).parents[2] / "build" / "pictures"
TITLES = (
    "Release notes",
    "Parser bug in nested lists",
    "Team stand-up",
    "日本語の要約",
    "Kubernetes probes",
    "Haiku",
)


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    before = (qapp.palette(), qapp.font(), qapp.styleSheet())
    yield qapp
    qapp.setStyleSheet(before[2])
    qapp.setFont(before[1])
    qapp.setPalette(before[0])
    QGuiApplication.styleHints().unsetColorScheme()


def full_window(theme: Theme) -> MainWindow:
    window = MainWindow(theme, QWidget(), QPlainTextEdit())
    sessions = [
        Session(
            id=title, title=title, created_at=NOW, updated_at=NOW - timedelta(days=7 * age), pinned=age == 2
        )
        for age, title in enumerate(TITLES)
    ]
    window.sessions_dock.set_sessions(sessions)
    window.sessions_dock.set_current(TITLES[1])
    window.sessions_dock.set_streaming(TITLES[0], True)
    window.sessions_dock.set_unread(TITLES[3], True)
    roles = [
        Role(id=name, name=name, instructions="Be brief.", created_at=NOW, updated_at=NOW)
        for name in ("Architect", "Reviewer")
    ]
    window.roles_dock.set_roles(roles)
    window.roles_dock.set_current("Reviewer")
    header = window.header
    header.set_title(TITLES[1])
    header.set_models([Model(name="gpt-x", provider="openai")])
    header.set_model("gpt-x")
    header.set_role(roles[1])
    header.set_plan(PlanModels(planning="opus", answering="gpt-x"))
    header.set_gateway_state(ConnectionState(Health.OK, "connected"))
    header.set_database_state(ConnectionState(Health.FAULT, "cannot be reached"))
    window.notices.post(
        Notice(
            "gateway",
            Tone.ATTENTION,
            "The gateway cannot be reached. Start it, or check its address in the settings.",
            (NoticeAction("retry", "Try again"), NoticeAction("settings", "Settings")),
            "ConnectError: refused",
        )
    )
    window.plan_review.show_plan(["Read the parser", "Write a failing test", "Fix the rule"])
    return window


@pytest.mark.parametrize("scale", [80, 100, 150, 200])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_everything_is_painted_and_nothing_clipped(
    dressed: QApplication, qtbot: QtBot, name: str, scale: int
) -> None:
    theme = Theme(name, scale)
    theme.apply(dressed)
    window = full_window(theme)
    qtbot.addWidget(window)
    window.resize(theme.scaled(1120), theme.scaled(760))
    window.show()
    qtbot.waitExposed(window)
    dressed.processEvents()

    clipped = []
    for part in (*window.findChildren(QAbstractButton), *window.findChildren(QLabel)):
        if not part.isVisible() or isinstance(part, ElidedLabel):
            continue
        wraps = isinstance(part, QLabel) and part.wordWrap()
        wanted = part.heightForWidth(part.width()) if wraps else part.sizeHint().height()
        if part.height() < wanted or (not wraps and part.width() < part.sizeHint().width()):
            clipped.append(
                (type(part).__name__, part.accessibleName() or part.text(), part.size(), part.sizeHint())
            )
    assert clipped == []

    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = window.grab()
    assert picture.save(str(PICTURES / f"window-{name}-{scale}.png"))
    image, ratio = picture.toImage(), picture.devicePixelRatio()

    def colour_at(part: QWidget, x: int, y: int) -> str:
        place = part.mapTo(window, part.rect().topLeft())
        return image.pixelColor(int((place.x() + x) * ratio), int((place.y() + y) * ratio)).name()

    assert colour_at(window.sessions_dock.widget(), 2, 2) == theme.tokens.surface.name()
    assert colour_at(window.header, 2, 2) == theme.tokens.background.name()
    assert colour_at(window.notices, 2, 4) == theme.tokens.surface.name()


def test_a_change_of_theme_reaches_every_part(dressed: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.apply(dressed)
    changed = full_window(theme)
    qtbot.addWidget(changed)
    changed.show()
    qtbot.waitExposed(changed)
    theme.set_preference("dark")
    dressed.processEvents()
    after = changed.grab().toImage()
    changed.hide()
    fresh = full_window(theme)
    qtbot.addWidget(fresh)
    fresh.show()
    qtbot.waitExposed(fresh)
    dressed.processEvents()
    other = fresh.grab().toImage()
    assert after.size() == other.size()
    different = sum(
        after.pixel(x, y) != other.pixel(x, y)
        for x in range(0, after.width(), 3)
        for y in range(0, after.height(), 3)
    )
    assert different < 60  # the blinking cursor and the focus ring
