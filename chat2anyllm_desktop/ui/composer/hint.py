"""The quiet line below the message field: what Enter does, what has just happened, how much was written."""

from __future__ import annotations

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.plain_text import ElidedLabel
from chat2anyllm_desktop.ui.shortcuts import key_words, words_of
from chat2anyllm_desktop.ui.theme import Theme

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text and code; the estimate shown is marked with "about"."""

LONG_TEXT = 2_000
"""Characters from which the estimate is worth showing."""

VERY_LONG_TEXT = 200_000
"""Characters from which many models refuse a message; it is said before it is sent, and can be sent."""


class Hint(ElidedLabel):
    """One line, elided where it is narrow."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._warns = False
        self.setProperty("look", "muted")
        theme.changed.connect(self._dress)

    def tell(self, *, editing: bool, field: str, note: str, length: int, send: str, breaks: bool) -> None:
        """The first that holds: the message is too long for many; an old one is edited; ``field`` of a template is filled
        in; ``note`` is what has just happened; ``length`` is worth telling; what keys do. ``send`` is the key that sends,
        ``breaks`` whether the other one is worth a word."""
        tokens = length // CHARACTERS_PER_TOKEN
        very_long = length > VERY_LONG_TEXT
        if very_long:
            text = tr("about {tokens:,} tokens: more than many models take", tokens=tokens)
        elif editing:
            text = tr(
                "Editing a message: {send} sends it again, {back} gives up", send=send, back=key_words("Esc")
            )
        elif field:
            text = tr(
                "{field}: {next} goes on, {send} sends, {back} gives up",
                field=field,
                next=key_words("Tab"),
                send=send,
                back=key_words("Esc"),
            )
        elif note:
            text = note
        elif length >= LONG_TEXT:
            text = tr("about {tokens:,} tokens", tokens=tokens)
        elif breaks:
            text = tr("{send} sends, {key} breaks the line", send=send, key=words_of("break_line"))
        else:
            text = tr("{send} sends", send=send)
        self.setText(text)
        if very_long != self._warns:
            self._warns = very_long
            self._dress()

    def _dress(self) -> None:
        """A style sheet of its own, because that of the window decides its colour otherwise."""
        self.setStyleSheet(f"color: {self._theme.tokens.attention.name()}" if self._warns else "")
