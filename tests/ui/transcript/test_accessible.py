"""The conversation as assistive technology sees it, on the real widget."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleInterface, QGuiApplication
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Kind, Status, Usage
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.stage import EVERYTHING, Stage, conversation, message

Role = QAccessible.Role
PRESS = QAccessibleActionInterface.pressAction()
SET_FOCUS = QAccessibleActionInterface.setFocusAction()
NODES = 4000


@pytest.fixture(autouse=True)
def _accessibility() -> Iterator[None]:
    """As where a screen reader runs."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def interface(view: TranscriptView) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(view)


def children(thing: QAccessibleInterface) -> list[QAccessibleInterface]:
    return [thing.child(index) for index in range(thing.childCount())]


def name(thing: QAccessibleInterface) -> str:
    return thing.text(QAccessible.Text.Name)


def description(thing: QAccessibleInterface) -> str:
    return thing.text(QAccessible.Text.Description)


def find(thing: QAccessibleInterface, role: QAccessible.Role, text: str = "") -> QAccessibleInterface:
    """The first below of this role whose name begins so."""
    for child in children(thing):
        if child.role() == role and name(child).startswith(text):
            return child
        try:
            return find(child, role, text)
        except LookupError:
            pass
    raise LookupError(f"no {role.name} named {text!r}")


def written(thing: QAccessibleInterface) -> str:
    text = thing.textInterface()
    return text.text(0, text.characterCount())


def press(stage: Stage, thing: QAccessibleInterface, action: str = PRESS) -> None:
    thing.actionInterface().doAction(action)
    stage.qtbot.wait(1)
    stage.rest()


def settled(stage: Stage) -> None:
    """What was laid out for assistive technology has come to rest."""
    timer = stage.view._description.tree._settle_timer
    stage.qtbot.waitUntil(lambda: not timer.isActive())
    stage.rest()


def test_a_list_of_messages(stage: Stage) -> None:
    stage.reset(message(0, "What is it?"), message(1, "It is **this**.", model="gpt-x"))
    whole = interface(stage.view)
    assert (whole.role(), name(whole)) == (Role.List, "Conversation")
    question, answer = whole.child(0), whole.child(1)
    assert (question.role(), name(question), description(question)) == (Role.ListItem, "You", "What is it?")
    assert (name(answer), description(answer)) == ("Answer of gpt-x", "It is this.")


def test_what_messages_are_called(stage: Stage) -> None:
    stage.reset(
        message(0, "[[ROLE:Reviewer]]\nBe strict.\n---\nLook at it"),
        message(1, "1. Look", model="a", kind=Kind.PLAN),
        message(3, "Done", model="b", kind=Kind.IMPLEMENTATION, status=Status.STOPPED),
        message(5, "", model="c", status=Status.FAILED, usage=Usage(error="The gateway said no.")),
        message(7, "Wor", status=Status.STREAMING),
    )
    stage.model.show_local("# Help")
    whole = interface(stage.view)
    assert [name(whole.child(index)) for index in range(6)] == [
        "You, as Reviewer",
        "Plan of a",
        "Implementation of b: Stopped.",
        "Answer of c: The gateway said no.",
        "Answer",
        "Output of a command",
    ]
    assert description(whole.child(0)) == "Look at it"
    assert [whole.child(index).state().busy for index in range(6)] == [0, 0, 0, 0, 1, 0]
    failed = find(whole.child(3), Role.Grouping, "The gateway said no.")
    assert [name(child) for child in children(failed)] == ["Retry"]


def test_everything_in_an_answer(stage: Stage) -> None:
    stage.reset(message(1, EVERYTHING, model="gpt-x"))
    answer = interface(stage.view).child(0)
    heading = find(answer, Role.Heading)
    assert name(heading) == "A heading"
    assert heading.attributesInterface().attributeValue(QAccessible.Attribute.Level) == 1
    link = find(answer, Role.Link)
    assert (name(link), description(link)) == ("link", "https://example.com/page")
    assert written(link.parent()) == "A paragraph with bold, emphasis, code, struck and a link."
    items = [name(child) for child in children(answer) if child.role() == Role.ListItem]
    assert items == [
        "1. First",
        "2. Second",
        "• nested with code",
        "• another",
        "Done: done",
        "To do: open",
        "1. The note.",
    ]
    box = find(answer, Role.Grouping, "Code, python, 2 lines")
    assert [child.role() for child in children(box)] == [Role.StaticText, Role.Button, Role.Button]
    assert written(box.child(0)).startswith("def answer() -> int:\n    return 42")
    table = find(answer, Role.Table, "Table, 2 columns, 2 rows")
    assert [name(cell) for cell in children(table.child(0))] == ["Name", "Value"]
    cell = table.child(1).child(1)
    assert (cell.role(), name(cell), description(cell)) == (Role.Cell, "1", "Value")
    assert find(answer, Role.Button, "More").state().collapsed
    assert [name(child) for child in children(find(answer, Role.ToolBar, "Actions"))] == [
        "Copy",
        "Copy as Markdown",
        "Retry",
        "Branch",
    ]
    settled(stage)


