"""The application object: what the system asks of the program as a whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

NAME = "chat2anyllm"
"""X's WM_CLASS, in both its parts."""
DESKTOP_FILE = "chat2anyllm-desktop"
"""The name of the desktop file, without its ending, and of the icon in it: what Wayland and notifications go by."""


class Application(QApplication):
    """Signals: ``link_opened(address)``, by which macOS hands over what was clicked elsewhere; ``quit_asked`` by the system
    (the Dock, the end of the session)."""

    link_opened = Signal(str)
    quit_asked = Signal()

    def __init__(self) -> None:
        # X takes the instance name of every window from here; it would be __main__.py.
        super().__init__([NAME])
        self.setApplicationName(NAME)
        self.setApplicationDisplayName("Chat2AnyLLM")
        self.setDesktopFileName(DESKTOP_FILE)
        self.commitDataRequest.connect(lambda _: self.quit_asked.emit())

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.link_opened.emit(event.url().toString() or event.file())
            return True
        if event.type() == QEvent.Type.Quit:
            # Qt's own answer would stop the loop under what is being saved.
            self.quit_asked.emit()
            return True
        return super().event(event)
