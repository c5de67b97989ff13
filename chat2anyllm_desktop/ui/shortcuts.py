"""Everything that has a name and a key, as one table: menus, tooltips, the F1 sheet and the palette read it.

Keys are in Qt's portable form: ``Ctrl`` is the Command key on macOS. What is in force may be the user's own: ask ``KEYS``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QKeySequence

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.ui.keys import Keys


class Place(StrEnum):
    """The menu of an action, and its heading on the sheet; translated where it is shown."""

    FILE = mark("File")
    EDIT = mark("Edit")
    VIEW = mark("View")
    SESSION = mark("Session")
    MODEL = mark("Model")
    HELP = mark("Help")
    COMPOSER = mark("Writing")
    LISTS = mark("In lists")
    TRANSCRIPT = mark("In the conversation")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One row. Rows of the last three places are keys that the widget itself answers, told on the sheet only."""

    id: str
    text: str
    """In English; translated where it is shown."""
    keys: tuple[str, ...] = ()
    place: Place = Place.FILE
    mac_keys: tuple[str, ...] | None = None
    """Where macOS has its own custom."""
    begins_section: bool = False
    group: str = ""
    """The menu inside the menu; rows of one stand together."""
    checkable: bool = False
    """It is on or off, and a tick tells which."""

    @property
    def platform_keys(self) -> tuple[str, ...]:
        """The keys on this system, unless the user has others."""
        mac = self.mac_keys if sys.platform == "darwin" else None
        return self.keys if mac is None else mac

    @property
    def in_menu(self) -> bool:
        return self.place not in (Place.COMPOSER, Place.LISTS, Place.TRANSCRIPT)


