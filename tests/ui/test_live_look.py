"""A look that is put on while the window stands is the look that it would have been made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Author, Message, Role, Session, Template, utc_now
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.dialogs.setting_fields import ChoiceField
from chat2anyllm_desktop.ui.dialogs.settings import PAGES, SettingsDialog
from chat2anyllm_desktop.ui.dialogs.templates import TemplatesDialog
from chat2anyllm_desktop.ui.facts import Notice, NoticeAction, Tone
from chat2anyllm_desktop.ui.main_window import MainWindow
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.tokens import contrast
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.part import Deed, Spot
from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from chat2anyllm_desktop.ui.welcome.page import EmptyPage

NOW = utc_now()
SIZES = {
    "window": QSize(1500, 1300),
    "settings": QSize(1100, 1000),
    "templates": QSize(1000, 700),
    "conversation": QSize(900, 600),
}


@dataclass(frozen=True)
class Look:
    preference: str = "light"
    contrast: str = "normal"
    percent: int = 100


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    before = (qapp.palette(), qapp.font(), qapp.styleSheet())
    hints = QGuiApplication.styleHints()
    flash = hints.cursorFlashTime()
    hints.setCursorFlashTime(0)
    yield qapp
    hints.setCursorFlashTime(flash)
    qapp.setStyleSheet(before[2])
    qapp.setFont(before[1])
    qapp.setPalette(before[0])
    hints.unsetColorScheme()


def furnished(theme: Theme, qtbot: QtBot) -> dict[str, QWidget]:
    """What is on show at the same time as the place where the look is chosen, and what stays from one time to the next."""
    transcript = TranscriptModel()
    window = MainWindow(theme, TranscriptView(transcript, theme), Composer(theme))
    transcript.setParent(window)
    window.header.set_model("alpha")
    window.header.role_chip.show_text("Reviewer", "Be exact.")
    window.sessions_dock.set_sessions([Session(id="s", title="One", created_at=NOW, updated_at=NOW)])
    window.roles_dock.set_roles(
        [Role(id="r", name="Reviewer", instructions="Be exact.", created_at=NOW, updated_at=NOW)]
    )
    window.roles_dock.set_current("r")
    actions = (NoticeAction("retry", "Retry"),)
    window.notices.post(Notice("n", Tone.ATTENTION, "Something happened.", actions, "In detail."))
    window.notices._details.setChecked(True)
    window.plan_review.show_plan(["Read", "Write"], focus=False)
    page = EmptyPage(theme, window.middle)
    page.show_words("Welcome", ("Some words",))
    ways = page.show_ways(True)
    assert ways is not None
    ways.gateway.set_open(True)
    ways.gateway.show_state(False, "It cannot be reached.")
    window.middle.addWidget(page)
    window.middle.setCurrentWidget(page)
    settings = SettingsDialog(theme)
    settings.gateway_test._trying = True
    settings.show_gateway_result(True, "Connected.")
    settings.show_error("It cannot be used.")
    templates = TemplatesDialog(theme)
    templates.set_templates(
        [Template(id="t", name="review", text="Review it.", created_at=NOW, updated_at=NOW)]
    )
    made: dict[str, QWidget] = {
        "window": window,
        "settings": settings,
        "templates": templates,
        "conversation": conversation(theme),
    }
    for widget in made.values():
        qtbot.addWidget(widget)
        widget.show()
    return made


def conversation(theme: Theme) -> TranscriptView:
    """With what floats over it."""
    model = TranscriptModel()
    view = TranscriptView(model, theme)
    model.setParent(view)
    text = "\n\n".join(f"Paragraph {number} with [a link](https://example.org/)" for number in range(60))
    model.reset("s", [Message(id="m", session_id="s", author=Author.ASSISTANT, content=text, created_at=NOW)])
    overlays = view._overlays
    overlays.show_address(Spot(Deed.LINK, "a link", "https://example.org/a/long/address"))
    view.open_find()
    overlays.find_bar.field.setText("Paragraph")
    return view


def pictures(made: dict[str, QWidget], qtbot: QtBot) -> dict[str, QImage]:
    """Of everything, at the same sizes."""
    found = {}
    for name, widget in made.items():
        widget.resize(SIZES[name])
    window = made["window"]
    assert isinstance(window, MainWindow)
    docks = [window.sessions_dock, window.roles_dock]
    window.resizeDocks(docks, [500, 500], Qt.Orientation.Horizontal)
    window.resizeDocks(docks, [600, 400], Qt.Orientation.Vertical)
    qtbot.wait(100)
    for name, widget in made.items():
        if isinstance(widget, SettingsDialog):
            for row, page in enumerate(PAGES):
                widget._list.setCurrentRow(row)
                qtbot.wait(20)
                found[f"{name}: {page}"] = widget.grab().toImage()
            continue
        if isinstance(widget, TranscriptView):  # Which of it is on show is not the question here.
            widget._pointer.leave()
            widget._overlays.address.show()
            widget._overlays.jump.show()
        found[name] = widget.grab().toImage()
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Look(), Look("dark")),
        (Look("dark"), Look("light", "high")),
        (Look(), Look(percent=200)),
        (Look(percent=200), Look(percent=80)),
    ],
    ids=["dark", "high contrast", "large", "small"],
)
def test_a_look_put_on_live_is_the_one_of_a_new_start(
    application: QApplication, qtbot: QtBot, before: Look, after: Look
) -> None:
    theme = Theme(before.preference, before.percent, contrast=before.contrast)
    theme.apply(application)
    made = furnished(theme, qtbot)
    pictures(made, qtbot)
    theme.set_preference(after.preference)
    theme.set_contrast(after.contrast)
    theme.set_text_scale(after.percent)
    live = pictures(made, qtbot)
    for widget in made.values():
        widget.hide()
    theme = Theme(after.preference, after.percent, contrast=after.contrast)
    theme.apply(application)
    new = pictures(furnished(theme, qtbot), qtbot)
    assert [name for name in new if new[name] != live[name]] == []


def test_the_button_of_the_theme_shows_a_choice_that_changes_no_colour(
    application: QApplication, qtbot: QtBot
) -> None:
    theme = Theme("system")
    window = furnished(theme, qtbot)["window"]
    assert isinstance(window, MainWindow)
    button = window.header.theme_button
    shown = button.icon().pixmap(18, 18).toImage()
    theme.set_preference(theme.name)
    assert button.icon().pixmap(18, 18).toImage() != shown


def test_in_high_contrast_the_current_one_of_some_choices_is_outlined(
    application: QApplication, qtbot: QtBot
) -> None:
    theme = Theme("light", contrast="high")
    theme.apply(application)
    field = ChoiceField("Colours", "", (("light", "Light"), ("dark", "Dark")), theme)
    qtbot.addWidget(field)
    field.show()
    field.editor.showPopup()
    view = field.editor.view()
    qtbot.waitUntil(view.isVisible)
    row = view.grab(view.visualRect(view.currentIndex())).toImage()
    assert row.pixelColor(row.width() // 2, 0) == theme.tokens.accent
    field.editor.hidePopup()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_menus_without_room_stand_behind_an_arrow_that_can_be_seen(
    application: QApplication, qtbot: QtBot, name: str
) -> None:
    theme = Theme(name)
    theme.apply(application)
    window = MainWindow(theme, QWidget(), QPlainTextEdit())
    qtbot.addWidget(window)
    theme.set_text_scale(200)
    window.show()
    window.resize(300, 500)
    rest = window.menuBar().findChild(QToolButton, "qt_menubar_ext_button")
    assert rest is not None
    qtbot.waitUntil(rest.isVisible)
    assert window.menuBar().rect().contains(rest.geometry())
    picture = window.menuBar().grab(rest.geometry()).toImage()
    pixels = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    assert max(contrast(pixel, theme.tokens.surface) for pixel in pixels) > 3
