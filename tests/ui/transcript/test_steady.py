"""What is read stands still and what is selected stays selected, whatever arrives below, and whatever that makes of what
is there: at 1x and, in a process of its own, on a display of twice and one and a half times as many pixels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from chat2anyllm_desktop.core.models import Message, Status, Usage
from tests.ui.transcript.stage import Stage, alike, conversation, message

ROOT = Path(__file__).resolve().parents[3]
NUMBER = 61

READ = "".join(
    f"Paragraph {n} is being read: some words that fill more than one line of it.\n\n" for n in range(30)
)

ARRIVES: dict[str, tuple[str, ...]] = {
    "a paragraph": ("And ", "more **wor", "ds**. ", "`co", "de`") + ("words ",) * 200,
    "a code box that opens and closes": ("```py", "thon\n", *("x = 1\n",) * 60, "``", "`\n", "\nAfter.\n"),
    "code inside of a list": ("1. Run:\n", "   ```sh\n", *("   ls\n",) * 20, "   ```\n", "2. Done\n"),
    "a table that grows": (
        "Head | er\n",
        "---",
        "|---\n",
        *("a longer and longer cell | b\n",) * 20,
        "\n\nAfter.",
    ),
    "a list that turns loose": (*("- an item\n",) * 20, "\n", "- apart\n", *("- an item\n",) * 20),
    "a numbered list of more and more digits": tuple(f"{n}. item\n" for n in range(1, 121)),
    "nested lists": tuple("  " * (n % 4) + f"- item {n}\n" for n in range(60)),
    "an underlined heading": ("A line", "\nanother\n", "=", "==\n", "A third\n", "-", "--\n", "text"),
    "late definitions": (
        "See [a] and [b].\n\n",
        "[^n] ",
        "text\n\n",
        "[a]: htt",
        "p://x.y\n",
        "[b]: /u 't",
        "'\n[^n]: note\n",
    ),
    "quotes that go on": ("> quote\n", "lazy\n", "> - item\n", "> ```\n", "> x\n", "text\n"),
    "details": (
        "<details>\n",
        "<summary>S",
        "um</summary>\n\n",
        *("text\n\n",) * 10,
        "</details>\n",
        "after",
    ),
    "formulas": ("$$\n", "x^2\n", "$$\n", "and $a", "_1$ ", "\\[ b", " \\]", *("\n\n$\\frac12$ text",) * 10),
    "a diagram": ("```mermaid\n", "graph LR\n", "A --> B\n", "```\n", "text"),
    "half of everything": ("*a", "**b", "`c", "[d](", "<e", "![f](", "&am", "\\", "|g|\n", "|-", "|\n"),
}
"""What comes, piece by piece."""


@pytest.fixture
def answering(stage: Stage) -> Stage:
    """An answer that streams, of which some screens have come."""
    earlier = [*conversation(20), message(41, "[a] " * 100 + "\n\n" + READ)]
    stage.reset(*earlier, message(NUMBER, "", status=Status.STREAMING))
    stage.stream(NUMBER, READ)
    stage.rest()
    return stage


def _end(stage: Stage, **more: object) -> None:
    whole = stage.model.message(message(NUMBER, "").id)
    assert isinstance(whole, Message)
    stage.model.upsert(message(NUMBER, stage.model.text_of(whole.id), model="m", **more))
    stage.rest()


def _pictures(stage: Stage) -> list[QImage]:
    """What would be drawn at 1x and 2x, and what is on screen where parts of it were only moved."""
    return [stage.picture(), stage.picture(2), stage.on_screen()]


def _same(before: list[QImage], stage: Stage) -> None:
    """The way to the end that is offered when something came floats over the last pictures: it is left out."""
    after = _pictures(stage)
    assert before[0] == after[0]
    assert before[1] == after[1]
    jump = stage.view._overlays.jump
    if jump.isVisible():
        place = jump.geometry()
        height = stage.view.viewport().mapFrom(stage.view, place.topLeft()).y() - 12
        before, after = (
            [image.copy(0, 0, image.width(), height) for image in before],
            [image.copy(0, 0, image.width(), height) for image in after],
        )
    assert alike(before[2], after[2])


@pytest.mark.parametrize("up", [420, 2500])
@pytest.mark.parametrize("name", ARRIVES)
def test_scrolled_up_not_one_pixel_moves(answering: Stage, name: str, up: int) -> None:
    """``up``: in the answer that streams, or in the one before it."""
    stage = answering
    stage.view.scroll_by(-up)
    stage.rest()
    before = _pictures(stage)
    for piece in ARRIVES[name]:
        stage.stream(NUMBER, piece)
        assert stage.picture() == before[0]
    stage.rest()
    _same(before, stage)
    _end(stage)
    _same(before, stage)
    assert not stage.view.follows


GROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "code": ("```python\n" + "x = 1\n" * 90, (*("y = 'z'\n",) * 30, "``", "`\n", "\nAfter.\n")),
    "a list": ("- an item\n" * 60, tuple("  " * (n % 4) + f"- item {n}\n" for n in range(60))),
    "a numbered list": (
        "".join(f"{n}. item\n" for n in range(1, 60)),
        tuple(f"{n}. item\n" for n in range(60, 121)),
    ),
    "a quote": ("> words\n>\n" * 60, ("> more\n", "lazy\n", "> - item\n", "\nAfter.\n")),
    "a table": (
        "| a long head | b |\n|---|---|\n" + "| c | d |\n" * 60,
        ("| e ", "| f |\n", "| g | h |\n", "\nAfter."),
    ),
}
"""A block of some screens, and how it goes on."""


@pytest.mark.parametrize("name", GROWS)
def test_the_beginning_of_what_grows_stands_still(stage: Stage, name: str) -> None:
    """The reader is in the block that is being written."""
    begins, pieces = GROWS[name]
    stage.reset(*conversation(4), message(NUMBER, "", status=Status.STREAMING))
    stage.stream(NUMBER, "Before it.\n\n", begins)
    stage.rest()
    row = stage.rows[-1]
    stage.view._page.show(row, row.body_first + 1, -70)
    stage.view._flow.resettle()
    stage.rest()
    before = _pictures(stage)
    for piece in pieces:
        stage.stream(NUMBER, piece)
    stage.rest()
    _same(before, stage)
    _end(stage)
    _same(before, stage)


def test_reasoning_that_ends_moves_nothing(answering: Stage) -> None:
    stage = answering
    stage.reset(*conversation(20), message(NUMBER, "", status=Status.STREAMING))
    stage.stream(NUMBER, "", reasoning="First this.\n\n" * 60)
    stage.click(stage.spot("Show reasoning"))
    stage.rest()
    stage.view.scroll_by(-500)
    stage.rest()
    before = _pictures(stage)
    stage.stream(NUMBER, "", reasoning="Then that.\n\n" * 20)
    stage.stream(NUMBER, READ)
    stage.rest()
    _same(before, stage)
    _end(stage, reasoning="First this.\n\n" * 60 + "Then that.\n\n" * 20, usage=Usage(reasoning_s=3.0))
    _same(before, stage)


# Selections ------------------------------------------------------------------------------------------------------------
SELECTED: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "words of a paragraph that grows": ("One two three", "two", "three", (" four", " five\n\nsix")),
    "markup that closes in front of it": (
        "A **bold and `code and two three",
        "two",
        "three",
        ("` four", "** five"),
    ),
    "a link that is completed in front": (
        "[a link two three",
        "two",
        "three",
        (
            " four](http",
            "://x.y) five",
        ),
    ),
    "a reference that is defined": (
        "See [a] and [b], one two three [a] four",
        "two",
        "three",
        ("\n\n[a]: /u\n[b]: /v\n",),
    ),
    "a footnote that is defined": ("See[^long] two three", "two", "three", ("\n\n[^long]: note\n",)),
    "a line that becomes a heading": ("One two three", "two", "three", ("\n", "=", "==\n", "text")),
    "a line that becomes the head of a table": (
        "text\none two | three",
        "two",
        "three",
        ("\n---|", "---\n", "a | b\n"),
    ),
    "a table that grows": (
        "| one two | three |\n|---|---|\n",
        "two",
        "three",
        ("| a | b |\n", "| c", " | d |\n\ntext"),
    ),
    "code that grows": ("```py\none two three\n", "two", "three", ("x = 1\n" * 30, "```\n", "text")),
    "code that is open still": ("```\none two three", "two", "three", (" four\n", "``", "`\n")),
    "items of a list that turns loose": (
        "- one\n- two\n- three\n- four\n",
        "two",
        "three",
        ("\n", "- five\n", "six"),
    ),
    "an item that gets more": ("- one two three", "two", "three", ("\n  more\n", "\n  apart\n", "- next")),
    "a quote that goes on": ("> one two three", "two", "three", ("\nlazy", "\n> more\n", "\ntext")),
    "a formula that is drawn": (
        "one $x^2$ two $y$ three",
        "two",
        "three",
        (
            " four $z",
            "^2$ five",
        ),
    ),
    "an entity and an escape": ("&amp one \\", "amp", "one", ("* two", " &amp; three")),
}
"""What has come when words are selected, the first and last of these, and what comes then."""


def _select(stage: Stage, first: str, last: str) -> str:
    stage.drag(stage.point_of(first), stage.point_of(last, end=True))
    selected = stage.view.selected_text()
    assert _plain(selected).startswith(first)
    assert selected.endswith(last)
    return selected


def _plain(text: str) -> str:
    """Its words: what stands between them may become a line end or a column."""
    return " ".join(word for word in text.replace("|", " ").split() if word != "•")


@pytest.mark.parametrize("name", SELECTED)
def test_what_is_selected_stays_selected(stage: Stage, name: str) -> None:
    begins, first, last, comes = SELECTED[name]
    stage.reset(message(0, "A question"), message(NUMBER, "", status=Status.STREAMING))
    stage.stream(NUMBER, "Before it.\n\n", begins)
    stage.rest()
    selected = _plain(_select(stage, first, last))
    for piece in comes:
        stage.stream(NUMBER, piece)
        assert _plain(stage.view.selected_text()) == selected
    stage.rest()
    _end(stage)
    assert _plain(stage.view.selected_text()) == selected
    stage.view.resize(600, 500)
    stage.theme.set_preference("dark")
    stage.rest()
    assert _plain(stage.view.selected_text()) == selected


@pytest.mark.parametrize("name", ARRIVES)
def test_a_selection_above_is_not_touched_by_what_arrives(answering: Stage, name: str) -> None:
    stage = answering
    selected = _select(stage, "Paragraph 27", "Paragraph 29")
    for piece in ARRIVES[name]:
        stage.stream(NUMBER, piece)
        assert stage.view.selected_text() == selected
    stage.rest()
    _end(stage)
    assert stage.view.selected_text() == selected


def test_a_selection_across_messages_outlives_reasoning_that_comes_and_ends(stage: Stage) -> None:
    stage.reset(message(0, "A question of mine"), message(NUMBER, "", status=Status.STREAMING))
    stage.stream(NUMBER, "", reasoning="Let me think. ")
    stage.stream(NUMBER, "The answer begins")
    selected = _select(stage, "question", "answer")
    stage.stream(NUMBER, " and goes on", reasoning="Once more.")
    stage.click(stage.spot("Show reasoning"))
    selected = _select(stage, "question", "answer")
    stage.stream(NUMBER, ".\n\nAnd ends.", reasoning="\n\nTwice more.")
    _end(stage, reasoning="Let me think. Once more.\n\nTwice more.", usage=Usage(reasoning_s=2.0))
    assert _plain(stage.view.selected_text()).startswith("question of mine")
    assert stage.view.selected_text().endswith("The answer")
    assert "question" in selected


# Other displays --------------------------------------------------------------------------------------------------------
_RATIO = "CHAT2ANYLLM_TEST_RATIO"


@pytest.fixture(autouse=True)
def _on_the_display_meant(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if ratio := os.environ.get(_RATIO):
        stage = request.node.funcargs.get("stage")
        assert stage is None or stage.view.devicePixelRatioF() == float(ratio)


@pytest.mark.skipif(_RATIO in os.environ, reason="this is the run that it starts")
@pytest.mark.parametrize("ratio", ["2", "1.5"])
def test_on_a_display_of_more_pixels(ratio: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        __file__,
        "-k",
        "pixel or selected",
    ]
    environment = {**os.environ, "QT_SCALE_FACTOR": ratio, _RATIO: ratio}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=170
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert " passed" in ran.stdout
