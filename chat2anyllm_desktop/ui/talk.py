"""The middle of the window: transcript, plan review and composer, joined to the conversation and its turns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices

from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.core.prompts import split_role_prefix
from chat2anyllm_desktop.ui.attaching import Attaching
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.drafting import Drafting
from chat2anyllm_desktop.ui.recalling import Recalling
from chat2anyllm_desktop.ui.transcript.position import ReadingPosition

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.shell import Shell

_OPENED_SCHEMES = frozenset({"http", "https", "mailto"})


class Talk(QObject):
    """Keeps where each session was left: the place that was read, and how far its plan was reviewed."""

    def __init__(self, shell: Shell, controller: Controller, drafting: Drafting) -> None:
        super().__init__()
        self._view, self._composer = shell.view, shell.composer
        self._window, self._review = shell.window, shell.window.plan_review
        self._transcript = shell.transcript
        self._controller = controller
        self._conversation, self._turns = controller.conversation, controller.turns
        self._drafting = drafting
        self._positions: dict[str, object] = {}
        self._reviewed: dict[str, tuple[Sequence[str], Collection[int]]] = {}
        self._join_conversation()
        self._join_transcript()
        self._join_composer()

    def reopen_at(self, session_id: str, words: str) -> None:
        """Where :meth:`place` was when the program ended, for the session that was on show then."""
        self._positions[session_id] = ReadingPosition.parsed(words)

    def place(self) -> str:
        """Where the session on show is being read, for :meth:`reopen_at`; empty at its end."""
        position = self._view.reading_position()
        return position.words() if position is not None else ""

    def _join_conversation(self) -> None:
        self._conversation.session_left.connect(self._on_session_left)
        self._conversation.session_shown.connect(self._on_session_shown)
        self._turns.busy_changed.connect(self._on_busy_changed)
        self._turns.plan_changed.connect(self._on_plan_changed)
        self._review.approved.connect(self._on_plan_decided)
        self._review.dropped.connect(lambda: self._on_plan_decided(None))

    def _on_session_left(self, session_id: str) -> None:
        self._positions[session_id] = self._view.reading_position()
        plan = self._turns.plan(session_id)
        if plan is not None:
            self._reviewed[plan.plan.id] = self._review.state()

    def _on_session_shown(self, session: Session) -> None:
        position = self._positions.get(session.id)
        if position is not None:
            self._view.restore_position(position)
        self._composer.set_busy(self._turns.is_busy(session.id))
        self._show_plan()
        if not self._view.hasFocus():  # Who reads by keyboard goes on reading.
            self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_busy_changed(self, session_id: str, busy: bool) -> None:
        if session_id == self._conversation.session.id:
            self._composer.set_busy(busy)

    # Plans that wait -----------------------------------------------------------------------------------------------------
    def _on_plan_changed(self, session_id: str) -> None:
        if session_id == self._conversation.session.id:
            self._show_plan()

    def _show_plan(self) -> None:
        waiting = self._turns.plan(self._conversation.session.id)
        if waiting is None:
            had_focus = self._review.isAncestorOf(self._review.window().focusWidget())
            self._review.dismiss()
            if had_focus:
                self._composer.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        steps, struck = self._reviewed.pop(waiting.plan.id, (waiting.steps, ()))
        # Whoever writes the next message, or anything elsewhere, goes on writing.
        idle = (
            self._composer.editor.hasFocus()
            and not self._composer.text
            and not self._composer.editor.composing
        )
        self._review.show_plan(steps, struck, focus=idle)

    def _on_plan_decided(self, steps: list[str] | None) -> None:
        self._turns.decide_plan(self._conversation.session.id, steps)
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    # Transcript ----------------------------------------------------------------------------------------------------------
    def _join_transcript(self) -> None:
        view, asking = self._view, self._controller.asking
        view.older_requested.connect(self._conversation.load_older)
        view.retry_requested.connect(asking.retry)
        view.continue_requested.connect(asking.continue_)
        view.branch_requested.connect(self._controller.branch)
        view.version_requested.connect(self._conversation.show_version)
        view.edit_requested.connect(self._on_edit_requested)
        view.link_open_requested.connect(self._on_link_open_requested)

    def _on_edit_requested(self, message_id: str) -> None:
        text = split_role_prefix(self._transcript.text_of(message_id))[1]
        self._composer.begin_edit(message_id, text)

    def _on_link_open_requested(self, address: str) -> None:
        url = QUrl(address)
        if url.scheme().lower() in _OPENED_SCHEMES:
            QDesktopServices.openUrl(url)

    # Composer ------------------------------------------------------------------------------------------------------------
    def _join_composer(self) -> None:
        composer, asking = self._composer, self._controller.asking
        composer.offering.set_completer(self._controller.complete)
        composer.offering.set_commands(self._controller.foretell, self._controller.lay_out)
        for changed in (
            self._controller.connections.models_reset,
            self._controller.library.roles_reset,
            self._controller.templates.changed,
        ):
            changed.connect(lambda *_: composer.offering.refresh())
        composer.filling.selected_text = self._view.selected_text
        composer.send_requested.connect(self._on_send_requested)
        composer.edit_sent.connect(asking.edit)
        composer.stop_requested.connect(self._controller.stop_answer)
        self._recalling = Recalling(composer, self._conversation)
        self._attaching = Attaching(
            self._window, composer, self._controller.tasks, self._controller.announcer
        )
        self._controller.text_returned.connect(self._drafting.take_back)
        asking.edit_refused.connect(self._drafting.take_edit_back)

    def _on_send_requested(self, text: str) -> None:
        # Emptied before anything else happens, so that what is typed next is never part of it.
        self._composer.clear()
        # Whoever asks wants to see the answer, wherever in the conversation he was reading.
        self._view.jump_to_latest()
        self._drafting.sent()
        self._controller.send(text)
