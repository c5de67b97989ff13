"""The page in the place of an empty conversation."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_XL, FontRole, Theme
from chat2anyllm_desktop.ui.welcome.prompts import PromptCards
from chat2anyllm_desktop.ui.welcome.way import Way, WayWords

_WIDTH = 680
"""Pixels at 100 % text."""
_BESIDE_WAYS = 4
"""Prompts below the ways on: what fits into a new window."""


class EmptyPage(QScrollArea):
    """Signals: ``prompt_chosen`` (its words); ``left`` when the ways on are not wanted now; ``typed`` (QKeyEvent), a key
    that belongs into the message field."""

    prompt_chosen = Signal(str)
    left = Signal()
    typed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        # Labels lose their fonts when what they stand in is put into a window that wears a style sheet.
        super().__init__(parent)
        self._sight = _Sight(self)
        self._theme = theme
        self.ways: Ways | None = None
        """Made when they are first shown."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self._title, self._words = PlainLabel(), PlainLabel()
        for label in (self._title, self._words):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.prompts = PromptCards(theme)
        self.prompts.chosen.connect(self.prompt_chosen)
        self._column = QWidget()
        self._below = QVBoxLayout(self._column)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.setSpacing(SPACE_L)
        self._below.addStretch(2)
        self._below.addWidget(self._title)
        self._below.addWidget(self._words)
        self._below.addSpacing(SPACE_M)
        self._below.addWidget(self.prompts)
        self._below.addStretch(3)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        row.addStretch(1)
        row.addWidget(self._column, 1000)
        row.addStretch(1)
        self.setWidget(content)
        theme.changed.connect(self._dress)
        self._dress()

    def show_words(self, title: str, lines: Sequence[str]) -> None:
        """What stands above everything else."""
        self._title.setText(title)
        self._words.setText("\n".join(lines))
        self.setAccessibleName(title)

    def show_ways(self, shown: bool) -> Ways | None:
        """Show the ways on, or not; returns them once they have been made."""
        if shown and self.ways is None:
            self.ways = Ways(self._theme)
            self.ways.left.connect(self.left)
            self._below.insertWidget(self._below.indexOf(self.prompts), self.ways)
            for stop in self.ways.stops():
                stop.installEventFilter(self._sight)
        if self.ways is not None:
            self.ways.setVisible(shown)
        self.prompts.show_first(_BESIDE_WAYS if shown else len(self.prompts.cards))
        return self.ways

    def stops(self) -> list[QWidget]:
        """Where Tab goes, in order."""
        return [*(self.ways.stops() if self.ways is not None else ()), *self.prompts.cards]

    def _dress(self) -> None:
        theme = self._theme
        self._title.setFont(theme.font(FontRole.HEADING_2))
        self._words.setFont(theme.font(FontRole.UI))
        quiet = self._words.palette()
        quiet.setColor(self._words.foregroundRole(), theme.tokens.text_muted)
        self._words.setPalette(quiet)
        self._column.setMaximumWidth(theme.scaled(_WIDTH))
        self._column.setMinimumWidth(0)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no button or field wanted: letters go into the message, as they do from the conversation."""
        if event.key() == Qt.Key.Key_Escape and self.ways is not None and self.ways.isVisible():
            self.left.emit()
        elif event.text().isprintable() and event.text().strip() and not event.modifiers() & _NOT_TYPING:
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)


class _Sight(QObject):
    """Keeps what has the keyboard in sight. A filter of its own: one that the scroll area calls on itself goes round in
    circles while it is taken down."""

    def __init__(self, page: QScrollArea) -> None:
        super().__init__(page)
        self._page = page

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.gotFocus() and isinstance(watched, QWidget):
            self._page.ensureWidgetVisible(watched, 0, 2 * SPACE_XL)
        return False


class Ways(QWidget):
    """Signal: ``left`` when none of them is wanted now."""

    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.engine = Way(
            "model",
            WayWords(
                tr("A model on this computer"),
                tr(
                    "Answers at once, with nothing to set up and nothing sent anywhere. It is small, and not clever."
                ),
                tr("Choose a file…"),
                tr("Use this model"),
            ),
            ("local_model_path",),
            theme,
        )
        self.look = QPushButton(tr("Use it"))
        self.look.clicked.connect(self.engine.use_it)
        self.engine.add_button(self.look)
        self.engine.told.connect(lambda ok: self.look.setText(tr("Use it") if ok else tr("Look again")))
        self.gateway = Way(
            "gateway",
            WayWords(
                tr("Your LiteLLM gateway"),
                tr(
                    "All models of your team behind one address and one key; any OpenAI-compatible server will do."
                ),
                tr("Connect a gateway…"),
                tr("Use this gateway"),
            ),
            ("gateway_url", "gateway_key"),
            theme,
        )
        self.database = Way(
            "database",
            WayWords(
                tr("A shared PostgreSQL"),
                tr("One history for all your computers, or for the team; also the one of the web edition."),
                tr("Connect a database…"),
                tr("Use this database"),
                tr("What is in the history of this computer stays there: empty the address, and it is back."),
            ),
            ("database_url",),
            theme,
        )
        self.all = (self.engine, self.gateway, self.database)
        self.later = QPushButton()
        self.later.setProperty("look", "quiet")
        self.later.clicked.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_M)
        for way in self.all:
            column.addWidget(way)
            way.opened.connect(lambda opened=way: self._close_others(opened))
        column.addWidget(self.later, 0, Qt.AlignmentFlag.AlignHCenter)
        self.set_done(False)

    def stops(self) -> list[QWidget]:
        """Where Tab goes, in order."""
        return [*(stop for way in self.all for stop in way.stops()), self.later]

    def set_done(self, done: bool) -> None:
        """Whether one of them was taken."""
        self.later.setText(tr("Done") if done else tr("Not now"))

    def _close_others(self, opened: Way) -> None:
        for way in self.all:
            if way is not opened and way.is_open:
                way.set_open(False)


_NOT_TYPING = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
