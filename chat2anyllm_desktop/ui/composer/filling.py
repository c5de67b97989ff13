"""A prompt template that is laid out in the message field: its places are marked, and filled in one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from chat2anyllm_desktop.chat.commands import Completion, Layout, typed
from chat2anyllm_desktop.chat.fuzzy import rank
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.composer.editor import ComposerEditor, is_heavy, len_utf16
from chat2anyllm_desktop.ui.composer.fields import Edit, Field, Fields
from chat2anyllm_desktop.ui.theme import Theme

CLIPBOARD, SELECTION = "clipboard", "selection"
"""Variables for which what they are named after is offered. Nothing is read before that is chosen."""


class Filling(QObject):
    """Watches the editor while there are fields. Tab and Shift+Tab go from one to the next, Esc gives the text back that was
    typed before. Signal: ``changed`` (another field, another state, or none any more)."""

    changed = Signal()

    def __init__(self, editor: ComposerEditor, theme: Theme) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self._fields: Fields | None = None
        self._current: Field | None = None
        self._applying = False
        self._selected = (0, 0)
        """Before the next change, in characters."""
        self.selected_text: Callable[[], str] = str
        """What is selected in the conversation."""
        editor.textChanged.connect(self._on_text_changed)
        editor.cursorPositionChanged.connect(self._on_cursor_moved)
        editor.selectionChanged.connect(self._on_selection_changed)
        editor.heavy_pasted.connect(self._on_heavy_pasted)
        theme.changed.connect(self._mark)

    @property
    def active(self) -> bool:
        """Whether there are places to be filled in."""
        return self._fields is not None and bool(self._fields.all)

    def begin(self, layout: Layout) -> None:
        """Lay a template out in place of what was typed; one undo step."""
        fields = Fields(layout, self._editor.toPlainText(), self._fields)
        self._current = None
        self._applying = True
        # Without places nothing tells this text from what is typed, where a slash would begin a command.
        self._editor.replace_all(fields.text if fields.all else typed(fields.text))
        self._applying = False
        self._fields = fields
        stops = fields.stops
        if stops:
            self._go_to(next((field for field in stops if not field.filled), stops[0]))
        self._mark()

    def forget(self) -> None:
        """What was laid out is sent."""
        self._fields, self._current = None, None
        self._mark()

    def replace_text(self, replace: Callable[[], None]) -> None:
        """Show another text. What was laid out is over, until the text comes back that was there."""
        self._applying = True
        replace()
        self._applying = False
        self._current = None
        if self._fields is not None and not self._fields.recall(self._editor.toPlainText()):
            self._fields.rest()
        self._mark()

    def finished(self) -> str | None:
        """The text with everything filled in; None when something is missing: the cursor is there then."""
        assert self._fields is not None
        missing = self._fields.missing
        if missing is not None:
            self._go_to(missing)
            return None
        return self._fields.finished

    def hint(self) -> str:
        """What is being filled in, in a few words; empty when the cursor is in none of the places."""
        if self._fields is None or self._current is None:
            return ""
        names = [field.variable.name for field in self._fields.stops]
        name = self._current.variable.name
        return tr("{name} ({number} of {count})", name=name, number=names.index(name) + 1, count=len(names))

    def offers(self) -> Sequence[Completion]:
        """What may be put into the place where the cursor is."""
        if self._fields is None or self._current is None:
            return ()
        variable, content = self._current.variable, self._fields.content(self._current)
        if variable.name == CLIPBOARD and not content:
            return (Completion("", tr("Insert what is on the clipboard")),)
        if variable.name == SELECTION and not content and self.selected_text():
            return (Completion("", tr("Insert what is selected in the conversation")),)
        choices = [choice for choice in variable.choices if choice]
        query = "" if content in choices else content
        matches = rank(query, choices)
        found = [
            Completion(choices[match.index], choices[match.index], positions=match.positions)
            for match in matches
        ]
        return sorted(found, key=lambda each: each.text != content)  # What stands there comes first.

    def take(self, offer: Completion) -> None:
        """Put an offer into its place, and go on to the next."""
        if self._fields is None or self._current is None:
            return
        text = offer.text
        if not text and self._current.variable.name == CLIPBOARD:
            text = QGuiApplication.clipboard().text()
        elif not text:
            text = self.selected_text()
        if is_heavy(text):
            self._editor.heavy_pasted.emit(text, False)
        else:
            self._put(self._current, text)
        self.step(1)

    def step(self, by: int) -> None:
        """Go to the next place, or to the one before."""
        if self._fields is None:
            return
        stops = self._fields.stops
        if not stops:
            return
        if self._current is None:
            position = self._position()
            later = [field for field in stops if field.start >= position]
            earlier = [field for field in stops if field.end <= position]
            self._go_to((later or stops)[0] if by > 0 else (earlier or stops)[-1])
            return
        at = next(index for index, each in enumerate(stops) if each.variable == self._current.variable)
        self._go_to(stops[(at + by) % len(stops)])

    def give_up(self) -> None:
        """Back to what was typed; undo brings the fields again."""
        if self._fields is not None:
            typed = self._fields.typed
            self.replace_text(lambda: self._editor.replace_all(typed))

    def _go_to(self, field: Field) -> None:
        before, self._current = self._current, field
        if before is not None and before is not field and self._fields is not None:
            self._apply(self._fields.left(before))
        self._select(field)
        self._mark()

    def _select(self, field: Field) -> None:
        cursor = self._editor.textCursor()
        cursor.setPosition(self._utf16(field.start))
        cursor.setPosition(self._utf16(field.end), QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)

    def _put(self, field: Field, text: str) -> None:
        self._select(field)
        self._editor.textCursor().insertText(text)

    def _on_heavy_pasted(self) -> None:
        """What is too much for the field goes with the message; its place says so."""
        if self._current is not None and not self._current.filled:
            self._put(self._current, tr("(attached)"))

    def _on_text_changed(self) -> None:
        if self._fields is None or self._applying:
            return
        text = self._editor.toPlainText()
        if not self._fields.all:
            self._fields.recall(text)  # Undo has brought it back.
        else:
            self._apply(self._fields.edited(text, self._position(), self._current, self._selected))
        self._current = self._fields.at(self._position(), self._current)
        self._on_selection_changed()
        self._mark()

    def _on_selection_changed(self) -> None:
        if self._fields is None:
            return
        text = self._editor.toPlainText()
        if self._fields.text == text:
            cursor = self._editor.textCursor()
            self._selected = (
                _characters(text, cursor.selectionStart()),
                _characters(text, cursor.selectionEnd()),
            )

    def _on_cursor_moved(self) -> None:
        if self._fields is None or self._applying or self._fields.text != self._editor.toPlainText():
            return  # The text has changed and is told in a moment.
        before, self._current = self._current, self._fields.at(self._position(), self._current)
        if before is not None and before is not self._current and not self._editor.composing:
            self._apply(self._fields.left(before))
        current = self._current
        if current is not None and current.labelled and not self._editor.textCursor().hasSelection():
            inside = current.start < self._position() < current.end
            if inside and not self._editor.composing:
                self._select(current)
        self._mark()

    def _apply(self, edits: Sequence[Edit]) -> None:
        """Change the text as the fields have already been changed; part of the user's own step for undo."""
        if not edits:
            return
        self._applying = True
        cursor = QTextCursor(self._editor.document())
        cursor.joinPreviousEditBlock()
        text = self._editor.toPlainText()
        for edit in edits:
            cursor.setPosition(len_utf16(text[: edit.start]))
            cursor.setPosition(len_utf16(text[: edit.end]), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(edit.text)
            text = text[: edit.start] + edit.text + text[edit.end :]
        cursor.endEditBlock()
        self._applying = False

    def _position(self) -> int:
        return _characters(self._editor.toPlainText(), self._editor.textCursor().position())

    def _utf16(self, position: int) -> int:
        assert self._fields is not None
        return len_utf16(self._fields.text[:position])

    def _mark(self) -> None:
        selections = []
        for field in self._fields.all if self._fields is not None else ():
            selection = QTextEdit.ExtraSelection()
            cursor = self._editor.textCursor()
            cursor.setPosition(self._utf16(field.start))
            cursor.setPosition(self._utf16(field.end), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = self._format(field)
            selections.append(selection)
        self._editor.setExtraSelections(selections)
        self._editor.pastes_long = self._current is not None
        if self.active:
            self._editor.installEventFilter(self)  # Once, however often it is said.
        else:
            self._editor.removeEventFilter(self)
        self.changed.emit()

    def _format(self, field: Field) -> QTextCharFormat:
        tokens = self._theme.tokens
        marked = QTextCharFormat()
        marked.setBackground(tokens.accent_soft)
        if field is self._current:
            marked.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            marked.setUnderlineColor(tokens.accent)
        if not field.filled:
            marked.setForeground(tokens.text_muted)
        return marked

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.active or self._editor.composing or event.type() != QEvent.Type.KeyPress:
            return False
        assert isinstance(event, QKeyEvent)
        if self._editor.completion_open:
            return False  # Its keys come first.
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Tab and not event.modifiers():
            self.step(1)
        elif event.key() == Qt.Key.Key_Backtab or (event.key() == Qt.Key.Key_Tab and shift):
            self.step(-1)
        elif event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.give_up()
        else:
            return False
        return True


def _characters(text: str, units: int) -> int:
    """A position in UTF-16 units as one in characters."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))
