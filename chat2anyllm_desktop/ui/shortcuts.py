"""Everything that has a name and a key, as one table: menus, tooltips and the F1 sheet read it.

Keys are in Qt's portable form: ``Ctrl`` is the Command key on macOS.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QKeySequence


class Place(StrEnum):
    """The menu of an action, and its heading on the sheet."""

    FILE = "File"
    EDIT = "Edit"
    VIEW = "View"
    SESSION = "Session"
    MODEL = "Model"
    HELP = "Help"
    COMPOSER = "Writing"
    LISTS = "In lists"
    TRANSCRIPT = "In the conversation"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One row. Rows of the last three places are keys that the widget itself answers, told on the sheet only."""

    id: str
    text: str
    keys: tuple[str, ...] = ()
    place: Place = Place.FILE
    mac_keys: tuple[str, ...] | None = None
    """Where macOS has its own custom."""
    begins_section: bool = False

    @property
    def platform_keys(self) -> tuple[str, ...]:
        """The keys on this system."""
        mac = self.mac_keys if sys.platform == "darwin" else None
        return self.keys if mac is None else mac

    @property
    def in_menu(self) -> bool:
        return self.place not in (Place.COMPOSER, Place.LISTS, Place.TRANSCRIPT)


TABLE: tuple[Shortcut, ...] = (
    Shortcut("new_session", "New session", ("Ctrl+N",)),
    Shortcut("export_session", "Export session…", ("Ctrl+Shift+E",)),
    Shortcut("settings", "Settings…", ("Ctrl+,",), begins_section=True),
    Shortcut("close_window", "Close", ("Ctrl+W",), begins_section=True),
    Shortcut("quit", "Quit", ("Ctrl+Q",)),
    Shortcut("copy_answer", "Copy last answer", ("Ctrl+Shift+C",), Place.EDIT),
    Shortcut("edit_message", "Edit last message", ("Ctrl+Shift+U",), Place.EDIT),
    Shortcut("find", "Find in session…", ("Ctrl+F",), Place.EDIT, begins_section=True),
    Shortcut("focus_composer", "Go to the message field", ("Ctrl+L",), Place.VIEW),
    Shortcut("focus_sessions", "Go to the sessions", ("Ctrl+Shift+S",), Place.VIEW),
    Shortcut("focus_transcript", "Go to the conversation", ("Ctrl+Shift+T",), Place.VIEW),
    Shortcut("toggle_sessions", "Sessions", ("Ctrl+B",), Place.VIEW, begins_section=True),
    Shortcut("toggle_roles", "Roles", ("Ctrl+Shift+B",), Place.VIEW),
    Shortcut("text_larger", "Larger text", ("Ctrl++", "Ctrl+="), Place.VIEW, begins_section=True),
    Shortcut("text_smaller", "Smaller text", ("Ctrl+-",), Place.VIEW),
    Shortcut("text_normal", "Normal text size", ("Ctrl+0",), Place.VIEW),
    Shortcut("previous_session", "Session above", ("Ctrl+Up",), Place.SESSION),
    Shortcut("next_session", "Session below", ("Ctrl+Down",), Place.SESSION),
    Shortcut("rename_session", "Rename", ("F2",), Place.SESSION, begins_section=True),
    Shortcut("pin_session", "Pin or unpin", ("Ctrl+Shift+P",), Place.SESSION),
    Shortcut("duplicate_session", "Duplicate", ("Ctrl+Shift+D",), Place.SESSION),
    Shortcut("archive_session", "Archive", (), Place.SESSION),
    Shortcut("delete_session", "Delete", (), Place.SESSION),
    Shortcut("pick_model", "Pick a model…", ("Ctrl+M",), Place.MODEL, mac_keys=("Ctrl+Shift+M",)),
    Shortcut("pick_role", "Pick a role…", ("Ctrl+R",), Place.MODEL),
    Shortcut("clear_role", "Use no role", (), Place.MODEL),
    Shortcut("new_role", "New role…", (), Place.MODEL),
    Shortcut("regenerate", "Answer again", ("Ctrl+Shift+R",), Place.MODEL, begins_section=True),
    Shortcut("continue_answer", "Continue the answer", (), Place.MODEL),
    Shortcut("stop", "Stop answering", (), Place.MODEL),
    Shortcut("refresh_models", "Ask the gateway for its models", ("F5",), Place.MODEL, begins_section=True),
    Shortcut("shortcuts", "Keyboard shortcuts", ("F1",), Place.HELP),
    Shortcut("diagnose", "Check the connections", (), Place.HELP),
    Shortcut("about", "About Chat2AnyLLM Desktop", (), Place.HELP, begins_section=True),
    Shortcut("send", "Send", ("Return",), Place.COMPOSER),
    Shortcut("break_line", "Break the line", ("Shift+Return",), Place.COMPOSER),
    Shortcut("recall", "Recall the last message (empty field)", ("Up",), Place.COMPOSER),
    Shortcut("commands", "Complete a command", ("/",), Place.COMPOSER),
    Shortcut("escape", "Stop the answer", ("Esc",), Place.COMPOSER),
    Shortcut("open_row", "Open", ("Return",), Place.LISTS),
    Shortcut("rename_row", "Rename or edit", ("F2",), Place.LISTS),
    Shortcut("delete_row", "Delete", ("Del",), Place.LISTS),
    Shortcut("row_menu", "Everything else", ("Shift+F10",), Place.LISTS),
    Shortcut("next_message", "Next message", ("J",), Place.TRANSCRIPT),
    Shortcut("previous_message", "Previous message", ("K",), Place.TRANSCRIPT),
    Shortcut("next_spot", "Next button or link in the message", ("Tab",), Place.TRANSCRIPT),
    Shortcut("press_spot", "Press the button, open the link", ("Return",), Place.TRANSCRIPT),
    Shortcut("scroll_box", "Scroll wide code and tables", ("Right",), Place.TRANSCRIPT),
    Shortcut("jump_to_latest", "Jump to latest", ("End",), Place.TRANSCRIPT),
    Shortcut("select_characters", "Select by characters", ("Shift+Right",), Place.TRANSCRIPT),
    Shortcut(
        "select_words",
        "Select by words",
        ("Ctrl+Shift+Right",),
        Place.TRANSCRIPT,
        mac_keys=("Alt+Shift+Right",),
    ),
    Shortcut("select_lines", "Select by lines", ("Shift+Down",), Place.TRANSCRIPT),
    Shortcut("select_pages", "Select by pages", ("Shift+PgDown",), Place.TRANSCRIPT),
    Shortcut(
        "select_line_end",
        "Select the rest of the line",
        ("Shift+End",),
        Place.TRANSCRIPT,
        mac_keys=("Ctrl+Shift+Right",),
    ),
    Shortcut(
        "select_end",
        "Select everything below",
        ("Ctrl+Shift+End",),
        Place.TRANSCRIPT,
        mac_keys=("Ctrl+Shift+Down",),
    ),
    Shortcut("select_all", "Select all", ("Ctrl+A",), Place.TRANSCRIPT),
    Shortcut("copy_selection", "Copy it, or the message", ("Ctrl+C",), Place.TRANSCRIPT),
    Shortcut("let_go", "Let go; back to writing", ("Esc",), Place.TRANSCRIPT),
    Shortcut("message_menu", "Everything else", ("Shift+F10",), Place.TRANSCRIPT),
)

BY_ID = {shortcut.id: shortcut for shortcut in TABLE}


def key_words(keys: str) -> str:
    """One key of the table as this platform writes it: ``Ctrl+,`` is ``⌘,`` on macOS. Empty for none."""
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return native.replace("Return", "Enter")  # as it is written on most keyboards; macOS has a sign for it


def words_of(shortcut_id: str) -> str:
    """The first key of a row, as this platform writes it."""
    keys = BY_ID[shortcut_id].platform_keys
    return key_words(keys[0]) if keys else ""
