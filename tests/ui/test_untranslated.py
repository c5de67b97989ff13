"""Every word that the window shows or tells goes through the translation, whatever surface it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from chat2anyllm_desktop.chat.commands.registry import all_commands
from chat2anyllm_desktop.core import language
from chat2anyllm_desktop.ui.translation import LANGUAGES
from tests.conftest import LoopRunner
from tests.test_translations import translations
from tests.ui import surfaces
from tests.ui.scripted import by_question, gateway
from tests.ui.window_driver import WindowDriver, open_window

_KEYS = (
    *("Ctrl", "Shift", "Alt", "Meta", "Enter", "Return", "Esc", "Tab", "Del", "Backspace", "Space", "Ins"),
    *("Home", "End", "PgUp", "PgDown", "Up", "Down", "Left", "Right"),
)
"""Written on the keys; Qt has its own words for them where they have others."""
_PRODUCTS = ("Chat2AnyLLM Desktop", "Chat2AnyLLM", "Markdown", *LANGUAGES.values())
_QT = ("OK",)
"""Buttons that Qt names, by its own translation."""
_WRITTEN = (surfaces.QUESTION, surfaces.ANSWER, "Something else", "Architect", "Reviewer", "Be brief.")
"""By people and models, while the window is furnished."""
_SHOWN = (
    *("Plan mode", "Something else happened.", "Something happened.", "In detail.", "Retry"),
    *("Read", "Write", "Draft", "pasted-1.txt", "Pasted", "page"),
)
"""What the surfaces put on show themselves."""
_SYNTAX = re.compile(r"\w+://\S+|\{[^{}]*\}|\[\w+\]")
"""Addresses as examples; what prompt templates ask for; arguments of commands, as they are typed and documented."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_PIECE = re.compile(r"⟦[^⟦⟧]*⟧")


_WORDS = translations.gather()


def marked(text: str, n: int = -1) -> str:
    """As if there were a translation: of what translators are given, and of nothing else."""
    return f"⟦{text}⟧" if text in _WORDS else text


def rest_of(text: str, data: tuple[str, ...] = ()) -> list[str]:
    """The words that did not go through the translation and are no data."""
    if text.startswith("<div"):
        text = unescape(re.sub(r"<[^>]*>", "", text))
    before = ""
    while before != text:
        before, text = text, _PIECE.sub(" ", text)
    text = _SYNTAX.sub(" ", text)
    for known in sorted(data, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text)
    return _WORD.findall(re.sub(r"\b[\d.,]+[kMs]?\b|\bF\d+\b", " ", text.replace("&", "")))


def told(interface: QAccessibleInterface | None) -> Iterator[str]:
    """All that assistive technology is told: of widgets, of the rows of lists, of messages with what is in them."""
    if interface is None or not interface.isValid() or interface.state().invisible:  # type: ignore[attr-defined]
        return
    for kind in (QAccessible.Text.Name, QAccessible.Text.Description):
        yield interface.text(kind)
    for index in range(interface.childCount()):
        yield from told(interface.child(index))


def seen(root: QWidget) -> Iterator[str]:
    """All that stands in widgets, with their tooltips; what is typed into fields is no word of ours."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible() or widget.window() is not root.window():
            continue
        yield widget.toolTip()
        if widget.isWindow():
            yield widget.windowTitle()
        match widget:
            case QLabel() | QAbstractButton():
                yield widget.text()
            case QLineEdit() | QPlainTextEdit() | QTextEdit():
                yield widget.placeholderText()
            case QComboBox():
                yield from (widget.itemText(row) for row in range(widget.count()))
            case QMenu() | QMenuBar():
                yield from (action.text() for action in widget.actions())
            case QAbstractItemView():
                model = widget.model()
                for row in range(model.rowCount() if model is not None else 0):
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                        yield str(model.index(row, 0).data(role) or "")


def untranslated(root: QWidget, data: tuple[str, ...]) -> list[str]:
    texts = [*seen(root), *told(QAccessible.queryAccessibleInterface(root))]
    return sorted({text for text in texts if rest_of(text, data)})


def data_of(desk: WindowDriver) -> tuple[str, ...]:
    """Names and texts that are the users'."""
    controller = desk.wiring.controller
    library, transcript = controller.library, controller.conversation.transcript
    return (
        *_KEYS,
        *_PRODUCTS,
        *_QT,
        *_WRITTEN,
        *_SHOWN,
        *(session.title for session in library.sessions),
        *(piece for role in library.roles for piece in (role.name, role.instructions)),
        *(piece for model in controller.connections.listed for piece in (model.name, model.provider or "")),
        *(command.name for command in all_commands(controller.desk)),
        *(word for entry in transcript for word in _WORD.findall(entry.text)),
    )


@pytest.fixture
def _marks() -> Iterator[None]:
    language.speak(marked)
    yield
    language.speak(None)


def test_what_is_left_of_a_text() -> None:
    assert rest_of("⟦Send⟧ (Ctrl+Enter)", _KEYS) == []
    assert rest_of("⟦In ⟦this⟧ session⟧, 128k and more") == ["and", "more"]
    assert rest_of("{name} at https://example.com/a is [text] left") == ["at", "is", "left"]
    assert rest_of('<div style="x">⟦A⟧ b &amp; word</div>') == ["word"]


@pytest.mark.usefixtures("_marks")
def test_every_word_of_every_surface_is_translated(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> dict[str, list[str]]:
        found = {}
        async with open_window() as desk:
            await surfaces.furnish(desk)
            for surface in surfaces.SURFACES:
                async with surfaces.on_show(desk, surface) as root:
                    if rest := untranslated(root, data_of(desk)):
                        found[surface.name] = rest
        return found

    with gateway(monkeypatch, by_question(surfaces.SCRIPTS)):
        found = qt_loop.run(scenario(), timeout=120)
    assert found == {}, "\n".join(f"{name}: {text!r}" for name, texts in found.items() for text in texts)
