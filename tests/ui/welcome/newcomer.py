"""Somebody in front of the welcome, who has nothing but a keyboard."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.ui.welcome.page import EmptyPage, Ways
from chat2anyllm_desktop.ui.welcome.way import Way
from tests.ui.window_driver import WindowDriver


class Newcomer:
    """Presses keys where the keyboard is, and reads what is said."""

    def __init__(self, desk: WindowDriver) -> None:
        self.desk = desk

    @property
    def page(self) -> EmptyPage | None:
        """The page of the empty session, while it is on show."""
        shown = self.desk.window.middle.currentWidget()
        return shown if isinstance(shown, EmptyPage) else None

    @property
    def ways(self) -> Ways:
        assert self.page is not None
        assert self.page.ways is not None
        return self.page.ways

    @property
    def is_welcomed(self) -> bool:
        """Whether the ways on are on show."""
        return self.page is not None and self.page.ways is not None and self.page.ways.isVisible()

    @property
    def focused(self) -> QWidget:
        """Where the keyboard is."""
        focused = self.desk.window.focusWidget()
        assert focused is not None
        return focused

    async def welcomed(self) -> None:
        await self.desk.until(lambda: self.is_welcomed, "the welcome")

    def press(self, key: Qt.Key, text: str = "") -> None:
        self.desk.press(key, text, target=self.focused)

    async def tab_to(self, widget: QWidget) -> None:
        """Press Tab until the keyboard is there."""
        for _ in range(30):
            if self.focused is widget:
                return
            before = self.focused
            self.press(Qt.Key.Key_Tab, "\t")
            await self.desk.until(lambda before=before: self.focused is not before, "the keyboard to go on")
        raise AssertionError(f"Tab does not lead to {widget.accessibleName() or widget}")

    async def type(self, text: str) -> None:
        """Type where the keyboard is; select first, so that it stands in the place of what was there."""
        target = self.focused
        self.desk.press(Qt.Key.Key_A, "a", Qt.KeyboardModifier.ControlModifier, target)
        for character in text:
            self.desk.press(Qt.Key.Key_unknown, character, target=target)
        await asyncio.sleep(0.05)

    async def open(self, way: Way) -> None:
        """Go to a way on, and press the button that shows its fields."""
        self.desk.window.actions_by_id["focus_transcript"].trigger()
        await self.tab_to(way.toggle)
        self.press(Qt.Key.Key_Space, " ")
        await self.desk.until(lambda: way.is_open, "the fields")

    async def hears(self, way: Way, part: str) -> str:
        """Wait until it is said of a way on."""
        await self.desk.until(
            lambda: way.verdict.ok is not None and part in way.verdict.sentence,
            f"{part!r} (said: {way.verdict.sentence!r})",
        )
        return way.verdict.sentence
