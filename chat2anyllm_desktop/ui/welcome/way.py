"""One way on: what it is for, how it stands, and the fields that it takes, tried out while they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.dialogs.connection_fields import connection_field
from chat2anyllm_desktop.ui.dialogs.connection_test import Verdict
from chat2anyllm_desktop.ui.dialogs.setting_fields import SecretField, TextField
from chat2anyllm_desktop.ui.dialogs.setting_names import in_words
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.symbol import Symbol
from chat2anyllm_desktop.ui.theme import GRID, SPACE_L, SPACE_M, FontRole, Theme

TYPING_MS = 600
"""Pause in typing after which what was typed is tried out."""

_NARROWEST = 240
"""Pixels at 100 % text that the words keep beside the buttons; where there is less, the buttons stand below."""


@dataclass(frozen=True, slots=True)
class WayWords:
    """What is said of a way on, translated."""

    title: str
    purpose: str
    open: str
    """On the button that shows the fields."""
    use: str
    """On the button that saves them."""
    note: str = ""
    """Below the fields."""


class Way(QFrame):
    """The first of ``names``, settings that there are fields for, is the one without which there is nothing to try.

    Signals: ``trial_wanted`` when there is something to try out: answer with :meth:`show_result`; ``use_wanted`` when what
    stands in the fields is to be used, which has been tried out; ``opened`` when the fields are shown; ``told`` when it
    was said that it can be used, or not.

    While an address is being typed, every pause in it names another host. A key or password, kept or typed, goes to none
    of them before somebody says so: by typing it beside the address, or by Enter.
    """

    trial_wanted = Signal()
    use_wanted = Signal()
    opened = Signal()
    told = Signal(bool)

    def __init__(self, symbol: str, words: WayWords, names: tuple[str, ...], theme: Theme) -> None:
        super().__init__()
        self._theme, self._symbol, self._words = theme, symbol, words
        self._trying = False
        self._use_next = False
        """Use it once the trial has gone well."""
        self._shown: dict[str, object] = {}
        self.fields = {name: connection_field(name, theme) for name in names}
        self._vouched = ""
        """Where the secrets may go."""
        self.setProperty("look", "card")
        self.verdict = Verdict(theme)
        self.toggle = QPushButton(words.open)
        self.toggle.clicked.connect(lambda: self.set_open(not self.is_open))
        self.use = PrimaryButton(words.use, theme)
        self.use.clicked.connect(self.use_it)
        self._icon = Symbol(theme, 20)
        self._kept = PlainLabel()
        self._title, purpose = PlainLabel(words.title), PlainLabel(words.purpose)
        purpose.setProperty("look", "muted")
        for label in (self._title, purpose):
            label.setWordWrap(True)
        text = QVBoxLayout()
        text.setSpacing(GRID)
        for widget in (self._title, purpose, self.verdict):
            text.addWidget(widget)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.setSpacing(SPACE_M)
        self._buttons.addWidget(self.toggle)
        self._in_head = [self.toggle]
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(SPACE_M)
        self._head.addLayout(text, 1)
        self._head.addLayout(self._buttons)
        self._body = self._make_body(words.note)
        self._secrets = self._body.findChildren(SecretField)
        column = QVBoxLayout()
        column.setSpacing(SPACE_L)
        column.addLayout(self._head)
        column.addWidget(self._body)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(3 * GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self.try_out)
        for field in self.fields.values():
            field.edited.connect(self._on_edited)
        for secret in self._secrets:
            secret.edited.connect(self._vouch)
        for editor in self._body.findChildren(QLineEdit):
            editor.returnPressed.connect(self.use_it)
        theme.changed.connect(self._dress)
        self.verdict.hide()
        self._dress()

    def _make_body(self, note: str) -> QWidget:
        body = QWidget()
        body.hide()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_L)
        for field in self.fields.values():
            column.addWidget(field)
        for text, label in ((note, PlainLabel(note)), ("", self._kept)):
            label.setProperty("look", "muted")
            label.setWordWrap(True)
            label.setVisible(bool(text))
            column.addWidget(label)
        column.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
        return body

    def add_button(self, button: QPushButton) -> None:
        """Another one in front of the one that opens the fields."""
        self._buttons.insertWidget(0, button)
        self._in_head.insert(0, button)

    def say_kept(self, sentence: str) -> None:
        """Where a secret that is typed here will be kept."""
        self._kept.setText(sentence)
        self._kept.setVisible(bool(sentence))

    def stops(self) -> list[QWidget]:
        """Where Tab goes, in order."""
        inside = (widget for widget in self._body.findChildren(QWidget) if widget.focusPolicy() & _TAB)
        return [*self._in_head, *inside]

    # The fields ------------------------------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        return not self._body.isHidden()

    def set_open(self, shown: bool) -> None:
        """Show the fields, with the keyboard in the first that can be typed into; or put them away."""
        had_focus = self._body.isAncestorOf(self.window().focusWidget())
        self._body.setVisible(shown)
        self.toggle.setText(tr("Close") if shown else self._words.open)
        self._fit()
        if shown:
            first = next((field for field in self.fields.values() if not field.locked), None)
            (first or self.use).setFocus(Qt.FocusReason.OtherFocusReason)
            self.opened.emit()
            if self.verdict.ok is None:
                self.try_out()
        elif had_focus:
            self.toggle.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_values(self, values: Mapping[str, object], variables: Mapping[str, str]) -> None:
        """Show what is set, and what the environment decides."""
        for name, field in self.fields.items():
            field.blockSignals(True)
            field.set_value(values.get(name))
            field.lock(variables.get(name, ""))
            field.blockSignals(False)
        self._shown = self.values()
        self._vouch()

    def values(self) -> dict[str, object]:
        """As they stand in the fields."""
        return {name: field.value() for name, field in self.fields.items()}

    def changes(self) -> dict[str, object]:
        """Those that are others than what is set."""
        return {name: value for name, value in self.values().items() if value != self._shown.get(name)}

    # Trying out ------------------------------------------------------------------------------------------------------------
    def try_out(self) -> None:
        """Ask for a trial, if there is anything to try."""
        self._pause.stop()
        if not self.is_possible:
            return
        if any(secret.value() for secret in self._secrets) and self._place() not in ("", self._vouched):
            self._trying = False
            self.verdict.show_hint(
                tr("Press Enter to try it out. Before that, your key or password is sent nowhere.")
            )
            self.verdict.show()
            return
        self.show_state(None)
        self._trying = True
        self.trial_wanted.emit()

    def _vouch(self) -> None:
        self._vouched = self._place()

    def _place(self) -> str:
        """What decides to whom a connection leads; empty without an address."""
        address = str(next(iter(self.fields.values())).value())
        try:
            parts = urlsplit(address)
        except ValueError:
            return address
        # libpq takes a host from the options, too.
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}?{parts.query}" if address else ""

    @property
    def is_possible(self) -> bool:
        """Whether there is something to try: not while no more than ``https://`` is typed. The engine has a model of its
        own, and what is in use can be given up."""
        name, field = next(iter(self.fields.items()))
        if name == "local_model_path":
            return True
        assert isinstance(field, TextField)
        typed = field.editor.text().strip().lower()
        return not any(scheme.startswith(typed) for scheme in _SCHEMES) if typed else name in self.changes()

    def use_it(self) -> None:
        """Use what stands in the fields: at once where it was tried out, else when that has gone well."""
        self._vouch()
        if self.verdict.ok:
            self.use_wanted.emit()
        elif self.is_possible:
            self._use_next = True
            self.try_out()

    def show_result(self, ok: bool, sentence: str) -> None:
        """What came of the trial, unless something was typed since."""
        if not self._trying:
            return
        self.show_state(ok, sentence)
        used, self._use_next = self._use_next, False
        if ok and used:
            self.use_wanted.emit()

    def show_state(self, ok: bool | None, sentence: str = "") -> None:
        """How what is in use stands; None while that is being found out."""
        self._trying = False
        if ok is None:
            self.verdict.show_trying()
        else:
            self.verdict.show_result(ok, in_words(sentence))
            self.told.emit(ok)
        self.verdict.show()

    def _on_edited(self) -> None:
        self._use_next = self._trying = False
        self.verdict.clear()
        self.verdict.hide()
        self._pause.start()

    def _fit(self) -> None:
        """The buttons beside the words or below them, one beside or below the other."""
        margins = self._row.contentsMargins()
        room = (
            self.width()
            - margins.left()
            - margins.right()
            - self._row.spacing()
            - self._icon.sizeHint().width()
        )
        needed = sum(button.sizeHint().width() + self._buttons.spacing() for button in self._in_head)
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        fits = needed + self._theme.scaled(_NARROWEST) <= room
        self._head.setDirection(beside if fits else below)
        self._head.setAlignment(
            self._buttons, Qt.AlignmentFlag.AlignTop if fits else Qt.AlignmentFlag.AlignLeft
        )
        self._buttons.setDirection(beside if needed <= room else below)

    def _dress(self) -> None:
        theme = self._theme
        self._title.setFont(theme.font(FontRole.UI_STRONG))
        self._icon.set_icon(self._symbol, theme.tokens.accent)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def minimumSizeHint(self) -> QSize:
        # Not what it needs as it is laid out now: it could never become narrow enough to be laid out otherwise.
        return QSize(self._theme.scaled(_NARROWEST), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_open:
            self.set_open(False)
        else:
            super().keyPressEvent(event)


_TAB = Qt.FocusPolicy.TabFocus
_SCHEMES = ("http://", "https://", "postgres://", "postgresql://")
