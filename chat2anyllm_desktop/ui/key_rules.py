"""Which keys an action can have: those that nothing else waits for."""

from __future__ import annotations

import sys

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.mnemonics import with_mnemonics
from chat2anyllm_desktop.ui.shortcuts import TABLE, Place, Shortcut, key_words

_Standard = QKeySequence.StandardKey
_Modifier = Qt.KeyboardModifier

_EDITING = (
    *(_Standard.Cut, _Standard.Copy, _Standard.Paste, _Standard.Undo, _Standard.Redo, _Standard.SelectAll),
    *(standard for standard in _Standard if standard.name.startswith(("MoveTo", "Select"))),
    *(_Standard.Delete, _Standard.DeleteStartOfWord, _Standard.DeleteEndOfWord, _Standard.Backspace),
    *(_Standard.InsertParagraphSeparator, _Standard.InsertLineSeparator, _Standard.Cancel),
)
"""What every text field does. That one also clears its line at Ctrl+U is custom on one system only, and may be given up."""
_EMACS = frozenset({"Ctrl+D", "Ctrl+E", "Ctrl+Shift+A", "F14", "F16", "F18", "F20"})
_WITH_THE_CARET = frozenset(
    {
        *(Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter),
        *(Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Insert, Qt.Key.Key_Home, Qt.Key.Key_End),
        *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
        *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Menu),
    }
)
"""Keys that move, delete and leave wherever the keyboard is, unless Ctrl or the like goes with them."""
_ELSEWHERE = frozenset({"Alt+Up", "Alt+Down", "Ctrl+Return", "F10"})
"""Moving the steps of a plan, sending and approving, the menus."""
_OF_THE_SYSTEM: dict[str, frozenset[str]] = {
    "darwin": frozenset(
        {
            *(
                "Ctrl+H",
                "Ctrl+Alt+H",
                "Ctrl+M",
                "Ctrl+Alt+M",
                "Ctrl+Tab",
                "Ctrl+Shift+Tab",
                "Ctrl+`",
                "Ctrl+Space",
            ),
            *("Ctrl+Alt+Space", "Ctrl+Alt+Esc", "Ctrl+Alt+D", "Ctrl+Shift+3", "Ctrl+Shift+4", "Ctrl+Shift+5"),
            *("Ctrl+Shift+Q", "Ctrl+Alt+Q", "Ctrl+Meta+Q", "Ctrl+?", "Meta+Space", "F11", "F12"),
            *("Meta+Up", "Meta+Down", "Meta+Left", "Meta+Right"),
        }
    ),
    "win32": frozenset(
        {
            *("Alt+F4", "Alt+Tab", "Alt+Shift+Tab", "Alt+Esc", "Alt+Space", "Ctrl+Esc", "Ctrl+Shift+Esc"),
            *("Ctrl+Alt+Del", "Ctrl+Alt+Tab", "Alt+Return"),
        }
    ),
    "linux": frozenset(
        {
            *("Alt+F1", "Alt+F2", "Alt+F4", "Alt+Tab", "Alt+Shift+Tab", "Alt+Esc", "Alt+Space", "Ctrl+Space"),
            *("Ctrl+Alt+Del", "Ctrl+Alt+Backspace", "Ctrl+Alt+L", "Ctrl+Alt+T", "Ctrl+Shift+U"),
            *(f"Ctrl+Alt+{key}" for key in ("Up", "Down", "Left", "Right")),
            *(f"Ctrl+Alt+F{number}" for number in range(1, 13)),
        }
    ),
}
"""What desktops and input methods answer before any program is asked."""


def normal(text: str) -> str:
    """One key press, in Qt's portable form; empty when ``text`` is none, or several."""
    keys = QKeySequence(text, QKeySequence.SequenceFormat.PortableText)
    if keys.count() != 1 or _press(keys).key() in _NONE:
        return ""
    return portable(_press(keys))


