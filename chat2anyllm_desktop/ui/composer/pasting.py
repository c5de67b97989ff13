"""What is pasted and is more than a few words: attached, or put in as Markdown; undo makes it the other thing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.attachments import Attachment, attached
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.composer.chips import Chips
from chat2anyllm_desktop.ui.composer.editor import ComposerEditor, is_heavy
from chat2anyllm_desktop.ui.shortcuts import key_words


class Pasting(QObject):
    """Joins editor and chips. Signals: ``attached`` (something was), ``told`` (what has happened, in a few words)."""

    attached = Signal()
    told = Signal(str)

    def __init__(self, editor: ComposerEditor, chips: Chips) -> None:
        super().__init__(editor)
        self._editor, self._chips = editor, chips
        editor.heavy_pasted.connect(self._on_heavy_pasted)
        editor.markdown_pasted.connect(self._on_markdown_pasted)
        editor.undo_wanted.connect(self._on_undo_wanted)
        chips.inline_wanted.connect(self._put_in)

    def _on_heavy_pasted(self, text: str, markdown: bool) -> None:
        taken = {piece.name for piece in self._chips.attachments}
        names = (f"pasted-{number}.{'md' if markdown else 'txt'}" for number in range(1, len(taken) + 2))
        piece = attached(next(name for name in names if name not in taken), text)
        self._chips.show_all((*self._chips.attachments, piece))
        self.attached.emit()
        if not is_heavy(piece.text):
            self._editor.undoes = False
            self.told.emit(
                tr("The long text is attached: {undo} puts it into the message", undo=key_words("Ctrl+Z"))
            )

    def _on_markdown_pasted(self) -> None:
        self.told.emit(tr("Pasted as Markdown: {undo} makes it plain text", undo=key_words("Ctrl+Z")))

    def _on_undo_wanted(self) -> None:
        *before, pasted = self._chips.attachments
        self._chips.show_all(before)
        self._put_in(pasted)

    def _put_in(self, piece: Attachment) -> None:
        self._editor.textCursor().insertText(piece.text)
        self._editor.ensureCursorVisible()
        self._editor.setFocus()
