"""The field that takes the next key that is pressed, whatever it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.key_rules import portable

_Modifier = Qt.KeyboardModifier
_HELD = {
    Qt.Key.Key_Control: _Modifier.ControlModifier,
    Qt.Key.Key_Shift: _Modifier.ShiftModifier,
    Qt.Key.Key_Alt: _Modifier.AltModifier,
    Qt.Key.Key_Meta: _Modifier.MetaModifier,
}
_MEANINGLESS = {Qt.Key.Key_unknown, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock}


class KeyRecorder(QLineEdit):
    """Signals: ``recorded(keys)`` in Qt's portable form; ``dismissed`` by Esc; ``lost`` when the keyboard went elsewhere, by
    Tab or a click. Tab and Esc alone can therefore not be recorded."""

    recorded = Signal(str)
    dismissed = Signal()
    lost = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)  # Keys, not words.
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.setPlaceholderText(tr("Press the new key"))
        self.setAccessibleName(tr("Press the new key"))
        self.setAccessibleDescription(tr("Esc leaves everything as it is."))

    def _show_held(self, held: Qt.KeyboardModifier) -> None:
        """What is held, as the platform writes it: the beginning of a key."""
        keys = QKeySequence(QKeyCombination(held, Qt.Key.Key_A))
        beginning = keys.toString(QKeySequence.SequenceFormat.NativeText).removesuffix("A")
        self.setText(f"{beginning}…" if beginning else "")

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # No shortcut of a window goes before.
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~_Modifier.GroupSwitchModifier
        if key in _HELD:
            self._show_held(modifiers | _HELD[key])
        elif event.key() == 0 or key in _MEANINGLESS or event.isAutoRepeat():
            return
        elif key == Qt.Key.Key_Escape and not modifiers:
            self.dismissed.emit()
        else:
            if _is_sign(key):  # Shift was needed for it: Ctrl and + is the same key wherever + is.
                modifiers &= ~_Modifier.ShiftModifier
            self.clear()
            self.recorded.emit(portable(QKeyCombination(modifiers, key)))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._show_held(event.modifiers() & ~_HELD.get(Qt.Key(event.key()), _Modifier.NoModifier))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.clear()
        self.lost.emit()


def _is_sign(key: Qt.Key) -> bool:
    return Qt.Key.Key_Space < key < Qt.Key.Key_Escape and not chr(key).isalnum()
