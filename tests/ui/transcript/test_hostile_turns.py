"""However hostile a message is, the window has its turn again soon: while it is taken in, streams, is scrolled, resized,
restyled, searched and copied. And nothing of it is lost.

What is measured is the longest turn of the event loop, and the longest call, in CPU time of the window's thread: the
clock would also count what else the machine does. The limit is that of the design with as much again for machines whose
cores and caches are shared; what it is there to find (work that is done in one go, or quadratic) takes seconds.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QPoint, QTimer

from chat2anyllm_desktop.core.models import Status
from tests.ui.transcript.stage import Stage, message

_HUGE = ("ten megabytes of paragraphs", "ten megabytes of code")
"""These stand for all of that size where what is different does not tell them apart."""

LIMIT_S = 0.25 * 2

HOSTILE = {
    "opening brackets": "[" * 10_000,
    "opening images": "![" * 5_000,
    "quotes": ">" * 10_000,
    "growing backticks": " ".join("`" * size for size in range(1, 450)),
    "bullets": "- " * 2_000,
    "a line of a megabyte": "x" * 1_000_000,
    "a line of a megabyte of words": "word " * 200_000,
    "a line of a megabyte of markup": "*a* [b](c) " * 90_000,
    "ten megabytes of paragraphs": "".join(f"Paragraph {n} *of* many `words`.\n\n" for n in range(290_000)),
    "ten megabytes in one paragraph": "word word word\n" * 700_000,
    "ten megabytes in one line": "word " * 2_000_000,
    "ten megabytes of code": "```python\n" + "word = 1 # y\n" * 800_000,
    "NUL": "a\0word\n" * 20_000,
    "bidi": "\u202e\u2066word \u2069" * 20_000,
    "a table of 5,000 rows": "| a | b | c | d |\n|---|---|---|---|\n" + "| *word* | `y` | z | w |\n" * 5_000,
    "links": "[word](https://a.b/c) " * 4_000,
    "marks": "`word` **b** _c_ ~~d~~ " * 4_000,
    "formulas": "$x_1$ word " * 10_000,
    "late definitions": "".join(f"[word][r{n}] " for n in range(3_000))
    + "\n\n"
    + "".join(f"[r{n}]: b\n" for n in range(3_000)),
    "deep items": "".join(" " * min(2 * n, 200) + "- word\n" for n in range(2_000)),
    "half characters": "\ud83d word `\udc00` $\ud83d$\n" * 4_000 + "\n```\n" + "\ud83d word\n" * 10_000,
}


class Turns:
    """The longest stretches of work on this thread, by what was going on: calls, and turns of the event loop, each with
    all that had to be done in it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.longest: dict[str, float] = {}
        self._pulse = QTimer(stage.view, interval=20)
        """Ends each wait of the loop."""
        self._pulse.start()

    def stop(self) -> None:
        self._pulse.stop()

    def do(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call something that takes its time on this thread, then let the window live until it is at rest."""
        result = self.call(name, work, *arguments)
        flags = QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        deadline = time.monotonic() + 200
        self.call(name, QCoreApplication.processEvents)
        while self._stage.busy:
            assert time.monotonic() < deadline
            self.call(name, QCoreApplication.processEvents, flags)
        return result

    def call(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        start = time.thread_time()
        result = work(*arguments)
        self.longest[name] = max(time.thread_time() - start, self.longest.get(name, 0.0))
        return result


@contextmanager
def short_turns(stage: Stage) -> Iterator[Turns]:
    """Without the automatic collector of garbage, which the program does not use either."""
    gc.collect()
    gc.disable()
    turns = Turns(stage)
    try:
        yield turns
    finally:
        turns.stop()
        gc.enable()
    assert {name: took for name, took in turns.longest.items() if took > LIMIT_S} == {}


def _use(stage: Stage, turns: Turns, text: str) -> None:
    """Everything that is done with a message, once it is there."""
    view, bar = stage.view, stage.view.verticalScrollBar()
    assert stage.placed
    view.select_all()
    assert turns.do("copy as Markdown", view.selected_markdown).strip() == text.strip()
    copied = turns.do("copy", view.selected_text)
    assert copied.count("word") == text.count("word") or copied.strip() == text.strip()
    view.clear_selection()
    for part in (0.0, 0.4, 1.0, 0.0):
        turns.do("scroll", bar.setValue, int(bar.maximum() * part))
        turns.do(
            "hover", stage.qtbot.mouseMove, view.viewport(), view.viewport().rect().center() + QPoint(0, 9)
        )
    turns.do("scroll", view.scroll_by, 900)
    for width in (500, 800):
        turns.do("resize", view.resize, width, 600)
    if "word" in text:
        assert turns.do("find", view.find_text, "wor") > 0
        turns.do("find", view.find_step, 1)
        turns.do("find", view.find_step, -1)
        assert turns.do("find", view.find_text, "o") > 0
        turns.do("find", view.close_find)
    turns.do("look", stage.theme.set_preference, "dark")
    if any(spot.label == "Wrap" for placed in stage.placed for spot in placed.part.spots()):
        turns.do("wrap", stage.click, stage.spot("Wrap"))
        turns.do("wrap", stage.click, stage.spot("No wrap"))
    turns.do("close", stage.model.reset, "t", [message(2, "Another session")])


@pytest.mark.timeout(280)
@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_that_is_there(stage: Stage, name: str) -> None:
    with short_turns(stage) as turns:
        turns.do("open", stage.model.reset, "s", [message(1, HOSTILE[name])])
        _use(stage, turns, HOSTILE[name])


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    "name", [name for name in HOSTILE if len(HOSTILE[name]) < 9_000_000 or name in _HUGE]
)
def test_a_question_that_is_there(stage: Stage, name: str) -> None:
    with short_turns(stage) as turns:
        turns.do("open", stage.model.reset, "s", [message(0, HOSTILE[name])])
        _use(stage, turns, HOSTILE[name])


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    "name", [name for name in HOSTILE if len(HOSTILE[name]) < 9_000_000 or name in _HUGE]
)
def test_a_message_that_streams(stage: Stage, name: str) -> None:
    text = HOSTILE[name]
    stage.model.reset("s", [message(1, "", status=Status.STREAMING)])
    with short_turns(stage) as turns:
        size = len(text) // 40 + 1
        for at in range(0, len(text), size):
            turns.do("stream", stage.model.append_delta, message(1, "").id, text[at : at + size])
        turns.do("end", stage.model.upsert, message(1, text))
        assert stage.rows[0].body is not None
        assert stage.rows[0].body.text == text
        _use(stage, turns, text)


def test_a_message_that_streams_in_the_smallest_pieces(stage: Stage) -> None:
    text = "".join(HOSTILE[name][:300] + "\n\n" for name in HOSTILE)
    stage.model.reset("s", [message(1, "", status=Status.STREAMING)])
    with short_turns(stage) as turns:
        for character in text:
            stage.model.append_delta(message(1, "").id, character)
            turns.call("stream", stage.view.flush)
        turns.do("end", stage.model.upsert, message(1, text))
        _use(stage, turns, text)


def test_a_long_turn_is_noticed(stage: Stage) -> None:
    def work() -> None:
        start = time.thread_time()
        while time.thread_time() - start < 0.1:
            pass
        stage.view._flow._idle_timer.timeout.disconnect(work)

    turns = Turns(stage)
    stage.view._flow._idle_timer.timeout.connect(work)
    turns.do("turn", stage.view._flow._idle_timer.start)
    turns.stop()
    assert turns.longest["turn"] > 0.1


def test_a_table_is_copied_with_the_rows_that_are_not_shown(stage: Stage) -> None:
    stage.reset(message(1, HOSTILE["a table of 5,000 rows"][:40_000]))
    stage.view.select_all()
    assert stage.view.selected_text().count("word\ty\tz\tw") > 1_000


def test_a_message_is_copied_whole_before_it_is_taken_in(stage: Stage) -> None:
    text = "A word *and* a word.\n\n" * 4_000
    stage.model.reset("s", [message(1, text)])
    stage.view.flush()
    assert stage.rows[0].body is None or not stage.rows[0].body.complete
    stage.view.select_all()
    assert stage.view.selected_text().count("word") == 8_000
