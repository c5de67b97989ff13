"""The palette and the search in everything: made when one of them is first opened, and joined to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.preferences import Preferences
from chat2anyllm_desktop.ui.shortcuts import words_of

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.palette.everywhere import Everywhere
    from chat2anyllm_desktop.ui.palette.palette import Palette
    from chat2anyllm_desktop.ui.shell import Shell

_SEEN_FROM_HERE = frozenset(
    {"palette", "search_everywhere", "text_larger", "text_smaller", "text_normal", "full_screen"}
)
"""Actions that close what is open over the window themselves, or are carried out beside it."""


class Palettes(QObject):
    """``memory`` is the file that keeps what was chosen lately."""

    def __init__(
        self, shell: Shell, controller: Controller, preferences: Preferences, memory: QSettings
    ) -> None:
        super().__init__()
        self._shell = shell
        self._controller = controller
        self._preferences = preferences
        self._memory = memory
        self._palette: Palette | None = None
        self._everywhere: Everywhere | None = None
        self._marks: tuple[str, tuple[str, ...]] = ("", ())
        """The message that was chosen, and what to mark in it."""
        shell.window.menus.chosen.connect(self._on_action_chosen)
        controller.conversation.message_shown.connect(self._on_message_shown)

    def toggle_palette(self) -> None:
        """Open the palette; close it where it is open."""
        self.palette.toggle()

    def toggle_search(self) -> None:
        """Open the search in all sessions; close it where it is open."""
        self.everywhere.toggle()

    @property
    def palette(self) -> Palette:
        if self._palette is None:
            from chat2anyllm_desktop.ui.palette.palette import Palette
            from chat2anyllm_desktop.ui.palette.recent import Recent
            from chat2anyllm_desktop.ui.palette.sources import Sources

            menus = self._shell.window.menus
            sources = Sources(self._controller, menus, self._preferences.open, self._begin_command)
            self._palette = Palette(
                self._shell.theme,
                self._shell.window,
                sources.all(),
                Recent(self._memory),
                lambda text: self.everywhere.open(text),
                lambda: words_of("search_everywhere"),
            )
        return self._palette

    @property
    def everywhere(self) -> Everywhere:
        if self._everywhere is None:
            from chat2anyllm_desktop.ui.palette.everywhere import Everywhere

            theme, window = self._shell.theme, self._shell.window
            self._everywhere = Everywhere(theme, window, self._controller.connections, self._controller.tasks)
            self._everywhere.session_requested.connect(self._controller.conversation.show)
            self._everywhere.message_requested.connect(self._on_message_requested)
        return self._everywhere

    def _on_action_chosen(self, action: str) -> None:
        """Somebody pressed its key, and wants to see what it does."""
        for opened in (self._palette, self._everywhere):
            if opened is not None and action not in _SEEN_FROM_HERE:
                opened.panel.dismiss()

    def _begin_command(self, text: str) -> None:
        if not self._shell.composer.begin_command(text):
            self._controller.announcer.say(
                "command",
                tr("Send or clear what is written, then type {command}.", command=text.rstrip()),
                tone=Tone.ATTENTION,
                seconds=6,
            )

    def _on_message_requested(self, message_id: str, marks: tuple[str, ...]) -> None:
        self._marks = (message_id, marks)
        self._controller.conversation.show_message(message_id)

    def _on_message_shown(self, message_id: str) -> None:
        wanted, marks = self._marks
        self._shell.view.show_found(message_id, *(marks if wanted == message_id else ()))