def test_parents_children_and_places_agree(stage: Stage) -> None:
    stage.reset(message(0, "Why?"), message(1, EVERYTHING, model="gpt-x"))
    viewport = stage.view.viewport()

    def walk(thing: QAccessibleInterface) -> int:
        count = 1
        for index, child in enumerate(children(thing)):
            assert child.isValid()
            assert thing.indexOfChild(child) == index
            assert child.parent() is thing or child.parent() == thing
            count += walk(child)
        return count

    whole = interface(stage.view)
    assert walk(whole) > 40
    settled(stage)
    for text in ("Inline", "Last words"):
        thing = find(whole, Role.Paragraph, text)
        assert thing.rect().contains(viewport.mapToGlobal(stage.point_of(text) + QPoint(2, 2))), text


def deepest(thing: QAccessibleInterface, point: QPoint) -> QAccessibleInterface:
    inside = thing.childAt(point.x(), point.y())
    return deepest(inside, point) if inside is not None else thing


def test_what_is_at_a_point(stage: Stage) -> None:
    stage.reset(
        message(
            1,
            "A [link](https://example.com).\n\n```\ncode\n```\n\n| one | two |\n|---|---|\n| three | four |",
        )
    )
    whole, viewport = interface(stage.view), stage.view.viewport()

    def at(point: QPoint) -> tuple[QAccessible.Role, str]:
        thing = deepest(whole, viewport.mapToGlobal(point))
        return thing.role(), name(thing)

    assert at(stage.spot("https://example.com")) == (Role.Link, "link")
    assert at(stage.spot("Wrap")) == (Role.Button, "Wrap")
    assert at(stage.point_of("code") + QPoint(3, 3)) == (Role.StaticText, "code")
    assert at(stage.point_of("four") + QPoint(3, 3)) == (Role.Cell, "four")
    stage.view.open_find()
    field = stage.view._overlays.find_bar.field
    centre = field.mapToGlobal(field.rect().center())
    assert deepest(whole, centre).object() is field
    stage.view.close_find()


def test_buttons_do_what_clicks_do(stage: Stage, qtbot: QtBot) -> None:
    stage.reset(message(0, "Why?"), message(1, "See [it](https://example.com/x).\n\n```python\nx = 1\n```"))
    whole = interface(stage.view)
    QGuiApplication.clipboard().clear()
    press(stage, find(whole, Role.Grouping, "Code").child(1))
    assert QGuiApplication.clipboard().text() == "x = 1"
    press(stage, find(whole.child(0), Role.Button, "Copy"))
    assert QGuiApplication.clipboard().text() == "Why?"
    with qtbot.waitSignal(stage.view.link_open_requested) as opened:
        press(stage, find(whole, Role.Link))
    assert opened.args == ["https://example.com/x"]
    with qtbot.waitSignal(stage.view.retry_requested) as retried:
        press(stage, find(whole.child(1), Role.Button, "Retry"))
    assert retried.args == [message(1, "").id]
    press(stage, find(whole, Role.Button, "Wrap"))
    assert find(whole, Role.Button, "No wrap").isValid()
    settled(stage)
    qtbot.wait(1600)  # "Copied" becomes "Copy" again.
    assert find(whole, Role.Grouping, "Code").child(1).text(QAccessible.Text.Name) == "Copy"


def test_what_folds(stage: Stage) -> None:
    text = "<details><summary>More</summary>\n\nHidden text.\n\n</details>"
    stage.reset(message(1, text, reasoning="Let me think."))
    answer = interface(stage.view).child(0)
    with pytest.raises(LookupError):
        find(answer, Role.Paragraph)
    thought, more = find(answer, Role.Button, "Thought"), find(answer, Role.Button, "More")
    assert (thought.state().expandable, thought.state().expanded) == (1, 0)
    press(stage, more)
    assert name(find(answer, Role.Paragraph)) == "Hidden text."
    press(stage, find(answer, Role.Button, "Thought"))
    assert name(find(answer, Role.Paragraph)) == "Let me think."
    assert find(answer, Role.Button, "Thought").state().expanded
    settled(stage)


