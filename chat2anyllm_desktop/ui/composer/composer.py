"""The composer: editor, completion, Send / Stop, and a quiet line that says what Enter does and how much was written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from chat2anyllm_desktop.chat.commands import Completion, Completions, Foretold, Layout, typed
from chat2anyllm_desktop.chat.commands.parser import split_line
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.composer.completion import CompletionPopup
from chat2anyllm_desktop.ui.composer.editor import ComposerEditor, is_heavy, len_utf16
from chat2anyllm_desktop.ui.composer.filling import Filling
from chat2anyllm_desktop.ui.composer.held import HeldText
from chat2anyllm_desktop.ui.plain_text import ElidedLabel
from chat2anyllm_desktop.ui.shortcuts import key_words, words_of
from chat2anyllm_desktop.ui.theme import RADIUS_LARGE, SPACE_L, SPACE_M, SPACE_S, FontRole, Theme

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text and code; the estimate shown is marked with "about"."""

LONG_TEXT = 2_000
"""Characters from which the estimate is worth showing."""

Completer = Callable[[str, int], Completions]
"""Text and cursor, in characters, to the offers."""

Foreteller = Callable[[str, int, tuple[int, int, str] | None], Foretold | None]
"""Text, cursor and the offer that is taken to what Enter will do."""

Layouter = Callable[[str, bool], Layout | None]
"""A line to the prompt template that it names; only if something is missing, or always."""


class _Field(QFrame):
    """The rounded outline around editor and button; it shows the focus of the editor inside."""

    def __init__(self, theme: Theme, editor: ComposerEditor) -> None:
        super().__init__()
        self._theme = theme
        self._editor = editor

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.accent if self._editor.hasFocus() else tokens.control, 1))
        painter.setBrush(tokens.surface_raised)
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_LARGE, RADIUS_LARGE
        )


