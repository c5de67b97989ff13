"""The sessions that were written in last, for menus."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QMenu

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Session
from chat2anyllm_desktop.ui.library import Library

MOST = 9
_TITLE_WIDTH = 40
"""Of the longest title, in average characters of the menu's font."""
_SETTLE_MS = 150


class RecentSessions(QObject):
    """Signal: ``changed`` when other sessions are the last, or one has another title."""

    changed = Signal()

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self.sessions: Sequence[Session] = ()
        """The latest first."""
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._gather)
        for fact in (library.sessions_reset, library.session_upserted, library.session_removed):
            fact.connect(lambda *_: self._timer.start())

    def _gather(self) -> None:
        if self._library.archived:
            return  # The list on show is another one; what was said last still holds.
        sessions = heapq.nlargest(MOST, self._library.sessions, key=lambda session: session.updated_at)
        said = [(session.id, session.shown_title) for session in self.sessions]
        if [(session.id, session.shown_title) for session in sessions] != said:
            self.sessions = sessions
            self.changed.emit()


class RecentMenu(QObject):
    """Keeps a part of a menu in step with the last sessions: in front of ``before``, or at the end. ``open(id)`` shows one.
    ``numbered`` gives them the digits as mnemonics; without, it is the menu of the tray."""

    def __init__(
        self,
        menu: QMenu,
        recent: RecentSessions,
        open_session: Callable[[str], object],
        *,
        before: QAction | None = None,
        numbered: bool = True,
    ) -> None:
        super().__init__(menu)
        self._menu = menu
        self._recent = recent
        self._open = open_session
        self._before = before
        self._numbered = numbered
        self._actions: list[QAction] = []
        recent.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        for action in self._actions:
            self._menu.removeAction(action)
            action.deleteLater()
        texts = [self._text(number, session) for number, session in enumerate(self._recent.sessions, 1)]
        self._actions = [QAction(text, self._menu) for text in texts] or [
            QAction(tr("No sessions yet"), self._menu)
        ]
        for action, session in zip(self._actions, self._recent.sessions, strict=False):
            action.triggered.connect(lambda _=False, wish=session.id: self._open(wish))
            action.setMenuRole(QAction.MenuRole.NoRole)
        if not texts:
            self._actions[0].setEnabled(False)
        if self._before is not None:
            self._menu.insertActions(self._before, self._actions)
        else:
            self._menu.addActions(self._actions)

    def _text(self, number: int, session: Session) -> str:
        metrics = QFontMetrics(self._menu.font())
        title = " ".join(session.shown_title.split())
        title = metrics.elidedText(
            title, Qt.TextElideMode.ElideRight, _TITLE_WIDTH * metrics.averageCharWidth()
        )
        if self._numbered:
            return f"&{number}  {title.replace('&', '&&')}"
        return _over_bus(title) if sys.platform == "linux" else title.replace("&", "&&")


def _over_bus(title: str) -> str:
    """On Linux the menu of a tray goes over D-Bus, where an underscore begins a mnemonic: Qt makes one of the first ``&``,
    and escapes nothing."""
    return title.replace("_", "__").replace("&", "&&", 1)
