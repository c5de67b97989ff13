"""What may be typed next: slash commands, their arguments, the places of a template; and what Enter will do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.commands import Completion, Completions, Foretold, Layout
from chat2anyllm_desktop.ui.composer.completion import CompletionPopup
from chat2anyllm_desktop.ui.composer.editor import ComposerEditor, len_utf16
from chat2anyllm_desktop.ui.composer.filling import Filling
from chat2anyllm_desktop.ui.theme import Theme

Completer = Callable[[str, int], Completions]
"""Text and cursor, in characters, to the offers."""

Foreteller = Callable[[str, int, tuple[int, int, str] | None], Foretold | None]
"""Text, cursor and the offer that is taken to what Enter will do."""

Layouter = Callable[[str, bool], Layout | None]
"""A line to the prompt template that it names; only if something is missing, or always."""


class Offering(QObject):
    """Joins the editor and the list above it. Signal: ``submit_wanted`` (a command is complete, and Enter was pressed)."""

    submit_wanted = Signal()

    def __init__(self, editor: ComposerEditor, filling: Filling, theme: Theme, anchor: QWidget) -> None:
        super().__init__(editor)
        self._editor, self._filling = editor, filling
        self._completer: Completer | None = None
        self._foreteller: Foreteller = lambda *_: None
        self._layouter: Layouter = lambda *_: None
        self._range = (0, 0)
        self._offered: tuple[str, int] | None = None
        """Text and cursor that the list on show is for."""
        self.silent = False
        """Text is put in that nobody types."""
        self.editing = False
        """A message is sent again as it is: it may use a prompt template, and a command in it is just text."""
        self._popup = CompletionPopup(theme, anchor)
        editor.cursorPositionChanged.connect(self.update)
        editor.completion_key.connect(self._on_key)
        self._popup.chosen.connect(self._on_chosen)

    @property
    def is_open(self) -> bool:
        return self._popup.isVisible()

    def set_completer(self, completer: Completer) -> None:
        """Where the offers come from."""
        self._completer = completer

    def set_commands(self, foreteller: Foreteller, layouter: Layouter) -> None:
        """Where it is known what Enter will do, and what a prompt template asks for."""
        self._foreteller, self._layouter = foreteller, layouter

    def follow(self) -> None:
        """The field has moved, or has another size."""
        self._popup.follow()

    def close(self) -> None:
        """Offer nothing until something is typed."""
        self._popup.hide()
        self._offered = None
        self._editor.completion_open = False

    def refresh(self) -> None:
        """There are other models, roles or templates. A list that something is being chosen from stays as it is."""
        if self.is_open and not self._popup.has_offers:
            self._offered = None
            self.update()

    def update(self) -> None:
        """Offer what fits to what stands in the field now."""
        if self.silent or self._completer is None:
            return
        if self._editor.composing:  # The candidates of the input method need the room, and the keys.
            self.close()
            return
        if self._filling.active:
            self._offered = None
            self._popup.offer(self._filling.offers() if self._editor.hasFocus() else ())
            self._editor.completion_open = self._popup.has_offers
            return
        text = self._editor.document().firstBlock().text() if self._editor.blockCount() == 1 else ""
        if not text.startswith("/") or text.startswith("//") or not self._editor.hasFocus():
            self.close()
            return
        cursor = len(
            text.encode("utf-16-le")[: 2 * self._editor.textCursor().position()].decode("utf-16-le", "ignore")
        )
        if (text, cursor) == self._offered and self.is_open:
            return  # The text and the cursor tell of the same key.
        self._offered = (text, cursor)
        offers = self._completer(text, cursor)
        self._range = (len_utf16(text[: offers.start]), len_utf16(text[: offers.end]))

        def foretell(offer: Completion | None) -> Foretold | None:
            if self.editing:
                return None
            taken = (offers.start, offers.end, offer.text) if offer is not None else None
            return self._foreteller(text, cursor, taken)

        items = [each for each in offers.items if each.lays_out] if self.editing else offers.items
        self._popup.offer(items, foretell)
        self._editor.completion_open = self._popup.has_offers

    def fill_in(self, text: str, *, always: bool) -> bool:
        """Put a prompt template in place of the line that names it; False where the line is nothing of the kind."""
        layout = self._layouter(text, always)
        if layout is None:
            return False
        self.close()
        self._filling.begin(layout)
        self.update()
        return True

    def prompt(self, text: str) -> str | None:
        """What is sent for a line that names a prompt template and gives all that it asks for; None for every other text."""
        layout = self._layouter(text, True)
        return layout.finished if layout is not None else None

    def _on_key(self, key: int) -> None:
        self._popup.handle_key(key)
        self._editor.completion_open = self._popup.has_offers

    def _on_chosen(self, row: Completion, run: bool) -> None:
        """Tab completes. Enter completes too, and runs the command when nothing is left to say. A prompt template is laid
        out by both, unless nothing is left to ask."""
        if self._filling.active:
            self._filling.take(row)
            self._editor.setFocus()
            return
        start, end = self._range
        self.silent = True
        self._editor.replace(start, end, row.text)
        self.silent = False
        self._editor.setFocus()
        if row.lays_out and self.fill_in(self._editor.toPlainText(), always=not run or self.editing):
            return
        if run and not row.text.endswith(" "):
            self.submit_wanted.emit()
        else:
            self.update()
