"""A day with the program, by key presses alone, and what came of each looked at from outside: on the accessibility bus, in
the history, in the settings file, and at the provider behind a real LiteLLM.

The pictures of each step are kept in ``build/pictures/journey`` to be looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.llm.misbehaving import answer, frame, stream
from tests.real.accessibility import AccessibilityBus, until
from tests.real.gateway import HELLO, Gateway, Upstream
from tests.real.hearing import Senses
from tests.real.screen import ROOT, Program, Screen, wait_until
from tests.real.test_first_run import rows

PICTURES = ROOT / "build" / "pictures" / "journey"
ANSWER = """\
# The page

It is short: **three lines** and a list.

1. One
2. Two

```python
print("hi")
```
"""
PLAN = "1. Read the page\n2. Write the answer"
MOST = 60
"""More stops of Tab, or entries of a menu, than there are."""


class Person(Senses):
    """Presses keys, and looks."""

    def __init__(self, program: Program, bus: AccessibilityBus) -> None:
        super().__init__(bus.reader())
        self.program = program
        self.screen = program.screen
        self._pictures = 0

    def press(self, *keys: str) -> None:
        self.screen.key(*keys)

    def write(self, text: str) -> None:
        self.screen.type(text)

    def picture(self, name: str) -> None:
        """Keep what is on the screen."""
        self._pictures += 1
        self.screen.grab(PICTURES / f"{self._pictures:02}-{name}.png")

    def go_to(self, name: str, key: str = "Tab") -> None:
        """Press a key until what is called so has the keyboard."""
        passed: list[str] = []
        for _ in range(MOST):
            self.ear.focused()
            self.press(key)
            passed.append(until(self.ear.focused, f"the focus to move, after {passed}")[-1])
            if passed[-1].startswith(name):
                return
        pytest.fail(f"{key} never comes to {name!r}: {passed}")

    def has_message_field(self) -> bool:
        """Whether what is typed now is a message."""
        return "focused" in self.find("text", "Message").states

    def stored(self, query: str) -> list[tuple[object, ...]]:
        """From the history, as another program would read it."""
        return rows(self.program.home, query)

    @property
    def settings(self) -> str:
        file = self.program.home / "c2a" / "config" / "settings.toml"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def until_stored(self, query: str, expected: list[tuple[object, ...]]) -> None:
        wait_until(lambda: self.stored(query) == expected, f"{expected} (now {self.stored(query)})")


@pytest.fixture
def person(desktop: Screen, accessibility_bus: AccessibilityBus, tmp_path: Path) -> Iterator[Person]:
    shutil.rmtree(PICTURES, ignore_errors=True)
    home = tmp_path / "user"
    environment = accessibility_bus.environment | {"CHAT2ANYLLM_LOCAL_ENABLED": "off"}
    program = Program(desktop, home, environment, ("--home", str(home / "c2a")))
    yield Person(program, accessibility_bus)
    program.kill()


def test_a_day_with_keys_alone(person: Person, litellm_gateway: Gateway, upstream: Upstream) -> None:
    start(person)
    connect(person, litellm_gateway)
    pick_a_model(person)
    write_a_role_and_select_it(person)
    ask(person, upstream)
    stop(person, upstream)
    plan(person, upstream)
    switch_sessions(person)
    search(person)
    change_the_theme_in_the_palette(person)
    change_a_setting(person)
    look_around(person)
    printed = person.program.quit().splitlines()
    # Whoever looks at what has gone meanwhile is told so.
    assert [line for line in printed if "Could not find accessible on path" not in line] == []


def start(person: Person) -> None:
    person.program.start()
    person.find("text", "Message")
    until(person.has_message_field, "the message field to have the keyboard")
    person.picture("start")


def connect(person: Person, gateway: Gateway) -> None:
    person.press("ctrl+comma")
    person.find("dialog", "Settings")
    person.go_to("Address")
    person.write(gateway.base_url)
    person.go_to("Key")
    person.write(gateway.key)
    person.go_to("Test connection")
    person.press("space")
    person.hear("Connected")
    person.picture("settings-tested")
    person.go_to("Save")
    person.press("space")
    person.find("push button", "Gateway: Connected")
    assert gateway.base_url in person.settings
    assert gateway.key not in person.settings
    until(person.has_message_field, "the keyboard to be back")
    person.picture("connected")
    person.go_to("Close this notice", "shift+Tab")  # That there is no keychain.
    person.picture("notice")
    person.press("space")
    until(person.has_message_field, "the keyboard to be back")


def pick_a_model(person: Person) -> None:
    person.press("ctrl+m")
    person.write("scri")
    person.hear("scripted")
    person.picture("models")
    person.press("Return")
    person.find("push button", "Model: scripted")


def write_a_role_and_select_it(person: Person) -> None:
    person.press("alt+m")
    person.go_to("New role", "Down")
    person.picture("menu")
    person.press("Return")
    person.find("dialog", "New role")
    person.write("Reviewer")
    person.press("Tab")
    person.write("You are a strict reviewer.")
    person.picture("new-role")
    person.press("ctrl+Return")
    person.until_stored("SELECT name, instructions FROM roles", [("Reviewer", "You are a strict reviewer.")])
    until(lambda: person.names("Roles") == ["Reviewer"], "the role in its list")
    person.press("ctrl+r", "Return")
    person.find("push button", "Use no role")
    person.picture("role-selected")
    person.press("ctrl+l")


def ask(person: Person, upstream: Upstream) -> None:
    upstream.script = answer(ANSWER)
    person.write("What is there?")
    person.press("Return")
    person.hear("Answer of scripted is complete. The page")
    person.until_stored(
        "SELECT role, status FROM messages ORDER BY created_at",
        [("user", "complete"), ("assistant", "complete")],
    )
    asked = upstream.requests[-1].json["messages"]
    assert any("You are a strict reviewer." in message["content"] for message in asked)
    assert "What is there?" in asked[-1]["content"]
    person.picture("answer")


def stop(person: Person, upstream: Upstream) -> None:
    # LiteLLM ends answers that repeat themselves.
    upstream.script = stream(*(step for number in range(3000) for step in (frame(f"Line {number}. "), 0.03)))
    person.write("Tell me more")
    person.press("Return")
    person.hear("Answer of scripted begins")
    last = "SELECT status FROM messages WHERE role = 'assistant' ORDER BY created_at DESC LIMIT 1"
    person.until_stored(last, [("streaming",)])
    person.find("push button", "Stop")
    person.picture("streaming")
    person.press("Escape")
    person.until_stored(last, [("stopped",)])
    person.hear("Answer of scripted: Stopped.")
    wait_until(lambda: upstream.running.disconnected.is_set(), "the provider to be left alone")
    person.picture("stopped")


def plan(person: Person, upstream: Upstream) -> None:
    upstream.script = answer(PLAN)
    person.write("/model:plan-mode scri")
    person.hear("scripted")
    person.picture("plan-completion")
    person.press("Tab")
    person.write("hello")
    person.press("Return")
    person.find("push button", "Leave plan mode")
    person.write("Write the page")
    person.press("Return")
    kinds = "SELECT kind, model, content FROM messages WHERE kind <> 'chat' AND status = 'complete' ORDER BY created_at"
    person.until_stored(kinds, [("plan", "scripted", PLAN), ("implementation", "hello", HELLO)])
    person.picture("plan-mode")
    person.write("/model:plan-mode-off")
    person.press("Return")
    until(lambda: person.seen("push button", "Leave plan mode") is None, "plan mode to be off")


def switch_sessions(person: Person) -> None:
    person.press("ctrl+n")
    person.hear("Session New Chat")
    person.write("Something else")
    person.press("Return")
    person.hear("Answer of scripted is complete")
    person.until_stored("SELECT count(*) FROM sessions", [(2,)])
    person.press("ctrl+Down")
    person.hear("Session What is there?")
    person.picture("other-session")
    person.press("ctrl+Up")
    person.hear("Session Something else")


def search(person: Person) -> None:
    person.press("ctrl+shift+f")
    person.write("three lines")
    person.find("list", "Look in all sessions")
    until(lambda: person.names("Look in all sessions"), "what is found")
    person.picture("search")
    person.press("Return")
    until(lambda: person.find("frame").name.startswith("What is there?"), "the session with these words")
    person.picture("found")


def change_the_theme_in_the_palette(person: Person) -> None:
    person.press("ctrl+k")
    person.write("dark")
    person.hear("Colours: Dark")
    person.picture("palette")
    person.press("Return")
    wait_until(lambda: 'theme = "dark"' in person.settings, "the theme to be kept")
    person.picture("dark")


def change_a_setting(person: Person) -> None:
    person.press("ctrl+comma")
    person.find("dialog", "Settings")
    person.go_to("Pages of the settings")
    person.go_to("Appearance", "Down")
    person.go_to("Text size")
    person.press("ctrl+a")
    person.write("120")
    person.picture("appearance")
    person.go_to("Save")
    person.press("space")
    wait_until(lambda: "text_scale_percent = 120" in person.settings, "the size of text to be kept")


def look_around(person: Person) -> None:
    person.press("F1")
    person.find("dialog", "Keyboard shortcuts")
    person.picture("keys")
    person.press("Escape")
    until(lambda: person.seen("dialog", "Keyboard shortcuts") is None, "the sheet to be closed")
    person.press("ctrl+l")
    for name in ("Sessions", "Roles", "Model"):
        person.press("F6")
        person.picture(f"focus-{name.lower()}")
    person.press("ctrl+l")