TABLE: tuple[Shortcut, ...] = (
    Shortcut("new_session", mark("New session"), ("Ctrl+N",)),
    Shortcut("export_session", mark("Export session…"), ("Ctrl+Shift+E",)),
    Shortcut("attach_files", mark("Attach files…"), ("Ctrl+O",)),
    Shortcut("settings", mark("Settings…"), ("Ctrl+,",), begins_section=True),
    Shortcut("close_window", mark("Close"), ("Ctrl+W",), begins_section=True),
    Shortcut("quit", mark("Quit"), ("Ctrl+Q",)),
    Shortcut("copy_answer", mark("Copy last answer"), ("Ctrl+Shift+C",), Place.EDIT),
    Shortcut("copy_message_link", mark("Copy link to message"), (), Place.EDIT),
    Shortcut("edit_message", mark("Edit last message"), ("Ctrl+Shift+L",), Place.EDIT),
    Shortcut("paste_plain", mark("Paste as plain text"), ("Ctrl+Shift+V",), Place.EDIT),
    Shortcut("find", mark("Find in session…"), ("Ctrl+F",), Place.EDIT, begins_section=True),
    Shortcut("find_next", mark("Find next"), ("F3",), Place.EDIT, mac_keys=("Ctrl+G",)),
    Shortcut("find_previous", mark("Find previous"), ("Shift+F3",), Place.EDIT, mac_keys=("Ctrl+Shift+G",)),
    Shortcut("search_everywhere", mark("Look in all sessions…"), ("Ctrl+Shift+F",), Place.EDIT),
    Shortcut("palette", mark("Go to anything…"), ("Ctrl+K",), Place.VIEW),
    Shortcut("focus_composer", mark("Go to the message field"), ("Ctrl+L",), Place.VIEW, begins_section=True),
    Shortcut("focus_sessions", mark("Go to the sessions"), ("Ctrl+Shift+S",), Place.VIEW),
    Shortcut("focus_transcript", mark("Go to the conversation"), ("Ctrl+Shift+T",), Place.VIEW),
    Shortcut("next_panel", mark("Go to the next part of the window"), ("F6",), Place.VIEW),
    Shortcut("previous_panel", mark("Go to the previous part of the window"), ("Shift+F6",), Place.VIEW),
    Shortcut("jump_to_latest", mark("Jump to latest"), ("Ctrl+J",), Place.VIEW),
    Shortcut("answer_notice", mark("Do what the notice offers"), (), Place.VIEW, begins_section=True),
    Shortcut("close_notice", mark("Close the notice"), (), Place.VIEW),
    Shortcut(
        "toggle_sessions", mark("Show sessions"), ("Ctrl+B",), Place.VIEW, begins_section=True, checkable=True
    ),
    Shortcut("toggle_roles", mark("Show roles"), ("Ctrl+Shift+B",), Place.VIEW, checkable=True),
    Shortcut("float_sessions", mark("Sessions in a window of their own"), (), Place.VIEW, checkable=True),
    Shortcut("float_roles", mark("Roles in a window of their own"), (), Place.VIEW, checkable=True),
    Shortcut("show_archived", mark("Show archived sessions"), (), Place.VIEW, checkable=True),
    Shortcut(
        "theme_system",
        mark("As the system"),
        (),
        Place.VIEW,
        begins_section=True,
        group=mark("Colours"),
        checkable=True,
    ),
    Shortcut("theme_light", mark("Light"), (), Place.VIEW, group=mark("Colours"), checkable=True),
    Shortcut("theme_dark", mark("Dark"), (), Place.VIEW, group=mark("Colours"), checkable=True),
    Shortcut("high_contrast", mark("High contrast"), (), Place.VIEW, group=mark("Colours"), checkable=True),
    Shortcut("text_larger", mark("Larger text"), ("Ctrl++", "Ctrl+="), Place.VIEW),
    Shortcut("text_smaller", mark("Smaller text"), ("Ctrl+-",), Place.VIEW),
    Shortcut("text_normal", mark("Normal text size"), ("Ctrl+0",), Place.VIEW),
    Shortcut(
        "full_screen", mark("Full screen"), ("F11",), Place.VIEW, mac_keys=("Meta+Ctrl+F",), checkable=True
    ),
    Shortcut(
        "previous_session", mark("Session above"), ("Ctrl+Up",), Place.SESSION, mac_keys=("Ctrl+Alt+Up",)
    ),
    Shortcut(
        "next_session", mark("Session below"), ("Ctrl+Down",), Place.SESSION, mac_keys=("Ctrl+Alt+Down",)
    ),
    Shortcut("rename_session", mark("Rename"), ("F2",), Place.SESSION, begins_section=True),
    Shortcut("pin_session", mark("Pin or unpin"), ("Ctrl+Shift+P",), Place.SESSION),
    Shortcut("duplicate_session", mark("Duplicate"), ("Ctrl+Shift+D",), Place.SESSION),
    Shortcut("copy_session_link", mark("Copy link to session"), (), Place.SESSION),
    Shortcut("archive_session", mark("Archive or bring back"), (), Place.SESSION),
    Shortcut("delete_session", mark("Delete"), (), Place.SESSION),
    Shortcut("pick_model", mark("Pick a model…"), ("Ctrl+M",), Place.MODEL, mac_keys=("Ctrl+Shift+M",)),
    Shortcut("refresh_models", mark("Ask the gateway for its models"), ("F5",), Place.MODEL),
    Shortcut("pick_role", mark("Pick a role…"), ("Ctrl+R",), Place.MODEL, begins_section=True),
    Shortcut("clear_role", mark("Use no role"), (), Place.MODEL),
    Shortcut("new_role", mark("New role…"), (), Place.MODEL),
    Shortcut("edit_role", mark("Edit the role…"), (), Place.MODEL),
    Shortcut("delete_role", mark("Delete the role"), (), Place.MODEL),
    Shortcut("templates", mark("Prompt templates…"), (), Place.MODEL, begins_section=True),
    Shortcut("plan_mode", mark("Plan mode"), (), Place.MODEL, begins_section=True, checkable=True),
    Shortcut(
        "review_plans", mark("Review plans before they are carried out"), (), Place.MODEL, checkable=True
    ),
    Shortcut("regenerate", mark("Answer again"), ("Ctrl+Shift+R",), Place.MODEL, begins_section=True),
    Shortcut("continue_answer", mark("Continue the answer"), (), Place.MODEL),
    Shortcut("stop", mark("Stop answering"), (), Place.MODEL),
    Shortcut("shortcuts", mark("Keyboard shortcuts"), ("F1",), Place.HELP, mac_keys=("Ctrl+/", "F1")),
    Shortcut("welcome", mark("Set up models and history…"), (), Place.HELP),
    Shortcut("diagnose_gateway", mark("Check the gateway"), (), Place.HELP, begins_section=True),
    Shortcut("diagnose_database", mark("Check the history"), (), Place.HELP),
    Shortcut("about", mark("About Chat2AnyLLM Desktop"), (), Place.HELP, begins_section=True),
    Shortcut("send", mark("Send"), ("Return",), Place.COMPOSER),
    Shortcut("break_line", mark("Break the line"), ("Shift+Return",), Place.COMPOSER),
    Shortcut("recall", mark("Recall earlier messages (empty field)"), ("Up",), Place.COMPOSER),
    Shortcut("commands", mark("Complete a command"), ("/",), Place.COMPOSER),
    Shortcut("escape", mark("Stop the answer"), ("Esc",), Place.COMPOSER),
    Shortcut("open_row", mark("Open"), ("Return",), Place.LISTS),
    Shortcut("rename_row", mark("Rename or edit"), ("F2",), Place.LISTS),
    Shortcut("delete_row", mark("Delete"), ("Del",), Place.LISTS),
    Shortcut("row_menu", mark("Everything else"), ("Shift+F10",), Place.LISTS),
    Shortcut("next_message", mark("Next message"), ("J",), Place.TRANSCRIPT),
    Shortcut("previous_message", mark("Previous message"), ("K",), Place.TRANSCRIPT),
    Shortcut("next_spot", mark("Next button or link in the message"), ("Tab",), Place.TRANSCRIPT),
    Shortcut("press_spot", mark("Press the button, open the link"), ("Return",), Place.TRANSCRIPT),
    Shortcut("scroll_box", mark("Scroll wide code and tables"), ("Right",), Place.TRANSCRIPT),
    Shortcut("conversation_end", mark("End of the conversation"), ("End",), Place.TRANSCRIPT),
    Shortcut("select_characters", mark("Select by characters"), ("Shift+Right",), Place.TRANSCRIPT),
    Shortcut(
        "select_words",
        mark("Select by words"),
        ("Ctrl+Shift+Right",),
        Place.TRANSCRIPT,
        mac_keys=("Alt+Shift+Right",),
    ),
    Shortcut("select_lines", mark("Select by lines"), ("Shift+Down",), Place.TRANSCRIPT),
    Shortcut("select_pages", mark("Select by pages"), ("Shift+PgDown",), Place.TRANSCRIPT),
    Shortcut(
        "select_line_end",
        mark("Select the rest of the line"),
        ("Shift+End",),
        Place.TRANSCRIPT,
        mac_keys=("Ctrl+Shift+Right",),
    ),
    Shortcut(
        "select_end",
        mark("Select everything below"),
        ("Ctrl+Shift+End",),
        Place.TRANSCRIPT,
        mac_keys=("Ctrl+Shift+Down",),
    ),
    Shortcut("select_all", mark("Select all"), ("Ctrl+A",), Place.TRANSCRIPT),
    Shortcut("copy_selection", mark("Copy it, or the message"), ("Ctrl+C",), Place.TRANSCRIPT),
    Shortcut("let_go", mark("Let go; back to writing"), ("Esc",), Place.TRANSCRIPT),
    Shortcut("message_menu", mark("Everything else"), ("Shift+F10",), Place.TRANSCRIPT),
)

BY_ID = {shortcut.id: shortcut for shortcut in TABLE}


KEYS = Keys(TABLE)
"""The keys in force. There is one keyboard and one user, hence one of these."""


def key_words(keys: str) -> str:
    """One key of the table as this platform writes it: ``Ctrl+,`` is ``⌘,`` on macOS. Empty for none."""
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return native.replace("Return", "Enter")  # as it is written on most keyboards; macOS has a sign for it


def words_of(shortcut_id: str) -> str:
    """The first of the keys in force of a row, as this platform writes it; empty for none."""
    keys = KEYS.of(shortcut_id)
    return key_words(keys[0]) if keys else ""


def title_of(row: Shortcut) -> str:
    """What a row is called outside of its menu, in the user's language."""
    text = tr(row.text).removesuffix("…")
    return tr("{what}: {words}", what=tr(row.group), words=text) if row.group else text


def with_key(text: str, shortcut_id: str) -> str:
    """A tooltip: ``text`` with the key of the row that does the same, where there is one."""
    keys = words_of(shortcut_id) if shortcut_id else ""
    return f"{text} ({keys})" if keys else text
