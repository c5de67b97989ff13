"""The fields of the settings window: a label, something to set, and a sentence on what it does."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.setting_types import MASK
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, Theme
from chat2anyllm_desktop.ui.tick_box import TickBox


class Field(QWidget):
    """Signals: ``edited`` whenever the value changed. ``locked`` is true for what the environment decides."""

    edited = Signal()

    def __init__(self, label: str, hint: str) -> None:
        super().__init__()
        self.locked = False
        self._said = hint
        self._label = PlainLabel(label)
        self._hint = PlainLabel(hint)
        self._hint.setProperty("look", "muted")
        self._hint.setWordWrap(True)
        self._hint.setVisible(bool(hint))
        self._line = QHBoxLayout()
        self._line.setSpacing(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._label)
        column.addLayout(self._line)
        column.addWidget(self._hint)

    @property
    def label(self) -> str:
        return self._label.text()

    @abstractmethod
    def value(self) -> object:
        """What is set, in the form of the settings table."""

    @abstractmethod
    def set_value(self, value: object) -> None:
        """Show a value as :meth:`value` gives it."""

    def explain(self, sentence: str) -> None:
        """Another sentence on what it does here."""
        self._said = sentence
        self._tell(sentence)

    def lock(self, variable: str) -> None:
        """Show the value only: the environment variable decides. An empty name unlocks."""
        self.locked = bool(variable)
        self._set_editable(not variable)
        self._tell(tr("Set by {variable} in the environment.", variable=variable) if variable else self._said)

    def _tell(self, sentence: str) -> None:
        self._hint.setText(sentence)
        self._hint.setVisible(bool(sentence))
        if (editor := self._label.buddy()) is not None:
            editor.setAccessibleDescription(sentence)

    def _set_editable(self, editable: bool) -> None:
        self.setEnabled(editable)

    def _add(self, editor: QWidget, stretch: int = 1) -> None:
        self._label.setBuddy(editor)
        if self.focusProxy() is None:
            self.setFocusProxy(editor)
        editor.setAccessibleName(self._label.text())
        editor.setAccessibleDescription(self._hint.text())
        self._line.addWidget(editor, stretch)


class TextField(Field):
    """A line of text. ``placeholder`` shows what it would look like."""

    def __init__(self, label: str, hint: str = "", placeholder: str = "") -> None:
        super().__init__(label, hint)
        self.editor = QLineEdit()
        self.editor.setPlaceholderText(placeholder)
        self.editor.textChanged.connect(lambda _: self.edited.emit())
        self._add(self.editor)

    def value(self) -> object:
        return self.editor.text().strip()

    def set_value(self, value: object) -> None:
        self.editor.setText("" if value is None else str(value))
        self.editor.setCursorPosition(0)

    def _set_editable(self, editable: bool) -> None:
        self.editor.setReadOnly(not editable)  # can still be read to its end and copied


class SecretField(TextField):
    """A line that shows dots. What is stored comes as a mask, which stays as it is unless it is typed over."""

    def __init__(self, label: str, theme: Theme, hint: str = "") -> None:
        super().__init__(label, hint)
        self.editor.setEchoMode(QLineEdit.EchoMode.Password)
        self.editor.textEdited.connect(self._on_typed)
        self._eye = IconButton("vision", tr("Show what is typed"), theme)
        self._eye.setCheckable(True)
        self._eye.toggled.connect(self._on_eye)
        self._line.addWidget(self._eye)

    def set_value(self, value: object) -> None:
        super().set_value(value)
        self._eye.setChecked(False)  # Another secret is not shown because one was.

    def _on_typed(self, text: str) -> None:
        # Half a mask is no secret: what is typed anywhere in it stands in its place.
        if MASK[0] in text and text != MASK:
            self.editor.setText(text.replace(MASK[0], ""))

    def _on_eye(self, shown: bool) -> None:
        self.editor.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._eye.setChecked(False)  # When it comes back, somebody else may be looking.


class PathField(TextField):
    """The path of a file, typed or chosen."""

    def __init__(self, label: str, hint: str, name_filter: str) -> None:
        super().__init__(label, hint)
        self._name_filter = name_filter
        self._browse = QPushButton(tr("Choose…"))
        self._browse.clicked.connect(self._on_browse)
        self._line.addSpacing(GRID)
        self._line.addWidget(self._browse)

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, self._label.text(), self.editor.text(), self._name_filter)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.editor.setText)
        dialog.open()

    def _set_editable(self, editable: bool) -> None:
        super()._set_editable(editable)
        self._browse.setEnabled(editable)


class FlagField(Field):
    """Yes or no; its label stands beside the box."""

    def __init__(self, label: str, theme: Theme, hint: str = "") -> None:
        super().__init__(label, hint)
        self._label.hide()
        self.editor = TickBox(label, theme)
        self.editor.toggled.connect(lambda _: self.edited.emit())
        self._add(self.editor)

    def value(self) -> object:
        return self.editor.isChecked()

    def set_value(self, value: object) -> None:
        self.editor.setChecked(bool(value))

    def _set_editable(self, editable: bool) -> None:
        self.editor.setEnabled(editable)


class NumberField(TextField):
    """A number; whether it is in range is said when it is saved. The arrow keys change it by ``step``."""

    def __init__(self, label: str, hint: str, *, step: int = 1, unit: str = "") -> None:
        super().__init__(label, hint)
        self._step = step
        self.editor.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.editor.installEventFilter(self)
        self._line.addSpacing(GRID)
        self._line.addWidget(PlainLabel(unit))
        self._line.addStretch(1)

    def value(self) -> object:
        """A number, or what was typed where that is none."""
        text = self.editor.text().strip()
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return text
        return int(number) if number.is_integer() else number

    def set_value(self, value: object) -> None:
        super().set_value(f"{value:g}" if isinstance(value, int | float) else value)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Up: self._step, Qt.Key.Key_Down: -self._step}.get(Qt.Key(event.key()))
            number = self.value()
            if steps and not self.locked and isinstance(number, int | float):
                self.set_value(number + steps)
                return True
        return super().eventFilter(watched, event)


class ChoiceField(Field):
    """One of a few. ``choices`` are pairs of value and words."""

    def __init__(self, label: str, hint: str, choices: Sequence[tuple[str, str]], theme: Theme) -> None:
        super().__init__(label, hint)
        self.editor = _ChoiceBox(theme)
        for value, words in choices:
            self.editor.addItem(words, value)
        self.editor.currentIndexChanged.connect(lambda _: self.edited.emit())
        self._add(self.editor, 0)
        self._line.addStretch(1)

    def value(self) -> object:
        return self.editor.currentData()

    def set_value(self, value: object) -> None:
        self.editor.setCurrentIndex(max(0, self.editor.findData(value)))

    def _set_editable(self, editable: bool) -> None:
        self.editor.setEnabled(editable)


class _ChoiceBox(QComboBox):
    """With an arrow of our icon family."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setItemDelegate(QStyledItemDelegate(self))  # Its own knows nothing of the style sheet.
        theme.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.setMinimumWidth(self._theme.scaled(200))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        edge = self._theme.scaled(16)
        arrow = pixmap("chevron-down", self._theme.tokens.text_muted, edge, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(self.width() - edge - SPACE_M, (self.height() - edge) // 2, arrow)
        painter.end()