def test_the_focus_is_where_the_keyboard_is(stage: Stage, qtbot: QtBot) -> None:
    stage.reset(message(0, "Why?"), message(1, "See [it](https://example.com/x)."))
    view, whole = stage.view, interface(stage.view)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus)
    focused = whole.focusChild()
    assert (focused.role(), name(focused)) == (Role.ListItem, "Answer")
    assert focused.state().focused
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert (whole.focusChild().role(), name(whole.focusChild())) == (Role.Link, "it")
    assert name(whole.child(1).focusChild()) == "it"
    assert whole.child(0).focusChild() is None
    press(stage, whole.child(0), SET_FOCUS)
    assert name(whole.focusChild()) == "You"
    press(stage, find(whole.child(1), Role.Button, "Retry"), SET_FOCUS)
    assert name(whole.focusChild()) == "Retry"
    with qtbot.waitSignal(view.retry_requested):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert whole.focusChild().role() == Role.List
    settled(stage)


def test_parts_change_while_an_answer_comes(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    answer = interface(stage.view).child(0)
    assert children(answer) == []
    stage.stream(1, "Some words")
    words = answer.child(0)
    assert (words.role(), name(words), answer.childCount()) == (Role.Paragraph, "Some words", 1)
    stage.stream(1, " and more\n\n```py\nx")
    assert name(words) == "Some words and more"
    assert [child.role() for child in children(answer)] == [Role.Paragraph, Role.Grouping]
    box = answer.child(1)
    stage.model.upsert(message(1, "| a |\n|---|\n| b |\n\nAn end."))
    stage.rest()
    assert not words.isValid()
    assert not box.isValid()
    assert [child.role() for child in children(answer)] == [Role.Table, Role.Paragraph, Role.ToolBar]
    settled(stage)


def test_messages_come_and_go_while_somebody_reads(stage: Stage, qtbot: QtBot) -> None:
    stage.reset(*conversation(40))
    whole = interface(stage.view)
    held = [whole.child(index) for index in range(40)]
    parts = [part for thing in held for part in children(thing)]
    stage.model.remove([message(number, "").id for number in range(10, 20)])
    assert [thing.isValid() for thing in held] == [True] * 10 + [False] * 10 + [True] * 20
    qtbot.wait(5)  # Now they are gone from Qt as well.
    assert [thing.isValid() for thing in held] == [True] * 10 + [False] * 10 + [True] * 20
    assert whole.indexOfChild(held[20]) == 10
    assert whole.child(10) is held[20]
    stage.model.prepend([message(-2, "Older"), message(-1, "Oldest")], False)
    assert whole.indexOfChild(held[0]) == 2
    stage.reset(*conversation(3))
    qtbot.wait(5)
    assert not any(thing.isValid() for thing in (*held, *parts))
    assert [name(whole.child(index)) for index in range(3)] == ["You", "Answer", "You"]
    settled(stage)


def test_ten_thousand_messages_are_walked_in_bounded_memory(stage: Stage, qtbot: QtBot) -> None:
    stage.reset(*conversation(10_000))
    whole, tree = interface(stage.view), stage.view._description.tree
    assert whole.childCount() >= 10_000
    assert name(whole.child(5_000)) == "You"
    assert sum(row.opened for row in stage.rows) < 20
    for index in range(10_000):
        assert whole.child(index).isValid()
        if index % 1000 == 0:
            qtbot.wait(1)
    qtbot.wait(5)
    assert tree._count <= NODES
    for index in range(0, 10_000, 7):
        find(whole.child(index), Role.ToolBar)
        if index % 700 == 0:
            qtbot.wait(1)
    settled(stage)
    assert tree._count <= NODES
    assert sum(row.opened for row in stage.rows) <= 80 + len(stage.placed)
    again = whole.child(3)
    assert whole.child(3) is again
    assert QAccessible.uniqueId(again) == QAccessible.uniqueId(whole.child(3))


def test_a_view_that_goes_away_takes_its_nodes_along(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model, Theme("light"))
    model.reset("s", conversation(4))
    whole = interface(view)
    node = whole.child(1)
    number = QAccessible.uniqueId(node.child(0))
    assert QAccessible.accessibleInterface(number) is node.child(0)
    view.deleteLater()
    del view, whole
    qtbot.wait(5)
    gc.collect()
    assert QAccessible.accessibleInterface(number) is None
    assert not node.isValid()


def test_where_letters_are(stage: Stage) -> None:
    stage.reset(message(1, "- First 🙂 words\n- Second"))
    item = interface(stage.view).child(0).child(0)
    text = item.textInterface()
    assert text.characterCount() == len("• First 🙂 words".encode("utf-16-le")) // 2
    assert text.text(8, 10) == "🙂"
    place = text.characterRect(11)  # Of the cursor in front of the letter.
    assert item.rect().contains(place.center())
    assert text.offsetAtPoint(place.center()) in (11, 12)
    settled(stage)
