"""The real window on a real accessibility bus, read and used as a screen reader would."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.llm.misbehaving import Server, answer, error_frame, frame, serve, stream
from tests.real.accessibility import AccessibilityBus, Reader, Thing, until
from tests.real.hearing import Ear
from tests.real.screen import Program, Screen
from tests.real.test_window_processes import ask, environment

ANSWER = """\
# The page

Look at [the page](https://example.com/page). It is short, and it has been there for longer than most of what is \
linked from anywhere, as those know who have kept a list.

1. One
2. Two

```python
print("hi")
print("ho")
```

| Name | Value |
|---|---|
| one | 1 |
"""


@pytest.fixture
def gateway() -> Iterator[Server]:
    """A whole answer, then one that fails in the middle, then whole ones again."""
    with serve(
        answer(ANSWER), stream(frame("Half of"), error_frame("The model is overloaded.")), answer(ANSWER)
    ) as server:
        yield server


@pytest.fixture
def program(
    screen: Screen, accessibility_bus: AccessibilityBus, gateway: Server, tmp_path: Path
) -> Iterator[Program]:
    program = Program(screen, tmp_path / "user", environment(gateway) | accessibility_bus.environment)
    yield program
    program.kill()


def conversation(reader: Reader) -> Thing:
    return reader.programs.find("list", "Conversation")


USABLE = {"push button", "check box", "combo box", "list", "menu item", "radio button", "slider", "text"}


def test_read_and_used_by_a_screen_reader(
    screen: Screen, accessibility_bus: AccessibilityBus, gateway: Server, program: Program
) -> None:
    reader = accessibility_bus.reader()
    ear = Ear(reader)
    program.start()
    ask(screen, gateway, "What is there?")
    assert until(lambda: ear.heard("Answer of m begins"), "the beginning")
    said = until(lambda: ear.heard("Answer of m is complete"), "the end")
    assert said.startswith("Answer of m is complete. The page Look at the page. It is short,")
    assert said.endswith("who have kept a list.")

    usable = [thing for thing in reader.programs.below() if thing.role in USABLE and thing.showing]
    assert len(usable) > 20
    assert [thing for thing in usable if not thing.name] == []

    whole = conversation(reader)
    question, reply = whole[0], whole[1]
    assert (question.role, question.name, question.description) == ("list item", "You", "What is there?")
    assert (reply.role, reply.name, reply.index) == ("list item", "Answer of m", 1)
    assert reply.description.startswith("The page\n\nLook at the page.")
    heading = reply.find("heading")
    assert (heading.name, heading.attributes["level"]) == ("The page", "1")
    link = reply.find("link")
    assert (link.name, link.description) == ("the page", "https://example.com/page")
    assert link.parent.text.startswith("Look at the page. It is short,")
    assert [thing.name for thing in reply if thing.role == "list item"] == ["1. One", "2. Two"]
    box = reply.find("panel", "Code, python, 2 lines")
    assert box[0].text == 'print("hi")\nprint("ho")'
    assert reply.find("table", "Table, 2 columns, 1 rows")[1][1].name == "1"

    box.find("push button", "Copy").press()
    assert until(lambda: ear.heard("Copied"), "the word that it was copied")
    screen.key("ctrl+v")
    field = reader.programs.find("text", "Message")
    until(lambda: field.text == 'print("hi")\nprint("ho")', "the code in the message field")
    screen.key("ctrl+a", "Delete")

    ear.focused()
    reply.grab_focus()
    until(lambda: "Answer of m" in ear.focused(), "the focus on the answer")
    screen.key("k")
    until(lambda: "You" in ear.focused(), "the focus on the question")
    screen.key("j", "Tab")
    until(lambda: "the page" in ear.focused(), "the focus on the link")

    field.grab_focus()
    ask(screen, gateway, "And then?")
    said = until(lambda: ear.heard("Answer of m: "), "how it failed")
    assert "The model is overloaded." in said
    assert whole[3].name == said
    program.quit()


def test_walked_while_messages_come_and_go(
    screen: Screen, accessibility_bus: AccessibilityBus, gateway: Server, program: Program
) -> None:
    """Whoever walks the tree may hold what is gone. That is told to him, and nothing worse happens."""
    reader, walker = accessibility_bus.reader(), accessibility_bus.reader()
    over = threading.Event()
    walked: list[int] = []

    def walk(thing: Thing) -> int:
        return 1 + sum(walk(child) for child in thing if child.role and child.name is not None)

    def go_on_walking() -> None:
        while not over.is_set():
            with contextlib.suppress(LookupError):
                walked.append(walk(conversation(walker)))

    program.start()
    ear = Ear(reader)
    ask(screen, gateway, "What is there?")
    until(lambda: ear.heard("Answer of m is complete"), "the end")
    thread = threading.Thread(target=go_on_walking)
    thread.start()
    try:
        for number in range(3):
            ear.announced.clear()
            until(lambda: conversation(reader)[1], "the answer").find("push button", "Retry").press()
            assert until(lambda: ear.heard("Answer of m"), f"answer {number}")
            screen.key("ctrl+n")
            until(lambda: "list item" not in [thing.role for thing in conversation(reader)], "a new session")
            screen.key("ctrl+Down")
            until(lambda: conversation(reader)[1].role == "list item", "the session of before")
    finally:
        over.set()
        thread.join()
    assert max(walked) > 30
    program.quit()
