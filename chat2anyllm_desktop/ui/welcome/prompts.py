"""Prompts to begin with, as cards: one press puts the words into the message field, and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, FontRole, Theme

_WIDE = 480
"""Pixels at 100 % text from which cards stand two in a row."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """In English; translated where it is shown. ``words`` end where what they are about is to be put."""

    title: str
    purpose: str
    words: str


PROMPTS = (
    Prompt(
        mark("Explain code"),
        mark("What it does, and what could go wrong"),
        mark("Explain what this code does, step by step, and name what could go wrong:"),
    ),
    Prompt(
        mark("Find the cause of an error"),
        mark("From a stack trace to the smallest fix"),
        mark(
            "Here is an error with its stack trace. Name the most likely cause, how to confirm it, and the smallest fix:"
        ),
    ),
    Prompt(
        mark("Review a change"),
        mark("Bugs first, then tests and names"),
        mark(
            "Review this diff like a careful colleague: bugs first, then missing tests, then names. Quote the lines that "
            "you mean:"
        ),
    ),
    Prompt(
        mark("Write tests"),
        mark("Normal cases, edges, and what must fail"),
        mark("Write tests for this code: normal cases, edges, and what must fail. Say what you left out:"),
    ),
    Prompt(
        mark("Compare ways to do it"),
        mark("What each costs, and which one to take"),
        mark(
            "Compare two or three ways to do the following: what each costs, when it breaks, and which one you would take:"
        ),
    ),
    Prompt(
        mark("Plan a change"),
        mark("Questions first, then small steps"),
        mark(
            "I want to make the change below. Ask me first what you need to know; then give a plan in small steps, each of "
            "which can be checked:"
        ),
    ),
)


class PromptCards(QWidget):
    """Signal: ``chosen`` (the words of a prompt)."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._columns = 0
        self.cards = [_Card(prompt, theme) for prompt in PROMPTS]
        for card in self.cards:
            card.clicked.connect(lambda _=False, words=card.prompt.words: self.chosen.emit(tr(words)))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_M)
        self._arrange(2)

    def show_first(self, count: int) -> None:
        """Show only so many of them."""
        for number, card in enumerate(self.cards):
            card.setVisible(number < count)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // columns, number % columns)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, columns - 1)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= self._theme.scaled(_WIDE) else 1)


class _Card(QPushButton):
    """A button of two lines, as wide as there is room."""

    def __init__(self, prompt: Prompt, theme: Theme) -> None:
        super().__init__()
        self.prompt = prompt
        self._theme = theme
        self.setProperty("look", "card")
        self.setAutoDefault(False)
        self.setAccessibleName(tr(prompt.title))
        self.setAccessibleDescription(tr(prompt.purpose))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title, purpose = PlainLabel(tr(prompt.title)), PlainLabel(tr(prompt.purpose))
        purpose.setProperty("look", "muted")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(GRID // 2)
        for label in (self._title, purpose):
            label.setWordWrap(True)
            column.addWidget(label)
        theme.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self._title.setFont(self._theme.font(FontRole.UI_STRONG))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._column.minimumSize()
