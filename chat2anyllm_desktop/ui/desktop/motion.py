"""Less motion, where the system or the user asks for it.

The program moves nothing by itself. What is left are Qt's effects (menus and tooltips that fade in) and the text cursor
that blinks; whoever adds motion asks :attr:`Motion.reduced`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.system import wants_less_motion
from chat2anyllm_desktop.ui.desktop.bus import BusError, SessionBus

_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
_PORTAL = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
_SETTINGS = "org.freedesktop.portal.Settings"
_LESS = {
    ("org.freedesktop.appearance", "reduced-motion"): ("1",),
    ("org.gnome.desktop.interface", "enable-animations"): ("False",),
    ("org.kde.kdeglobals.KDE", "AnimationDurationFactor"): ("0", "0.0"),
}
"""The words that desktops have for it."""


class Motion(QObject):
    """``reduced`` is what is in force. Call :meth:`follow` on Linux, when the loop runs."""

    def __init__(self, preference: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preference = preference
        self._effects = {effect: QApplication.isEffectEnabled(effect) for effect in _EFFECTS}
        self._flash_ms = QGuiApplication.styleHints().cursorFlashTime()
        self._portal: dict[tuple[str, str], bool] = {}
        self._by_system = False
        self.reduced = False
        self._look()
        QGuiApplication.instance().applicationStateChanged.connect(self._look)  # type: ignore[union-attr]  # there is one
        # Qt tells it from 6.12 on.
        changed = getattr(QGuiApplication.styleHints().accessibility(), "motionPreferenceChanged", None)
        if changed is not None:
            changed.connect(self._look)

    def set_preference(self, preference: str) -> None:
        """``system``, ``reduced`` or ``full``."""
        self._preference = preference
        self._apply()

    async def follow(self, bus: SessionBus) -> None:
        """Ask the desktop, where it answers over D-Bus, and hear of changes."""
        try:
            await bus.hear(_PORTAL[1], _SETTINGS, self._on_signal)
            spaces = [space for space, _ in _LESS]
            (found,) = await bus.call(*_PORTAL, _SETTINGS, "ReadAll", "as", (spaces,))
        except BusError:
            return  # A desktop without this service asks for nothing.
        for space, values in found.items():
            for key, value in values.items():
                self._take(space, key, value)

    def _on_signal(self, member: str, body: tuple[object, ...]) -> None:
        if member == "SettingChanged" and len(body) == 3:
            self._take(str(body[0]), str(body[1]), body[2])

    def _take(self, space: str, key: str, value: object) -> None:
        if (space, key) in _LESS:
            value = value[1] if isinstance(value, tuple) else value  # a variant: its type, and the value
            self._portal[space, key] = str(value) in _LESS[space, key]
            self._look()

    def _look(self) -> None:
        asked = getattr(QGuiApplication.styleHints().accessibility(), "motionPreference", None)
        by_qt = asked is not None and asked().name.startswith("Reduced")
        self._by_system = by_qt or wants_less_motion() or any(self._portal.values())
        self._apply()

    def _apply(self) -> None:
        reduced = self._preference == "reduced" or (self._preference == "system" and self._by_system)
        if reduced == self.reduced:
            return
        self.reduced = reduced
        for effect, on in self._effects.items():
            QApplication.setEffectEnabled(effect, on and not reduced)
        QGuiApplication.styleHints().setCursorFlashTime(0 if reduced else self._flash_ms)
