"""Messages that were sent before, brought back into the message field one after the other."""

from __future__ import annotations

from PySide6.QtCore import QObject

from chat2anyllm_desktop.chat.commands import typed
from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.core.prompts import split_role_prefix
from chat2anyllm_desktop.ui.composer import Composer
from chat2anyllm_desktop.ui.conversation import Conversation


class Recalling(QObject):
    """Joins composer and conversation. What stands farther up than what has been read of a session is read when it is asked
    for; the next press goes on there."""

    def __init__(self, composer: Composer, conversation: Conversation) -> None:
        super().__init__(composer)
        self._composer, self._conversation = composer, conversation
        self._recalled = ""
        """Id of the message that is shown."""
        composer.recall_requested.connect(self._on_recall_requested)

    def _on_recall_requested(self, back: int) -> None:
        transcript = self._conversation.transcript
        questions = [entry for entry in transcript if entry.head.author is Author.USER and not entry.local]
        ids = [entry.id for entry in questions]
        recalled = self._recalled if self._composer.editor.recalling else ""
        at = (ids.index(recalled) if recalled in ids else len(ids)) - back
        if at < 0:
            if transcript.has_older:
                self._conversation.load_older()
        elif at < len(ids):
            self._recalled = ids[at]
            self._composer.recall(typed(split_role_prefix(questions[at].text)[1]))
        else:
            self._composer.recall("")
