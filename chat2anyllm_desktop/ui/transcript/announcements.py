"""What a screen reader says of its own accord: that an answer begins and how it ended, what was found or copied."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.transcript import meta
from chat2anyllm_desktop.ui.transcript.model import Entry, TranscriptModel

_FIRST = 160
"""Characters of an answer that are said when it has ended, at least to the end of a sentence within them."""
_FOUND_MS = 400
"""Who types does not hear how often each beginning of the word is there."""

_SENTENCE_END = re.compile(r"(?<!\d)[.!?…](?=\s|$)|[。！？]|\n")
"""A point behind a digit may be that of a list."""


def say(text: str, source: QObject | None = None) -> None:
    """Have a screen reader say something when it has finished what it says now. Nothing happens where there is none."""
    if text and QAccessible.isActive():
        source = source or QGuiApplication.focusObject()
        if source is not None:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))


class Announcements(QObject):
    """Tells of the session on show. Never of each token: that an answer begins, and its first sentence at the end."""

    def __init__(self, model: TranscriptModel, view: QWidget) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self._streaming: set[str] = set()
        self._found = ""
        self._found_timer = QTimer(self, singleShot=True, interval=_FOUND_MS)
        self._found_timer.timeout.connect(lambda: self._say(self._found))
        model.session_replaced.connect(self._on_session_replaced)
        model.message_inserted.connect(self._on_message_inserted)
        model.message_changed.connect(self._on_message_changed)
        model.branch_replaced.connect(self._on_branch_replaced)

    def found(self, words: str) -> None:
        """How many places were found, and which one is on screen."""
        if QAccessible.isActive():
            self._found = words
            self._found_timer.start()

    def _say(self, text: str) -> None:
        say(text, self._view)

    def _on_session_replaced(self) -> None:
        self._streaming.clear()
        last = len(self._model) - 1
        if last >= 0 and self._model.entry(last).head.status is Status.STREAMING:
            self._streaming.add(self._model.entry(last).id)

    def _on_message_inserted(self, index: int) -> None:
        entry = self._model.entry(index)
        if entry.local:
            if QAccessible.isActive():
                self._say(first_words(entry.text))
        elif entry.head.status is Status.STREAMING:
            self._begin(entry)

    def _on_message_changed(self, index: int) -> None:
        entry = self._model.entry(index)
        head = entry.head
        if head.author is not Author.ASSISTANT:
            return
        if head.status is Status.STREAMING:
            if entry.id not in self._streaming:
                self._begin(entry)
        elif entry.id in self._streaming:
            self._streaming.discard(entry.id)
            if QAccessible.isActive():
                self._say(_ending(entry))

    def _on_branch_replaced(self, index: int) -> None:
        here = [self._model.entry(row) for row in range(index, len(self._model))]
        streaming = [entry for entry in here if entry.head.status is Status.STREAMING]
        known, self._streaming = self._streaming, {entry.id for entry in streaming}
        for entry in streaming:
            if entry.id not in known:
                self._begin(entry)
        if not streaming and here and here[0].version is not None:
            self._say(tr("Version {number} of {count}", number=here[0].version[0], count=here[0].version[1]))

    def _begin(self, entry: Entry) -> None:
        self._streaming.add(entry.id)
        self._say(tr("{name} begins", name=meta.spoken_name(entry.head)))


def _ending(entry: Entry) -> str:
    name, ending = meta.spoken_name(entry.head), meta.status_line(entry.head)
    if ending:
        return tr("{what}: {words}", what=name, words=ending)
    return tr("{name} is complete. {words}", name=name, words=first_words(entry.text)).rstrip()


def first_words(markdown: str) -> str:
    """The first sentence, as it is read, or what there is room for of it."""
    text = spoken_text(markdown, 8 * _FIRST)
    if len(text) <= _FIRST:
        return " ".join(text.split())
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, _FIRST)]
    if ends:
        return " ".join(text[: ends[-1]].split())
    words, _, _ = text[:_FIRST].rpartition(" ")
    return " ".join((words or text[:_FIRST]).split()) + "…"


def spoken_text(markdown: str, limit: int) -> str:
    """About ``limit`` characters of a message without its markup."""
    from chat2anyllm_desktop.render.dialect import parse  # takes Python-Markdown with it
    from chat2anyllm_desktop.render.plain import plain_text

    return plain_text(parse(markdown[:limit])).strip()
