"""The whole window on a real accessibility bus: read from top to bottom, and used without a key or a mouse."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.llm.misbehaving import DONE, Server, answer, frame, serve, stream
from tests.real.accessibility import AccessibilityBus, until
from tests.real.hearing import Senses
from tests.real.screen import Program, Screen, wait_until
from tests.real.test_first_run import rows
from tests.real.test_window_processes import environment
from tests.ui.scripted import by_question

MODELS = ("m", "gpt-4o")
GATE = threading.Event()
SLOW = stream(*(frame(f"Word {number}. ") for number in range(40)), GATE, frame(finish="stop"), DONE)


@pytest.fixture
def gateway() -> Iterator[Server]:
    GATE.clear()
    with serve(
        by_question({"Hello": answer("Hello yourself."), "Slowly": SLOW}, MODELS), models=MODELS
    ) as server:
        yield server


@pytest.fixture
def program(
    screen: Screen, accessibility_bus: AccessibilityBus, gateway: Server, tmp_path: Path
) -> Iterator[Program]:
    program = Program(screen, tmp_path / "user", environment(gateway) | accessibility_bus.environment)
    yield program
    program.kill()


class Hands(Senses):
    """Uses the program over the bus alone."""

    def press(self, name: str, role: str = "push button") -> None:
        """Press it as soon as it is enabled."""
        until(lambda: "enabled" in self.find(role, name).states, f"{name} to be enabled")
        self.find(role, name).press()

    def choose(self, name: str) -> None:
        """Press an entry of the menu bar, whose menus need not be open for that."""
        self.everything.find("menu item", name).press()

    def ask(self, text: str) -> None:
        """Write a message and press Send."""
        until(lambda: self.find("push button", "Gateway").name.startswith("Gateway: Connected"), "the models")
        self.find("text", "Message").write(text)
        self.press("Send")


def test_the_window_is_read_from_top_to_bottom(accessibility_bus: AccessibilityBus, program: Program) -> None:
    hands = Hands(accessibility_bus.reader())
    program.start()
    hands.ask("Hello")
    hands.hear("Answer of m is complete. Hello yourself.")

    window = hands.find("frame")
    assert window.name.startswith("Hello")
    for panel, field in (("Sessions", "Filter sessions"), ("Roles", "")):
        dock = window.find("panel", panel)
        assert dock.find("list", panel).showing
        if field:
            assert {"editable", "enabled", "focusable"} <= dock.find("text", field).states
        for button in dock.below():
            if button.role == "push button":
                assert "Press" in button.actions, button.name
    assert hands.names("Sessions") == ["Today", "Hello"]
    assert [row.role for row in hands.find("list", "Sessions")] == ["list item", "list item"]

    model = window.find("push button", "Model")
    assert (model.name, "<" in model.description) == ("Model: m", False)
    assert window.find("push button", "Gateway: Connected").showing
    assert window.find("push button", "History: This computer").showing
    assert [thing.name for thing in hands.find("list", "Conversation")][:2] == ["You", "Answer of m"]
    message = window.find("text", "Message")
    assert {"editable", "enabled", "focused", "showing"} <= message.states
    assert "enabled" not in window.find("push button", "Send").states
    message.write("x")
    until(lambda: "enabled" in window.find("push button", "Send").states, "Send to be possible")

    bar = window.find("menu bar")
    assert [menu.name for menu in bar] == ["File", "Edit", "View", "Session", "Model", "Help"]
    for menu in bar:
        entries = [entry for entry in menu.below() if entry.role != "separator"]
        assert len(entries) > 3
        assert [entry for entry in entries if not entry.name] == []
        assert all("Press" in entry.actions for entry in entries if len(entry) == 0)
    assert "checked" in bar.find("menu item", "Show sessions").states
    message.write("")
    program.quit()


def test_the_message_field_is_a_text(accessibility_bus: AccessibilityBus, program: Program) -> None:
    hands = Hands(accessibility_bus.reader())
    program.start()
    field = hands.find("text", "Message")
    field.write("one three")
    field.insert(4, "two ")
    assert field.text == "one two three"
    field.caret = 5
    assert field.caret == 5
    assert field.word_at(5).strip() == "two"
    field.select_text(4, 7)
    program.screen.type("2")  # What is selected is replaced.
    until(lambda: field.text == "one 2 three", "the key in the field")
    field.write("中文 😀")
    assert field.text == "中文 😀"
    field.write("")
    program.quit()


def test_used_without_a_key(accessibility_bus: AccessibilityBus, program: Program) -> None:
    hands = Hands(accessibility_bus.reader())
    program.start()
    hands.ask("Hello")
    hands.hear("Answer of m is complete")

    hands.choose("New role")
    hands.find("text", "Name of the role").write("Reviewer")
    hands.find("text", "Instructions").write("Be strict.")
    hands.press("Save")
    until(lambda: hands.names("Roles") == ["Reviewer"], "the role")
    assert rows(program.home, "SELECT name, instructions FROM roles") == [("Reviewer", "Be strict.")]

    hands.press("New session")
    hands.hear("Session New Chat")
    hands.ask("Something else")
    hands.hear("Answer of m is complete. Yes")
    sessions = hands.find("list", "Sessions")
    other = next(row for row in sessions if row.name.startswith("Hello"))
    sessions.select_child(other.index)
    until(lambda: "selected" in other.states, "the row to be chosen")
    sessions.grab_focus()
    program.screen.key("Return")  # Lists have no action for it.
    hands.hear("Session Hello")
    assert hands.find("frame").name.startswith("Hello")

    hands.choose("Delete")
    assert "deleted" in hands.hear("“Hello”")
    until(lambda: "Hello" not in hands.names("Sessions"), "the session to be gone")
    hands.press("Undo")
    until(lambda: "Hello" in hands.names("Sessions"), "the session to be back")

    hands.choose("Dark")
    settings = program.home / "c2a" / "config" / "settings.toml"
    wait_until(lambda: settings.exists() and 'theme = "dark"' in settings.read_text(), "the theme to be kept")

    hands.choose("Settings")
    key = hands.find("text", "Key")
    assert set(key.text) <= {"●", "•", "*"}, "a secret is told"
    hands.press("Cancel")
    hands.choose("Quit")
    program.ended()


def test_what_is_said(accessibility_bus: AccessibilityBus, program: Program) -> None:
    hands = Hands(accessibility_bus.reader())
    program.start()
    hands.ask("Slowly")
    hands.hear("Answer of m begins")
    conversation = hands.find("list", "Conversation")
    until(lambda: conversation[1].description.endswith("Word 39."), "the text")
    time.sleep(1)
    while_streaming = hands.ear.listen()
    GATE.set()
    hands.hear("Answer of m is complete. Word 0.")
    assert while_streaming == [], "each of forty pieces is said"

    screen = program.screen
    screen.key("ctrl+m")
    hands.hear("m, ")
    screen.type("gpt")
    hands.hear("gpt-4o")
    screen.key("Return")
    hands.hear("Model gpt-4o")

    screen.key("ctrl+f")
    screen.type("Word 1")
    hands.hear("11 of 11")
    screen.key("Escape", "Escape")

    hands.find("text", "Message").grab_focus()
    screen.type("/mod")
    assert " 1 of " in hands.hear("/model")
    screen.key("Escape")
    hands.find("text", "Message").write("")

    screen.key("ctrl+k")
    screen.type("dark")
    hands.hear("Colours: Dark")
    screen.key("Escape")

    hands.choose("New role…")
    hands.find("text", "Name of the role").grab_focus()
    screen.type("Half")
    screen.key("Escape")
    hands.hear("Not saved yet.")
    screen.key("Escape")

    hands.choose("Settings…")
    hands.find("list", "Pages of the settings").grab_focus()
    screen.key("Down", "Down", "Down")
    hands.find("text", "Text size").write("huge")
    hands.press("Save")
    hands.hear("“Text size” must be a whole number")
    hands.press("Cancel")
    hands.choose("Quit")
    program.ended()