class Composer(QFrame):
    """Signals are wishes: ``send_requested`` (the text as typed), ``edit_sent`` (id of the message that
    is edited, its new text), ``stop_requested``, ``recall_requested`` (Up in an empty
    field), and the fact ``draft_changed`` (after every edit; read :attr:`text` when it matters: a pasted megabyte is not
    copied per key)."""

    send_requested = Signal(str)
    edit_sent = Signal(str, str)
    stop_requested = Signal()
    recall_requested = Signal()
    draft_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._completer: Completer | None = None
        self._foreteller: Foreteller = lambda *_: None
        self._layouter: Layouter = lambda *_: None
        self._range = (0, 0)
        self._busy = False
        self._edited = self._original = ""
        self._put_aside = ""
        self._quiet = False
        self._sends_held = True
        self.editor = ComposerEditor(self)
        self.editor.setAccessibleName("Message")
        self.editor.setPlaceholderText("Message, or / for commands")
        self.filling = Filling(self.editor, theme)
        self.button = QPushButton("Send", self)
        self.button.setProperty("look", "primary")
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hint = ElidedLabel("", self)
        self.hint.setProperty("look", "muted")
        self.held = HeldText(theme)
        self._lay_out()
        self._popup = CompletionPopup(theme, self._field)
        self.editor.textChanged.connect(self._on_text_changed)
        self.editor.cursorPositionChanged.connect(self._update_completion)
        self.editor.submitted.connect(self.submit)
        self.editor.recall_requested.connect(self.recall_requested)
        self.editor.heavy_pasted.connect(self._on_heavy_pasted)
        self.held.dropped.connect(self._on_text_changed)
        self.filling.changed.connect(self._on_filling_changed)
        self.editor.completion_key.connect(self._on_completion_key)
        self.editor.focus_changed.connect(self._on_focus_changed)
        self.button.clicked.connect(self._on_button)
        self._popup.chosen.connect(self._on_chosen)
        theme.changed.connect(self._on_theme_changed)
        self.setFocusProxy(self.editor)
        self._on_theme_changed()
        self._show_state()

    def _lay_out(self) -> None:
        self._field = _Field(self._theme, self.editor)
        row = QHBoxLayout(self._field)
        row.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        row.setSpacing(SPACE_M)
        row.addWidget(self.editor, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._field)
        layout.addWidget(self.hint)
        # Above the field, and behind it in the order of Tab: who comes here wants to write.
        layout.insertWidget(0, self.held)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    # What the controller tells ---------------------------------------------------------------------------------------
    @property
    def text(self) -> str:
        """What is written, and the long paste held beside it."""
        return "\n\n".join(part for part in (self.editor.toPlainText(), self.held.text) if part)

    def set_text(self, text: str, *, undoable: bool = False) -> None:
        """Show a draft, a recalled or a refused message; it does not count as typed, so no completion opens."""
        self._quiet = True
        heavy = is_heavy(text)
        self.held.set_text(text if heavy else "")
        self.filling.replace_text(lambda: self.editor.replace_all("" if heavy else text, undoable=undoable))
        self._quiet = False
        self._close_completion()

    def take(self, event: QEvent) -> None:
        """What was typed elsewhere is written here. The keyboard follows, once an input method has completed its word:
        it would give up what it has begun."""
        if not isinstance(event, QInputMethodEvent) or event.commitString():
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        QCoreApplication.sendEvent(self.editor, event.clone())

    def clear(self) -> None:
        """What was submitted is taken; a paste that it was no part of stays."""
        held = "" if self._sends_held else self.held.text
        self.set_text("")
        self.filling.forget()
        self.held.set_text(held)
        self._show_state()

    def set_busy(self, busy: bool) -> None:
        """An answer streams in the session on show: the button is Stop, Enter still sends what is typed."""
        self._busy = busy
        self._show_state()

    def set_completer(self, completer: Completer) -> None:
        """Where the offers come from."""
        self._completer = completer

    def set_commands(self, foreteller: Foreteller, layouter: Layouter) -> None:
        """Where it is known what Enter will do, and what a prompt template asks for."""
        self._foreteller, self._layouter = foreteller, layouter

    def set_send_on_enter(self, send_on_enter: bool) -> None:
        """False: Enter breaks the line and Ctrl+Enter sends."""
        self.editor.send_on_enter = send_on_enter
        self._show_state()

    def begin_edit(self, message_id: str, text: str) -> None:
        """Edit a message that was sent; what stood in the field comes back afterwards. Esc gives it up."""
        if not self._edited:
            self._put_aside = self.text
        self._edited, self._original = message_id, text
        self.set_text(text)
        self.editor.setFocus()
        self._show_state()

    @property
    def edited(self) -> str:
        """Id of the message that is being edited; empty when a new one is written."""
        return self._edited

    @property
    def unsent_edit(self) -> str:
        """What the message that is being edited has become; empty while it is unchanged."""
        return self.text if self._edited and self.text != self._original else ""

    @property
    def draft(self) -> str:
        """The new message as far as it is written, also while another one is edited."""
        return self._put_aside if self._edited else self.text

    def give_back(self, text: str) -> None:
        """A message that was not sent goes in front of what has been written since."""
        draft = "\n".join(part for part in (text, self.draft) if part.strip())
        if self._edited:
            self._put_aside = draft
        elif self.held.text and not is_heavy(text):
            written = "\n".join(part for part in (text, self.editor.toPlainText()) if part.strip())
            self._quiet = True
            self.editor.replace_all(written, undoable=False)
            self._quiet = False
        else:
            self.set_text(draft)

    def end_edit(self) -> None:
        """Back to what was being written before."""
        if not self._edited:
            return
        self._edited = ""
        self.set_text(self._put_aside)
        self._put_aside = ""
        self._show_state()

    def submit(self) -> None:
        """Send what is written, unless it is blank or an input method is at work."""
        if self.editor.composing:
            return
        written, edited = self.editor.toPlainText(), self._edited
        if self.filling.active:
            finished = self.filling.finished()
            if finished is None:
                return
            # What comes of a template is a message, whatever it begins with.
            written = finished if edited else typed(finished)
            self._sends_held = True
        else:
            if not edited and self._fill_in(written, always=False):
                return
            # A command is no part of a message: the paste that is held waits for the next one.
            self._sends_held = split_line(written) is None
        text = (
            "\n\n".join(part for part in (written, self.held.text) if part) if self._sends_held else written
        )
        if not text.strip():
            return
        self._close_completion()
        if edited:
            self.end_edit()
            self.edit_sent.emit(edited, text)
        else:
            self.send_requested.emit(text)

    # Slots -----------------------------------------------------------------------------------------------------------
    def _on_text_changed(self) -> None:
        self._fit_height()
        self._show_state()
        if not self._quiet and not self._edited:
            self.draft_changed.emit()
        self._update_completion()

    def _on_heavy_pasted(self, text: str) -> None:
        self.held.set_text("\n\n".join(part for part in (self.held.text, text) if part))
        self._on_text_changed()

    def _update_completion(self) -> None:
        if self._quiet or self._completer is None:
            return
        if self.filling.active:
            self._popup.offer(self.filling.offers() if self.editor.hasFocus() else ())
            self.editor.completion_open = self._popup.has_offers
            return
        text = self.editor.document().firstBlock().text() if self.editor.blockCount() == 1 else ""
        if not text.startswith("/") or text.startswith("//") or not self.editor.hasFocus():
            self._close_completion()
            return
        cursor = len(
            text.encode("utf-16-le")[: 2 * self.editor.textCursor().position()].decode("utf-16-le", "ignore")
        )
        offers = self._completer(text, cursor)
        self._range = (len_utf16(text[: offers.start]), len_utf16(text[: offers.end]))

        def foretell(offer: Completion | None) -> Foretold | None:
            if self._edited:
                return None  # It is sent as it is.
            taken = (offers.start, offers.end, offer.text) if offer is not None else None
            return self._foreteller(text, cursor, taken)

        self._popup.offer(offers.items, foretell)
        self.editor.completion_open = self._popup.has_offers

    def _close_completion(self) -> None:
        self._popup.hide()
        self.editor.completion_open = False

    def _on_completion_key(self, key: int) -> None:
        self._popup.handle_key(key)
        self.editor.completion_open = self._popup.has_offers

    def _on_chosen(self, row: Completion, run: bool) -> None:
        """Tab completes. Enter completes too, and runs the command when nothing is left to say. A prompt template is laid
        out by both, unless nothing is left to ask."""
        if self.filling.active:
            self.filling.take(row)
            self.editor.setFocus()
            return
        start, end = self._range
        self._quiet = True
        self.editor.replace(start, end, row.text)
        self._quiet = False
        self.editor.setFocus()
        if row.lays_out and self._fill_in(self.editor.toPlainText(), always=not run):
            return
        if run and not row.text.endswith(" "):
            self.submit()
        else:
            self._update_completion()

    def _fill_in(self, text: str, *, always: bool) -> bool:
        """Put a prompt template in place of the line that names it; False where the line is nothing of the kind."""
        layout = self._layouter(text, always)
        if layout is None:
            return False
        self._close_completion()
        self.filling.begin(layout)
        self._update_completion()
        return True

    def _on_filling_changed(self) -> None:
        self._show_state()
        if self.filling.active:
            self._update_completion()

    def _on_focus_changed(self) -> None:
        self._field.update()
        if not self.editor.hasFocus():
            self._close_completion()

    def _on_button(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        else:
            QGuiApplication.inputMethod().commit()  # A click means that the word is complete.
            self.submit()
        self.editor.setFocus()

    def _on_theme_changed(self) -> None:
        font = self._theme.font(FontRole.BODY)
        self.editor.setFont(font)
        self.editor.viewport().setFont(font)  # Else the placeholder keeps the size it had first.
        self._fit_height()

    def _show_state(self) -> None:
        self.button.setText("Stop" if self._busy else "Send")
        self.button.setToolTip(
            f"Stop the answer ({words_of('escape')})" if self._busy else f"Send ({self._send_key()})"
        )
        # Stop is always possible; Send only when there is something to send.
        self.button.setEnabled(self._busy or bool(self.held.text) or not self.editor.document().isEmpty())
        length = self.editor.document().characterCount() - 1 + len(self.held.text)
        if self._edited:
            self.hint.setText(
                f"Editing a message: {self._send_key()} sends it again, {key_words('Esc')} gives up"
            )
        elif field := self.filling.hint():
            self.hint.setText(
                tr(
                    "{field}: {next} goes on, {send} sends, {back} gives up",
                    field=field,
                    next=key_words("Tab"),
                    send=self._send_key(),
                    back=key_words("Esc"),
                )
            )
        elif length >= LONG_TEXT:
            self.hint.setText(f"about {length // CHARACTERS_PER_TOKEN:,} tokens")
        elif self.editor.send_on_enter:
            self.hint.setText(f"{self._send_key()} sends, {words_of('break_line')} breaks the line")
        else:
            self.hint.setText(f"{self._send_key()} sends")

    def _send_key(self) -> str:
        return words_of("send") if self.editor.send_on_enter else key_words("Ctrl+Return")

    def _on_window_changed(self) -> None:
        self._fit_height()
        self._popup.follow()

    def _fit_height(self) -> None:
        """As many lines as there are, up to a third of the window."""
        line = self.editor.fontMetrics().lineSpacing()
        lines = 0
        block = self.editor.document().begin()
        most = max(3, (self.window().height() // 3) // line)
        while block.isValid() and lines < most:
            lines += max(1, block.layout().lineCount())
            block = block.next()
        margins = int(2 * self.editor.document().documentMargin()) + 2 * self.editor.frameWidth()
        self.editor.setFixedHeight(max(1, min(lines, most)) * line + margins + 2)

    # Qt overrides ----------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._on_window_changed()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)  # all that is seen here of a window that becomes higher or lower
        self._on_window_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._popup.isVisible():
            self._close_completion()
        elif event.key() == Qt.Key.Key_Escape and self._edited:
            self.end_edit()
        else:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, super().minimumSizeHint().height())