def portable(press: QKeyCombination) -> str:
    """A key press as the table writes it: keys of the number pad are those of the rest of the keyboard."""
    key = {Qt.Key.Key_Enter: Qt.Key.Key_Return}.get(press.key(), press.key())
    modifiers = press.keyboardModifiers() & ~_Modifier.KeypadModifier
    return QKeySequence(QKeyCombination(modifiers, key)).toString(QKeySequence.SequenceFormat.PortableText)


def refusal(keys: str, row: Shortcut, platform: str = sys.platform) -> str:
    """Why an action cannot have a key, as a sentence; empty when it can. That another action has it is no reason."""
    if not row.in_menu:
        return tr("This key belongs to the field itself and cannot be changed.")
    if keys in row.platform_keys:
        return ""
    words = key_words(keys)
    press = _press(QKeySequence(keys))
    key, modifiers = press.key(), press.keyboardModifiers()
    with_others = bool(modifiers & ~_Modifier.ShiftModifier)
    if platform in ("darwin", "win32") and _writes(key, modifiers, platform):
        return tr("{keys} writes a character on many keyboards.", keys=words)
    if not with_others and key < Qt.Key.Key_Escape:
        return tr(
            "{keys} is for writing. Hold another key with it, such as {example}.",
            keys=words,
            example=_example(),
        )
    if not with_others and key in _WITH_THE_CARET:
        return tr("{keys} is for moving about and for text.", keys=words)
    if keys in _edited():
        return tr("{keys} belongs to the text fields.", keys=words)
    for other in TABLE:
        if not other.in_menu and keys in other.platform_keys:
            place, text = tr(other.place), tr(other.text)
            return tr("{keys} is taken. {place}: {text}.", keys=words, place=place, text=text)
    if keys in _ELSEWHERE:
        return tr("{keys} has its meaning in lists, plans and menus.", keys=words)
    if keys in _OF_THE_SYSTEM.get(platform, ()) or (
        platform != "darwin" and modifiers & _Modifier.MetaModifier
    ):
        return tr("{keys} belongs to the system.", keys=words)
    if keys in _mnemonics(platform):
        return tr("{keys} opens a menu.", keys=words)
    return ""


def _press(keys: QKeySequence) -> QKeyCombination:
    press: QKeyCombination = keys[0]  # type: ignore[index]  # missing in PySide6's stubs
    return press


def _writes(key: Qt.Key, modifiers: Qt.KeyboardModifier, platform: str) -> bool:
    """Option on macOS, and what Windows tells of AltGr, make other characters of a key."""
    held = modifiers & ~_Modifier.ShiftModifier
    alt = _Modifier.AltModifier if platform == "darwin" else _Modifier.AltModifier | _Modifier.ControlModifier
    return key < Qt.Key.Key_Escape and held == alt


def _edited() -> set[str]:
    bound = (keys for standard in _EDITING for keys in QKeySequence.keyBindings(standard))
    return {keys.toString(QKeySequence.SequenceFormat.PortableText) for keys in bound} - _EMACS


def _mnemonics(platform: str) -> set[str]:
    if platform == "darwin":
        return set()
    places = [place for place in Place if any(row.place is place and row.in_menu for row in TABLE)]
    titles = with_mnemonics(places, [tr(place) for place in places])
    return {
        QKeySequence.mnemonic(title).toString(QKeySequence.SequenceFormat.PortableText) for title in titles
    }


def _example() -> str:
    return key_words("Ctrl+Shift+Y")


_NONE = frozenset(
    {
        *(Qt.Key.Key_unknown, Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Meta, Qt.Key.Key_Alt),
        *(Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock),
        *(
            Qt.Key.Key_Super_L,
            Qt.Key.Key_Super_R,
            Qt.Key.Key_Hyper_L,
            Qt.Key.Key_Hyper_R,
            Qt.Key.Key_Mode_switch,
        ),
    }
)
"""Keys that do nothing by themselves."""
