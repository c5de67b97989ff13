"""The composer: editor, completion, what is attached, Send / Stop, and a quiet line that says what Enter does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from chat2anyllm_desktop.chat.commands import typed
from chat2anyllm_desktop.chat.commands.parser import split_line
from chat2anyllm_desktop.core.attachments import Attachment, joined, merged, taken_apart
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.composer.chips import Chips
from chat2anyllm_desktop.ui.composer.editor import ComposerEditor, is_heavy
from chat2anyllm_desktop.ui.composer.filling import Filling
from chat2anyllm_desktop.ui.composer.hint import Hint
from chat2anyllm_desktop.ui.composer.offering import Offering
from chat2anyllm_desktop.ui.composer.outline import Outline
from chat2anyllm_desktop.ui.composer.pasting import Pasting
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.shortcuts import key_words, words_of
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, SPACE_S, FontRole, Theme


class Composer(QFrame):
    """Signals are wishes: ``send_requested`` (the text as typed), ``edit_sent`` (id of the message that
    is edited, its new text), ``stop_requested``, ``recall_requested`` (how many messages back from the one that was recalled
    last; -1 is forward), ``attach_requested`` (files are to be chosen), ``files_given`` (their paths: they were dropped or
    pasted), and the facts ``picture_pasted`` (nothing came of it) and ``draft_changed`` (after every edit; read :attr:`text`
    when it matters: a pasted megabyte is not copied per key)."""

    send_requested = Signal(str)
    edit_sent = Signal(str, str)
    stop_requested = Signal()
    recall_requested = Signal(int)
    attach_requested = Signal()
    files_given = Signal(list)
    picture_pasted = Signal()
    draft_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._busy = False
        self._edited = self._original = ""
        self._put_aside = ""
        self._quiet = False
        self._sends_attached = True
        self._note = ""
        self.editor = ComposerEditor(self)
        self.editor.setAccessibleName(tr("Message"))
        self.editor.setPlaceholderText(tr("Message, or / for commands"))
        self.filling = Filling(self.editor, theme)
        self.button = PrimaryButton(tr("Send"), theme, self)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clip = IconButton("attach", tr("Attach files"), theme, self)
        self.clip.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # By keyboard it is an action with a key.
        self.hint = Hint(theme)
        self.chips = Chips(theme)
        self._pasting = Pasting(self.editor, self.chips)
        self._lay_out()
        self.offering = Offering(self.editor, self.filling, theme, self._field)
        self.editor.textChanged.connect(self._on_text_changed)
        self.editor.submitted.connect(self.submit)
        self.editor.recall_requested.connect(self._on_recall_requested)
        self.editor.composing_changed.connect(self._on_composing_changed)
        self.editor.files_pasted.connect(self.files_given)
        self.editor.picture_pasted.connect(self.picture_pasted)
        self.editor.chips_wanted.connect(self.chips.focus_last)
        self._pasting.attached.connect(self._on_text_changed)
        self._pasting.told.connect(self._tell)
        self.chips.changed.connect(self._on_text_changed)
        self.chips.left.connect(self.editor.setFocus)
        self.clip.clicked.connect(self.attach_requested)
        self.filling.changed.connect(self._on_filling_changed)
        self.offering.submit_wanted.connect(self.submit)
        self.editor.focus_changed.connect(self._on_focus_changed)
        self.button.clicked.connect(self._on_button)
        theme.changed.connect(self._on_theme_changed)
        self.setFocusProxy(self.editor)
        self._on_theme_changed()
        self._show_state()

    def _lay_out(self) -> None:
        self._field = Outline(self._theme, self.editor)
        row = QHBoxLayout(self._field)
        row.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        row.setSpacing(SPACE_M)
        row.addWidget(self.clip, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.editor, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._field)
        layout.addWidget(self.hint)
        # Above the field, and behind it in the order of Tab, as the clip is: who comes here wants to write.
        layout.insertWidget(0, self.chips)
        self.setTabOrder(self.editor, self.clip)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    # What the controller tells ---------------------------------------------------------------------------------------
    @property
    def text(self) -> str:
        """What is written, and what is attached."""
        return joined(self.editor.toPlainText(), self.chips.attachments)

    def set_text(self, text: str) -> None:
        """Show a draft or a refused message; it does not count as typed, so no completion opens, and undo does not lead back
        behind it: another session may have been on show."""
        self.editor.finish_word()
        self._show(*taken_apart(text))

    def recall(self, text: str) -> None:
        """Show a message that was sent before, or nothing again; one step for undo."""
        self._show(*taken_apart(text), undoable=True)
        self.editor.recalling = bool(text)

    def attach(self, pieces: Sequence[Attachment]) -> None:
        """These go with the message."""
        self.chips.show_all((*self.chips.attachments, *pieces))
        self._on_text_changed()

    def paste_plain(self) -> None:
        """What is on the clipboard, as it is and into the field."""
        self.editor.setFocus()
        self.editor.paste_plain()

    def begin_command(self, text: str) -> bool:
        """Begin a command, to be typed on. False where something else is being written, which stays."""
        if self.text or self._edited:
            return False
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.insertPlainText(text)
        return True

    def finish_word(self) -> None:
        """What an input method has begun becomes part of the text: it is about to be read or replaced."""
        self.editor.finish_word()

    def _show(self, text: str, attachments: Sequence[Attachment] = (), *, undoable: bool = False) -> None:
        self._quiet = self.offering.silent = True
        if is_heavy(text):
            text, attachments = "", (Attachment("", text), *attachments)
        self.chips.show_all(attachments)
        self.filling.replace_text(lambda: self.editor.replace_all(text, undoable=undoable))
        self.editor.recalling = False
        self._quiet = self.offering.silent = False
        self.offering.close()
        self._show_state()

    def take(self, event: QEvent) -> None:
        """What was typed elsewhere is written here. The keyboard follows, once an input method has completed its word:
        it would give up what it has begun."""
        if not isinstance(event, QInputMethodEvent) or event.commitString():
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        QCoreApplication.sendEvent(self.editor, event.clone())

    def clear(self) -> None:
        """What was submitted is taken; what is attached and was no part of it stays."""
        self._show("", () if self._sends_attached else self.chips.attachments)
        self.filling.forget()

    def set_busy(self, busy: bool) -> None:
        """An answer streams in the session on show: the button is Stop, Enter still sends what is typed."""
        self._busy = busy
        self._show_state()

    def set_send_on_enter(self, send_on_enter: bool) -> None:
        """False: Enter breaks the line and Ctrl+Enter sends."""
        self.editor.send_on_enter = send_on_enter
        self._show_state()

    def begin_edit(self, message_id: str, text: str) -> None:
        """Edit a message that was sent; what stood in the field comes back afterwards. Esc gives it up. One that was
        changed already stays as it has become."""
        self.editor.finish_word()
        if self._edited == message_id and self.unsent_edit:
            self.editor.setFocus()
            return
        if not self._edited:
            self._put_aside = self.text
        self._edited, self._original = message_id, text
        self.offering.editing = True
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
        self.editor.finish_word()
        if self._edited:
            self._put_aside = merged(text, self._put_aside)
            return
        text, attachments = taken_apart(text)
        written = (text, self.editor.toPlainText())
        self._show(
            "\n".join(part for part in written if part.strip()), (*attachments, *self.chips.attachments)
        )

    def end_edit(self) -> None:
        """Back to what was being written before."""
        if not self._edited:
            return
        self._edited, self.offering.editing = "", False
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
            self._sends_attached = True
        elif edited:
            self._sends_attached = True
        else:
            if self.offering.fill_in(written, always=False):
                return
            prompt = self.offering.prompt(written)
            if prompt is not None:
                written = typed(prompt)
            # A command is no part of a message: what is attached waits for the next one.
            self._sends_attached = split_line(written) is None
        text = joined(written, self.chips.attachments) if self._sends_attached else written
        if not text.strip():
            return
        self.offering.close()
        if edited:
            self.end_edit()
            self.edit_sent.emit(edited, text)
        else:
            self.send_requested.emit(text)

    # Slots -----------------------------------------------------------------------------------------------------------
    def _on_text_changed(self) -> None:
        self._note, self.editor.undoes = "", True
        self._fit_height()
        self._show_state()
        if not self._quiet and not self._edited:
            self.draft_changed.emit()
        self.offering.update()

    def _on_composing_changed(self) -> None:
        self._fit_height()
        self._show_state()
        self.offering.update()

    def _tell(self, note: str) -> None:
        """Until something else is written."""
        self._note = note
        self._show_state()

    def _on_recall_requested(self, back: int) -> None:
        if self.editor.recalling or not self.chips.attachments:
            self.recall_requested.emit(back)

    def _on_filling_changed(self) -> None:
        self._show_state()
        if self.filling.active:
            self.offering.update()

    def _on_focus_changed(self) -> None:
        self._field.update()
        if not self.editor.hasFocus():
            self.offering.close()

    def _on_button(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        else:
            self.editor.finish_word()  # A click means that the word is complete.
            self.submit()
        self.editor.setFocus()

    def _on_theme_changed(self) -> None:
        font = self._theme.font(FontRole.BODY)
        self.editor.setFont(font)
        self.editor.viewport().setFont(font)  # Else the placeholder keeps the size it had first.
        self._fit_height()

    def _show_state(self) -> None:
        send = self._send_key()
        self.button.setText(tr("Stop") if self._busy else tr("Send"))
        self.button.setToolTip(
            tr("Stop the answer ({keys})", keys=words_of("escape"))
            if self._busy
            else tr("Send ({keys})", keys=send)
        )
        empty = self.editor.document().isEmpty() and not self.editor.composing and not self.chips.attachments
        # Stop is always possible; Send only when there is something to send.
        self.button.setEnabled(self._busy or not empty)
        self.hint.tell(
            editing=bool(self._edited),
            field=self.filling.hint(),
            note=self._note,
            length=self.editor.document().characterCount() - 1 + self.chips.length,
            send=send,
            breaks=self.editor.send_on_enter,
        )

    def _send_key(self) -> str:
        return words_of("send") if self.editor.send_on_enter else key_words("Ctrl+Return")

    def _on_window_changed(self) -> None:
        self._fit_height()
        self.offering.follow()

    def _fit_height(self) -> None:
        """As many lines as there are, up to a third of the window."""
        self.editor.fit(self.window().height() // 3)

    # Qt overrides ----------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._on_window_changed()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)  # all that is seen here of a window that becomes higher or lower
        self._on_window_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.offering.is_open:
            self.offering.close()
        elif event.key() == Qt.Key.Key_Escape and self._edited:
            self.end_edit()
        else:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, super().minimumSizeHint().height())
