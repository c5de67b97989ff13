"""The page by itself: it fits where there is little room, with large text and long words; the keys go through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.language import speak
from chat2anyllm_desktop.ui.dialogs.connection_fields import DatabaseField
from chat2anyllm_desktop.ui.tab_order import insert_in_order
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.welcome.page import EmptyPage
from chat2anyllm_desktop.ui.welcome.prompts import PROMPTS
from tests.ui.test_accessible_names import faults


@pytest.fixture
def long_words() -> Iterator[None]:
    """A language in which everything is half as long again."""
    speak(lambda text, _: f"{text}{' lengthily'[: 1 + len(text) // 2]}{' and more' * (len(text) // 20)}")
    yield
    speak(None)


def page(qtbot: QtBot, scale: int, width: int, *, ways: bool) -> EmptyPage:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme("light", scale)
    theme.apply(app)
    page = EmptyPage(theme)
    qtbot.addWidget(page)
    page.show_words("Welcome", ("A line of words.",))
    shown = page.show_ways(ways)
    page.resize(width, 700)
    page.show()
    if shown is not None:
        shown.gateway.show_state(
            False, "Something is wrong, and this sentence says at some length what can be done."
        )
    return page


def cut(root: QWidget) -> list[str]:
    """What does not show all of its words."""
    found = []
    for label in root.findChildren(QLabel):
        if label.isVisible() and label.text() and label.height() < label.heightForWidth(label.width()):
            found.append(f"label {label.text()!r}")
    for button in root.findChildren(QPushButton):
        if button.isVisible() and button.text() and button.width() < button.sizeHint().width():
            found.append(f"button {button.text()!r}")
    found += [
        f"field {field.accessibleName()!r}"
        for field in root.findChildren(QLineEdit)
        if field.isVisible() and field.height() < field.sizeHint().height()
    ]
    return found


def fits(qtbot: QtBot, shown: EmptyPage) -> None:
    """Wait until it is laid out, with nothing cut and nothing to be scrolled sideways."""

    def holds() -> None:
        assert cut(shown) == []
        assert not shown.horizontalScrollBar().isVisible()

    qtbot.waitUntil(lambda: holds() is None)


@pytest.mark.usefixtures("long_words")
@pytest.mark.parametrize("opened", ["", "engine", "gateway", "database"])
@pytest.mark.parametrize(
    ("scale", "width"), [(100, 420), (100, 500), (100, 900), (150, 520), (200, 620), (200, 1200)]
)
def test_nothing_is_cut_where_there_is_little_room(qtbot: QtBot, scale: int, width: int, opened: str) -> None:
    shown = page(qtbot, scale, width, ways=True)
    assert shown.ways is not None
    if opened:
        getattr(shown.ways, opened).set_open(True)
    fits(qtbot, shown)
    shown.resize(width + 300, 700)
    qtbot.wait(20)
    shown.resize(width, 700)  # What was laid out wide becomes narrow again.
    fits(qtbot, shown)


@pytest.mark.parametrize("width", [320, 900])
def test_the_cards_stand_in_as_many_columns_as_fit(qtbot: QtBot, width: int) -> None:
    shown = page(qtbot, 100, width, ways=False)
    fits(qtbot, shown)
    assert len(shown.prompts.cards) == len(PROMPTS)
    columns = 1 if width < 480 else 2
    qtbot.waitUntil(lambda: len({card.x() for card in shown.prompts.cards}) == columns)


def test_the_keyboard_goes_from_above_to_below(qtbot: QtBot) -> None:
    first = QLineEdit()
    shown = page(qtbot, 100, 900, ways=True)
    holder = QSplitter()
    qtbot.addWidget(holder)
    holder.addWidget(first)
    holder.addWidget(shown)
    holder.show()
    insert_in_order(first, shown.stops())
    ways = shown.ways
    assert ways is not None
    ways.look.setFocus()
    order = [
        ways.look,
        ways.engine.toggle,
        ways.gateway.toggle,
        ways.database.toggle,
        ways.later,
        *shown.prompts.cards[:4],
    ]
    gone: list[QWidget | None] = []
    for _ in order:
        gone.append(shown.window().focusWidget())
        qtbot.keyClick(shown.window().focusWidget(), Qt.Key.Key_Tab)
    shown.setParent(None)
    assert gone == order


@pytest.mark.parametrize("opened", ["engine", "gateway", "database"])
def test_everything_in_a_way_has_a_name(qtbot: QtBot, opened: str) -> None:
    shown = page(qtbot, 100, 900, ways=True)
    assert shown.ways is not None
    getattr(shown.ways, opened).set_open(True)
    assert faults(shown) == []
    field = shown.ways.database.fields["database_url"]
    assert isinstance(field, DatabaseField)
    field.show_parts(True)
    assert faults(shown) == []


def test_one_way_is_open_at_a_time_and_esc_closes_it(qtbot: QtBot) -> None:
    shown = page(qtbot, 100, 900, ways=True)
    assert shown.ways is not None
    gateway, database = shown.ways.gateway, shown.ways.database
    gateway.set_open(True)
    database.set_open(True)
    assert (gateway.is_open, database.is_open) == (False, True)
    with qtbot.assertNotEmitted(shown.left):
        qtbot.keyClick(database.fields["database_url"].focusProxy(), Qt.Key.Key_Escape)
    assert not database.is_open
    assert shown.window().focusWidget() is database.toggle
    with qtbot.waitSignal(shown.left):
        qtbot.keyClick(database.toggle, Qt.Key.Key_Escape)
